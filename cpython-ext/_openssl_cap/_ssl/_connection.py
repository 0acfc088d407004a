"""One side of a connection: carries bytes between the cap and a socket, or two MemoryBIOs."""

import _socket
import operator
import weakref
from collections.abc import Buffer

import _openssl_cap as _cap

from . import _errors as e
from . import _numbers as n
from ._certificates import Certificate, decoded
from ._immutable import Immutable
from ._memory import contiguous
from ._session import SSLSession

_DONE = _cap.Outcome.DONE
_WANT_INPUT = _cap.Outcome.WANT_INPUT
_QUESTION = _cap.Outcome.QUESTION
_CLOSED = _cap.Outcome.CLOSED
_ENDED = _cap.Outcome.ENDED

# What crosses in one call.
_PIECE = 65_536

_HANDSHAKE_FAILURE = 40
_INTERNAL_ERROR = 80


class _SSLSocket(metaclass=Immutable):
    __module__ = "_ssl"

    def __init__(self, context, sock, incoming, outgoing, server_side, server_hostname, owner, session):
        if server_hostname is not None and "\0" in server_hostname:
            raise TypeError("argument must be encoded string without null bytes, not str")
        server_side = bool(server_side)
        if server_side and context._protocol == n.PROTOCOL_TLS_CLIENT:
            raise e.made(e.SSLError, 0, "Cannot create a server socket with a PROTOCOL_TLS_CLIENT context")
        if not server_side and context._protocol == n.PROTOCOL_TLS_SERVER:
            raise e.made(e.SSLError, 0, "Cannot create a client socket with a PROTOCOL_TLS_SERVER context")
        if server_hostname is not None and (not server_hostname or server_hostname.startswith(".")):
            raise ValueError("server_hostname cannot be an empty string or start with a leading dot.")
        self._context = context
        self._sock = None if sock is None else weakref.ref(sock)
        self._incoming, self._outgoing = incoming, outgoing
        self.server_side = server_side
        self.server_hostname = server_hostname
        self._owner = None if owner is None else weakref.ref(owner)
        self._input_ended = self._established = self._shut = False
        self._unsent = b""
        self._accepted = 0
        if server_side and context._cap.verify_mode():
            context._load_folders()
        self._cap = context._call(
            _cap.Connection.create, context._cap, server_side, server_hostname, context._check_hostname
        )
        if session is not None:
            self.session = session

    # ---- Bytes ----

    def _socket(self):
        sock = self._sock()
        if sock is None or sock.fileno() < 0:
            raise e.made(e.SSLError, n.SSL_ERROR_INVALID_ERROR_CODE, "Underlying socket connection gone")
        return sock

    def _flush(self, what):
        """Sends what the cap has to send."""
        if self._sock is None:
            while output := self._cap.take_output(_PIECE):
                self._outgoing.write(output)
            return
        while self._unsent or (output := self._cap.take_output(_PIECE)):
            self._unsent = self._unsent or output
            try:
                sent = _socket.socket.send(self._socket(), self._unsent)
            except BlockingIOError:
                raise e.want_write() from None
            except TimeoutError:
                raise e.timed_out(what, "write") from None
            self._unsent = self._unsent[sent:]

    def _fill(self, wanted, what):
        """Gives the cap what it wants, or some of it."""
        if self._input_ended:
            raise e.ended()
        if self._sock is None:
            data = self._incoming._record(wanted)
            if not data and not self._incoming._ended:
                raise e.want_read()
        else:
            try:
                data = _socket.socket.recv(self._socket(), wanted)
            except BlockingIOError:
                raise e.want_read() from None
            except TimeoutError:
                raise e.timed_out(what, "read") from None
        if data:
            self._context._call(self._cap.feed, data)
        else:
            self._input_ended = True
            self._cap.feed_end()

    def _tell(self):
        """Passes on key lines and messages."""
        context = self._context
        if (lines := self._cap.take_keys()) and context._keylog is not None:
            context._keylog.write("".join(line + "\n" for line in lines))
            context._keylog.flush()
        if (messages := self._cap.take_messages()) and context._message_callback is not None:
            for message in messages:
                self._tell_message(context._message_callback, message)

    def _tell_message(self, callback, message):
        kind = message.data[0] if message.data else 0
        if message.content_type == 21 and len(message.data) >= 2:
            kind = message.data[1]
        elif message.content_type == 0x100 and len(message.data) >= 1:
            kind = message.data[0]
        elif message.content_type == 20:
            kind = 0x0101
        direction = "write" if message.written else "read"
        owner = self.owner
        callback(
            self if owner is None else owner, direction, message.version, message.content_type, kind, message.data
        )

    def _ended(self, step, what):
        """Sees to all that a step has left to do. True if it is to be taken again."""
        if step.notices:
            self._tell()
        if step.outcome > _QUESTION:
            self._fail(step, what)
        if step.output or self._unsent:
            self._flush(what)
        if step.outcome == _WANT_INPUT:
            self._fill(step.wanted, what)
        elif step.outcome == _QUESTION:
            self._answer()
        return step.outcome != _DONE

    def _fail(self, step, what):
        if step.outcome == _CLOSED:
            error = e.closed()
        elif step.outcome == _ENDED:
            error = e.ended(self._cap.failure())
        else:
            error = e.failed(self._cap, self.server_hostname, self._context._believes_nobody)
        try:
            # The alert that tells the other side.
            self._flush(what)
        except OSError:
            pass
        try:
            raise error
        finally:
            # Its traceback has this frame, and so the socket: a cycle would keep it open.
            del error

    # ---- Questions ----

    def _answer(self):
        kind, value = self._cap.question()
        kind = kind.replace("-", "_")
        if kind == "server_name":
            self._cap.answer_name(self._answer_name(value))
        elif kind == "issuers":
            self._context._load_issuers(value)
            self._cap.answer_issuers()
        else:
            self._answer_key(kind, value)

    def _answer_name(self, name):
        """The alert with which the handshake ends, None for none."""
        context = self._context
        owner = self if self._owner is None else self.owner
        if owner is None:
            # Nobody is left whose connection this is.
            return _HANDSHAKE_FAILURE
        try:
            answer = context._sni_callback(owner, name, context)
        except BaseException as error:
            _cap.write_unraisable(error, context._sni_callback)
            return _HANDSHAKE_FAILURE
        if answer is None:
            return None
        try:
            return operator.index(answer) & 0xFF
        except TypeError as error:
            _cap.write_unraisable(error, answer)
            return _INTERNAL_ERROR

    def _answer_key(self, kind, value):
        context = self._context
        callback = context._psk_client if kind == "psk_client" else context._psk_server
        try:
            answer = callback(value)
            identity, key = answer if kind == "psk_client" else ("", answer)
            self._cap.answer_key(identity or "", key)
        except BaseException as error:
            _cap.write_unraisable(error, callback)
            self._cap.answer_key("", b"")

    # ---- What ssl.py calls ----

    def do_handshake(self):
        """Perform the SSL handshake.

        The operation blocks unless the socket is in non-blocking mode."""
        while self._ended(self._cap.handshake(), "handshake"):
            pass
        self._established = True

    def write(self, b, /):
        """Writes the bytes-like object b into the SSL object.

        Returns the number of bytes written."""
        data = contiguous(b)
        if self._unsent:
            self._flush("write")
        if self._accepted:
            # They were taken when there was no room to send them, and are sent now.
            accepted, self._accepted = self._accepted, 0
            return accepted
        taken = 0
        while taken < len(data):
            step = self._cap.send(data[taken : taken + _PIECE])
            taken += step.taken
            try:
                self._ended(step, "write")
            except e.SSLWantWriteError:
                self._accepted = taken
                raise
        return taken

    def read(self, len, buffer=None, /):
        """Read up to size bytes from the SSL socket."""
        length = len
        view = None
        if buffer is not None:
            view = _writable(buffer)
            if length <= 0 or length > view.nbytes:
                length = view.nbytes
        elif length < 0:
            raise ValueError("size should not be negative")
        data = self._receive(length) if length else b""
        if view is None:
            return data
        view[: data.__len__()] = data
        return data.__len__()

    def _receive(self, length):
        while True:
            step, data = self._cap.receive(length)
            if step.outcome == _CLOSED and not self._shut:
                if step.output:
                    self._flush("read")
                return b""
            if not self._ended(step, "read"):
                return data

    def pending(self):
        """Returns the number of already decrypted bytes available for read, pending on the connection."""
        return self._cap.pending()

    def shutdown(self):
        """Does the SSL shutdown handshake with the remote end."""
        self._shut = True
        while self._ended(self._cap.shutdown(), "shutdown"):
            pass
        return None if self._sock is None else self._socket()

    def verify_client_post_handshake(self):
        """Initiate TLS 1.3 post-handshake authentication"""
        self._context._call(self._cap.request_certificate)

    # ---- What it says ----

    def _need_handshake(self):
        if not self._established and self._cap.version() is None:
            raise ValueError("handshake not done yet")

    def getpeercert(self, binary_mode=False, /):
        """Returns the certificate for the peer.

        If no certificate was provided, returns None.  If a certificate was
        provided, but not validated, returns an empty dictionary.  Otherwise
        returns a dict containing information about the peer certificate.

        If the optional argument is True, returns a DER-encoded copy of the
        peer certificate, or None if no certificate was provided.  This will
        return the certificate even if it wasn't validated."""
        self._need_handshake()
        certificate = self._cap.peer_certificate()
        if certificate is None:
            return None
        if binary_mode:
            return certificate.encode()
        return decoded(certificate) if self._context._cap.verify_mode() else {}

    def get_verified_chain(self):
        chain = self._cap.verified_chain()
        return None if chain is None else [Certificate._of(one) for one in chain]

    def get_unverified_chain(self):
        chain = self._cap.peer_chain()
        return None if chain is None else [Certificate._of(one) for one in chain]

    def cipher(self):
        return _suite(self._cap.suite())

    def shared_ciphers(self):
        suites = self._cap.shared_suites()
        return None if suites is None else [_suite(suite) for suite in suites]

    def version(self):
        return self._cap.version()

    def selected_alpn_protocol(self):
        name = self._cap.protocol()
        return None if name is None else name.decode()

    def compression(self):
        return None

    def get_channel_binding(self, cb_type="tls-unique"):
        """Get channel binding data for current connection.

        Raise ValueError if the requested `cb_type` is not supported.  Return bytes
        of the data or None if the data is not available (e.g. before the handshake).
        Only 'tls-unique' channel binding data from RFC 5929 is supported."""
        if cb_type != "tls-unique":
            raise ValueError(f"'{cb_type}' channel binding type not implemented")
        return self._cap.channel_binding()

    @property
    def owner(self):
        """The Python-level owner of this object. Passed as "self" in servername callback."""
        return None if self._owner is None else self._owner()

    @owner.setter
    def owner(self, value):
        self._owner = weakref.ref(value)

    @property
    def context(self):
        """This changes the context associated with the SSLSocket."""
        return self._context

    @context.setter
    def context(self, value):
        from ._context import _SSLContext

        if not isinstance(value, _SSLContext):
            raise TypeError("The value must be a SSLContext")
        if self.server_side and value._cap.verify_mode():
            value._load_folders()
        self._context._call(self._cap.set_context, value._cap)
        self._context = value

    @property
    def session(self):
        """The underlying SSLSession object."""
        session = self._cap.session()
        return None if session is None else SSLSession._of(session, self._context)

    @session.setter
    def session(self, value):
        if not isinstance(value, SSLSession):
            raise TypeError("Value is not a SSLSession.")
        if value._context is not self._context:
            raise ValueError("Session refers to a different SSLContext.")
        if self.server_side:
            raise ValueError("Cannot set session for server-side SSLSocket.")
        if self._established:
            raise ValueError("Cannot set session after handshake.")
        self._context._call(self._cap.set_session, value._session)

    @property
    def session_reused(self):
        """Was the client session reused during handshake?"""
        return self._cap.session_reused()


def _writable(buffer):
    """The bytes that are read into."""
    view = memoryview(buffer) if isinstance(buffer, Buffer) else None
    if view is None or view.readonly or not view.contiguous:
        kind = type(buffer).__name__
        raise TypeError(f"read() argument 2 must be read-write bytes-like object, not {kind}")
    return contiguous(view)


def _suite(suite):
    return None if suite is None else (suite.name, suite.protocol, suite.secret_bits)
