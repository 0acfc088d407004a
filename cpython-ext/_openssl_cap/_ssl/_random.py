"""Random numbers of OpenSSL."""

import operator

import _openssl_cap as _cap

from ._errors import raised
from ._memory import contiguous

_MOST = 65_536


def RAND_bytes(n, /):
    """Generate n cryptographically strong pseudo-random bytes."""
    n = operator.index(n)
    if n < 0:
        raise ValueError("num must be positive")
    try:
        pieces = [_cap.random_bytes(min(_MOST, n - at)) for at in range(0, n, _MOST)]
    except _cap.OpensslError as error:
        raise raised(error) from None
    return b"".join(pieces)


def RAND_add(string, entropy, /):
    """Mix string into the OpenSSL PRNG state.

    entropy (a float) is a lower bound on the entropy contained in
    string.  See RFC 4086."""
    data = string.encode() if isinstance(string, str) else contiguous(string)
    for at in range(0, len(data), _MOST):
        _cap.random_add(data[at : at + _MOST], entropy)


def RAND_status():
    """Returns True if the OpenSSL PRNG has been seeded with enough data and False if not."""
    return _cap.random_status()
