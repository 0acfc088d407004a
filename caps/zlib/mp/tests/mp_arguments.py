# What MicroPython has and CPython has not, or has otherwise.
import array
import gc
import zlib

for code in "bBhHiIlLqQfd":
    numbers = array.array(code, range(50))
    assert zlib.crc32(numbers) == zlib.crc32(bytes(numbers)), code
    assert zlib.decompress(zlib.compress(numbers)) == bytes(numbers), code

# combine
one, two = b"to be, or " * 100, b"not to be" * 999
assert zlib.crc32_combine(zlib.crc32(one), zlib.crc32(two), len(two)) == zlib.crc32(one + two)
assert zlib.adler32_combine(zlib.adler32(one), zlib.adler32(two), len(two)) == zlib.adler32(one + two)
for combine in (zlib.crc32_combine, zlib.adler32_combine):
    assert 0 <= combine(1, 2, 2**64 - 1) < 2**32
    for length, kind in ((-1, OverflowError), (2**64, OverflowError), ("1", TypeError), (1.0, TypeError)):
        try:
            combine(1, 2, length)
        except kind:
            pass
        else:
            assert False, length

# A stream that has been closed by hand: no method finds anything in it.
for make in (zlib.compressobj, zlib.decompressobj):
    stream = make()
    stream.__del__()
    stream.__del__()
    for method in ("compress", "decompress"):
        if hasattr(stream, method):
            try:
                getattr(stream, method)(b"abc")
            except zlib.error as error:
                assert "inconsistent stream state" in str(error)
            else:
                assert False, method
    try:
        stream.copy()
    except ValueError:
        pass
    else:
        assert False, "copied"

# Impostors for `self`, among them instances of classes of the program's own.
class Pretender:
    def __init__(self):
        self.handle = 65536


compress, decompress = type(zlib.compressobj()), type(zlib.decompressobj())
for impostor in (5, 65536, b"\0" * 64, None, Pretender(), Pretender, compress, [1], "text", bytearray(64)):
    for method in (
        lambda object: compress.compress(object, b""),
        compress.flush,
        compress.copy,
        compress.__del__,
        lambda object: decompress.decompress(object, b""),
        decompress.flush,
        decompress.copy,
        decompress.__del__,
    ):
        try:
            method(impostor)
        except TypeError:
            pass
        else:
            assert False, (method, impostor)
for base in (compress, decompress):
    try:
        type("Sub", (base,), {})
    except TypeError:
        pass
    else:
        assert False, "a stream's class has been subclassed"

# Streams that own the last reference to one another's data, collected in any order.
for _ in range(200):
    stream = zlib.decompressobj(zdict=bytearray(1000))
    stream.decompress(zlib.compress(b"abc") + b"x" * 1000)
    cycle = [stream, stream.unused_data]
    cycle.append(cycle)
gc.collect()

# An exception inside of an exception's handler, raised over an open stream.
def nested():
    stream = zlib.compressobj()
    try:
        stream.compress("text")
    except TypeError:
        try:
            zlib.decompress(b"broken")
        except zlib.error:
            return zlib.decompress(stream.compress(b"abc") + stream.flush())


assert nested() == b"abc"

# With the heap locked nothing can be made, and nothing is lost.
import micropython

stream, data = zlib.compressobj(), b"abc"
micropython.heap_lock()
try:
    stream.compress(data)
except MemoryError:
    locked = True
else:
    locked = False
micropython.heap_unlock()
assert locked
assert zlib.decompress(stream.compress(data) + stream.flush()) == data
print("OK")
