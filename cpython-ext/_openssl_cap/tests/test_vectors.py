"""What standards say comes out, by the generated module _openssl_cap; of each kind some, and more in test_openssl_cap.py. All of
NIST's and Project Wycheproof's that there is something for are in tests/packages/openssl_vectors.py. Run inside pylon.wasm.

memory: 256M
"""

import unittest

import _openssl_cap as cap

ENCRYPT, DECRYPT = cap.Direction.ENCRYPT, cap.Direction.DECRYPT


def of(text):
    return bytes.fromhex(text)


class Digests(unittest.TestCase):
    # Of b"abc": RFC 1321, FIPS 180-4, FIPS 202, RFC 7693, GB/T 32905; RIPEMD-160's paper.
    ABC = {
        "md5": "900150983cd24fb0d6963f7d28e17f72",
        "ripemd160": "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
        "sha1": "a9993e364706816aba3e25717850c26c9cd0d89d",
        "sha224": "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha384": "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        "sha512": "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "sha512-224": "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
        "sha512-256": "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
        "sha3-224": "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
        "sha3-256": "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
        "sha3-384": "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
        "sha3-512": "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
        "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
        "blake2b512": "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
        "blake2s256": "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
        "sm3": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    }

    def test_three_letters(self):
        for name, wanted in self.ABC.items():
            self.assertEqual(cap.hash_of(name, b"abc", 0).hex(), wanted, name)

    def test_a_million_letters(self):
        # FIPS 180-4 and FIPS 202.
        for name, wanted in (
            ("sha256", "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
            ("sha3-256", "5c8875ae474a3634ba4fd55ec85bffd661f32aca75c6d699d0cdcb6c115891c1"),
        ):
            hash = cap.Hash.create(name)
            for _ in range(1000):
                hash.update(b"a" * 1000)
            self.assertEqual(hash.output(0).hex(), wanted, name)

    def test_nothing_extended(self):
        for name, wanted in (
            ("shake128", "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"),
            ("shake256", "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"),
        ):
            self.assertEqual(cap.hash_of(name, b"", 32).hex(), wanted, name)


class Derived(unittest.TestCase):
    def test_codes(self):
        # RFC 4231, 4.2
        self.assertEqual(
            cap.hmac_of("sha512", b"\x0b" * 20, b"Hi There").hex(),
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
            "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
        )

    def test_keys_of_passwords(self):
        # RFC 7914, 12 and 11
        self.assertEqual(
            cap.scrypt(b"password", b"NaCl", 1024, 8, 16, 1 << 26, 64).hex(),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
        )
        self.assertEqual(
            cap.pbkdf2("sha256", b"passwd", b"salt", 1, 64).hex(),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
            "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
        )


class Ciphers(unittest.TestCase):
    # NIST SP 800-38A, appendix F: four blocks, by keys of three lengths.
    DATA = of(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
    )
    KEYS = {
        128: of("2b7e151628aed2a6abf7158809cf4f3c"),
        192: of("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"),
        256: of("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
    }
    CBC = {
        128: "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
        "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
        192: "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
        "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd",
        256: "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
        "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
    }
    CTR = {
        128: "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
        "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
        192: "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94"
        "1e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050",
        256: "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
        "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
    }

    def through(self, name, direction, key, iv, data):
        cipher = cap.CipherContext.create(name, direction, key, iv, False)
        return cipher.update(data) + cipher.finish()

    def test_modes(self):
        for mode, table, iv in ("CBC", self.CBC, bytes(range(16))), ("CTR", self.CTR, bytes(range(0xF0, 0x100))):
            for bits, secret in table.items():
                name, key = f"AES-{bits}-{mode}", self.KEYS[bits]
                self.assertEqual(self.through(name, ENCRYPT, key, iv, self.DATA).hex(), secret, name)
                self.assertEqual(self.through(name, DECRYPT, key, iv, of(secret)), self.DATA, name)

    def test_a_counter_that_overflows(self):
        """Its last 32 bits, in the middle of blocks that are encrypted together: as one block after the other."""
        key, data = self.KEYS[128], bytes(range(256)) * 2
        for first in range(0xFFFFFFF0, 0x100000000, 3):
            count = 0x0123456789ABCDEF_FEDCBA98 << 32 | first
            blocks = [(count + i & (1 << 128) - 1).to_bytes(16, "big") for i in range(len(data) // 16)]
            stream = self.through("AES-128-ECB", ENCRYPT, key, b"", b"".join(blocks))
            wanted = bytes(a ^ b for a, b in zip(data, stream))
            self.assertEqual(self.through("AES-128-CTR", ENCRYPT, key, blocks[0], data), wanted)

    def test_gcm(self):
        # NIST's gcmEncryptExtIV128.rsp, [PTlen = 408, AADlen = 720], of an IV of 12 bytes.
        cipher = cap.CipherContext.create(
            "AES-128-GCM", ENCRYPT, of("2c1f21cf0f6fb3661943155c3e3d8492"), of("23cb5ff362e22426984d1907"), False
        )
        cipher.associate(
            of(
                "5d3624879d35e46849953e45a32a624d6a6c536ed9857c613b572b0333e701557a713e3f010ecdf9a6bd6c9e"
                "3e44b065208645aff4aabee611b391528514170084ccf587177f4488f33cfb5e979e42b6e1cfc0a60238982a7aec"
            )
        )
        secret = cipher.update(
            of("42f758836986954db44bf37c6ef5e4ac0adaf38f27252a1b82d02ea949c8a1a2dbc0d68b5615ba7c1220ff6510e259f06655d8")
        )
        self.assertEqual(
            (secret + cipher.finish()).hex(),
            "81824f0e0d523db30d3da369fdc0d60894c7a0a20646dd015073ad2732bd989b14a222b6ad57af43e1895df9dca2a5344a62cc",
        )
        self.assertEqual(cipher.tag(16).hex(), "57a3ee28136e94c74838997ae9823f3a")

    def test_gcm_of_each_length(self):
        """In one piece and in pieces: the same, and opened again; nothing else is."""
        key, iv, data = self.KEYS[256], bytes(12), bytes(range(251)) * 15
        for length in [*range(0, 200), 1000, 3071, 3072, 3073, 3500]:
            seal = cap.CipherContext.create("AES-256-GCM", ENCRYPT, key, iv, False)
            secret = seal.update(data[:length]) + seal.finish()
            pieces = cap.CipherContext.create("AES-256-GCM", ENCRYPT, key, iv, False)
            again = b"".join(pieces.update(data[at : min(at + 21, length)]) for at in range(0, length, 21))
            again += pieces.finish()
            self.assertEqual((again, pieces.tag(16)), (secret, seal.tag(16)), length)
            for tag in seal.tag(16), bytes([seal.tag(16)[0] ^ 128]) + seal.tag(16)[1:]:
                unseal = cap.CipherContext.create("AES-256-GCM", DECRYPT, key, iv, False)
                unseal.expect_tag(tag)
                opened = unseal.update(secret)
                if tag == seal.tag(16):
                    self.assertEqual(opened + unseal.finish(), data[:length])
                else:
                    self.assertRaises(cap.OpensslError, unseal.finish)


class Keys(unittest.TestCase):
    def test_a_shared_secret(self):
        # RFC 7748, 6.1
        private = of("302e020100300506032b656e04220420 5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
        public = of("302a300506032b656e032100 8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
        self.assertEqual(
            cap.Key.decode(private).derive(cap.Key.decode_public(public)).hex(),
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
        )

    def test_a_signature_by_a_curve(self):
        # RFC 6979, A.2.5
        public = cap.Key.decode_public(
            of(
                "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
                "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
            )
        )
        signature = of(
            "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
            "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
        )
        how = ("sha256", cap.RsaPadding.PKCS1)
        self.assertTrue(public.verify(b"sample", signature, how))
        self.assertFalse(public.verify(b"Sample", signature, how))

    def test_a_signature_of_edwards(self):
        # RFC 8032, 7.4
        seed = (
            "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3"
            "528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b"
        )
        key = cap.Key.decode(of("3047020100300506032b6571043b0439" + seed))
        self.assertEqual(
            key.sign(b"", (None, cap.RsaPadding.PKCS1)).hex(),
            "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281"
            "f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b41"
            "04852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600",
        )


if __name__ == "__main__":
    unittest.main()
