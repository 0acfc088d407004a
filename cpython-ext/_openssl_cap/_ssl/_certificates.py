"""Certificates as Python has them."""

import _openssl_cap as _cap

from ._errors import raised
from ._immutable import Immutable
from ._numbers import ENCODING_DER, ENCODING_PEM


def _name(parts):
    return tuple(tuple((part.name, part.value) for part in set_) for set_ in parts)


_KINDS = {
    "dns": "DNS",
    "email": "email",
    "uri": "URI",
    "ip_address": "IP Address",
    "registered_id": "Registered ID",
}


def _alternative(kind, value):
    kind = kind.replace("-", "_")
    if kind == "directory":
        return "DirName", _name(value)
    if kind == "other_name":
        return value.name, value.value
    return _KINDS[kind], value


def decoded(certificate):
    """What getpeercert() returns."""
    try:
        details = certificate.details()
    except _cap.OpensslError as error:
        raise raised(error) from None
    result = {
        "subject": _name(details.subject),
        "issuer": _name(details.issuer),
        "version": details.version,
        "serialNumber": details.serial,
        "notBefore": details.not_before,
        "notAfter": details.not_after,
    }
    more = {
        "subjectAltName": tuple(_alternative(*name) for name in details.alternative_names),
        "OCSP": tuple(details.ocsp),
        "caIssuers": tuple(details.issuer_locations),
        "crlDistributionPoints": tuple(details.crl_locations),
    }
    return result | {key: value for key, value in more.items() if value}


def _test_decode_cert(path, /):
    """What getpeercert() would return of the certificate in a file."""
    with open(path, "rb") as file:
        text = file.read()
    try:
        return decoded(_cap.Certificate.decode_all(text)[0])
    except _cap.OpensslError as error:
        raise raised(error) from None


def pem_of(der):
    import base64

    lines = base64.b64encode(der).decode("ascii")
    body = "".join(lines[at : at + 64] + "\n" for at in range(0, len(lines), 64))
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


class Certificate(metaclass=Immutable):
    __module__ = "_ssl"
    __slots__ = ("_certificate",)

    def __new__(cls, *args, **kwargs):
        raise TypeError(f"cannot create '{cls.__module__}.{cls.__name__}' instances")

    @classmethod
    def _of(cls, certificate):
        self = object.__new__(cls)
        self._certificate = certificate
        return self

    def public_bytes(self, format=ENCODING_PEM):
        if format not in (ENCODING_PEM, ENCODING_DER):
            raise ValueError("Unsupported format")
        der = self._certificate.encode()
        return der if format == ENCODING_DER else pem_of(der)

    def get_info(self):
        return decoded(self._certificate)

    def __eq__(self, other):
        if not isinstance(other, Certificate):
            return NotImplemented
        return self._certificate.equals(other._certificate)

    def __hash__(self):
        return self._certificate.hash_code()

    def __repr__(self):
        return f"<_ssl.Certificate '{self._certificate.subject_line()}'>"
