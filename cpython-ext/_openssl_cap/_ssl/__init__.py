"""What ssl.py is over: the interface of CPython's _ssl, by the openssl cap.

A connection of the cap is fed and emptied here: it does not know sockets. Names, messages and the order of checks are
those of CPython's Modules/_ssl.c.

Importing it, and ssl, asks the cap for nothing, so that asyncio can be in the snapshot: the version and the objects that ssl
needs then are constants, which a test compares.
"""

import _openssl_cap as _cap

from ._certificates import Certificate, _test_decode_cert
from ._connection import _SSLSocket
from ._context import _SSLContext
from ._errors import (
    SSLCertVerificationError,
    SSLEOFError,
    SSLError,
    SSLSyscallError,
    SSLWantReadError,
    SSLWantWriteError,
    SSLZeroReturnError,
)
from ._memory import MemoryBIO
from ._numbers import *
from ._numbers import _DEFAULT_CIPHERS
from ._random import RAND_add, RAND_bytes, RAND_status
from ._session import SSLSession

_OPENSSL_API_VERSION = OPENSSL_VERSION_INFO


def get_default_verify_paths():
    """Where certificates of authorities are looked for: a variable and a path for a file, and for a folder."""
    return DEFAULT_PATHS


def _object(found):
    return found.nid, found.short_name, found.long_name, found.numbers or None


def txt2obj(txt, name=False):
    """The object of a text: its number, short name, long name and OID."""
    if txt in USUAL_OBJECTS:
        return USUAL_OBJECTS[txt]
    found = _cap.object_of_text(txt, name)
    if found is None:
        raise ValueError(f"unknown object '{txt[:100]}'")
    return _object(found)


def nid2obj(nid, /):
    """The object with that number."""
    if nid < 0:
        raise ValueError("NID must be positive.")
    found = _cap.object_of_nid(nid)
    if found is None:
        raise ValueError(f"unknown NID {nid}")
    return _object(found)
