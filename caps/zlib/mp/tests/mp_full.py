# args: -X heapmax=512K
# memory: 6M
# beside: ../../../common/mp/tests/leaks.py
# With all memory in use, each call into a cap works or is a MemoryError, and when memory is free again, all is as before.
import crc32c
import gc
import zlib

from leaks import sweep

data = bytes(16000)
packed = zlib.compress(data)
expected = crc32c.crc32c(data), zlib.crc32(data), zlib.adler32(data)
half = zlib.decompressobj()
half.decompress(packed, 100)
open_streams = zlib.compressobj(), zlib.compressobj(), zlib.decompressobj()

# Streams that ask for their dictionary when they are given input; a component is given it whole.
dictionary = bytes(range(256)) * 300
writer = zlib.compressobj(zdict=dictionary)
asking = writer.compress(data) + writer.flush()
del writer
waiting = [zlib.decompressobj(zdict=dictionary) for _ in range(9)]

calls = (
    lambda: waiting.pop().decompress(asking),
    lambda: crc32c.crc32c(data),
    lambda: crc32c.crc32c(memoryview(data)[1:]),
    lambda: crc32c.CRC32CHash(data),
    lambda: crc32c.combine(1, 2, 3),
    lambda: zlib.crc32(data),
    lambda: zlib.adler32(data),
    lambda: zlib.crc32_combine(1, 2, 3),
    lambda: zlib.compress(data),
    lambda: zlib.decompress(packed),
    lambda: zlib.compressobj(),
    lambda: zlib.compressobj(zdict=data),
    lambda: zlib.decompressobj(zdict=data),
    lambda: open_streams[0].copy(),
    lambda: half.copy(),
    lambda: open_streams[0].compress(data),
    lambda: open_streams[1].flush(zlib.Z_SYNC_FLUSH),
    lambda: open_streams[2].decompress(packed),
    lambda: half.decompress(half.unconsumed_tail, 100),
)


def fill(kept, make):
    try:
        for i in range(len(kept)):
            kept[i] = make()
    except MemoryError:
        pass


def call_all():
    refused = 0
    for call in calls:
        for _ in range(3):
            try:
                call()
            except MemoryError:
                refused += 1
    return refused


def call_all_when_full(kinds):
    # The lists have their room before: on hosts with a bound it is the caps' memory that ends, not the heap.
    kept = [[None] * 3000 for _ in kinds]
    for i in range(len(kinds)):
        fill(kept[i], kinds[i])
    refused = call_all()
    for streams in kept:
        streams.clear()
    return refused


for kinds in (
    (zlib.decompressobj,),
    (zlib.compressobj, zlib.decompressobj),
    (lambda: zlib.compressobj(memLevel=1, wbits=9), zlib.decompressobj),
):
    assert call_all_when_full(kinds) > 0
    sweep(20)
    gc.collect()
    assert (crc32c.crc32c(data), zlib.crc32(data), zlib.adler32(data)) == expected
    assert zlib.decompress(zlib.compress(data)) == data
print("OK")
