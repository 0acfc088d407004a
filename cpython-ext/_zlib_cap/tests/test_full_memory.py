"""zlib when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

grants: what tests share.
memory: 64M
"""

import unittest
import zlib

import full_memory

DATA = bytes(range(256)) * 3000
PACKED = zlib.compress(DATA)
STORED = zlib.compress(DATA, 0)
# What zlib uses, what fits into one call, and what has to be asked for.
DICTIONARIES = [DATA[:size] for size in (30_000, 65_000, 150_000, 768_000)]


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


class FullMemory(full_memory.FullMemory, unittest.TestCase):
    calls = CALLS

    def test_streams_until_memory_is_full(self):
        for make in zlib.decompressobj, zlib.compressobj, zlib._ZlibDecompressor:
            self.fill_with(make, 2)
        # What components have got of memory is theirs for good.
        self.assertEqual(zlib.decompress(zlib.compress(b"some bytes")), b"some bytes")


if __name__ == "__main__":
    unittest.main()
