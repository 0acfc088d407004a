"""Memory-mapped files, without a system that maps them: a map is a copy of the file in memory.

What is written to a map that is shared is in the file after flush() or close(), or when the map goes. What others write to the file
meanwhile is not seen; what only reads one file, or has memory for itself, sees no difference.
"""

import errno as _errno
import os as _os
import stat as _stat
import sys as _sys
from operator import index as _index

MAP_SHARED, MAP_PRIVATE, MAP_ANON = 1, 2, 32
MAP_ANONYMOUS = MAP_ANON
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY = range(4)
PAGESIZE = ALLOCATIONGRANULARITY = 65536

error = OSError
_WRITABLE = 1  # PyBUF_WRITABLE


def _read(fd, offset, length):
    data = bytearray(length)
    view, done = memoryview(data), 0
    while done < length:
        part = _os.pread(fd, min(length - done, 1 << 20), offset + done)
        if not part:
            break
        view[done:done + len(part)] = part
        done += len(part)
    return data


class mmap:
    """mmap(fileno, length[, flags[, prot[, access[, offset[, trackfd]]]]])

    fileno -1 is memory without a file, a length of 0 all of the file behind the offset.
    """

    __module__ = 'mmap'
    __slots__ = '_data', '_fd', '_access', '_private', '_tracked', '_offset', '_at', '_exports', '_dirty', '__weakref__'

    def __new__(cls, fileno, length, flags=MAP_SHARED, prot=PROT_READ | PROT_WRITE, access=ACCESS_DEFAULT, offset=0, *,
                trackfd=True):
        fileno, length, offset = int(fileno), _index(length), _index(offset)
        if length < 0:
            raise OverflowError('memory mapped length must be positive')
        if length > _sys.maxsize:
            raise OverflowError("cannot fit 'int' into an index-sized integer")
        if offset < 0:
            raise OverflowError('memory mapped offset must be positive')
        if access != ACCESS_DEFAULT and (flags != MAP_SHARED or prot != PROT_READ | PROT_WRITE):
            raise ValueError("mmap can't specify both access and flags, prot.")
        if access == ACCESS_DEFAULT:
            if not prot & PROT_WRITE:
                access = ACCESS_READ
            elif not prot & PROT_READ:
                access = ACCESS_WRITE
        elif access not in (ACCESS_READ, ACCESS_WRITE, ACCESS_COPY):
            raise ValueError('mmap invalid access parameter.')
        if offset % ALLOCATIONGRANULARITY:
            raise OSError(_errno.EINVAL, 'Invalid argument')
        self = super().__new__(cls)
        self._access, self._offset, self._at, self._exports, self._dirty = access, offset, 0, 0, False
        # Nothing of it goes to the file.
        self._private = bool(flags & MAP_PRIVATE) or access == ACCESS_COPY
        self._fd, self._tracked = -1, bool(trackfd)
        if fileno == -1:
            if length == 0:
                raise OSError(_errno.EINVAL, 'Invalid argument')
            self._data = bytearray(length)
            return self
        status = _os.fstat(fileno)
        if not _stat.S_ISREG(status.st_mode):
            raise OSError(_errno.ENODEV, 'No such device')
        if length == 0:
            if status.st_size == 0:
                raise ValueError('cannot mmap an empty file')
            if offset >= status.st_size:
                raise ValueError('mmap offset is greater than file size')
            length = status.st_size - offset
            if length > _sys.maxsize:
                raise ValueError('mmap length is too large')
        elif offset + length > status.st_size:
            raise ValueError('mmap length is greater than file size')
        if trackfd or access in (ACCESS_DEFAULT, ACCESS_WRITE) and not self._private:
            self._fd = _os.dup(fileno)
        self._data = _read(fileno, offset, length)
        return self

    # --- what it is

    def _open(self):
        if self._data is None:
            raise ValueError('mmap closed or invalid')
        return self._data

    def _writable(self):
        data = self._open()
        if self._access == ACCESS_READ:
            raise TypeError("mmap can't modify a readonly memory map.")
        self._dirty = True
        return data

    @property
    def closed(self):
        return self._data is None

    def __len__(self):
        return len(self._open())

    def __repr__(self):
        names = {ACCESS_DEFAULT: 'ACCESS_DEFAULT', ACCESS_READ: 'ACCESS_READ', ACCESS_WRITE: 'ACCESS_WRITE', ACCESS_COPY: 'ACCESS_COPY'}
        if self.closed:
            return '<mmap.mmap closed=True>'
        return (f'<mmap.mmap closed=False, access={names[self._access]}, length={len(self)}, pos={self._at}, '
                f'offset={self._offset}>')

    def __buffer__(self, flags):
        data = self._open()
        if self._access == ACCESS_READ:
            if flags & _WRITABLE:
                raise BufferError('Object is not writable.')
            view = memoryview(data).toreadonly()
        else:
            # Whoever has it may write at any time.
            self._dirty = True
            view = memoryview(data)
        self._exports += 1
        return view

    def __release_buffer__(self, view):
        self._exports -= 1
        view.release()

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, '_data', None) is not None:
            self._exports = 0
            self.close()

    def __reduce__(self):
        raise TypeError("cannot pickle 'mmap.mmap' object")

    # --- a sequence of bytes

    def __getitem__(self, index):
        data = self._open()
        if isinstance(index, slice):
            part = bytes(data[index])
            # What tells an index can have closed it.
            self._open()
            return part
        return data[self._index(index)]

    def __setitem__(self, index, value):
        self._open()
        if not isinstance(index, slice):
            index = self._index(index)
            self._writable()[index] = value
            return
        data = self._writable()
        value = memoryview(value).cast('B')
        places = range(*index.indices(len(data)))
        self._open()
        if len(places) != len(value):
            raise IndexError('mmap slice assignment is wrong size')
        if places:
            end = places[-1] + places.step
            data[places.start:None if end < 0 else end:places.step] = value

    def __delitem__(self, index):
        raise TypeError("mmap object doesn't support item deletion")

    def _index(self, index):
        if not hasattr(index, '__index__'):
            raise TypeError('mmap indices must be integers')
        index, length = index.__index__(), len(self._open())
        if index < 0:
            index += length
        if not 0 <= index < length:
            raise IndexError('mmap index out of range')
        return index

    def __contains__(self, item):
        return item in self._open()

    # --- a file

    def read(self, n=None, /):
        self._open()
        n = None if n is None else _index(n)
        data = self._open()
        end = len(data) if n is None or n < 0 else min(len(data), self._at + n)
        part = bytes(memoryview(data)[self._at:end])
        self._at = max(self._at, end)
        return part

    def read_byte(self):
        data = self._open()
        if self._at >= len(data):
            raise ValueError('read byte out of range')
        self._at += 1
        return data[self._at - 1]

    def readline(self):
        data = self._open()
        end = data.find(b'\n', self._at)
        return self.read((end + 1 if end >= 0 else len(data)) - self._at)

    def write(self, bytes, /):
        data = self._writable()
        part = memoryview(bytes).cast('B')
        if self._at + len(part) > len(data):
            raise ValueError('data out of range')
        data[self._at:self._at + len(part)] = part
        self._at += len(part)
        return len(part)

    def write_byte(self, byte, /):
        self._open()
        byte = _index(byte)
        data = self._writable()
        if self._at >= len(data):
            raise ValueError('write byte out of range')
        data[self._at] = byte
        self._at += 1

    def seek(self, pos, whence=0, /):
        begin = {0: 0, 1: self._at, 2: len(self._open())}.get(whence)
        if begin is None:
            raise ValueError('unknown seek type')
        if not 0 <= begin + pos <= len(self._open()):
            raise ValueError('seek out of range')
        self._at = begin + pos
        return self._at

    def seekable(self):
        return True

    def tell(self):
        self._open()
        return self._at

    def find(self, sub, start=None, end=None, /):
        return self._found(bytearray.find, sub, start, end)

    def rfind(self, sub, start=None, end=None, /):
        return self._found(bytearray.rfind, sub, start, end)

    def _found(self, find, sub, start, end):
        data = self._open()
        place = find(data, sub, self._at if start is None else start, len(data) if end is None else end)
        self._open()
        return place

    def move(self, dest, src, count, /):
        self._open()
        dest, src, count = _index(dest), _index(src), _index(count)
        data = self._writable()
        if min(dest, src, count) < 0 or max(dest, src) + count > len(data):
            raise ValueError('source, destination, or count out of range')
        data[dest:dest + count] = data[src:src + count]

    def size(self):
        data = self._open()
        if not self._tracked:
            raise OSError(_errno.EBADF, 'Bad file descriptor')
        return _os.fstat(self._fd).st_size if self._fd >= 0 else len(data)

    def flush(self, offset=0, size=None, /):
        data = self._open()
        size = len(data) - offset if size is None else size
        if min(offset, size) < 0 or offset + size > len(data):
            raise ValueError('flush values out of range')
        if not self._dirty or self._fd < 0 or self._private or self._access == ACCESS_READ:
            return None
        with memoryview(data) as view:
            done = offset
            while done < offset + size:
                done += _os.pwrite(self._fd, view[done:min(offset + size, done + (1 << 20))], self._offset + done)
        return None

    def resize(self, newsize, /):
        data = self._open()
        if self._exports:
            raise BufferError("mmap can't resize with extant pointers exported.")
        if not self._tracked:
            raise ValueError("mmap can't resize with trackfd=False.")
        if self._access not in (ACCESS_DEFAULT, ACCESS_WRITE):
            raise TypeError("mmap can't resize a readonly or copy-on-write memory map.")
        if newsize < 0:
            raise ValueError('new size out of range')
        if self._fd >= 0:
            self.flush()
            _os.ftruncate(self._fd, self._offset + newsize)
        if newsize < len(data):
            del data[newsize:]
        else:
            data.extend(bytes(newsize - len(data)))

    def close(self):
        if self._data is None:
            return
        if self._exports:
            raise BufferError('cannot close exported pointers exist')
        try:
            self.flush()
        finally:
            self._data = None
            if self._fd >= 0:
                _os.close(self._fd)
                self._fd = -1
