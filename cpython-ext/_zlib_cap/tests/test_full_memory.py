"""zlib when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

memory: 64M
"""

import unittest
import zlib

DATA = bytes(range(256)) * 3000
PACKED = zlib.compress(DATA)
STORED = zlib.compress(DATA, 0)
# What zlib uses, what fits into one call, and what has to be asked for.
DICTIONARIES = [DATA[:size] for size in (30_000, 65_000, 150_000, 768_000)]
BLOCK = 4096


def packed_with(words):
    packer = zlib.compressobj(zdict=words)
    return packer.compress(DATA) + packer.flush()


WITH_WORDS = [packed_with(words) for words in DICTIONARIES]


def copied(stream, data):
    twin = stream.copy()
    return twin.decompress(data)


# Each with what it gives.
CALLS = [
    (lambda: zlib.crc32(DATA), zlib.crc32(DATA)),
    (lambda: zlib.adler32(DATA), zlib.adler32(DATA)),
    (lambda: zlib.compress(DATA), PACKED),
    (lambda: zlib.decompress(PACKED), DATA),
    (lambda: zlib.decompress(STORED), DATA),
    (lambda: zlib.decompressobj().decompress(STORED, 100_000), DATA[:100_000]),
    (lambda: copied(zlib.decompressobj(), PACKED), DATA),
    (lambda: zlib._ZlibDecompressor().decompress(PACKED), DATA),
]
for words, packed in zip(DICTIONARIES, WITH_WORDS):
    CALLS += [
        (lambda words=words: packed_with(words), packed),
        (lambda words=words, packed=packed: zlib.decompressobj(zdict=words).decompress(packed), DATA),
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
        for free in [0, 1, 2, 4, 8, 12, 16, 17, 18, 20, 24, 32, 48, 64, 80, 100, 150, 200, 300, 600]:
            hold, spare = [], [bytearray(BLOCK) for _ in range(free)]
            fill(hold)
            spare.clear()
            self.right_or_no_memory(hold)
        # There was nothing else to fail.
        self.assertEqual(self.right_or_no_memory([]), [True] * len(CALLS))

    def test_streams_until_memory_is_full(self):
        for make in zlib.decompressobj, zlib.compressobj, zlib._ZlibDecompressor:
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
        self.assertEqual(zlib.decompress(zlib.compress(b"some bytes")), b"some bytes")


if __name__ == "__main__":
    unittest.main()
