"""hashlib and hmac when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

grants: what tests share.
memory: 96M
"""

import hashlib
import hmac
import unittest

import full_memory

DATA = bytes(range(256)) * 1000
ODD = DATA[:600]

CALLS = [
    lambda: hashlib.sha256(ODD).digest(),
    lambda: hashlib.sha512(DATA).digest(),
    lambda: hashlib.new("ripemd160", DATA).copy().digest(),
    lambda: hashlib.shake_256(ODD).digest(200_000),
    lambda: hmac.digest(b"key", DATA, "sha256"),
    lambda: hmac.new(b"key", ODD, "sha1").copy().digest(),
    lambda: hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 10, 100),
    lambda: hashlib.scrypt(b"password", salt=b"salt", n=1024, r=8, p=1),
]


class FullMemory(full_memory.FullMemory, unittest.TestCase):
    # OpenSSL starts in what memory there is, and does not start twice: each is computed once before. After that its memory is in
    # pieces, so it has more of it than the largest call needs.
    hashlib.scrypt(b"password", salt=b"salt", n=4096, r=8, p=1, maxmem=1 << 24)
    calls = [(call, call()) for call in CALLS]


if __name__ == "__main__":
    unittest.main()
