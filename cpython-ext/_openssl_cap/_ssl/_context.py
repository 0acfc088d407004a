"""The context of connections."""

import os
import warnings
from operator import index as _int

import _openssl_cap as _cap

from . import _numbers as n
from ._connection import _SSLSocket
from ._errors import SSLError, made, raised
from ._immutable import Immutable
from ._memory import MemoryBIO
from ._trust import MODES, Trust

_SIDES = {n.PROTOCOL_TLS_CLIENT: _cap.Side.CLIENT, n.PROTOCOL_TLS_SERVER: _cap.Side.SERVER}

# Protocols of one version, and those that may be of several.
_ONE_VERSION = {
    n.PROTOCOL_TLSv1: (n.PROTO_TLSv1, "TLSv1"),
    n.PROTOCOL_TLSv1_1: (n.PROTO_TLSv1_1, "TLSv1_1"),
    n.PROTOCOL_TLSv1_2: (n.PROTO_TLSv1_2, "TLSv1_2"),
}
_ANY_VERSION = {n.PROTOCOL_TLS, n.PROTOCOL_TLS_CLIENT, n.PROTOCOL_TLS_SERVER}

_VERSIONS = {
    n.PROTO_SSLv3: "SSLv3",
    n.PROTO_TLSv1: "TLSv1",
    n.PROTO_TLSv1_1: "TLSv1_1",
    n.PROTO_TLSv1_2: None,
    n.PROTO_TLSv1_3: None,
}

_OLD_OPTIONS = (
    n.OP_NO_SSLv3 | n.OP_NO_TLSv1 | n.OP_NO_TLSv1_1 | n.OP_NO_TLSv1_2 | n.OP_NO_TLSv1_3
)


def _deprecated(what, level):
    # The caller of who calls into what is C elsewhere.
    warnings.warn(f"{what} is deprecated", DeprecationWarning, stacklevel=level + 2)


def _without_nulls(text, of="character"):
    """What is a string of C elsewhere."""
    if isinstance(text, str) and "\0" in text:
        raise ValueError(f"embedded null {of}")


