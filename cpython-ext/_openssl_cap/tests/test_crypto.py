"""pylon.crypto: keys that sign, against RFCs and what other programs signed. Run inside pylon.wasm.

grants: what tests share.
memory: 256M
"""

import base64
import hashlib
import os
import unittest

from pylon import crypto

CERTIFICATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "certificates")
DATA = b"pylon signs"

# Signatures of DATA by the keys in certificates/rsa.pem and server.pem. By the command `openssl dgst -sha256 -sign`:
PKCS1 = (
    "RLSeQ7quj+BZXgYXDr4275Mj8trvo2I0ZZ7bgvS2Z06acukyQU8MDqIKMCX/txbzHhE+/dkAZ5nYOi+LURAcJwy59iYcHDsoAi84"
    "mZha90eLz6Hk4k6BglQJwyN0b1CjGkAh7/CbWh1Stu/inuSDj0QCBjA4q8yppMcIltbTPH6Cd1Evkk4PTq2gJ19d/xETZu1G5Mxh"
    "W6dwHwtj3l4AyHnaF24UdcyVlMaBthEBPI0dIJ3aK79L6WmQvVN9J9w8tGX6pZMXnvYOHRqDbH9+La7/IoecMcKfiZqeAfRm/j9Z"
    "mz8U4jdFxx8YmNk7rp6vX8Ef9x+xN6NEF0UeeWS5fw=="
)
PSS = (
    "Xrfavst6kcA5jjsioZClBytJ+LgSd88IiHqhk7/YkxbQoAALuGiOBlIALHYDexeizhCuANidrO1SZUI80WPQtetLmzmjJA6qUVtH"
    "xIMUmPr2N25fUl+ycdeOH6IVv/TUxuDSC0nN1q7Q7dyGvR4Hp3DeqOCMUheOcyUhWISuw8EPjOnP2U6jq1HNDqFQvqMS7jwaX1vF"
    "+ocYIMtnREr7lRNwBRcWG448QRuG9+GEsMd/EGP1Ls4ah1TO2NsVLCTxb4axjU+nv86Fz2lTQlx2IeJKWjhDnZVtyjuqGZWzly5l"
    "FxJlGSpx7M710aNkBxm33yRsrqPo+6zrtLi8MsHPHA=="
)
ECDSA = (
    "MEUCIQCFoPzshPM9R0fxEE9r22SJUjT0dFE5KyklUBL37Jv1QgIgMyXMMFhMmN4moYvnp5VI8ldhwZSknxRDUEVHSPW4t8k="
)
# By the package `cryptography`, and a key that it wrote:
PSS_LONG_SALT = (
    "jbPD+iB1tGqY4Qd1OycR79UhkliNLJFB+tIWKsfPgIVlWr1nfB7ffVRjEFKPR/MNp9FoMNvTApmY6adHtOGGEaOflM0BsNOn2jPY"
    "l8xuu4svhSuw7gX2VZ6bOMWcKYqnXH46F9piqxz0aS1poMaOIgPaBhpE+SLZhHf6wKtu6z3CenIHkwladRvqiqSxYfuL8DElLsmd"
    "G0H+/aM6KZRllr9mV2GPalE1ZKmMdSE1INp0f/TrT2cfjeMVB+Hazk2KjZX80q1rp3YTaFqy1ndYqSeOU9ALLSci0/hCWgnTXaaK"
    "7uPJpRF9+ex9HySGVhWPtZC05iI1hgoqlk1z1eCPPQ=="
)
ED25519_SIGNATURE = (
    "Sb3l/tJooXsyW0HFYVd9LhalDyUxYNzksLlR42/Wgr+3xh77rNV2MNpm7GxvX/jruGHnHOJe9qvyJab1wCkWBQ=="
)
ED25519 = """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBAwHi9qc/LGBkE3qiC+
tZ7uAgIIADAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQMyFC9/zyXOIYTVAu
e/uKiwRAS2SSrjSG/ZKcXVWp6Z9ijQqyZEuy9h/w1FI+nkq4cNGaIuYeNJE9H0Hk
lizDBnbQLAYHhMjLDDiZBH3xmii2lQ==
-----END ENCRYPTED PRIVATE KEY-----
"""


def text(value):
    return base64.b64decode(value)


