"""Whom a context believes, and the certificates that it has of its own."""

import itertools
import os
from collections.abc import Buffer
from operator import index as _int

import _openssl_cap as _cap

from . import _numbers as n
from ._certificates import decoded
from ._errors import SSLError, made, raised
from ._memory import contiguous

MODES = {n.CERT_NONE: 0, n.CERT_OPTIONAL: 1, n.CERT_REQUIRED: 3}

# What crosses in one call.
_PIECE = 60_000

_PASSWORD_MOST = 1024

_BEGIN = b"-----BEGIN"


def _password(value):
    """The bytes of a password."""
    if isinstance(value, str):
        value = value.encode()
    elif isinstance(value, (bytes, bytearray)):
        value = bytes(value)
    else:
        return None
    if len(value) > _PASSWORD_MOST:
        raise ValueError(f"password cannot be longer than {_PASSWORD_MOST} bytes")
    return value


def _ask_password(password):
    """The password for a key that is encrypted; None where nobody knows one."""
    if not callable(password):
        return _password(password)
    value = _password(password())
    if value is None:
        raise TypeError("password callback must return a string")
    return value


def _pieces(pem):
    """PEM text in pieces of whole certificates."""
    end = b"-----END "
    at = 0
    while at < len(pem):
        cut = at + _PIECE
        if cut < len(pem):
            mark = pem.rfind(end, at, cut)
            line = pem.find(b"\n", mark) if mark >= 0 else -1
            cut = line + 1 if line >= 0 else len(pem)
        yield pem[at:cut]
        at = cut


