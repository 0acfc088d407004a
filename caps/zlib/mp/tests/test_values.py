# Runs on MicroPython and on CPython, with the same output.
import zlib

texts = [b"", b"a", b"123456789", bytes(range(256)) * 100, b"\x00" * 40000, b"to be, or not to be " * 1000]


def digest(data):
    return "%d %08x %08x" % (len(data), zlib.crc32(data), zlib.adler32(data))


for text in texts:
    print(digest(text))

# Checksums: continued, started anywhere, over every kind of buffer, from any alignment.
whole = texts[3]
for at in (0, 1, 7, 8, 9, 255, 256, 257, 16383, 16384, 16385, len(whole)):
    head, tail = whole[:at], whole[at:]
    assert zlib.crc32(tail, zlib.crc32(head)) == zlib.crc32(whole)
    assert zlib.adler32(tail, zlib.adler32(head)) == zlib.adler32(whole)
    assert zlib.crc32(memoryview(whole)[at:]) == zlib.crc32(tail)
    assert zlib.adler32(memoryview(bytearray(whole))[at:]) == zlib.adler32(tail)
for value in (0, 1, -1, 2**31, 2**32 - 1, 2**32, 2**64 + 5, -(2**40)):
    print(value, zlib.crc32(b"abc", value), zlib.adler32(b"abc", value))

# At once, at every level and in every container.
for text in texts:
    for level in range(-1, 10):
        packed = zlib.compress(text, level)
        assert zlib.decompress(packed) == text
        if level != 0:
            print(level, digest(packed))
for wbits in (9, 10, 15, -9, -15, 25, 31):
    packed = zlib.compress(whole, wbits=wbits)
    assert zlib.decompress(packed, wbits=wbits) == whole
    assert zlib.decompress(packed, wbits) == whole
print(digest(zlib.compress(whole, level=9, wbits=-15)))
gzip = zlib.compress(whole, wbits=31)
assert zlib.decompress(gzip, 47) == zlib.decompress(zlib.compress(whole), 47) == whole
assert zlib.decompress(zlib.compress(whole), 0) == whole

# Every kind of buffer, every size of the first output buffer.
packed = zlib.compress(whole)
for data in (bytearray(packed), memoryview(packed), memoryview(bytearray(b"xx" + packed))[2:]):
    assert zlib.decompress(data) == whole
    assert zlib.compress(memoryview(whole)) == zlib.compress(bytearray(whole)) == packed
for bufsize in (0, 1, 2, 100, len(whole) - 1, len(whole), len(whole) + 1, 10**6):
    assert zlib.decompress(packed, bufsize=bufsize) == whole
print(type(zlib.compress(b"")).__name__, type(zlib.decompress(zlib.compress(b""))).__name__)

for name in (
    "DEFLATED DEF_BUF_SIZE DEF_MEM_LEVEL MAX_WBITS Z_BEST_COMPRESSION Z_BEST_SPEED Z_BLOCK Z_DEFAULT_COMPRESSION"
    " Z_DEFAULT_STRATEGY Z_FILTERED Z_FINISH Z_FIXED Z_FULL_FLUSH Z_HUFFMAN_ONLY Z_NO_COMPRESSION Z_NO_FLUSH"
    " Z_PARTIAL_FLUSH Z_RLE Z_SYNC_FLUSH Z_TREES ZLIB_VERSION ZLIB_RUNTIME_VERSION"
).split():
    print(name, getattr(zlib, name))
from zlib import ZLIB_RUNTIME_VERSION, error

assert issubclass(error, Exception) and ZLIB_RUNTIME_VERSION == zlib.ZLIB_VERSION
