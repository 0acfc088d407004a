"""lzma when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

grants: what tests share.
memory: 96M
"""

import lzma
import random
import unittest

import full_memory

DATA = random.Random(1).randbytes(150_000) + bytes(200_000)
PACKED = {preset: lzma.compress(DATA, preset=preset) for preset in (0, 3)}


def in_pieces(packed):
    stream = lzma.LZMADecompressor()
    pieces = [stream.decompress(packed, 100_000)]
    while not stream.eof:
        pieces.append(stream.decompress(b"", 100_000))
    return b"".join(pieces)


def properties():
    encoded = lzma._encode_filter_properties({"id": lzma.FILTER_DELTA, "dist": 7})
    return lzma._decode_filter_properties(lzma.FILTER_DELTA, encoded)


# Each with what it gives.
CALLS = [
    (lambda: lzma.compress(DATA, preset=0), PACKED[0]),
    (lambda: lzma.compress(DATA, preset=3), PACKED[3]),
    (lambda: lzma.decompress(PACKED[0]), DATA),
    (lambda: lzma.decompress(PACKED[3]), DATA),
    (lambda: lzma.decompress(PACKED[0] + PACKED[3]), DATA + DATA),
    (lambda: in_pieces(PACKED[0]), DATA),
    (lambda: in_pieces(PACKED[3]), DATA),
    (properties, {"id": lzma.FILTER_DELTA, "dist": 7}),
]


class FullMemory(full_memory.FullMemory, unittest.TestCase):
    calls = CALLS

    def test_streams_until_memory_is_full(self):
        def compressor():
            return lzma.LZMACompressor(preset=0)

        def begun():
            stream = lzma.LZMADecompressor()
            stream.decompress(PACKED[3], 1)
            return stream

        for make in compressor, begun:
            self.fill_with(make, 2)
        # What components have got of memory is theirs for good.
        self.assertEqual(lzma.decompress(lzma.compress(b"some bytes", preset=0)), b"some bytes")


if __name__ == "__main__":
    unittest.main()
