"""crc32c through a provider that is resolved by name. Run inside pylon.wasm with a plan that has `crc32c`.

grants: what tests share.
"""

import gc
import os
import random
import sys
import unittest

import crc32c_dynlink
import pylon
from castagnoli import VECTORS, crc32c as reference

# More than a provider takes in one call unless the plan says otherwise.
TOO_MUCH = (64 << 20) + 1


class Values(unittest.TestCase):
    def test_known_vectors(self):
        for data, crc in VECTORS:
            self.assertEqual(crc32c_dynlink.crc32c(data), crc)

    def test_lengths_and_alignments(self):
        data = memoryview(random.Random(1).randbytes(5000))
        for offset in range(9):
            for length in (0, 1, 7, 8, 63, 64, 65, 255, 256, 257, 1000, 4990):
                piece = data[offset:offset + length]
                self.assertEqual(crc32c_dynlink.crc32c(piece), reference(piece))

    def test_whatever_kind_of_bytes(self):
        data = b"some data, more than nothing"
        for kind in (bytes, bytearray, memoryview):
            self.assertEqual(crc32c_dynlink.crc32c(kind(data)), reference(data))


class Errors(unittest.TestCase):
    def test_arguments(self):
        for wrong in ("text", 5, None, [1, 2]):
            with self.assertRaises(TypeError):
                crc32c_dynlink.crc32c(wrong)
        with self.assertRaises(BufferError):
            crc32c_dynlink.crc32c(memoryview(b"abcdef")[::2])

    def test_what_the_linker_refuses_is_an_exception_with_its_code(self):
        with self.assertRaises(pylon.LinkError) as caught:
            crc32c_dynlink.crc32c(bytes(TOO_MUCH))
        error = caught.exception
        self.assertEqual(error.code, "invalid-input")
        self.assertIn("payload_bytes", error.message)
        self.assertIn(error.message, str(error))
        self.assertEqual(crc32c_dynlink.crc32c(b"123456789"), 0xE3069283)

    def test_buffers_are_released(self):
        data = bytearray(TOO_MUCH)
        with self.assertRaises(pylon.LinkError):
            crc32c_dynlink.crc32c(data)
        data.append(1)  # BufferError while there is an export
        del data[3:]
        crc32c_dynlink.crc32c(data)
        data.append(2)


class NothingIsKept(unittest.TestCase):
    def test_payloads_are_freed(self):
        # More in all than a wasm32 memory can have, or than PYLON_TEST_MEMORY says that the runtime allows.
        memory = int(os.environ.get("PYLON_TEST_MEMORY", 4 << 30))
        data = bytes(32 << 20)
        for _ in range(memory // len(data) + 4):
            crc32c_dynlink.crc32c(data)

    def test_replies_are_freed(self):
        for _ in range(200):
            crc32c_dynlink.crc32c(b"123456789")
        blocks = sys.getallocatedblocks()
        for _ in range(100_000):
            crc32c_dynlink.crc32c(b"123456789")
        self.assertLess(sys.getallocatedblocks() - blocks, 100)

    def test_imports_are_released(self):
        # The host has a limit for instances that live at once, far below this.
        for turn in range(1000):
            del sys.modules["crc32c_dynlink"]
            if turn % 50 == 0:
                gc.collect()  # a module and its functions refer to each other
            module = __import__("crc32c_dynlink")
            self.assertEqual(module.crc32c(b"123456789"), 0xE3069283)


if __name__ == "__main__":
    unittest.main()
