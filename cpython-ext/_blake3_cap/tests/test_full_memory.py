"""blake3 when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

grants: what tests share.
memory: 64M
"""

import unittest

import full_memory
from blake3 import blake3

DATA = bytes(range(256)) * 1000
KEY = bytes(range(32))


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


class FullMemory(full_memory.FullMemory, unittest.TestCase):
    calls = CALLS

    # The last by its name: memory that was given to Python or to the component once is not given back.
    def test_without_end(self):
        self.fill_with(lambda: blake3(b"x"), 10)
        self.assertEqual(CALLS[0][0](), CALLS[0][1])


if __name__ == "__main__":
    unittest.main()
