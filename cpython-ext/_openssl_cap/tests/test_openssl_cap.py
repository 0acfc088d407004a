"""The generated module _openssl_cap: codes, keys, ciphers and keys of passwords by the vectors of their standards.

The loops of NothingIsKept would need more memory than there is if each turn kept what it made. Run inside pylon.wasm.

memory: 80M
"""

import unittest

import _openssl_cap as cap

from pairs import path


def of(text):
    return bytes.fromhex(text.replace(" ", ""))


def failure(call):
    try:
        call()
    except cap.OpensslError as error:
        return error.value.kind
    raise AssertionError("it did not fail")


class Digests(unittest.TestCase):
    def test_what_there_is(self):
        algorithms = {one.name: one for one in cap.algorithms()}
        self.assertEqual(list(algorithms), sorted(algorithms))
        self.assertEqual(
            sorted(algorithms),
            ["blake2b512", "blake2s256", "md5", "md5-sha1", "ripemd160", "sha1", "sha224", "sha256", "sha3-224", "sha3-256"]
            + ["sha3-384", "sha3-512", "sha384", "sha512", "sha512-224", "sha512-256", "shake128", "shake256", "sm3"],
        )
        for name, one in algorithms.items():
            self.assertEqual(cap.find_algorithm(name), one)
            length = 0 if not one.extendable else 10
            self.assertEqual(len(cap.hash_of(name, b"", length)), 10 if one.extendable else one.size)
        self.assertIsNone(cap.find_algorithm("sha257"))

    def test_squeezing(self):
        hash = cap.Hash.create("shake256")
        hash.update(b"abc")
        whole = hash.output(1000)
        self.assertEqual(hash.squeeze(10) + hash.squeeze(0) + hash.squeeze(990), whole)
        for call in (
            lambda: cap.Hash.create("nothing"),
            lambda: cap.Hash.create("x" * 100_000),
            lambda: cap.Hash.create("sha\0256"),
        ):
            self.assertEqual(failure(call), cap.Kind.UNSUPPORTED)
        self.assertEqual(failure(lambda: hash.squeeze(65_537)), cap.Kind.ARGUMENT)
        self.assertEqual(failure(lambda: hash.update(b"more")), cap.Kind.ARGUMENT)
        self.assertEqual(failure(lambda: hash.output(1)), cap.Kind.ARGUMENT)
        self.assertEqual(failure(lambda: cap.Hash.create("sha256").squeeze(1)), cap.Kind.OPENSSL)


class Codes(unittest.TestCase):
    def code(self, algorithm, key, data):
        whole = cap.MacContext.create(algorithm, key)
        whole.update(data)
        pieces = cap.MacContext.create(algorithm, key)
        for byte in data:
            pieces.update(bytes([byte]))
        self.assertEqual(pieces.copy().output(), whole.output())
        self.assertEqual(len(whole.output()), whole.size())
        return whole.output().hex()

    def test_vectors(self):
        # RFC 4231, 4.3
        wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        data = b"what do ya want for nothing?"
        self.assertEqual(self.code(("hmac", "sha256"), b"Jefe", data), wanted)
        self.assertEqual(cap.hmac_of("sha256", b"Jefe", data).hex(), wanted)
        # RFC 4493, 4
        key = of("2b7e1516 28aed2a6 abf71588 09cf4f3c")
        self.assertEqual(self.code(("cmac", "AES-128-CBC"), key, b""), "bb1d6929e95937287fa37d129b756746")
        data = of("6bc1bee2 2e409f96 e93d7e11 7393172a")
        self.assertEqual(self.code(("cmac", "AES-128-CBC"), key, data), "070a16b46b4d4144f79bdd9dd04a287c")
        # RFC 8439, 2.5.2
        key = of("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b")
        data = b"Cryptographic Forum Research Group"
        self.assertEqual(self.code(("poly1305", None), key, data), "a8061dc1305136c6c22b8baf0c0127a9")
        # SipHash's paper, appendix A
        self.assertEqual(self.code(("siphash", 8), bytes(range(16)), bytes(range(15))), "e545be4961ca29a1")
        # NIST SP 800-185, samples 1 and 4
        key = bytes(range(0x40, 0x60))
        self.assertEqual(
            self.code(("kmac128", b""), key, bytes(range(4))),
            "e5780b0d3ea6f7d3a429c5706aa43a00fadbd7d49628839e3187243f456ee14e",
        )
        self.assertEqual(
            self.code(("kmac256", b"My Tagged Application"), key, bytes(range(4)))[:64],
            "20c570c31346f703c9ac36c61c03cb64c3970d0cfc787e9b79599d273a68d2f7",
        )

    def test_failures(self):
        self.assertEqual(failure(lambda: cap.MacContext.create(("hmac", "nothing"), b"k")), cap.Kind.UNSUPPORTED)
        self.assertEqual(failure(lambda: cap.hmac_of("x" * 1000, b"k", b"")), cap.Kind.UNSUPPORTED)
        self.assertEqual(failure(lambda: cap.MacContext.create(("cmac", "AES-128-CBC"), b"short")), cap.Kind.OPENSSL)


