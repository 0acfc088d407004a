"""crc32c when memory is full: the right value, or MemoryError. Run inside pylon.wasm.

memory: 64M
"""

import unittest

import crc32c

DATA = bytes(range(256)) * 30000
RIGHT = crc32c.crc32c(DATA), crc32c.crc32c(DATA[3:200]), crc32c.CRC32CHash(DATA).digest()
BLOCK = 4096


def fill(hold):
    for size in (1 << 20, 1 << 16, BLOCK, 512):
        try:
            while True:
                hold.append(bytearray(size))
        except MemoryError:
            pass


class FullMemory(unittest.TestCase):
    def test_with_ever_more_room(self):
        for free in [0, 1, 2, 4, 8, 16, 17, 18, 32, 100]:
            hold, spare = [], [bytearray(BLOCK) for _ in range(free)]
            fill(hold)
            spare.clear()
            try:
                outcome = crc32c.crc32c(DATA), crc32c.crc32c(DATA[3:200]), crc32c.CRC32CHash(DATA).digest()
            except MemoryError:
                outcome = RIGHT
            hold.clear()
            self.assertEqual(outcome, RIGHT)

    def test_objects_until_memory_is_full(self):
        objects = []
        with self.assertRaises(MemoryError):
            while True:
                objects.append(crc32c.CRC32CHash(b"x"))
        self.assertGreater(len(objects), 100_000)
        objects.clear()
        self.assertEqual(crc32c.crc32c(DATA), RIGHT[0])


if __name__ == "__main__":
    unittest.main()
