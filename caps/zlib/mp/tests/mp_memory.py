# args: -X heapsize=256k -X heapmax=256k
# beside: ../../../common/mp/tests/leaks.py
# A result that does not fit the heap is a MemoryError, after which all goes on; nothing of it is left behind.
import gc
import zlib

from leaks import sweep


def packed_zeros(megabytes):
    stream = zlib.compressobj(9)
    zeros = bytes(8192)
    return b"".join([stream.compress(zeros) for _ in range(128 * megabytes)]) + stream.flush()


bomb = packed_zeros(1)


def refused(call):
    try:
        call()
    except MemoryError:
        return
    assert False, "no MemoryError"


def limited():
    stream = zlib.decompressobj()
    assert len(stream.decompress(bomb, 1000)) == 1000
    refused(lambda: stream.decompress(stream.unconsumed_tail, 1 << 30))
    refused(lambda: stream.flush())


def check():
    refused(lambda: zlib.decompress(bomb))
    refused(lambda: zlib.decompress(bomb, bufsize=1 << 29))
    refused(lambda: zlib.decompressobj().decompress(bomb))
    limited()
    # How many to expect is no more than that.
    assert zlib.decompress(zlib.compress(b"abc"), bufsize=(1 << 30) - 1) == b"abc"
    stream = zlib.decompressobj()
    assert stream.decompress(zlib.compress(b"abc"), 1) == b"a" and stream.flush((1 << 30) - 1) == b"bc"
    # A bomb can be read by who limits each piece.
    stream = zlib.decompressobj()
    length = len(stream.decompress(bomb, 20000))
    while not stream.eof:
        length += len(stream.decompress(stream.unconsumed_tail, 20000))
    assert length == 1 << 20


def used():
    sweep(20)
    gc.collect()
    return gc.mem_alloc()


check()
before = used()
for _ in range(3):
    check()
# Less than one of the results: the collector may take something for a pointer to one.
left = used() - before
assert left < 1 << 17, left

# Streams beyond what the heap could count by its own bytes: those that nobody holds are closed in time.
for n in range(500):
    stream = zlib.compressobj()
    stream.compress(b"abc")
# Many that are held.
held = [zlib.decompressobj() for _ in range(100)]
text = b"to be, or not to be"
packed = zlib.compress(text)
assert all([stream.decompress(packed) == text for stream in held])
print("OK")
