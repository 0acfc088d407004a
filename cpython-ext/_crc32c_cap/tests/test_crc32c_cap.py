"""crc32c through the crc32c cap, against a definition in Python. Run inside pylon.wasm.

grants: what tests share.
"""

import os
import random
import unittest
import warnings

import crc32c
from castagnoli import VECTORS, crc32c as reference

SLICE = 64 * 1024


class Values(unittest.TestCase):
    def test_known_vectors(self):
        for data, crc in VECTORS:
            self.assertEqual(crc32c.crc32c(data), crc)

    def test_every_alignment_and_length(self):
        data = memoryview(random.Random(1).randbytes(700))
        for offset in range(9):
            for length in list(range(0, 40)) + list(range(250, 310)) + [690 - offset]:
                piece = data[offset:offset + length]
                self.assertEqual(crc32c.crc32c(piece, 7), reference(piece, 7))

    def test_across_slices(self):
        data = memoryview(random.Random(2).randbytes(3 * SLICE))
        for offset in (0, 1, 7):
            for length in (SLICE - 1, SLICE, SLICE + 1, 2 * SLICE + 13):
                piece = data[offset:offset + length]
                self.assertEqual(crc32c.crc32c(piece), reference(piece))

    def test_continued(self):
        data = random.Random(3).randbytes(1000)
        for cut in (0, 1, 8, 500, 1000):
            self.assertEqual(crc32c.crc32c(data[cut:], crc32c.crc32c(data[:cut])), reference(data))

    def test_value_is_reduced(self):
        self.assertEqual(crc32c.crc32c(b"", 10), 10)
        self.assertEqual(crc32c.crc32c(b"abc", 2**32 + 5), reference(b"abc", 5))
        self.assertEqual(crc32c.crc32c(b"abc", value=-1), reference(b"abc", 0xFFFFFFFF))

    def test_combine(self):
        data = random.Random(4).randbytes(1000)
        for cut in (0, 1, 999, 1000):
            first, second = crc32c.crc32c(data[:cut]), crc32c.crc32c(data[cut:])
            self.assertEqual(crc32c.combine(first, second, 1000 - cut), reference(data))
        with self.assertRaises(OverflowError):
            crc32c.combine(1, 2, -1)
        with self.assertRaises(OverflowError):
            crc32c.combine(1, 2, 2**64)


class Arguments(unittest.TestCase):
    def test_bytes_like(self):
        data = b"some data, more than nothing"
        for kind in (bytes, bytearray, memoryview):
            self.assertEqual(crc32c.crc32c(kind(data)), reference(data))
        self.assertEqual(crc32c.crc32c(memoryview(bytearray(data)).cast("I")), reference(data))

    def test_what_is_not_bytes_like(self):
        for wrong in ("text", 5, None, [1, 2]):
            with self.assertRaises(TypeError):
                crc32c.crc32c(wrong)
        with self.assertRaises(TypeError):
            crc32c.crc32c()
        with self.assertRaises(TypeError):
            crc32c.crc32c(b"", "0")

    def test_not_contiguous(self):
        with self.assertRaises(BufferError):
            crc32c.crc32c(memoryview(b"abcdef")[::2])

    def test_buffers_are_released(self):
        data = bytearray(b"abc")
        crc32c.crc32c(data)
        data.append(1)  # BufferError while there is an export
        with self.assertRaises(TypeError):
            crc32c.crc32c(data, "not a number")
        data.append(2)

    def test_gil_release_mode_changes_nothing(self):
        for mode in (-1, 0, 1):
            self.assertEqual(crc32c.crc32c(b"123456789", 0, mode), 0xE3069283)
            self.assertEqual(crc32c.crc32c(b"123456789", gil_release_mode=mode), 0xE3069283)


class Facade(unittest.TestCase):
    def test_deprecated_name(self):
        with self.assertWarns(DeprecationWarning):
            self.assertEqual(crc32c.crc32(b"123456789"), 0xE3069283)

    def test_module_values(self):
        self.assertIs(crc32c.hardware_based, False)
        self.assertEqual(crc32c.big_endian, 0)

    def test_hash_object(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            digest = crc32c.CRC32CHash(b"1234")
        digest.update(b"5")
        other = digest.copy()
        digest.update(b"6789")
        other.update(b"x")
        self.assertEqual((digest.name, digest.digest_size, digest.block_size), ("crc32c", 4, 1))
        self.assertEqual(digest.checksum, 0xE3069283)
        self.assertEqual(digest.digest(), bytes.fromhex("e3069283"))
        self.assertEqual(digest.hexdigest(), "e3069283")
        self.assertEqual(other.checksum, reference(b"12345x"))
        self.assertEqual(crc32c.CRC32CHash().digest(), bytes(4))
        with self.assertRaises(AttributeError):
            digest.name = "other"


class NothingIsKept(unittest.TestCase):
    def test_inputs_are_freed(self):
        # More in all than a wasm32 memory can have, or than PYLON_TEST_MEMORY says that the runtime allows.
        memory = int(os.environ.get("PYLON_TEST_MEMORY", 4 << 30))
        data = bytes(64 * 1024 * 1024)
        for _ in range(memory // len(data) + 6):
            crc32c.crc32c(data)

    def test_small_calls(self):
        for _ in range(200_000):
            crc32c.crc32c(b"123456789")


if __name__ == "__main__":
    unittest.main()
