"""compression.zstd when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

grants: what tests share.
memory: 96M
"""

import random
import unittest

import full_memory
from compression import zstd

DATA = random.Random(1).randbytes(150_000) + bytes(200_000)
SAMPLES = [b'%d: {"name": "user %d", "mail": "u%d@example.org"}' % (n, n * 7, n * 31) * 3 for n in range(100)]
WORDS = zstd.ZstdDict(DATA[:5000], is_raw=True)
DAMAGED = zstd.ZstdDict(bytes.fromhex("37a430ec4d") + bytes(100), is_raw=True)
USES = ("as_digested_dict", "as_undigested_dict", "as_prefix")
TRAINED = zstd.train_dict(SAMPLES, 1000).dict_content
PACKED = {level: zstd.compress(DATA, level) for level in (1, 6)}


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


class FullMemory(full_memory.FullMemory, unittest.TestCase):
    calls = CALLS

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
            self.fill_with(make, 2)
        # What components have got of memory is theirs for good.
        self.assertEqual(zstd.decompress(zstd.compress(b"some bytes", 1)), b"some bytes")

    def test_without_room_for_handles(self):
        """Memory was full, so that the table of handles cannot grow, and then there is some for more of them than ever."""
        zstd.ZstdDict(bytes(8 << 20), is_raw=True)
        hold = []
        full_memory.fill(hold)
        hold.clear()
        self.fill_with(lambda: zstd.ZstdDict(b"12345678", is_raw=True), 1000)


if __name__ == "__main__":
    unittest.main()