def file(name):
    with open(os.path.join(CERTIFICATES, name), "rb") as opened:
        return opened.read()


def kinds():
    yield crypto.generate_ed25519(), {}
    for curve in "P-256", "P-384", "P-521", "secp256k1":
        yield crypto.generate_ec(curve), {"digest": None}
    yield crypto.generate_ec(), {"digest": "sha512"}
    for padding in "pss", "pkcs1":
        yield crypto.generate_rsa(2048), {"padding": padding}
        yield crypto.generate_rsa(2048), {"padding": padding, "digest": "sha3-256"}


class Signing(unittest.TestCase):
    def test_each_kind_of_key(self):
        for key, how in kinds():
            for data in b"", b"a", bytes(100_000), bytearray(b"abc"), memoryview(b"abcdef")[2:]:
                signature = key.sign(data, **how)
                key.public_key.verify(signature, data, **how)
                with self.assertRaises(crypto.InvalidSignature):
                    key.public_key.verify(signature, bytes(data) + b".", **how)

    def test_each_byte_of_a_signature_counts(self):
        for key in crypto.generate_ed25519(), crypto.generate_ec():
            signature = bytearray(key.sign(DATA))
            for at in range(len(signature)):
                signature[at] ^= 1
                with self.assertRaises(crypto.InvalidSignature):
                    key.public_key.verify(signature, DATA)
                signature[at] ^= 1
            for end in range(len(signature)):
                with self.assertRaises(crypto.InvalidSignature):
                    key.public_key.verify(signature[:end], DATA)

    def test_another_key_another_way(self):
        key = crypto.generate_rsa(2048)
        signature = key.sign(DATA)
        for public, how in (
            (crypto.generate_rsa(2048).public_key, {}),
            (crypto.generate_ec().public_key, {}),
            (key.public_key, {"padding": "pkcs1"}),
            (key.public_key, {"digest": "sha512"}),
        ):
            with self.assertRaises(crypto.InvalidSignature):
                public.verify(signature, DATA, **how)

    def test_each_digest_of_hashlib(self):
        key = crypto.generate_ec()
        for digest in hashlib.algorithms_guaranteed - {"md5", "sha1", "shake_128", "shake_256"}:
            key.public_key.verify(key.sign(DATA, digest=digest), DATA, digest=digest)
        for digest in "nothing", "", "RSA-SHA1", "shake_128":
            with self.assertRaisesRegex(crypto.CryptoError, f"there is no digest '{digest}' to sign with"):
                key.sign(DATA, digest=digest)
        with self.assertRaisesRegex(TypeError, "digest must be a str, not int"):
            key.sign(DATA, digest=5)

    def test_digests_of_curves(self):
        for curve, digest in ("P-256", "sha256"), ("P-384", "sha384"), ("P-521", "sha512"), ("secp256k1", "sha256"):
            key = crypto.generate_ec(curve)
            key.public_key.verify(key.sign(DATA), DATA, digest=digest)

    def test_what_is_refused(self):
        rsa, small = crypto.generate_rsa(2048), crypto.generate_ed25519()
        for digest in "sha1", "md5", "MD5-SHA1", "SHA-1", "1.3.14.3.2.26":
            with self.assertRaisesRegex(ValueError, "broken"):
                rsa.sign(DATA, digest=digest)
            with self.assertRaisesRegex(ValueError, "broken"):
                rsa.public_key.verify(b"", DATA, digest=digest)
        with self.assertRaisesRegex(ValueError, "a digest of its own"):
            small.sign(DATA, digest="sha256")
        with self.assertRaisesRegex(ValueError, "'pss' or 'pkcs1'"):
            rsa.sign(DATA, padding="none")
        with self.assertRaisesRegex(crypto.CryptoError, "no digest 'sha-none'"):
            rsa.sign(DATA, digest="sha-none")
        with self.assertRaises(TypeError):
            rsa.sign("text")
        for bits in 0, 1024, 2047, 16385:
            with self.assertRaisesRegex(ValueError, "2048 to 16384"):
                crypto.generate_rsa(bits)
        with self.assertRaises(crypto.CryptoError):
            crypto.generate_ec("P-255")
        with self.assertRaises(TypeError):
            crypto.PrivateKey()


