"""Keys that sign: RSA, elliptic curves, Ed25519. By the openssl cap.

    key = generate_ed25519()
    signature = key.sign(b"data")
    key.public_key.verify(signature, b"data")
"""

from __future__ import annotations

from collections.abc import Buffer
from typing import Literal

import _openssl_cap as _cap

__all__ = [
    "CryptoError", "InvalidSignature", "PasswordNeeded", "PrivateKey", "PublicKey", "generate_ec", "generate_ed25519",
    "generate_rsa", "load_private_key", "load_public_key",
]

type Padding = Literal["pss", "pkcs1"]

_PADDINGS = {"pss": _cap.RsaPadding.MODERN, "pkcs1": _cap.RsaPadding.PKCS1}

# What a curve is signed with unless a digest is named: as strong as the curve.
_DIGESTS = {"P-384": "sha384", "P-521": "sha512"}

_CURVES = {"prime256v1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}

# Digests for which two texts with one signature can be made.
_BROKEN = {"md5", "md5-sha1", "sha1"}

# What OpenSSL calls otherwise than hashlib.
_NAMES = {"blake2b": "blake2b512", "blake2s": "blake2s256"}


class CryptoError(ValueError):
    """A key that cannot be made, read or used so."""


class PasswordNeeded(CryptoError):
    """A private key is encrypted, and no password was given."""


class InvalidSignature(CryptoError):
    """A signature is not of this key, or not of this data."""


def _call(function, *arguments):
    try:
        return function(*arguments)
    except _cap.OpensslError as error:
        failure = error.value
        if failure.kind == _cap.Kind.MEMORY:
            raise MemoryError from None
        if failure.kind == _cap.Kind.PASSWORD_NEEDED:
            raise PasswordNeeded("the key is encrypted: a password is needed") from None
        if failure.kind == _cap.Kind.NOTHING_THERE:
            raise CryptoError("there is no key in the data") from None
        raise CryptoError(failure.reason_text or failure.details or "not supported") from None


def _use(function, *arguments):
    try:
        return _call(function, *arguments)
    except CryptoError as error:
        digest, _ = arguments[-1]
        raise CryptoError(f"cannot be done with {digest or 'this key'}: {error}") from None


def _digest(name: str) -> str:
    """OpenSSL's name of a digest that signs."""
    if not isinstance(name, str):
        raise TypeError(f"digest must be a str, not {type(name).__name__}")
    known = _cap.find_algorithm(_NAMES.get(name.lower(), name.replace("_", "-")))
    if known is None or known.extendable:
        raise CryptoError(f"there is no digest {name!r} to sign with")
    if known.name in _BROKEN:
        raise ValueError(f"{name} is broken: signatures with it can be forged")
    return known.name


def _password(password: str | Buffer | None) -> Buffer | None:
    if isinstance(password, str):
        password = password.encode()
    if password is not None and not bytes(password):
        raise ValueError("a password must not be empty")
    return password


class _Key:
    __slots__ = ("_key", "_details")

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} is made by the functions of {__name__}")

    @classmethod
    def _of(cls, key):
        self = object.__new__(cls)
        self._key = key
        self._details = key.details()
        return self

    @property
    def algorithm(self) -> str:
        """`RSA`, `EC`, `ED25519`."""
        return self._details.algorithm

    @property
    def bits(self) -> int:
        """Of RSA the modulus', of a curve the field's."""
        return self._details.bits

    @property
    def curve(self) -> str | None:
        """`P-256`; None for what has no choice of curves."""
        group = self._details.group
        return _CURVES.get(group, group)

    def _how(self, digest: str | None, padding: Padding):
        """How a signature is made; checks what does not fit the key."""
        if padding not in _PADDINGS:
            raise ValueError(f"padding must be 'pss' or 'pkcs1', not {padding!r}")
        if self.algorithm not in ("RSA", "EC"):
            if digest is not None:
                raise ValueError(f"{self.algorithm} has a digest of its own")
        elif digest is None:
            digest = _DIGESTS.get(self.curve, "sha256")
        else:
            digest = _digest(digest)
        return digest, _PADDINGS[padding]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._key.equals(other._key)

    def __hash__(self) -> int:
        return hash(self._key.encode_public(_cap.Encoding.DER))

    def __repr__(self) -> str:
        kind = self.curve or (f"{self.bits} bits" if self.algorithm == "RSA" else "")
        return f"<{type(self).__name__} {self.algorithm}{' ' * bool(kind)}{kind}>"


