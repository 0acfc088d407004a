"""What a connection is resumed by."""

from ._immutable import Immutable


class SSLSession(metaclass=Immutable):
    __module__ = "_ssl"
    __slots__ = ("_session", "_context")

    def __new__(cls, *args, **kwargs):
        raise TypeError(f"cannot create '{cls.__module__}.{cls.__name__}' instances")

    @classmethod
    def _of(cls, session, context):
        self = object.__new__(cls)
        self._session = session
        self._context = context
        return self

    @property
    def id(self):
        """Session ID."""
        return self._session.id()

    @property
    def time(self):
        """Session creation time (seconds since epoch)."""
        return self._session.begun()

    @property
    def timeout(self):
        """Session timeout (delta in seconds)."""
        return self._session.lifetime()

    @property
    def ticket_lifetime_hint(self):
        """Ticket life time hint."""
        return self._session.ticket_lifetime()

    @property
    def has_ticket(self):
        """Does the session contain a ticket?"""
        return self._session.has_ticket()

    def __eq__(self, other):
        if not isinstance(other, SSLSession):
            return NotImplemented
        return self.id == other.id

    __hash__ = None
