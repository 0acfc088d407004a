"""hashlib and hmac through the openssl cap: what CPython's own tests do not ask.

That the slices in which data crosses into the component do not show, that short input that is kept back is not lost, that
the table of digests is the component's own, and that nothing is kept in the component. Run inside pylon.wasm.

The loops of NothingIsKept would need more memory than there is if each turn kept its hash.

memory: 256M
"""

import hashlib
import hmac
import sys
import unittest

import _hashlib
import _openssl_cap

SLICE = 64 * 1024
NAMES = sorted(_hashlib.openssl_md_meth_names)
LENGTHS = [0, 1, 511, 512, 513, 1024, SLICE - 1, SLICE, SLICE + 1, 3 * SLICE + 5]


def data_of(length):
    return bytes(i * 7 % 251 for i in range(length))


def result(hash):
    return hash.digest(40) if hash.digest_size == 0 else hash.digest()


class Slices(unittest.TestCase):
    def test_input_in_pieces_is_the_input(self):
        for name in NAMES:
            for length in LENGTHS:
                data = data_of(length)
                whole = result(_hashlib.new(name, data))
                for size in (1 << 20, 100, 511, 513, SLICE + 3):
                    if length // size > 1000:
                        continue
                    pieces = _hashlib.new(name)
                    for at in range(0, length, size):
                        pieces.update(data[at : at + size])
                    self.assertEqual(result(pieces), whole, (name, length, size))

    def test_what_is_built_in_is_what_the_component_computes(self):
        for name in "md5", "sha1", "sha224", "sha256", "sha384", "sha512":
            for length in range(515):
                data = data_of(length)
                wanted = _openssl_cap.hash_of(name, data, _hashlib.new(name).digest_size)
                self.assertEqual(_hashlib.new(name, data).digest(), wanted, (name, length))

    def test_output_of_any_length_begins_alike(self):
        for name in ("shake_128", "shake_256"):
            hash = hashlib.new(name, b"abc")
            longest = hash.digest(3 * SLICE + 7)
            for length in (0, 1, 16, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE):
                self.assertEqual(hash.digest(length), longest[:length])
                self.assertEqual(hash.hexdigest(length), longest[:length].hex())
            hash.update(b"d")
            self.assertNotEqual(hash.digest(SLICE + 1), longest[: SLICE + 1])

    def test_codes_of_long_messages(self):
        for length in LENGTHS:
            data = data_of(length)
            pieces = hmac.new(b"key", digestmod="sha256")
            pieces.update(data[:300])
            pieces.update(data[300:])
            self.assertEqual(hmac.digest(b"key", data, "sha256"), pieces.digest())


class Copies(unittest.TestCase):
    def test_a_copy_and_its_original_go_their_own_ways(self):
        for first in (b"", b"short", data_of(600)):
            for more in (b"", b"x", data_of(1000)):
                one = hashlib.sha256(first)
                other = one.copy()
                third = other.copy()
                one.update(more)
                other.update(b"y")
                self.assertEqual(one.digest(), hashlib.sha256(first + more).digest())
                self.assertEqual(other.digest(), hashlib.sha256(first + b"y").digest())
                self.assertEqual(third.digest(), hashlib.sha256(first).digest())
                self.assertEqual(one.digest(), one.digest())

    def test_copies_of_codes(self):
        one = hmac.new(b"key", b"abc", "sha512")
        other = one.copy()
        other.update(b"d")
        self.assertEqual(one.digest(), hmac.digest(b"key", b"abc", "sha512"))
        self.assertEqual(other.digest(), hmac.digest(b"key", b"abcd", "sha512"))


class Names(unittest.TestCase):
    def test_the_component_has_what_the_table_says(self):
        for name in NAMES:
            hash = _hashlib.new(name, b"abc")
            self.assertEqual(hash.name, name)
            self.assertEqual(len(hash.digest(hash.digest_size or 16)) if hash.digest_size == 0 else len(hash.digest()), hash.digest_size or 16)

    def test_block_sizes_are_those_by_which_hmac_pads(self):
        for name in NAMES:
            if name.startswith("shake"):
                continue
            size = _hashlib.new(name).block_size
            key = bytes(size + 1)
            pad = lambda byte: bytes(k ^ byte for k in _hashlib.new(name, key).digest().ljust(size, b"\0"))
            inner = _hashlib.new(name, pad(0x36) + b"message").digest()
            by_hand = _hashlib.new(name, pad(0x5C) + inner).digest()
            self.assertEqual(_hashlib.hmac_digest(key, b"message", name), by_hand, name)

    def test_other_names_of_a_digest(self):
        wanted = hashlib.sha256(b"abc").digest()
        for name in ("SHA256", "SHA2-256", "sha-256", "2.16.840.1.101.3.4.2.1"):
            hash = _hashlib.new(name, b"abc")
            self.assertEqual((hash.name, hash.digest()), ("sha256", wanted))

    def test_names_that_are_none(self):
        for name in ("", "sha257", "x" * 5000, "AES-128-CBC"):
            with self.assertRaises(ValueError):
                _hashlib.new(name)
        for name in ("md4", "whirlpool"):
            with self.assertRaises(ValueError):
                _hashlib.new(name, usedforsecurity=False)


class Passwords(unittest.TestCase):
    def test_vectors(self):
        # RFC 7914, 11 and 12.
        self.assertEqual(
            hashlib.pbkdf2_hmac("sha256", b"passwd", b"salt", 1, 64).hex()[:64],
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc",
        )
        self.assertEqual(
            hashlib.scrypt(b"", salt=b"", n=16, r=1, p=1).hex()[:64],
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442",
        )

    def test_too_much_work_is_refused(self):
        with self.assertRaisesRegex(ValueError, "memory limit exceeded"):
            hashlib.scrypt(b"password", salt=b"salt", n=1 << 20, r=8, p=1)
        with self.assertRaisesRegex(ValueError, "n must be a power of 2"):
            hashlib.scrypt(b"password", salt=b"salt", n=1000, r=8, p=1)


class NothingIsKept(unittest.TestCase):
    def test_hashes(self):
        data = data_of(SLICE)
        for _ in range(60_000):
            hashlib.sha512(data[:600]).copy().digest()

    def test_hashes_that_are_alive_at_once(self):
        hashes = [hashlib.sha256(data_of(600)) for _ in range(20_000)]
        self.assertEqual(len({hash.digest() for hash in hashes}), 1)

    def test_codes(self):
        for _ in range(60_000):
            code = hmac.new(b"key", b"message", "sha256")
            code.copy().digest()

    def test_failures(self):
        for _ in range(60_000):
            with self.assertRaises(ValueError):
                _hashlib.new("no such digest")


if __name__ == "__main__":
    sys.exit(unittest.main())
