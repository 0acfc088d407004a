"""CPython's own _hashlib, which is in the C of _openssl_cap."""

import sys

import _openssl_cap

sys.modules[__name__] = _openssl_cap.hashlib_module(__spec__)
