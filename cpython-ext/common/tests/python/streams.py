"""What the tests of compressors have in common: data, and a stream that is longer than memory."""

import random
import zlib

PIECE = 1 << 20
PIECES = 4096


def mixed(length, seed=1):
    """Bytes that compress to about half."""
    noise = random.Random(seed)
    pieces = []
    size = 0
    while size < length:
        piece = noise.randbytes(noise.randrange(1, 400))
        if noise.random() < 0.5:
            piece = piece[:8] * (len(piece) // 8 + 1)
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)[:length]


def cut(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)]


def four_gib():
    """Mostly what compresses well, for the sake of time, and some noise."""
    noise = random.Random(1)
    zeros = bytes(PIECE - 256)
    for _ in range(PIECES):
        yield noise.randbytes(256) + zeros


class FourGiB:
    """A test for a unittest.TestCase, which has `compressor()` and `decompressor()`."""

    def test_through_both_ways(self):
        packer, reader = self.compressor(), self.decompressor()
        put = got = length = 0

        def read(packed):
            nonlocal got, length
            out = reader.decompress(packed, PIECE)
            while out:
                got = zlib.crc32(out, got)
                length += len(out)
                out = b"" if reader.eof else reader.decompress(b"", PIECE)

        for piece in four_gib():
            put = zlib.crc32(piece, put)
            read(packer.compress(piece))
        read(packer.flush())
        self.assertTrue(reader.eof)
        self.assertEqual((length, got), (PIECE * PIECES, put))
