"""Decompressors that have not begun take so little that there are a hundred thousand of them before memory is full.

Their handles are in a table of its own, which grows while there is room. Run inside pylon.wasm.

memory: 79M
"""

import lzma
import unittest


class ManyHandles(unittest.TestCase):
    def test_until_memory_is_full(self):
        for _ in range(2):
            streams = []
            with self.assertRaises(MemoryError):
                while True:
                    streams.append(lzma.LZMADecompressor())
            self.assertGreater(len(streams), 50_000)
            streams.clear()
        packed = lzma.compress(b"some bytes", preset=0)
        self.assertEqual(lzma.decompress(packed), b"some bytes")


if __name__ == "__main__":
    unittest.main()
