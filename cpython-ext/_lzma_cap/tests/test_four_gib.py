"""A stream of 4 GiB through liblzma in little memory. Run inside pylon.wasm.

grants: what tests share.
memory: 64M
slow: 4 GiB are compressed and decompressed
"""

import lzma
import unittest

import streams


class FourGiB(streams.FourGiB, unittest.TestCase):
    def compressor(self):
        return lzma.LZMACompressor(preset=1)

    def decompressor(self):
        return lzma.LZMADecompressor()


if __name__ == "__main__":
    unittest.main()
