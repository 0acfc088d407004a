"""bz2 when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

grants: what tests share.
memory: 96M
"""

import bz2
import random
import unittest

import full_memory

DATA = random.Random(1).randbytes(150_000) + bytes(200_000)
PACKED = {level: bz2.compress(DATA, level) for level in (1, 9)}


def in_pieces(packed):
    stream = bz2.BZ2Decompressor()
    pieces = [stream.decompress(packed, 100_000)]
    while not stream.eof:
        pieces.append(stream.decompress(b"", 100_000))
    return b"".join(pieces)


# Each with what it gives.
CALLS = [
    (lambda: bz2.compress(DATA, 1), PACKED[1]),
    (lambda: bz2.compress(DATA, 9), PACKED[9]),
    (lambda: bz2.decompress(PACKED[1]), DATA),
    (lambda: bz2.decompress(PACKED[9]), DATA),
    (lambda: bz2.decompress(PACKED[1] + PACKED[9]), DATA + DATA),
    (lambda: in_pieces(PACKED[1]), DATA),
    (lambda: in_pieces(PACKED[9]), DATA),
]


class FullMemory(full_memory.FullMemory, unittest.TestCase):
    calls = CALLS

    def test_streams_until_memory_is_full(self):
        def compressor():
            return bz2.BZ2Compressor(1)

        def begun():
            stream = bz2.BZ2Decompressor()
            stream.decompress(PACKED[1], 1)
            return stream

        for make in compressor, begun, bz2.BZ2Decompressor:
            self.fill_with(make, 2)
        # What components have got of memory is theirs for good.
        self.assertEqual(bz2.decompress(bz2.compress(b"some bytes", 1)), b"some bytes")


if __name__ == "__main__":
    unittest.main()