class _SSLContext(Trust, metaclass=Immutable):
    __module__ = "_ssl"

    def __new__(cls, protocol, /):
        protocol = _int(protocol)
        if protocol in _ONE_VERSION:
            _deprecated(f"ssl.PROTOCOL_{_ONE_VERSION[protocol][1]}", 2)
        elif protocol == n.PROTOCOL_TLS:
            _deprecated("ssl.PROTOCOL_TLS", 2)
        elif protocol not in _SIDES:
            raise ValueError(f"invalid or unsupported protocol version {protocol}")
        self = super().__new__(cls)
        self._protocol = protocol
        self._sni_callback = self._message_callback = self._keylog = self._keylog_name = None
        self._psk_client = self._psk_server = None
        self._folders = []
        self._later = False
        self._looked_for_defaults = False
        try:
            self._cap = _cap.Context.create(_SIDES.get(protocol, _cap.Side.EITHER))
            self._begin()
        except _cap.OpensslError as error:
            raise raised(error) from None
        return self

    def _begin(self):
        cap = self._cap
        self._check_hostname = self._protocol == n.PROTOCOL_TLS_CLIENT
        cap.set_verify_mode(MODES[n.CERT_REQUIRED if self._check_hostname else n.CERT_NONE])
        cap.set_options(
            cap.options() | n.OP_ALL | n.OP_NO_SSLv3 | n.OP_NO_COMPRESSION | n.OP_CIPHER_SERVER_PREFERENCE
        )
        cap.set_ciphers(n._DEFAULT_CIPHERS)
        cap.set_suites(n.DEFAULT_SUITES)
        if self._protocol in _ANY_VERSION:
            cap.set_minimum_version(n.PROTO_TLSv1_2)
        else:
            version = _ONE_VERSION[self._protocol][0]
            cap.set_minimum_version(version)
            cap.set_maximum_version(version)
        cap.set_verify_flags(n.VERIFY_X509_TRUSTED_FIRST)
        self._host_flag_bits = n.HOSTFLAG_NO_PARTIAL_WILDCARDS
        cap.set_host_flags(self._host_flag_bits)

    # ---- Connections ----

    def _wrap_socket(self, sock, server_side, server_hostname=None, *, owner=None, session=None):
        return _SSLSocket(self, sock, None, None, server_side, server_hostname, owner, session)

    def _wrap_bio(self, incoming, outgoing, server_side, server_hostname=None, *, owner=None, session=None):
        for name, bio in ("incoming", incoming), ("outgoing", outgoing):
            if not isinstance(bio, MemoryBIO):
                kind = type(bio).__name__
                raise TypeError(f"_wrap_bio() argument '{name}' must be _ssl.MemoryBIO, not {kind}")
        return _SSLSocket(self, None, incoming, outgoing, server_side, server_hostname, owner, session)

    # ---- Versions and options ----

    @property
    def protocol(self):
        return self._protocol

    @property
    def options(self):
        return self._cap.options()

    @options.setter
    def options(self, value):
        value = _int(value)
        if not 0 <= value <= 0xFFFFFFFFFFFFFFFF:
            raise OverflowError("can't convert negative int to unsigned" if value < 0 else "int too big to convert")
        if value & ~self._cap.options() & _OLD_OPTIONS:
            warnings.warn(
                "ssl.OP_NO_SSL*/ssl.OP_NO_TLS* options are deprecated", DeprecationWarning, stacklevel=3
            )
        self._cap.set_options(value)

    def _set_version(self, value, lowest, put):
        value = _int(value)
        if self._protocol not in _ANY_VERSION:
            raise ValueError("The context's protocol doesn't support modification of highest and lowest version.")
        if _VERSIONS.get(value):
            _deprecated(f"ssl.TLSVersion.{_VERSIONS[value]}", 3)
        if value == n.PROTO_MINIMUM_SUPPORTED:
            version = 0 if lowest else n.PROTO_TLSv1
        elif value == n.PROTO_MAXIMUM_SUPPORTED:
            version = n.PROTO_TLSv1_3 if lowest else 0
        elif value in _VERSIONS:
            version = value
        else:
            raise ValueError(f"Unsupported TLS/SSL version 0x{value & 0xFFFFFFFF:x}")
        try:
            put(version)
        except _cap.OpensslError:
            raise ValueError(f"Unsupported protocol version 0x{version:x}") from None

    @property
    def minimum_version(self):
        version = self._cap.minimum_version() if self._protocol in _ANY_VERSION else 0
        return version or n.PROTO_MINIMUM_SUPPORTED

    @minimum_version.setter
    def minimum_version(self, value):
        self._set_version(value, True, self._cap.set_minimum_version)

    @property
    def maximum_version(self):
        version = self._cap.maximum_version() if self._protocol in _ANY_VERSION else 0
        return version or n.PROTO_MAXIMUM_SUPPORTED

    @maximum_version.setter
    def maximum_version(self, value):
        self._set_version(value, False, self._cap.set_maximum_version)

    @property
    def security_level(self):
        """The current security level."""
        return self._cap.security_level()

    def set_ciphers(self, cipherlist, /):
        _without_nulls(cipherlist)
        try:
            self._cap.set_ciphers(cipherlist)
        except _cap.OpensslError:
            raise SSLError("No cipher can be selected.") from None

    def get_ciphers(self):
        return [_cipher(suite) for suite in self._call(self._cap.suites)]

    def set_ecdh_curve(self, name, /):
        unknown = f"unknown elliptic curve name {name!r}"
        name = os.fsdecode(name)
        _without_nulls(name, "byte")
        if not name:
            raise ValueError(unknown)
        try:
            self._cap.set_groups(name)
        except _cap.OpensslError as error:
            if _cap.object_of_text(name, True) is None:
                raise ValueError(unknown) from None
            raise raised(error) from None

    def load_dh_params(self, filepath, /):
        with open(os.fspath(filepath), "rb") as file:
            self._call(self._cap.set_dh_parameters, file.read())

    def _set_alpn_protocols(self, protos, /):
        try:
            self._cap.set_protocols(protos)
        except _cap.OpensslError:
            raise MemoryError() from None

    @property
    def num_tickets(self):
        """Control the number of TLSv1.3 session tickets."""
        return self._cap.tickets()

    @num_tickets.setter
    def num_tickets(self, value):
        value = _int(value)
        if value < 0:
            raise ValueError("value must be non-negative")
        if self._protocol != n.PROTOCOL_TLS_SERVER:
            raise ValueError("SSLContext is not a server context.")
        self._call(self._cap.set_tickets, value)

    @property
    def post_handshake_auth(self):
        return self._later

    @post_handshake_auth.setter
    def post_handshake_auth(self, value):
        self._later = bool(value)
        self._cap.set_later_authentication(self._later)

    def session_stats(self):
        statistics = self._cap.statistics()
        names = (
            "number", "connect", "connect_good", "connect_renegotiate", "accept", "accept_good",
            "accept_renegotiate", "hits", "misses", "timeouts", "cache_full",
        )
        return dict(zip(names, statistics))

    # ---- What connections ask and tell ----

    def _set_notices(self):
        bits = _cap.Notices
        what = 0
        for wanted, bit in (
            (self._sni_callback, bits.SERVER_NAME),
            (self._psk_client, bits.PSK_CLIENT),
            (self._psk_server, bits.PSK_SERVER),
            (self._keylog, bits.KEYS),
            (self._message_callback, bits.MESSAGES),
            (self._folders or None, bits.ISSUERS),
        ):
            if wanted is not None:
                what |= bit
        self._cap.set_notices(what)

    @property
    def sni_callback(self):
        """Set a callback that will be called when a server name is provided by the SSL/TLS client in the SNI extension.

        If the argument is None then the callback is disabled. The method is called
        with the SSLSocket, the server name as a string, and the SSLContext object.

        See RFC 6066 for details of the SNI extension."""
        return self._sni_callback

    @sni_callback.setter
    def sni_callback(self, value):
        if self._protocol == n.PROTOCOL_TLS_CLIENT:
            raise ValueError("sni_callback cannot be set on TLS_CLIENT context")
        if value is not None and not callable(value):
            raise TypeError("not a callable object")
        self._sni_callback = value
        self._set_notices()

    @property
    def _msg_callback(self):
        return self._message_callback

    @_msg_callback.setter
    def _msg_callback(self, value):
        if value is not None and not callable(value):
            raise TypeError(f"{value!r} is not callable.")
        self._message_callback = value
        self._set_notices()

    @property
    def keylog_filename(self):
        return self._keylog_name

    @keylog_filename.setter
    def keylog_filename(self, value):
        self._close_keylog()
        self._keylog_name = None
        try:
            if value is not None:
                path = os.fspath(value)
                self._keylog = open(path, "a", encoding="ascii")
                self._keylog_name = value
                if self._keylog.tell() == 0:
                    self._keylog.write("# TLS secrets log file, generated by OpenSSL / Python\n")
                    self._keylog.flush()
        finally:
            self._set_notices()

    def _close_keylog(self):
        if self._keylog is not None:
            self._keylog.close()
        self._keylog = None

    def __del__(self):
        self._close_keylog()

    def set_psk_client_callback(self, callback):
        if self._protocol == n.PROTOCOL_TLS_SERVER:
            raise made(SSLError, 0, "Cannot add PSK client callback to a PROTOCOL_TLS_SERVER context")
        if callback is not None and not callable(callback):
            raise TypeError("callback must be callable")
        self._psk_client = callback
        self._set_notices()

    def set_psk_server_callback(self, callback, identity_hint=None):
        if identity_hint is not None and not isinstance(identity_hint, str):
            kind = type(identity_hint).__name__
            raise TypeError(f"set_psk_server_callback() argument 'identity_hint' must be str or None, not {kind}")
        _without_nulls(identity_hint or "")
        if self._protocol == n.PROTOCOL_TLS_CLIENT:
            raise made(SSLError, 0, "Cannot add PSK server callback to a PROTOCOL_TLS_CLIENT context")
        if callback is not None and not callable(callback):
            raise TypeError("callback must be callable")
        try:
            self._cap.set_identity_hint(identity_hint)
        except _cap.OpensslError:
            raise ValueError("failed to set identity hint") from None
        self._psk_server = callback
        self._set_notices()


def _cipher(suite):
    """A suite as get_ciphers() has it."""
    return {
        "id": suite.id,
        "name": suite.name,
        "protocol": suite.protocol,
        "description": suite.description,
        "strength_bits": suite.secret_bits,
        "alg_bits": suite.algorithm_bits,
        "aead": suite.authenticated,
        "symmetric": suite.symmetric or None,
        "digest": suite.digest or None,
        "kea": suite.key_exchange or None,
        "auth": suite.authentication or None,
    }
