"""xxhash when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

memory: 64M
"""

import unittest

import xxhash

DATA = bytes(range(256)) * 1000
BLOCK = 4096


def copied():
    hasher = xxhash.xxh3_128(DATA, 7).copy()
    hasher.update(b"more")
    return hasher.hexdigest()


# Each with what it gives.
CALLS = [(call, call()) for call in (
    lambda: xxhash.xxh32_digest(DATA),
    lambda: xxhash.xxh64_intdigest(DATA[3:200]),
    lambda: xxhash.xxh3_128_hexdigest(DATA, 2**64 - 1),
    lambda: xxhash.xxh3_64(DATA).digest(),
    copied,
)]


def fill(hold):
    """Takes all memory, by blocks of which the last are small."""
    for size in (1 << 20, 1 << 16, BLOCK, 512):
        try:
            while True:
                hold.append(bytearray(size))
        except MemoryError:
            pass


class FullMemory(unittest.TestCase):
    # The first by its name: memory that was given to Python once is not given back.
    def test_as_many_as_there_is_room_for(self):
        hashers = []
        with self.assertRaises(MemoryError):
            while True:
                hashers.append(xxhash.xxh64(b"x"))
        self.assertGreater(len(hashers), 10_000)
        with self.assertRaises(MemoryError):
            while True:
                hashers.append(hashers[0].copy())
        hashers.clear()
        for call, right in CALLS:
            self.assertEqual(call(), right)

    def test_with_ever_more_room(self):
        for free in (0, 1, 2, 4, 8, 16, 17, 18, 32, 64, 128):
            for call, right in CALLS:
                hold, spare = [], [bytearray(BLOCK) for _ in range(free)]
                fill(hold)
                spare.clear()
                try:
                    outcome = call()
                except MemoryError:
                    outcome = right
                hold.clear()
                self.assertEqual(outcome, right)
                self.assertEqual(call(), right)


if __name__ == "__main__":
    unittest.main()
