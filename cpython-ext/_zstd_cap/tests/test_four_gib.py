"""A stream of 4 GiB through libzstd in little memory. Run inside pylon.wasm.

grants: what tests share.
memory: 64M
slow: 4 GiB are compressed and decompressed
"""

import unittest

import streams
from compression import zstd


class FourGiB(streams.FourGiB, unittest.TestCase):
    def compressor(self):
        return zstd.ZstdCompressor()

    def decompressor(self):
        return zstd.ZstdDecompressor()


if __name__ == "__main__":
    unittest.main()