class Trust:
    """The part of a context that is about certificates."""

    def _call(self, function, *arguments):
        try:
            return function(*arguments)
        except _cap.OpensslError as error:
            raise raised(error) from None

    # ---- Who is believed ----

    @property
    def verify_mode(self):
        mode = self._cap.verify_mode()
        return next(value for value, bits in MODES.items() if bits == mode & 3)

    @verify_mode.setter
    def verify_mode(self, value):
        value = _int(value)
        if value not in MODES:
            raise ValueError("invalid value for verify_mode")
        if value == n.CERT_NONE and self._check_hostname:
            raise ValueError("Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
        self._cap.set_verify_mode(MODES[value])

    @property
    def verify_flags(self):
        return self._cap.verify_flags()

    @verify_flags.setter
    def verify_flags(self, value):
        self._call(self._cap.set_verify_flags, _int(value))

    @property
    def check_hostname(self):
        return self._check_hostname

    @check_hostname.setter
    def check_hostname(self, value):
        value = bool(value)
        if value and self._cap.verify_mode() == 0:
            self._cap.set_verify_mode(MODES[n.CERT_REQUIRED])
        self._check_hostname = value

    @property
    def _host_flags(self):
        return self._host_flag_bits

    @_host_flags.setter
    def _host_flags(self, value):
        self._host_flag_bits = _int(value)
        self._cap.set_host_flags(self._host_flag_bits)

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        if cafile is None and capath is None and cadata is None:
            raise TypeError("cafile, capath and cadata cannot be all omitted")
        for name, path in ("cafile", cafile), ("capath", capath):
            if path is not None and not isinstance(path, (str, bytes, os.PathLike)):
                raise TypeError(f"{name} should be a valid filesystem path")
        if cadata is not None:
            self._load_data(cadata)
        if cafile is not None:
            with open(cafile, "rb") as file:
                self._load_file(file.read())
        if capath is not None:
            if not capath:
                raise _told(113, "X509", "invalid directory", "INVALID_DIRECTORY")
            self._look_in(os.fsdecode(capath).split(":"))

    def _add(self, pieces):
        """How many certificates and lists were added."""
        added = 0
        for piece in pieces:
            try:
                added += self._cap.add_authorities(piece)
            except _cap.OpensslError as error:
                if error.value.kind != _cap.Kind.NOTHING_THERE:
                    raise raised(error) from None
        return added

    def _load_file(self, pem):
        """The certificates and lists of a PEM file. One without any is an error as OpenSSL has it."""
        if self._add(_pieces(pem)) == 0 or _BEGIN not in pem:
            raise _told(136, "X509", "no certificate or crl found", "NO_CERTIFICATE_OR_CRL_FOUND")

    def _load_data(self, data):
        """A text is PEM, bytes are DER and nothing else."""
        if isinstance(data, str):
            if not data.isascii():
                raise TypeError("cadata should be an ASCII string or a bytes-like object")
            data = data.encode()
            missing = "no start line: cadata does not contain a certificate"
            pieces = _pieces(data) if _BEGIN in data else []
        else:
            if not isinstance(data, Buffer):
                raise TypeError("cadata should be an ASCII string or a bytes-like object")
            data = bytes(contiguous(data))
            missing = "not enough data: cadata does not contain a certificate"
            pieces = [data] if _BEGIN not in data else []
        if not data:
            raise ValueError("Empty certificate data")
        if self._add(pieces) == 0:
            raise made(SSLError, 0, missing)

    def set_default_verify_paths(self):
        file = os.environ.get(n.DEFAULT_PATHS[0], n.DEFAULT_PATHS[1])
        folder = os.environ.get(n.DEFAULT_PATHS[2], n.DEFAULT_PATHS[3])
        try:
            with open(file, "rb") as opened:
                self._load_file(opened.read())
        except OSError:
            pass
        self._look_in(folder.split(":"))
        self._looked_for_defaults = True

    def _believes_nobody(self):
        """Whether it was to believe whom the host does, and there is no certificate of anybody."""
        if not self._looked_for_defaults or self._cap.store_content().certificates:
            return False
        return not any(os.path.isdir(folder) for folder in self._folders)

    def _look_in(self, folders):
        self._folders += [folder for folder in folders if folder and folder not in self._folders]
        self._set_notices()

    def _load_issuers(self, hashes):
        """What folders have of these names: a server's certificate leads there."""
        for folder in self._folders:
            for hash in hashes:
                for kind in "", "r":
                    numbers = itertools.count()
                    while self._load_hashed(os.path.join(folder, f"{hash:08x}.{kind}{next(numbers)}")):
                        pass

    def _load_folders(self):
        """All that folders have: a handshake of a server does not stop for what it lacks."""
        folders, self._folders = self._folders, []
        for folder in folders:
            try:
                names = os.listdir(folder)
            except OSError:
                continue
            for name in sorted(names):
                stem, _, number = name.partition(".")
                if len(stem) == 8 and number.removeprefix("r").isdigit():
                    self._load_hashed(os.path.join(folder, name))

    def _load_hashed(self, path):
        """Whether there is such a file."""
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError:
            return False
        try:
            self._cap.add_authorities(data)
        except _cap.OpensslError:
            pass
        return True

    def cert_store_stats(self):
        content = self._cap.store_content()
        return {"x509": content.certificates, "crl": content.revocation_lists, "x509_ca": content.authorities}

    def get_ca_certs(self, binary_form=False):
        result = []
        for certificate in self._cap.authorities():
            if certificate.details().authority:
                result.append(certificate.encode() if binary_form else decoded(certificate))
        return result

    # ---- What it has of its own ----

    def load_cert_chain(self, certfile, keyfile=None, password=None):
        for name, path in ("certfile", certfile), ("keyfile", keyfile):
            if not isinstance(path, (str, bytes, os.PathLike)) and (path is not None or name == "certfile"):
                raise TypeError(f"{name} should be a valid filesystem path")
        if password is not None and not callable(password) and _password(password) is None:
            raise TypeError("password should be a string or callable")
        with open(certfile, "rb") as file:
            chain = file.read()
        key = chain
        if keyfile is not None:
            with open(keyfile, "rb") as file:
                key = file.read()
        self._call(self._cap.use_certificates, chain)
        try:
            self._cap.use_key(key)
            return
        except _cap.OpensslError as error:
            if error.value.kind != _cap.Kind.PASSWORD_NEEDED:
                raise raised(error) from None
        known = None if password is None else _ask_password(password)
        if known is None:
            raise _told(0x80009, "SSL", "PEM lib")
        self._call(self._cap.use_key, key, known)


def _told(errno, library, text, reason=None):
    """What OpenSSL says of files that are read here."""
    error = made(SSLError, errno, f"[{library}: {reason}] {text}" if reason else f"[{library}] {text}")
    error.library, error.reason = library, reason
    return error
