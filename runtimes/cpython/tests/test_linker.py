"""The module pylon in a pylon.wasm that resolves nothing at run time."""

import unittest

import pylon


class WithoutLinker(unittest.TestCase):
    def test_what_needs_the_linker_says_so(self):
        for use in (lambda: pylon.resolve("crc32c"), lambda: pylon.load("crc32c"), lambda: pylon.Instance):
            with self.assertRaisesRegex(pylon.LinkError, "^this pylon.wasm has no linker .*--profile dynlink") as caught:
                use()
            self.assertEqual(caught.exception.code, "not-implemented")
            self.assertIsNone(caught.exception.__cause__)


if __name__ == "__main__":
    unittest.main()
