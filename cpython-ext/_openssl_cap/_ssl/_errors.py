"""Exceptions of ssl, made of what the cap says of a failure."""

import _openssl_cap as _cap

from . import _numbers as n
from ._immutable import Immutable


def _type(name, bases, doc):
    """A class of `ssl`: its module is that of who shows it."""
    return type(name, bases, {"__doc__": doc, "__module__": "ssl"})


class SSLError(OSError, metaclass=Immutable):
    """An error occurred in the SSL implementation."""

    __module__ = "ssl"

    def __str__(self):
        return self.strerror if isinstance(self.strerror, str) else str(self.args)


SSLCertVerificationError = _type(
    "SSLCertVerificationError", (SSLError, ValueError), "A certificate could not be verified."
)
SSLZeroReturnError = _type("SSLZeroReturnError", (SSLError,), "SSL/TLS session closed cleanly.")
SSLWantReadError = _type(
    "SSLWantReadError",
    (SSLError,),
    "Non-blocking SSL socket needs to read more data\nbefore the requested operation can be completed.",
)
SSLWantWriteError = _type(
    "SSLWantWriteError",
    (SSLError,),
    "Non-blocking SSL socket needs to write more data\nbefore the requested operation can be completed.",
)
SSLSyscallError = _type("SSLSyscallError", (SSLError,), "System error when attempting SSL operation.")
SSLEOFError = _type("SSLEOFError", (SSLError,), "SSL/TLS connection terminated abruptly.")

# The part of a text that native Python has the line of its C in.
_WHERE = "(_ssl.c:1000)"

_LIBRARIES = {
    2: "SYS", 3: "BN", 4: "RSA", 5: "DH", 6: "EVP", 7: "BUF", 8: "OBJ", 9: "PEM", 10: "DSA", 11: "X509", 13: "ASN1",
    14: "CONF", 15: "CRYPTO", 16: "EC", 20: "SSL", 32: "BIO", 33: "PKCS7", 34: "X509V3", 35: "PKCS12", 36: "RAND",
    37: "DSO", 38: "ENGINE", 39: "OCSP", 40: "UI", 42: "ECDSA", 43: "ECDH", 44: "OSSL_STORE", 57: "PROV",
    59: "OSSL_ENCODER", 60: "OSSL_DECODER",
}

CERTIFICATE_VERIFY_FAILED = 134
_SSL = 20

# Reasons from here on, of any library, say that another one failed, or that it was the caller's fault.
_COMMON_REASON = 0x80000


def _reason_name(failure):
    """`CERTIFICATE_VERIFY_FAILED` of `certificate verify failed`."""
    if not failure.reason_text or failure.reason >= _COMMON_REASON or failure.reason < 100:
        return None
    text = failure.reason_text.replace("ssl/tls", "sslv3")
    return "".join(c if c.isalnum() else "_" for c in text).upper()


def made(kind, errno, text=None, failure=None, verified=None):
    """An exception with a text of its own, or with that of a failure. `verified` is added to what a certificate's says."""
    library = reason = None
    if failure is not None:
        library = _LIBRARIES.get(failure.library)
        reason = _reason_name(failure)
        text = text or failure.reason_text
    text = text or "unknown error"
    if verified is not None:
        text = f"{text}: {verified}"
    if library and reason:
        text = f"[{library}: {reason}] {text}"
    elif library:
        text = f"[{library}] {text}"
    error = kind(errno, f"{text} {_WHERE}")
    error.library = library
    error.reason = reason
    return error


def raised(error):
    """The exception of ssl for one of the cap."""
    failure = error.value
    if failure.kind == _cap.Kind.MEMORY:
        return MemoryError()
    return made(SSLError, failure.reason if failure.library else 0, failure=failure)


def want_read():
    return made(SSLWantReadError, n.SSL_ERROR_WANT_READ, "The operation did not complete (read)")


def want_write():
    return made(SSLWantWriteError, n.SSL_ERROR_WANT_WRITE, "The operation did not complete (write)")


def timed_out(what, wait):
    """A socket that `what` waited for, to read or to write."""
    if what == "handshake":
        return TimeoutError(f"{_WHERE[1:-1]}: The handshake operation timed out")
    return TimeoutError(f"The {wait if what == 'shutdown' else what} operation timed out")


def closed():
    return made(SSLZeroReturnError, n.SSL_ERROR_ZERO_RETURN, "TLS/SSL connection has been closed (EOF)")


def ended(failure=None):
    return made(SSLEOFError, n.SSL_ERROR_EOF, "EOF occurred in violation of protocol", failure)


_ISSUER_IS_UNKNOWN = (19, 20)  # It was sent, or was not.
_HOSTNAME_MISMATCH = 62
_IP_ADDRESS_MISMATCH = 64


def failed(connection, hostname, nobody_is_believed):
    """Of a step of a connection. `nobody_is_believed()`: certificates were looked for where they are granted, in vain."""
    failure = connection.failure()
    if failure.kind == _cap.Kind.MEMORY:
        return MemoryError()
    if (failure.library, failure.reason) != (_SSL, CERTIFICATE_VERIFY_FAILED):
        text = None if failure.library else "A failure in the SSL library occurred"
        return made(SSLError, n.SSL_ERROR_SSL, text, failure)
    code, text = connection.verdict()
    if code == _HOSTNAME_MISMATCH:
        text = f"Hostname mismatch, certificate is not valid for '{hostname}'."
    elif code == _IP_ADDRESS_MISMATCH:
        text = f"IP address mismatch, certificate is not valid for '{hostname}'."
    told = text
    if code in _ISSUER_IS_UNKNOWN and nobody_is_believed():
        told = f"{text}: no CA certificates were granted"
    error = made(SSLCertVerificationError, n.SSL_ERROR_SSL, failure=failure, verified=told)
    error.verify_code = code
    error.verify_message = text
    return error
