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

    # The last by its name: memory that was given to Python or to the component once is not given back.
    def test_without_end(self):
        self.fill_with(lambda: xxhash.xxh64(b"x"), 100)
        hasher = xxhash.xxh64(b"x")
        self.fill_with(hasher.copy, 100)
        for call, right in CALLS:
            self.assertEqual(call(), right)


if __name__ == "__main__":
    unittest.main()
