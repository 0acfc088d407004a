"""xxhash when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

grants: what tests share.
memory: 64M
"""

import unittest

import full_memory
import xxhash

DATA = bytes(range(256)) * 1000


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


class FullMemory(full_memory.FullMemory, unittest.TestCase):
    calls = CALLS

    # The first by its name: memory that was given to Python once is not given back, and the component would have none.
    def test_as_many_as_there_is_room_for(self):
        self.fill_with(lambda: xxhash.xxh64(b"x"), 10_000)
        hasher = xxhash.xxh64(b"x")
        self.fill_with(hasher.copy, 10_000)
        for call, right in CALLS:
            self.assertEqual(call(), right)


if __name__ == "__main__":
    unittest.main()
