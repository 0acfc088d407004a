"""A stream of 4 GiB through libzstd in little memory. Run inside pylon.wasm.

memory: 64M
slow: 4 GiB are compressed and decompressed
"""

import random
import unittest
import zlib

from compression import zstd

PIECE = 1 << 20
PIECES = 4096


def pieces():
    """Mostly what compresses well, for the sake of time, and some noise."""
    noise = random.Random(1)
    zeros = bytes(PIECE - 256)
    for _ in range(PIECES):
        yield noise.randbytes(256) + zeros


class FourGiB(unittest.TestCase):
    def test_through_both_ways(self):
        packer = zstd.ZstdCompressor()
        reader = zstd.ZstdDecompressor()
        put = got = length = 0

        def read(packed):
            nonlocal got, length
            out = reader.decompress(packed, PIECE)
            while out:
                got = zlib.crc32(out, got)
                length += len(out)
                out = b"" if reader.eof else reader.decompress(b"", PIECE)

        for piece in pieces():
            put = zlib.crc32(piece, put)
            read(packer.compress(piece))
        read(packer.flush())
        self.assertTrue(reader.eof)
        self.assertEqual((length, got), (PIECE * PIECES, put))


if __name__ == "__main__":
    unittest.main()
