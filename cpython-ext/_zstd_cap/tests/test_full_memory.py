"""compression.zstd when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

memory: 96M
"""

import random
import unittest

from compression import zstd

DATA = random.Random(1).randbytes(150_000) + bytes(200_000)
SAMPLES = [b'%d: {"name": "user %d", "mail": "u%d@example.org"}' % (n, n * 7, n * 31) * 3 for n in range(100)]
WORDS = zstd.ZstdDict(DATA[:5000], is_raw=True)
DAMAGED = zstd.ZstdDict(bytes.fromhex("37a430ec4d") + bytes(100), is_raw=True)
USES = ("as_digested_dict", "as_undigested_dict", "as_prefix")
TRAINED = zstd.train_dict(SAMPLES, 1000).dict_content
PACKED = {level: zstd.compress(DATA, level) for level in (1, 6)}
BLOCK = 4096


def in_pieces(packed):
    stream = zstd.ZstdDecompressor()
    pieces = [stream.decompress(packed, 100_000)]
    while not stream.eof:
        pieces.append(stream.decompress(b"", 100_000))
    return b"".join(pieces)


def with_words(use):
    words = zstd.ZstdDict(WORDS.dict_content, is_raw=True)
    packed = zstd.compress(DATA[:20_000], 1, zstd_dict=getattr(words, use))
    return zstd.decompress(packed, getattr(words, use))


def refuses(use):
    try:
        zstd.compress(b"some", zstd_dict=getattr(DAMAGED, use))
    except zstd.ZstdError:
        return True


# Each with what it gives.
CALLS = [
    (lambda: zstd.compress(DATA, 1), PACKED[1]),
    (lambda: zstd.compress(DATA, 6), PACKED[6]),
    (lambda: zstd.decompress(PACKED[1]), DATA),
    (lambda: zstd.decompress(PACKED[6]), DATA),
    (lambda: zstd.decompress(PACKED[1] + PACKED[6]), DATA + DATA),
    (lambda: in_pieces(PACKED[1]), DATA),
    (lambda: in_pieces(PACKED[6]), DATA),
    (lambda: zstd.get_frame_size(PACKED[1]), len(PACKED[1])),
    (lambda: zstd.train_dict(SAMPLES, 1000).dict_content, TRAINED),
    (lambda: zstd.finalize_dict(WORDS, SAMPLES, 6000, 3).dict_id != 0, True),
    *((lambda use=use: with_words(use), DATA[:20_000]) for use in USES),
    *((lambda use=use: refuses(use), True) for use in USES[:2]),
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
            stream = zstd.ZstdCompressor(1)
            stream.compress(b"begun")
            return stream

        def begun():
            stream = zstd.ZstdDecompressor()
            stream.decompress(PACKED[1], 1)
            return stream

        def dictionary():
            return zstd.ZstdDict(DATA, is_raw=True)

        for make in compressor, begun, dictionary, zstd.ZstdCompressor, zstd.ZstdDecompressor:
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
        self.assertEqual(zstd.decompress(zstd.compress(b"some bytes", 1)), b"some bytes")


if __name__ == "__main__":
    unittest.main()
