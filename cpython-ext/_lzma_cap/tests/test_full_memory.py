"""lzma when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

memory: 96M
"""

import lzma
import random
import unittest

DATA = random.Random(1).randbytes(150_000) + bytes(200_000)
PACKED = {preset: lzma.compress(DATA, preset=preset) for preset in (0, 3)}
BLOCK = 4096


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


def fill(hold):
    """Takes all memory, by blocks of which the last are small."""
    for size in (1 << 20, 1 << 16, BLOCK, 512):
        try:
            while True:
                hold.append(bytearray(size))
        except MemoryError:
            pass


class FullMemory(unittest.TestCase):
    def right_or_no_memory(self, hold):
        outcomes = []
        for call, right in CALLS:
            try:
                outcomes.append(call() == right)
            except MemoryError:
                outcomes.append(None)
        hold.clear()
        self.assertNotIn(False, outcomes)
        return outcomes

    def test_calls_with_ever_more_room(self):
        for free in [0, 1, 2, 4, 8, 16, 17, 20, 32, 64, 100, 150, 300, 600, 1000, 2000]:
            hold, spare = [], [bytearray(BLOCK) for _ in range(free)]
            fill(hold)
            spare.clear()
            self.right_or_no_memory(hold)
        # There was nothing else to fail.
        self.assertEqual(self.right_or_no_memory([]), [True] * len(CALLS))

    def test_streams_until_memory_is_full(self):
        def compressor():
            return lzma.LZMACompressor(preset=0)

        def begun():
            stream = lzma.LZMADecompressor()
            stream.decompress(PACKED[3], 1)
            return stream

        for make in compressor, begun:
            for _ in range(2):
                streams = []
                with self.assertRaises(MemoryError):
                    while True:
                        streams.append(make())
                self.assertGreater(len(streams), 2)
                del streams[-3:]
                streams.append(make())
                streams.clear()
        # What components have got of memory is theirs for good.
        self.assertEqual(lzma.decompress(lzma.compress(b"some bytes", preset=0)), b"some bytes")


if __name__ == "__main__":
    unittest.main()
