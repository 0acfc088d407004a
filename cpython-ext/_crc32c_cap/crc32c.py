"""CRC-32C (Castagnoli) checksums.

The interface of the PyPI package of the same name, over pylon's crc32c cap.
"""

import sys

from _crc32c_cap import combine, crc32c

try:
    from warnings import warn as _warn
except ImportError:  # MicroPython has none
    _warn = None

__all__ = ["CRC32CHash", "big_endian", "combine", "crc32", "crc32c", "hardware_based"]
__version__ = "2.9"

# The cap computes in software; the package says with this whether a CPU instruction is used.
hardware_based = False
big_endian = int(sys.byteorder == "big")


def crc32(data, value=0, gil_release_mode=-1):
    """The deprecated name of crc32c()."""
    if _warn:
        _warn("crc32c.crc32 is deprecated, use crc32c.crc32c instead", DeprecationWarning, stacklevel=2)
    return crc32c(data, value, gil_release_mode)


class CRC32CHash:
    """CRC-32C with the interface of a hashlib object."""

    def __init__(self, data=b"", gil_release_mode=-1):
        self._gil_release_mode = gil_release_mode
        self._checksum = crc32c(data, 0, gil_release_mode)

    @property
    def name(self):
        """The name of the algorithm."""
        return "crc32c"

    @property
    def digest_size(self):
        """The size of the digest in bytes."""
        return 4

    @property
    def block_size(self):
        """The block size of the algorithm in bytes."""
        return 1

    @property
    def checksum(self):
        """The checksum so far, as an int. hashlib objects do not have this."""
        return self._checksum

    def update(self, data):
        """Continue with a bytes-like object."""
        self._checksum = crc32c(data, self._checksum, self._gil_release_mode)

    def digest(self):
        """The checksum so far, as four bytes, most significant first."""
        return self._checksum.to_bytes(4, "big")

    def hexdigest(self):
        """The checksum so far, as eight hexadecimal digits."""
        return self.digest().hex()

    def copy(self):
        """An independent object in the same state."""
        other = type(self)(gil_release_mode=self._gil_release_mode)
        other._checksum = self._checksum
        return other
