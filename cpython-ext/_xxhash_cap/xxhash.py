"""xxHash, fast hashes of data that are not cryptographic.

The interface of the PyPI package of the same name, over pylon's xxhash cap.
"""

from operator import index as _index

import _xxhash_cap as _cap
from _xxhash_cap import (
    xxh3_64_digest,
    xxh3_64_hexdigest,
    xxh3_64_intdigest,
    xxh3_128_digest,
    xxh3_128_hexdigest,
    xxh3_128_intdigest,
    xxh32_digest,
    xxh32_hexdigest,
    xxh32_intdigest,
    xxh64_digest,
    xxh64_hexdigest,
    xxh64_intdigest,
)

# Of the package whose interface this is, and of the library.
VERSION = "4.1.0"
XXHASH_VERSION = _cap.version()

algorithms_available = {"xxh32", "xxh64", "xxh3_64", "xxh128", "xxh3_128"}
algorithms_guaranteed = algorithms_available

_create = _cap.Hasher.create


class _Hash:
    """What the hashes have in common."""

    __slots__ = ("_hasher", "_seed")

    def __init_subclass__(cls):
        if _Hash not in cls.__bases__:
            raise TypeError(f"type '{cls.__base__.__name__}' is not an acceptable base type")

    def __init__(self, data=b"", seed=0):
        seed = _index(seed) & self._seeds
        hasher = _create(self._algorithm, seed)
        if hasher is None:
            raise MemoryError
        hasher.update(data)
        # Not before: an object that is initialized again, and wrongly, stays as it is.
        self._seed = seed
        self._hasher = hasher

    def __reduce_ex__(self, protocol):
        raise TypeError(f"cannot pickle 'xxhash.{type(self).__name__}' object")

    @property
    def seed(self):
        """The seed, reduced."""
        return self._seed

    def update(self, data):
        """Take in a contiguous bytes-like object."""
        self._hasher.update(data)

    def intdigest(self):
        """The hash of all data so far, as an int."""
        low, high = self._hasher.digest()
        return high << 64 | low

    def digest(self):
        """The same as bytes, most significant first."""
        low, high = self._hasher.digest()
        return (high << 64 | low).to_bytes(self.digest_size)

    def hexdigest(self):
        """The same in hexadecimal digits."""
        low, high = self._hasher.digest()
        return self._digits % (high << 64 | low)

    def copy(self):
        """An independent object in the same state."""
        other = object.__new__(type(self))
        other._seed = self._seed
        other._hasher = self._hasher.copy()
        if other._hasher is None:
            raise MemoryError
        return other

    def reset(self):
        """Forget all data, and keep the seed."""
        self._hasher.reset()


class xxh32(_Hash):
    """XXH32 that is being computed."""

    __slots__ = ()
    name = "XXH32"
    digest_size = digestsize = 4
    block_size = 16
    _algorithm = _cap.Algorithm.XXH32
    _digits = "%08x"
    _seeds = 2**32 - 1


class xxh64(_Hash):
    """XXH64 that is being computed."""

    __slots__ = ()
    name = "XXH64"
    digest_size = digestsize = 8
    block_size = 32
    _algorithm = _cap.Algorithm.XXH64
    _digits = "%016x"
    _seeds = 2**64 - 1


class xxh3_64(_Hash):
    """XXH3 of 64 bits that is being computed."""

    __slots__ = ()
    name = "XXH3_64"
    digest_size = digestsize = 8
    block_size = 32
    _algorithm = _cap.Algorithm.XXH3
    _digits = "%016x"
    _seeds = 2**64 - 1


class xxh3_128(_Hash):
    """XXH3 of 128 bits that is being computed."""

    __slots__ = ()
    name = "XXH3_128"
    digest_size = digestsize = 16
    block_size = 64
    _algorithm = _cap.Algorithm.XXH128
    _digits = "%032x"
    _seeds = 2**64 - 1


xxh128 = xxh3_128
xxh128_digest = xxh3_128_digest
xxh128_hexdigest = xxh3_128_hexdigest
xxh128_intdigest = xxh3_128_intdigest

__all__ = ["VERSION", "XXHASH_VERSION", "algorithms_available", "algorithms_guaranteed"]
for _name in ("xxh32", "xxh64", "xxh3_64", "xxh3_128", "xxh128"):
    __all__ += [_name, _name + "_digest", _name + "_hexdigest", _name + "_intdigest"]
