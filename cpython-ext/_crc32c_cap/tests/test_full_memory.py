"""crc32c when memory is full: the right value, or MemoryError. Run inside pylon.wasm.

grants: what tests share.
memory: 64M
"""

import unittest

import crc32c
import full_memory

DATA = bytes(range(256)) * 30000
# Each with what it gives.
CALLS = [(call, call()) for call in (
    lambda: crc32c.crc32c(DATA),
    lambda: crc32c.crc32c(DATA[3:200]),
    lambda: crc32c.CRC32CHash(DATA).digest(),
)]


class FullMemory(full_memory.FullMemory, unittest.TestCase):
    calls = CALLS

    def test_objects_until_memory_is_full(self):
        self.fill_with(lambda: crc32c.CRC32CHash(b"x"), 100_000)
        self.right_or_no_memory()


if __name__ == "__main__":
    unittest.main()