class PublicKey(_Key):
    """A key that tells what was signed from what was not."""

    __slots__ = ()

    def verify(
        self, signature: Buffer, data: Buffer, *, digest: str | None = None, padding: Padding = "pss"
    ) -> None:
        """Raises InvalidSignature unless it is a signature of the data by the private part of this key."""
        if not _use(self._key.verify, data, signature, self._how(digest, padding)):
            raise InvalidSignature("the signature is not of this key and data")

    def to_pem(self) -> bytes:
        """SubjectPublicKeyInfo as text."""
        return _call(self._key.encode_public, _cap.Encoding.PEM)

    def to_der(self) -> bytes:
        """SubjectPublicKeyInfo."""
        return _call(self._key.encode_public, _cap.Encoding.DER)


class PrivateKey(_Key):
    """A key that signs."""

    __slots__ = ()

    @property
    def public_key(self) -> PublicKey:
        """What others verify with."""
        return load_public_key(self._key.encode_public(_cap.Encoding.DER))

    def sign(self, data: Buffer, *, digest: str | None = None, padding: Padding = "pss") -> bytes:
        """The signature of the data."""
        return _use(self._key.sign, data, self._how(digest, padding))

    def to_pem(self, password: str | Buffer | None = None) -> bytes:
        """PKCS #8 as text; with a password encrypted by AES-256-CBC."""
        return _call(self._key.encode, _cap.Encoding.PEM, _password(password))

    def to_der(self, password: str | Buffer | None = None) -> bytes:
        """PKCS #8; with a password encrypted by AES-256-CBC."""
        return _call(self._key.encode, _cap.Encoding.DER, _password(password))


def _signing(kind: type[_Key], key):
    made = kind._of(key)
    if made.algorithm not in ("RSA", "EC", "ED25519", "ED448"):
        raise CryptoError(f"{made.algorithm} keys do not sign here")
    return made


def generate_ed25519() -> PrivateKey:
    """A new key of Ed25519: fast, small, with nothing to choose."""
    return PrivateKey._of(_call(_cap.Key.generate, ("other", "ED25519")))


def generate_ec(curve: str = "P-256") -> PrivateKey:
    """A new key of ECDSA, on `P-256`, `P-384`, `P-521` or another curve of OpenSSL's."""
    return PrivateKey._of(_call(_cap.Key.generate, ("ec", curve)))


def generate_rsa(bits: int = 3072) -> PrivateKey:
    """A new key of RSA, of 2048 to 16384 bits."""
    if not 2048 <= bits <= 16384:
        raise ValueError(f"bits must be 2048 to 16384, not {bits}")
    return PrivateKey._of(_call(_cap.Key.generate, ("rsa", bits)))


def load_private_key(data: Buffer, password: str | Buffer | None = None) -> PrivateKey:
    """A private key, PEM or DER: PKCS #8, or what is older."""
    known = _password(password)
    try:
        key = _call(_cap.Key.decode, data, known)
    except CryptoError as error:
        if known is None or "no key" in str(error):
            raise
        raise CryptoError("the password is wrong, or the key is damaged") from None
    return _signing(PrivateKey, key)


def load_public_key(data: Buffer) -> PublicKey:
    """A public key, PEM or DER: SubjectPublicKeyInfo."""
    return _signing(PublicKey, _call(_cap.Key.decode_public, data))
