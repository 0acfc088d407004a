"""MemoryBIO: bytes that are written at one end and read at the other."""

import operator

from ._errors import SSLError
from ._immutable import Immutable


def contiguous(data):
    """The bytes of what is bytes-like and in one piece."""
    view = memoryview(data)
    if not view.contiguous:
        raise BufferError("memoryview: underlying buffer is not C-contiguous")
    return view.cast("B") if view.nbytes else memoryview(bytearray())


class MemoryBIO(metaclass=Immutable):
    __module__ = "_ssl"
    __slots__ = ("_bytes", "_at", "_ended")

    def __init__(self):
        self._bytes = bytearray()
        self._at = 0
        self._ended = False

    @property
    def pending(self):
        """The number of bytes pending in the memory BIO."""
        return len(self._bytes) - self._at

    @property
    def eof(self):
        """Whether the memory BIO is at EOF."""
        return self._ended and not self.pending

    def read(self, size=-1, /):
        """Read up to size bytes from the memory BIO.

        If size is not specified, read the entire buffer.
        If the return value is an empty bytes instance, this means either
        EOF or that no data is available. Use the "eof" property to
        distinguish between the two."""
        size = operator.index(size)
        pending = self.pending
        end = self._at + (pending if size < 0 or size > pending else size)
        data = bytes(memoryview(self._bytes)[self._at : end])
        self._at = end
        # What was read is let go of in pieces, since that moves the rest.
        if self._at == len(self._bytes) or self._at > 1 << 18:
            del self._bytes[: self._at]
            self._at = 0
        return data

    def write(self, b, /):
        """Writes the bytes b into the memory BIO.

        Returns the number of bytes written."""
        data = contiguous(b)
        if self._ended:
            raise SSLError("cannot write() after write_eof()")
        self._bytes += data
        return len(data)

    def write_eof(self):
        """Write an EOF marker to the memory BIO.

        When all data has been read, the "eof" property will be True."""
        self._ended = True

    def _record(self, wanted):
        """What a connection that wants so many bytes is to be fed: a whole record, if one begins here. Never more."""
        size = wanted
        head = self._bytes[self._at : self._at + 5]
        if wanted == 5 and len(head) == 5 and head[0] in (20, 21, 22, 23):
            size = 5 + int.from_bytes(head[3:])
        return self.read(size)