class Keys(unittest.TestCase):
    def test_written_and_read(self):
        for key, _ in kinds():
            for written in key.to_pem(), key.to_der():
                self.assertEqual(crypto.load_private_key(written), key)
            for password in "secret", b"secret", "pässword", bytearray(300 * b"x"):
                for locked in key.to_pem(password), key.to_der(password):
                    self.assertEqual(crypto.load_private_key(locked, password), key)
                    with self.assertRaises(crypto.PasswordNeeded):
                        crypto.load_private_key(locked)
                    with self.assertRaisesRegex(crypto.CryptoError, "the password is wrong"):
                        crypto.load_private_key(locked, "wrong")
            public = key.public_key
            for written in public.to_pem(), public.to_der():
                self.assertEqual(crypto.load_public_key(written), public)
                self.assertEqual(hash(crypto.load_public_key(written)), hash(public))
                with self.assertRaises(crypto.CryptoError):
                    crypto.load_private_key(written)
            self.assertNotEqual(key, public)

    def test_what_they_say(self):
        said = [(key.algorithm, key.bits, key.curve, repr(key)) for key in (
            crypto.generate_ed25519(), crypto.generate_ec("P-384"), crypto.generate_rsa(2048)
        )]
        self.assertEqual(said, [
            ("ED25519", 256, None, "<PrivateKey ED25519>"),
            ("EC", 384, "P-384", "<PrivateKey EC P-384>"),
            ("RSA", 2048, None, "<PrivateKey RSA 2048 bits>"),
        ])

    def test_what_is_no_key(self):
        for data in b"", b"text", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", bytes(1000):
            for load in crypto.load_private_key, crypto.load_public_key:
                with self.assertRaises(crypto.CryptoError):
                    load(data)
        whole = crypto.generate_ec().to_der()
        for end in range(len(whole)):
            with self.assertRaises(crypto.CryptoError):
                crypto.load_private_key(whole[:end])

    def test_keys_that_do_not_sign(self):
        import _openssl_cap as cap

        key = cap.Key.generate(("other", "X25519"))
        with self.assertRaisesRegex(crypto.CryptoError, "X25519 keys do not sign"):
            crypto.load_private_key(key.encode(cap.Encoding.PEM))

    def test_an_empty_password(self):
        with self.assertRaisesRegex(ValueError, "must not be empty"):
            crypto.generate_ed25519().to_pem("")


class Others(unittest.TestCase):
    """What RFCs and other programs have signed, and keys that they wrote."""

    def test_rfc_8032(self):
        head = bytes.fromhex("302e020100300506032b657004220420")
        for seed, data, signature in (
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
        ):
            key = crypto.load_private_key(head + bytes.fromhex(seed))
            self.assertEqual(key.sign(bytes.fromhex(data)).hex(), signature)

    def test_rfc_6979(self):
        # The signature of "sample" by the key of appendix A.2.5, with SHA-256.
        point = (
            "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
            "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
        )
        key = crypto.load_public_key(
            bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004" + point)
        )
        signature = bytes.fromhex(
            "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
            "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
        )
        key.verify(signature, b"sample")
        with self.assertRaises(crypto.InvalidSignature):
            key.verify(signature, b"samples")

    def test_signed_by_the_openssl_command(self):
        rsa = crypto.load_private_key(file("rsa.pem"))
        self.assertEqual(base64.b64encode(rsa.sign(DATA, padding="pkcs1")).decode(), PKCS1)
        rsa.public_key.verify(text(PSS), DATA)
        crypto.load_private_key(file("server.pem")).public_key.verify(text(ECDSA), DATA)

    def test_signed_by_the_package_cryptography(self):
        key = crypto.load_private_key(ED25519.encode(), "secret")
        self.assertEqual(base64.b64encode(key.sign(DATA)).decode(), ED25519_SIGNATURE)
        # With the longest salt that fits.
        rsa = crypto.load_private_key(file("rsa.pem")).public_key
        rsa.verify(text(PSS_LONG_SALT), DATA, digest="sha512")

    def test_locked_by_the_openssl_command(self):
        self.assertEqual(crypto.load_private_key(file("locked.key"), "secret"),
                         crypto.load_private_key(file("server.pem")))


if __name__ == "__main__":
    unittest.main()
