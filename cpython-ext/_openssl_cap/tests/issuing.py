"""Certificates and lists of revoked ones, made byte by byte, so that they can be wrong in any way. Over pylon.crypto."""

import hashlib
import itertools
import os

import _openssl_cap as _cap
from pylon.crypto import PrivateKey, generate_ec

# ---- DER ----


def der(tag, *parts):
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*parts):
    return der(0x30, *parts)


def integer(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytearray([first * 40 + second])
    for number in rest:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(0x80 | number & 0x7F)
        out += bytes(reversed(digits))
    return der(6, bytes(out))


def bits(value, unused=0):
    return der(3, bytes([unused]), value)


def octets(value):
    return der(4, value)


def time(text):
    """Of fourteen digits and a Z a GeneralizedTime, of twelve a UTCTime."""
    return der(0x18 if len(text) == 15 else 0x17, text.encode())


def name(common_name):
    """A name with that alone; an empty one for an empty text."""
    parts = [der(0x31, sequence(oid("2.5.4.3"), der(0x0C, common_name.encode())))] if common_name else []
    return sequence(*parts)


# ---- Extensions: what is critical, and the value ----

TRUE = der(1, b"\xff")


def basic(authority, length=None, critical=True):
    parts = ([TRUE] if authority else []) + ([integer(length)] if length is not None else [])
    return critical, sequence(*parts)


# Bits of a key's usage, from the left.
SIGNATURE, CERTIFICATES, LISTS = 0x80, 0x04, 0x02


def usage(mask, critical=True):
    return critical, bits(bytes([mask]), (mask & -mask).bit_length() - 1 if mask else 0)


SERVER, CLIENT, CODE, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.3", "2.5.29.37.0"


def purposes(*which, critical=False):
    return critical, sequence(*map(oid, which))


def dns(text):
    return der(0x82, text if isinstance(text, bytes) else text.encode())


def mail(text):
    return der(0x81, text.encode())


def uri(text):
    return der(0x86, text.encode())


def address(*numbers):
    return der(0x87, bytes(numbers))


def directory(common_name):
    return der(0xA4, name(common_name))


def names(*which, critical=False):
    return critical, sequence(*which)


def constraints(permitted=(), excluded=(), critical=True, more=b""):
    def subtrees(tag, which):
        return der(tag, *(sequence(one, more) for one in which)) if which else b""

    return critical, sequence(subtrees(0xA0, permitted), subtrees(0xA1, excluded))


OIDS = {
    "subject_key": "2.5.29.14", "usage": "2.5.29.15", "names": "2.5.29.17", "basic": "2.5.29.19",
    "constraints": "2.5.29.30", "policies": "2.5.29.32", "issuer_key": "2.5.29.35", "policy_constraints": "2.5.29.36",
    "purposes": "2.5.29.37", "any_policy": "2.5.29.54", "unknown": "1.3.6.1.4.1.99999.1",
}


def extension(which, critical, value):
    return sequence(oid(OIDS[which]), TRUE if critical else b"", octets(value))


# ---- Keys and what they sign ----

_keys = {}


def key(label="leaf", make=generate_ec, *arguments):
    """A key that is made once."""
    if label not in _keys:
        _keys[label] = make(*arguments)
    return _keys[label]


def weak_rsa(bits):
    """One that pylon.crypto does not make."""
    return PrivateKey._of(_cap.Key.generate(("rsa", bits)))


def dsa():
    """One of DSA, which pylon.crypto does not have."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "certificates", "dsa.key"), "rb") as file:
        return PrivateKey._of(_cap.Key.decode(file.read(), None))


ALGORITHMS = {
    ("EC", "sha1"): sequence(oid("1.2.840.10045.4.1")),
    ("EC", "sha256"): sequence(oid("1.2.840.10045.4.3.2")),
    ("EC", "sha384"): sequence(oid("1.2.840.10045.4.3.3")),
    ("DSA", "sha1"): sequence(oid("1.2.840.10040.4.3")),
    ("DSA", "sha256"): sequence(oid("2.16.840.1.101.3.4.3.2")),
    ("RSA", "md5"): sequence(oid("1.2.840.113549.1.1.4"), der(5)),
    ("RSA", "sha256"): sequence(oid("1.2.840.113549.1.1.11"), der(5)),
    ("ED25519", None): sequence(oid("1.3.101.112")),
}


def signed(content, by, digest, outer=None, damaged=False):
    """What was signed, how and the signature. `outer` is what is said of how, if it is something else."""
    signature = bytearray(by._key.sign(content, (digest, _cap.RsaPadding.PKCS1)))
    if damaged:
        signature[-1] ^= 1
    return sequence(content, outer or ALGORITHMS[by.algorithm, digest], bits(bytes(signature)))


def digest_of(by, digest):
    return None if by.algorithm == "ED25519" else digest


def public(of):
    return of._key.encode_public(_cap.Encoding.DER)


def identifier(of):
    return hashlib.sha1(public(of)).digest()


numbers = itertools.count(1000)


class Certificate:
    """One that `issuer` signs; without one it signs itself. Extensions are those of an authority or of a server, changed by what is
    given by name: None leaves one out."""

    def __init__(
        self, subject, own_key, issuer=None, authority=False, *, begins="20200101000000Z", ends="21200101000000Z", version=2,
        serial=None, digest="sha256", signer=None, issuer_name=None, outer=None, damaged=False, twice=(), **changes,
    ):
        issuer = issuer or self
        self.subject, self.key, self.number = subject, own_key, next(numbers) if serial is None else serial
        by = signer or issuer.key
        digest = digest_of(by, digest)
        algorithm = ALGORITHMS[by.algorithm, digest]
        extensions = {"subject_key": (False, octets(identifier(own_key)))}
        if issuer is not self:
            extensions["issuer_key"] = False, sequence(der(0x80, identifier(issuer.key)))
        if authority:
            extensions |= {"basic": basic(True), "usage": usage(CERTIFICATES | LISTS)}
        else:
            extensions |= {"basic": basic(False, critical=False), "usage": usage(SIGNATURE)}
            extensions |= {"purposes": purposes(SERVER), "names": names(dns("localhost"))}
        extensions |= changes
        listed = [extension(which, *value) for which, value in extensions.items() if value is not None]
        listed += [extension(which, *extensions[which]) for which in twice]
        content = sequence(
            der(0xA0, integer(version)) if version else b"",
            integer(self.number),
            algorithm,
            name(issuer.subject if issuer_name is None else issuer_name),
            sequence(time(begins), time(ends)),
            name(subject),
            public(own_key),
            der(0xA3, sequence(*listed)) if version == 2 else b"",
        )
        self.der = signed(content, by, digest, outer, damaged)


class Revoked:
    """A list of who is not to be believed any more."""

    def __init__(
        self, issuer, which=(), *, begins="20200101000000Z", ends="21200101000000Z", signer=None, damaged=False, unknown=False,
        number=1,
    ):
        by = signer or issuer.key
        listed = [sequence(integer(one.number), time("20200102000000Z")) for one in which]
        extensions = [extension("issuer_key", False, sequence(der(0x80, identifier(issuer.key))))]
        if number is not None:
            extensions.append(sequence(oid("2.5.29.20"), octets(integer(number))))
        if unknown:
            extensions.append(extension("unknown", True, der(5)))
        content = sequence(
            integer(1),
            ALGORITHMS[by.algorithm, digest_of(by, "sha256")],
            name(issuer.subject),
            time(begins),
            time(ends) if ends else b"",
            sequence(*listed) if listed else b"",
            der(0xA0, sequence(*extensions)),
        )
        self.der = signed(content, by, digest_of(by, "sha256"), None, damaged)
