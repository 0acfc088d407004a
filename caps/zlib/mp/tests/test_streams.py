# Runs on MicroPython and on CPython, with the same output.
import zlib


def digest(data):
    return "%d %08x" % (len(data), zlib.crc32(data))


text = b"".join(b"%d %x " % (n, n * n) for n in range(6000))
packed = zlib.compress(text)
short = zlib.compress(text[:2000])

# Compression in pieces, with flushes between.
for size in (1, 100, 16384, 16385, 50000, len(text)):
    stream = zlib.compressobj()
    pieces = [stream.compress(text[at : at + size]) for at in range(0, min(len(text), 500 * size), size)]
    pieces.append(stream.flush())
    result = b"".join(pieces)
    assert zlib.decompress(result) == text[: 500 * size]
    print(size, digest(result))
for mode in (zlib.Z_PARTIAL_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_BLOCK):
    stream = zlib.compressobj(level=6, method=zlib.DEFLATED, wbits=-15, memLevel=9, strategy=zlib.Z_DEFAULT_STRATEGY)
    result = b""
    for at in range(0, len(text), 20000):
        result += stream.compress(text[at : at + 20000]) + stream.flush(mode)
        if mode in (zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH):
            assert result[-4:] == b"\0\0\xff\xff"
            assert zlib.decompressobj(-15).decompress(result) == text[: at + 20000]
    assert stream.flush(zlib.Z_NO_FLUSH) == b""
    result += stream.flush()
    assert zlib.decompress(result, -15) == text
    print(mode, digest(result))
for strategy in (zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED):
    stream = zlib.compressobj(strategy=strategy)
    result = stream.compress(text) + stream.flush()
    assert zlib.decompress(result) == text
    print(strategy, digest(result))

# Decompression in pieces, and with limits.
for size in (1, 7, 1000, 16384, 50000):
    stream = zlib.decompressobj()
    data = packed if size > 7 else short
    result = b"".join([stream.decompress(data[at : at + size]) for at in range(0, len(data), size)])
    print(stream.eof, stream.flush() == b"", result == text or size <= 7 and result == text[:2000])
for limit in (1000, 16384, 16385, 50000, len(text) - 1, len(text), len(text) + 1, 2**31 - 1):
    stream = zlib.decompressobj()
    result, data, calls = b"", packed, 0
    while not stream.eof:
        piece = stream.decompress(data, limit) if calls % 2 else stream.decompress(data, max_length=limit)
        assert len(piece) <= limit
        result += piece
        data = stream.unconsumed_tail
        calls += 1
    print(limit, calls, result == text, stream.unused_data)
stream = zlib.decompressobj()
first = stream.decompress(packed, 100)
print(len(first), stream.eof, first + stream.flush() == text, stream.eof, stream.unconsumed_tail)
stream = zlib.decompressobj()
print(first == stream.decompress(packed, 100), stream.flush(1) == text[100:])
bomb = zlib.compress(b"\0" * 1000000)
stream = zlib.decompressobj()
print([len(stream.decompress(bomb if n == 0 else stream.unconsumed_tail, 1)) for n in range(5)])

# What follows the end.
stream = zlib.decompressobj()
print(stream.decompress(zlib.compress(b"one") + b"two"), stream.eof, stream.unused_data, stream.unconsumed_tail)
print(stream.decompress(b"three"), stream.unused_data)
stream = zlib.decompressobj()
piece = stream.decompress(zlib.compress(b"0123456789") + b"rest", 4)
print(piece, stream.eof, stream.unused_data, stream.unconsumed_tail[-4:])
piece = stream.decompress(stream.unconsumed_tail)
print(piece, stream.eof, stream.unused_data, stream.unconsumed_tail)
stream = zlib.decompressobj()
stream.decompress(zlib.compress(b"0123456789") + b"rest", 4)
print(stream.flush(), stream.eof, stream.unused_data, stream.unconsumed_tail)

# Concatenated members, containers found by their headers.
member = zlib.compressobj(wbits=31)
data = (member.compress(text) + member.flush()) * 3
count = 0
while data:
    stream = zlib.decompressobj(wbits=47)
    assert stream.decompress(data) == text
    data = stream.unused_data
    count += 1
print(count)

# Dictionaries, also one that is a mutable buffer.
zdict = b"to be or not to be that is the question"
for kind in (bytes, bytearray, memoryview):
    for wbits in (15, -15):
        stream = zlib.compressobj(wbits=wbits, zdict=kind(zdict))
        result = stream.compress(b"that is the question") + stream.flush()
        stream = zlib.decompressobj(wbits, kind(zdict))
        print(wbits, digest(result), stream.decompress(result), stream.eof)
with_empty = zlib.decompressobj(zdict=b"")
print(with_empty.decompress(zlib.compress(b"none needed")))

# Copies, and streams side by side.
one = zlib.compressobj()
start = one.compress(text[:50000])
two = one.copy()
print(digest(start + one.compress(b"one") + one.flush()), digest(start + two.compress(b"two") + two.flush()))
one = zlib.decompressobj(zdict=zdict)
start = one.decompress(packed[:5000], 500)
two = one.copy()
assert one.unconsumed_tail == two.unconsumed_tail and not two.eof
rest = one.unconsumed_tail + packed[5000:]
print(start + one.decompress(rest) == text, start + two.decompress(rest) == text)
print(one.copy().eof, one.copy().unused_data)
streams = [zlib.compressobj(level) for level in range(1, 10)]
results = [b""] * len(streams)
for at in range(0, len(text), 25000):
    for index, stream in enumerate(streams):
        results[index] += stream.compress(text[at : at + 25000])
for index, stream in enumerate(streams):
    results[index] += stream.flush()
    assert zlib.decompress(results[index]) == text
print([digest(result) for result in results])
