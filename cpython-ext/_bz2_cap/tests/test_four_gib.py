"""A stream of 4 GiB through bzip2 in little memory. Run inside pylon.wasm.

grants: what tests share.
memory: 64M
slow: 4 GiB are compressed and decompressed
"""

import bz2
import unittest

import streams


class FourGiB(streams.FourGiB, unittest.TestCase):
    def compressor(self):
        return bz2.BZ2Compressor()

    def decompressor(self):
        return bz2.BZ2Decompressor()


if __name__ == "__main__":
    unittest.main()
