"""blake3 when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

memory: 64M
"""

import unittest

from blake3 import blake3

DATA = bytes(range(256)) * 1000
KEY = bytes(range(32))
BLOCK = 4096


def copied():
    hasher = blake3(DATA)
    return hasher.copy().update(b"more").digest()


# Each with what it gives.
CALLS = [(call, call()) for call in (
    lambda: blake3(DATA).digest(),
    lambda: blake3(DATA, key=KEY).hexdigest(),
    lambda: blake3(DATA, derive_key_context="pylon test").digest(100_000),
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
    def test_with_ever_more_room(self):
        for free in (0, 1, 2, 4, 8, 16, 32, 64, 128, 256):
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

    # The last by its name: memory that was given to Python or to the component once is not given back.
    def test_without_end(self):
        hashers = []
        with self.assertRaises(MemoryError):
            while True:
                hashers.append(blake3(b"x"))
        self.assertGreater(len(hashers), 10)
        hashers.clear()
        self.assertEqual(CALLS[0][0](), CALLS[0][1])


if __name__ == "__main__":
    unittest.main()
