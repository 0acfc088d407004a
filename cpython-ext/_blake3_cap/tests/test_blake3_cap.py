"""blake3 through the blake3 cap. Run inside pylon.wasm. Beside the PyPI package: differential.toml.

grants: a folder as /data
"""

import hashlib
import os
import random
import unittest
import warnings

import blake3 as module
from blake3 import blake3

EMPTY = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
ABC = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
DATA = bytes(i % 251 for i in range(300_000))
# The official test vectors, whose input is DATA's beginning, in one number.
CHUNKS = (1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 100)
LENGTHS = sorted({*range(9), *(64 * blocks + more for blocks in (1, 2) for more in (-1, 0, 1)), 1023,
                  *(1024 * chunks + more for chunks in CHUNKS for more in (0, 1) if chunks <= 8 or more == 0)})
VECTORS = "cdf93a8667646bf5524f2dca658d6707fc0298f3752f9cb6a7220c6dfb7b22a8"
PURPOSES = (
    {},
    {"key": b"whats the Elvish word for friend"},
    {"derive_key_context": "BLAKE3 2019-12-27 16:29:52 test vectors context"},
)


class Hashes(unittest.TestCase):
    def test_known_values(self):
        self.assertEqual(blake3().hexdigest(), EMPTY)
        self.assertEqual(blake3(b"abc").hexdigest(), ABC)
        self.assertEqual(blake3(b"abc").digest(), bytes.fromhex(ABC))

    def test_official_vectors(self):
        outputs = [blake3(DATA[:length], **purpose).hexdigest(131) for length in LENGTHS for purpose in PURPOSES]
        self.assertEqual((len(LENGTHS), hashlib.sha256("".join(outputs).encode()).hexdigest()), (35, VECTORS))

    def test_calls_in_any_order(self):
        # Hashers with what each has taken in: whatever was done to them, they give what one call gives.
        choices = random.Random(1)
        for _ in range(200):
            purpose = choices.choice(PURPOSES)
            hashers = [(blake3(**purpose), b"")]
            for _ in range(choices.randrange(30)):
                at = choices.randrange(len(hashers))
                hasher, taken = hashers[at]
                what = choices.random()
                if what < 0.6:
                    piece = choices.randbytes(choices.choice((0, 1, 63, 64, 65, 1000, 1024, 1025, 5000, 70_000)))
                    hashers[at] = (hasher.update(piece), taken + piece)
                elif what < 0.7:
                    hashers.append((hasher.copy(), taken))
                elif what < 0.75:
                    hasher.reset()
                    hashers[at] = (hasher, b"")
                else:
                    seek, length = choices.choice((0, 1, 63, 64, 2**40)), choices.choice((0, 1, 32, 64, 131))
                    self.assertEqual(hasher.digest(length, seek=seek), blake3(taken, **purpose).digest(length, seek=seek))
            for hasher, taken in hashers:
                self.assertEqual(hasher.digest(), blake3(taken, **purpose).digest())

    def test_in_pieces_of_any_size(self):
        whole = blake3(DATA).digest(100)
        for size in (1, 63, 64, 65, 1023, 1024, 1025, 4096, 65536, 65537, 100_000):
            hasher = blake3()
            start = DATA[:3000] if size < 64 else DATA
            for at in range(0, len(start), size):
                self.assertIs(hasher.update(start[at : at + size]), hasher)
            self.assertEqual(hasher.digest(100), whole if start is DATA else blake3(start).digest(100), size)

    def test_output_of_any_length_from_anywhere(self):
        hasher = blake3(DATA)
        output = hasher.digest(200_000)
        self.assertEqual(hasher.digest(), output[:32])
        for seek, length in ((0, 0), (1, 1), (63, 2), (64, 64), (65_535, 2), (65_536, 100_000), (199_999, 1)):
            self.assertEqual(hasher.digest(length, seek=seek), output[seek : seek + length])
        self.assertEqual(hasher.hexdigest(5, seek=3), output[3:8].hex())

    def test_purposes_differ(self):
        key = bytes(range(32))
        outputs = {
            blake3(DATA).digest(),
            blake3(DATA, key=key).digest(),
            blake3(DATA, key=bytes(32)).digest(),
            blake3(DATA, derive_key_context="").digest(),
            blake3(DATA, derive_key_context="pylon test").digest(),
        }
        self.assertEqual(len(outputs), 5)

    def test_a_copy_goes_its_own_way(self):
        first = blake3(b"ab", key=bytes(32))
        second = first.copy()
        first.update(b"c")
        self.assertEqual(second.digest(), blake3(b"ab", key=bytes(32)).digest())
        self.assertEqual(first.digest(), second.update(b"c").digest())

    def test_reset_keeps_the_purpose(self):
        for purpose in ({}, {"key": bytes(32)}, {"derive_key_context": "pylon test"}):
            hasher = blake3(DATA, **purpose)
            self.assertIsNone(hasher.reset())
            self.assertEqual(hasher.digest(), blake3(**purpose).digest())

    def test_a_file(self):
        path = "/data/input"
        with open(path, "wb") as file:
            file.write(DATA)
        hasher = blake3()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.assertIs(hasher.update_mmap(path), hasher)
        self.assertEqual(caught, [])  # such as of a file that was left open
        self.assertEqual(hasher.digest(), blake3(DATA).digest())
        os.truncate(path, 0)
        self.assertEqual(blake3().update_mmap(path=path).hexdigest(), EMPTY)
        for wrong, error in (("/data/none", FileNotFoundError), ("/data", IsADirectoryError), (b"/data/input", TypeError)):
            with self.assertRaises(error):
                blake3().update_mmap(wrong)


class Refusals(unittest.TestCase):
    def test_keys(self):
        for key in (b"", bytes(31), bytes(33)):
            with self.assertRaisesRegex(ValueError, f"expected a 32-byte key, found {len(key)}"):
                blake3(key=key)
        with self.assertRaises(ValueError):
            blake3(key=bytes(32), derive_key_context="pylon test")

    def test_contexts(self):
        for context, error in ((b"bytes", TypeError), ("\udc80", UnicodeEncodeError), ("x" * 70_000, ValueError)):
            with self.assertRaises(error):
                blake3(derive_key_context=context)

    def test_lengths(self):
        for length, error in ((-1, OverflowError), (2**64, OverflowError), (2**62, MemoryError), ("1", TypeError)):
            with self.assertRaises(error):
                blake3().digest(length)

    def test_a_refused_hasher_is_freed(self):
        for _ in range(1000):
            with self.assertRaises(TypeError):
                blake3("text")


class Memory(unittest.TestCase):
    def test_what_is_dropped_is_freed(self):
        # Two gigabytes of hashers one after another.
        for _ in range(500):
            hashers = [blake3(b"x") for _ in range(1000)]
            hashers = [hasher.copy() for hasher in hashers]
        self.assertEqual(len(hashers), 1000)


class Interface(unittest.TestCase):
    def test_constants(self):
        self.assertEqual((blake3.digest_size, blake3.block_size, blake3.key_size, blake3.AUTO), (32, 64, 32, -1))
        self.assertEqual(blake3().name, "blake3")
        self.assertRegex(module.__version__, r"^\d+\.\d+")

    def test_it_is_not_to_be_changed_or_derived_from(self):
        with self.assertRaises(AttributeError):
            blake3().something = 1
        with self.assertRaises(TypeError):
            type("Mine", (blake3,), {})


if __name__ == "__main__":
    unittest.main()
