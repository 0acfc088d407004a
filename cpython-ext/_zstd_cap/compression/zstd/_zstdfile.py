"""Files of frames: ZstdFile and open()."""

import builtins
import io
import os

import _compression
from _zstd import ZSTD_DStreamOutSize, ZstdCompressor, ZstdDecompressor

__all__ = ("ZstdFile", "open")


def nbytes(data):
    """How many bytes a bytes-like object has."""
    if isinstance(data, (bytes, bytearray)):
        return len(data)
    with memoryview(data) as view:
        return view.nbytes


class ZstdFile(_compression.BaseStream):
    """A binary file that compresses what is written to another, or decompresses what is read from it."""

    FLUSH_BLOCK = ZstdCompressor.FLUSH_BLOCK
    FLUSH_FRAME = ZstdCompressor.FLUSH_FRAME

    # What a file has that was not opened, because its arguments were wrong.
    _fp = _buffer = _compressor = None
    _owns_file = False

    def __init__(self, file, /, mode="r", *, level=None, options=None, zstd_dict=None):
        """Opens a file by name, or takes one that is open.

        The mode is r, w, x or a, with or without a b. `level` is for writing, as are most `options`; `zstd_dict` is a
        ZstdDict.
        """
        if not isinstance(mode, str):
            raise ValueError("mode must be a str")
        if options is not None and not isinstance(options, dict):
            raise TypeError("options must be a dict or None")
        mode = mode.removesuffix("b")
        if mode == "r":
            if level is not None:
                raise TypeError("level is illegal in read mode")
        elif mode in {"w", "a", "x"}:
            if level is not None and not isinstance(level, int):
                raise TypeError("level must be int or None")
            self._compressor = ZstdCompressor(level=level, options=options, zstd_dict=zstd_dict)
            self._written = 0
        else:
            raise ValueError(f"Invalid mode: {mode!r}")

        if isinstance(file, (str, bytes, os.PathLike)):
            self._fp = builtins.open(file, f"{mode}b")
            self._owns_file = True
        elif hasattr(file, "read" if mode == "r" else "write"):
            self._fp = file
        else:
            raise TypeError("file must be a file-like object or a str, bytes, or PathLike object")
        if mode == "r":
            raw = _compression.DecompressReader(self._fp, ZstdDecompressor, zstd_dict=zstd_dict, options=options)
            self._buffer = io.BufferedReader(raw)

    def close(self):
        """Ends the frame that is being written. May be called more than once."""
        if self._fp is None:
            return
        try:
            if self._buffer is not None:
                self._buffer.close()
            elif self._compressor is not None:
                self.flush(self.FLUSH_FRAME)
        finally:
            file, self._fp = self._fp, None
            self._buffer = None
            self._compressor = None
            if self._owns_file:
                file.close()

    @property
    def closed(self):
        """True if this file is closed."""
        return self._fp is None

    @property
    def mode(self):
        return "wb" if self._compressor is not None else "rb"

    @property
    def name(self):
        self._check_not_closed()
        return self._fp.name

    def fileno(self):
        """The file descriptor of the underlying file."""
        self._check_not_closed()
        return self._fp.fileno()

    def readable(self):
        self._check_not_closed()
        return self._buffer is not None

    def writable(self):
        self._check_not_closed()
        return self._compressor is not None

    def seekable(self):
        return self.readable() and self._buffer.seekable()

    def write(self, data, /):
        """Takes all of a bytes-like object, and returns how many bytes it has."""
        self._check_can_write()
        length = nbytes(data)
        self._fp.write(self._compressor.compress(data))
        self._written += length
        return length

    def flush(self, mode=FLUSH_BLOCK):
        """Writes what is waiting: so that it can be read, or, with FLUSH_FRAME, as the end of a frame."""
        if self._buffer is not None:
            return
        self._check_not_closed()
        if mode not in {self.FLUSH_BLOCK, self.FLUSH_FRAME}:
            raise ValueError("Invalid mode argument, expected either ZstdFile.FLUSH_FRAME or ZstdFile.FLUSH_BLOCK")
        if self._compressor.last_mode == mode:
            return
        self._fp.write(self._compressor.flush(mode))
        if hasattr(self._fp, "flush"):
            self._fp.flush()

    def read(self, size=-1):
        """At most so many bytes; all that there are if it is negative or None."""
        self._check_can_read()
        return self._buffer.read(-1 if size is None else size)

    def read1(self, size=-1):
        """At most so many bytes, with at most one read of the underlying file if that gives any."""
        self._check_can_read()
        return self._buffer.read1(ZSTD_DStreamOutSize if size < 0 else size)

    def readinto(self, b):
        self._check_can_read()
        return self._buffer.readinto(b)

    def readinto1(self, b):
        self._check_can_read()
        return self._buffer.readinto1(b)

    def readline(self, size=-1):
        self._check_can_read()
        return self._buffer.readline(size)

    def __next__(self):
        self._check_can_read()
        if line := self._buffer.readline():
            return line
        raise StopIteration

    def peek(self, size=-1):
        """Bytes that the next read gives, at least one unless the file is at its end."""
        self._check_can_read()
        return self._buffer.peek(size)

    def seek(self, offset, whence=io.SEEK_SET):
        """Moves to another place of the content. Backwards, everything is decompressed anew."""
        self._check_can_read()
        return self._buffer.seek(offset, whence)

    def tell(self):
        self._check_not_closed()
        return self._written if self._buffer is None else self._buffer.tell()


def open(file, /, mode="rb", *, level=None, options=None, zstd_dict=None, encoding=None, errors=None, newline=None):
    """A ZstdFile, or with a t in the mode a text file over one."""
    text = "t" in mode
    mode = mode.replace("t", "")
    if text and "b" in mode:
        raise ValueError(f"Invalid mode: {mode!r}")
    for name, value in ("encoding", encoding), ("errors", errors), ("newline", newline):
        if not text and value is not None:
            raise ValueError(f'Argument "{name}" not supported in binary mode')
    binary = ZstdFile(file, mode, level=level, options=options, zstd_dict=zstd_dict)
    return io.TextIOWrapper(binary, encoding, errors, newline) if text else binary