class Derived(unittest.TestCase):
    def test_vectors(self):
        # RFC 5869, A.1
        info = of("f0f1f2f3f4f5f6f7f8f9")
        key = cap.hkdf("sha256", b"\x0b" * 22, bytes(range(13)), info, 42)
        self.assertEqual(
            key.hex(),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        )
        # RFC 9106, 5.1 to 5.3
        for which, wanted in (
            (cap.Argon2Type.ARGON2D, "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"),
            (cap.Argon2Type.ARGON2I, "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"),
            (cap.Argon2Type.ARGON2ID, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"),
        ):
            key = cap.argon2(which, b"\1" * 32, b"\2" * 16, b"\3" * 8, b"\4" * 12, (3, 32, 4), 32)
            self.assertEqual(key.hex(), wanted)
        # RFC 6070
        wanted = "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"
        self.assertEqual(cap.pbkdf2("sha1", b"password", b"salt", 2, 20).hex(), wanted)

    def test_failures(self):
        self.assertEqual(failure(lambda: cap.hkdf("sha256", b"k", b"", b"", 255 * 32 + 1)), cap.Kind.OPENSSL)
        self.assertEqual(failure(lambda: cap.pbkdf2("nothing", b"", b"", 1, 1)), cap.Kind.UNSUPPORTED)


class Ciphers(unittest.TestCase):
    def test_blocks_in_chains(self):
        # Several are decrypted at once, whatever number there is of them.
        encrypt, decrypt = cap.Direction.ENCRYPT, cap.Direction.DECRYPT
        iv, data = bytes(range(16, 32)), bytes(i * i % 251 for i in range(16 * 19))
        for bits in 128, 192, 256:
            key, last, wanted = bytes(range(bits // 8)), iv, b""
            for at in range(0, len(data), 16):
                mixed = bytes(a ^ b for a, b in zip(last, data[at : at + 16]))
                last = cap.CipherContext.create(f"AES-{bits}-ECB", encrypt, key, b"", False).update(mixed)
                wanted += last
            for end in range(16, len(data) + 1, 16):
                for first in 16, 33, 64:
                    for way, given, out in (encrypt, data, wanted), (decrypt, wanted, data):
                        cipher = cap.CipherContext.create(f"AES-{bits}-CBC", way, key, iv, False)
                        got = cipher.update(given[:min(first, end)]) + cipher.update(given[first:end]) + cipher.finish()
                        self.assertEqual(got, out[:end], (bits, end, first, way))

    def run_through(self, name, direction, key, iv, data, more=b"", tag=None, padding=False):
        cipher = cap.CipherContext.create(name, direction, key, iv, padding)
        if more:
            cipher.associate(more)
        if tag is not None:
            cipher.expect_tag(tag)
        out = b"".join(cipher.update(data[at : at + 7]) for at in range(0, len(data), 7)) + cipher.finish()
        return out, cipher

    def test_vectors(self):
        encrypt, decrypt = cap.Direction.ENCRYPT, cap.Direction.DECRYPT
        # FIPS 197, C.3
        data, key = of("00112233445566778899aabbccddeeff"), bytes(range(32))
        out, _ = self.run_through("AES-256-ECB", encrypt, key, b"", data)
        self.assertEqual(out.hex(), "8ea2b7ca516745bfeafc49904b496089")
        self.assertEqual(self.run_through("AES-256-ECB", decrypt, key, b"", out)[0], data)
        # RFC 8439, 2.8.2
        key, iv = bytes(range(0x80, 0xA0)), of("070000004041424344454647")
        more = of("50515253c0c1c2c3c4c5c6c7")
        data = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
        out, cipher = self.run_through("ChaCha20-Poly1305", encrypt, key, iv, data, more)
        self.assertEqual(cipher.tag(16).hex(), "1ae10b594f09e26a7e902ecbd0600691")
        self.assertEqual(self.run_through("ChaCha20-Poly1305", decrypt, key, iv, out, more, cipher.tag(16))[0], data)
        wrong = bytes([cipher.tag(16)[0] ^ 1]) + cipher.tag(16)[1:]
        for tag, rest in (wrong, more), (cipher.tag(16), more + b"x"):
            with self.assertRaises(cap.OpensslError):
                self.run_through("ChaCha20-Poly1305", decrypt, key, iv, out, rest, tag)
        # The GCM specification, test case 4
        key, iv = of("feffe9928665731c6d6a8f9467308308"), of("cafebabefacedbaddecaf888")
        more = of("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        data = of(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        )
        out, cipher = self.run_through("AES-128-GCM", encrypt, key, iv, data, more)
        self.assertEqual((out[:8].hex(), cipher.tag(16).hex()), ("42831ec221777424", "5bc94fbc3221a5db94fae95ae7121a47"))

    def test_all_there_are_work(self):
        for one in cap.ciphers():
            key, iv, data = bytes(one.key_length), bytes(one.iv_length), bytes(range(100))
            if "XTS" in one.name:
                continue
            out, cipher = self.run_through(one.name, cap.Direction.ENCRYPT, key, iv, data, padding=True)
            tag = cipher.tag(16) if one.authenticated else None
            back, _ = self.run_through(one.name, cap.Direction.DECRYPT, key, iv, out, tag=tag, padding=True)
            self.assertEqual(back, data, one.name)

    def test_failures(self):
        make = cap.CipherContext.create
        encrypt = cap.Direction.ENCRYPT
        self.assertEqual(failure(lambda: make("nothing", encrypt, b"", b"", True)), cap.Kind.UNSUPPORTED)
        self.assertEqual(failure(lambda: make("AES-128-CBC", encrypt, b"short", bytes(16), True)), cap.Kind.ARGUMENT)
        self.assertEqual(failure(lambda: make("AES-128-CBC", encrypt, bytes(16), b"", True)), cap.Kind.ARGUMENT)
        cipher = make("AES-128-CBC", cap.Direction.DECRYPT, bytes(16), bytes(16), True)
        self.assertEqual(failure(lambda: cipher.associate(b"x")), cap.Kind.ARGUMENT)
        cipher.update(bytes(16))
        self.assertEqual(failure(cipher.finish), cap.Kind.OPENSSL)


class Keys(unittest.TestCase):
    KINDS = [
        (("ec", "P-256"), "sha256"),
        (("ec", "secp384r1"), "sha384"),
        (("rsa", 2048), "sha256"),
        (("other", "ED25519"), None),
        (("other", "ML-DSA-44"), None),
    ]

    def test_signatures(self):
        for kind, digest in self.KINDS:
            key = cap.Key.generate(kind)
            public = cap.Key.decode_public(key.encode_public(cap.Encoding.DER))
            self.assertTrue(public.equals(key))
            self.assertEqual((key.details().private_part, public.details().private_part), (True, False))
            for padding in cap.RsaPadding.PKCS1, cap.RsaPadding.MODERN:
                how = (digest, padding)
                signature = key.sign(b"message", how)
                self.assertTrue(public.verify(b"message", signature, how))
                self.assertFalse(public.verify(b"massage", signature, how))
                self.assertFalse(public.verify(b"message", signature[:-1] + bytes([signature[-1] ^ 1]), how))
                self.assertFalse(public.verify(b"message", b"", how))
            with self.assertRaises(cap.OpensslError):
                public.sign(b"message", how)

    def test_writing_and_reading(self):
        for kind, _ in self.KINDS:
            key = cap.Key.generate(kind)
            for form in cap.Encoding.DER, cap.Encoding.PEM:
                for password in None, b"secret":
                    written = key.encode(form, password)
                    self.assertTrue(cap.Key.decode(written, password).equals(key))
                locked = key.encode(form, b"secret")
                self.assertEqual(failure(lambda: cap.Key.decode(locked)), cap.Kind.PASSWORD_NEEDED)
                self.assertEqual(failure(lambda: cap.Key.decode(locked, b"wrong")), cap.Kind.OPENSSL)
        for nothing in b"", b"text", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n":
            self.assertEqual(failure(lambda: cap.Key.decode(nothing)), cap.Kind.NOTHING_THERE)
            self.assertEqual(failure(lambda: cap.Key.decode_public(nothing)), cap.Kind.NOTHING_THERE)

    def test_a_vector(self):
        # RFC 8032, 7.1, test 2
        seed = of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
        key = cap.Key.decode(of("302e020100300506032b657004220420") + seed)
        self.assertEqual(
            key.sign(b"\x72", (None, cap.RsaPadding.PKCS1)).hex(),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        )

    def test_shared_secrets(self):
        for kind in ("other", "X25519"), ("other", "X448"), ("ec", "P-256"):
            one, other = cap.Key.generate(kind), cap.Key.generate(kind)
            self.assertEqual(one.derive(other), other.derive(one))
        with self.assertRaises(cap.OpensslError):
            one.derive(cap.Key.generate(("other", "X25519")))

    def test_rsa_encryption(self):
        key = cap.Key.generate(("rsa", 2048))
        for padding in cap.RsaPadding.PKCS1, cap.RsaPadding.MODERN:
            for data in b"", b"data":
                secret = key.encrypt(data, padding, "sha256")
                self.assertEqual(key.decrypt(secret, padding, "sha256"), data)
        with self.assertRaises(cap.OpensslError):
            key.decrypt(secret[:-1] + bytes([secret[-1] ^ 1]), cap.RsaPadding.MODERN, "sha256")

    def test_kinds_that_are_none(self):
        self.assertEqual(failure(lambda: cap.Key.generate(("rsa", 100))), cap.Kind.ARGUMENT)
        for kind in ("ec", "P-257"), ("other", "RSA"), ("other", "nothing"), ("other", ""):
            with self.assertRaises(cap.OpensslError):
                cap.Key.generate(kind)


class NothingIsKept(unittest.TestCase):
    """Of what is made without a handshake. Contexts and connections: test_ssl_cap.py."""

    def test_each_resource(self):
        with open(path("server.pem"), "rb") as file:
            pem = file.read()
        certificate = cap.Certificate.decode_all(pem)[0].encode()
        for turns, make in (
            (70_000, lambda: cap.Hash.create("sha512")),
            (70_000, lambda: cap.MacContext.create(("hmac", "sha256"), b"key").copy()),
            (70_000, lambda: cap.CipherContext.create("AES-128-GCM", cap.Direction.ENCRYPT, bytes(16), bytes(12), False)),
            (30_000, lambda: cap.Certificate.decode(certificate).public_key()),
            (3_000, lambda: cap.Key.decode(pem)),
        ):
            for _ in range(turns):
                make()


if __name__ == "__main__":
    unittest.main()
