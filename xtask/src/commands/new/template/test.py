"""@IDENT@ through the @NAME@ cap. Run inside pylon.wasm.

memory: 96M
"""

import unittest

import @IDENT@


class Checksum(unittest.TestCase):
    def test_values(self):
        for data, expected in [(b"a", 97), (b"abc", 294), (b"\xff" * 1000, 255_000)]:
            self.assertEqual(@IDENT@.checksum(data), expected)
            self.assertEqual(@IDENT@.checksum(memoryview(bytearray(data))), expected)

    def test_errors(self):
        with self.assertRaises(@IDENT@.EmptyError):
            @IDENT@.checksum(b"")
        for wrong in ("text", None, 5):
            with self.assertRaises(TypeError):
                @IDENT@.checksum(wrong)

    def test_nothing_is_kept(self):
        data = bytes(100_000)
        for _ in range(2000):
            @IDENT@.checksum(data)
            with self.assertRaises(@IDENT@.EmptyError):
                @IDENT@.checksum(b"")
