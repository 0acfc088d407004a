"""DuckDB's exceptions, and how the contract's problems become them."""

import contextlib

import _duckdb_cap


class Warning(Exception):
    pass


class Error(Exception):
    pass


class DatabaseError(Error):
    pass


def _family(base, *names):
    """Classes of one base, made here because nothing but their names tells them apart."""
    return tuple(type(name, (base,), {"__module__": "duckdb"}) for name in names)


(FatalException, InterruptException, PermissionException, SequenceException, DependencyException) = _family(
    DatabaseError, "FatalException", "InterruptException", "PermissionException", "SequenceException", "DependencyException"
)
(DataError, OperationalError, IntegrityError, InternalError, ProgrammingError, NotSupportedError) = _family(
    DatabaseError, "DataError", "OperationalError", "IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError"
)
(OutOfRangeException, ConversionException, TypeMismatchException) = _family(
    DataError, "OutOfRangeException", "ConversionException", "TypeMismatchException"
)
(
    TransactionException,
    OutOfMemoryException,
    ConnectionException,
    ResourceInUseException,
    SerializationException,
    IOException,
) = _family(
    OperationalError,
    "TransactionException",
    "OutOfMemoryException",
    "ConnectionException",
    "ResourceInUseException",
    "SerializationException",
    "IOException",
)
(HTTPException,) = _family(IOException, "HTTPException")
(ConstraintException,) = _family(IntegrityError, "ConstraintException")
(InternalException,) = _family(InternalError, "InternalException")
(
    ParserException,
    SyntaxException,
    BinderException,
    InvalidInputException,
    InvalidTypeException,
    CatalogException,
) = _family(
    ProgrammingError,
    "ParserException",
    "SyntaxException",
    "BinderException",
    "InvalidInputException",
    "InvalidTypeException",
    "CatalogException",
)
(NotImplementedException,) = _family(NotSupportedError, "NotImplementedException")
for _class in (Warning, Error, DatabaseError):
    _class.__module__ = "duckdb"

# By DuckDB's names of kinds. What is not in here is an Error.
_CLASSES = {
    "Catalog": CatalogException,
    "FATAL": FatalException,
    "INTERRUPT": InterruptException,
    "Permission": PermissionException,
    "Sequence": SequenceException,
    "Dependency": DependencyException,
    "Out of Range": OutOfRangeException,
    "Conversion": ConversionException,
    "Mismatch Type": TypeMismatchException,
    "TransactionContext": TransactionException,
    "Out of Memory": OutOfMemoryException,
    "Connection": ConnectionException,
    "Resource In Use": ResourceInUseException,
    "Serialization": SerializationException,
    "Constraint": ConstraintException,
    "INTERNAL": InternalException,
    "Parser": ParserException,
    "Syntax": SyntaxException,
    "IO": IOException,
    "HTTP": HTTPException,
    "Binder": BinderException,
    "Invalid Input": InvalidInputException,
    "Invalid type": InvalidTypeException,
    "Not implemented": NotImplementedException,
}
_KINDS = {error: kind for kind, error in _CLASSES.items()}


def problem(kind, message):
    """An exception of DuckDB's that the facade raises itself: the message gets the kind in front of it."""
    return kind(f"{_KINDS[kind]} Error: {message}")


def invalid(message):
    return problem(InvalidInputException, message)


def encodable(text):
    """The text, if it can be UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise invalid(
            "Python Conversion Failure: cannot encode str as UTF-8, surrogate "
            f"'{text[error.start].encode('unicode_escape').decode()}' at position {error.start} is not allowed"
        ) from None
    return text


def unplaced(error):
    """An error without its place in a text that the program has not written."""
    return type(error)(str(error).split("\n\nLINE ")[0])


def unsupported(message):
    return problem(NotImplementedException, message)


def to_problem(error, prefix=""):
    """An exception as the contract's problem, for what answers the cap."""
    kind = _KINDS.get(type(error))
    message = str(error)
    if kind is None:
        return _duckdb_cap.Problem(("Invalid Input", (prefix + message).encode("utf-8", "replace")))
    return _duckdb_cap.Problem((kind, (prefix + message.removeprefix(f"{kind} Error: ")).encode("utf-8", "replace")))


UNFINISHED = (
    "connection has an unfinished result from execute(); call complete() or abort(), or fetch until a fetch returns no rows, "
    "before other work on this connection, or use a separate connection from cursor()"
)


_CONNECT_AGAIN = "with it all databases that this program had open have ended; connect() opens them again"


def _is_ended(error):
    """Whether a handle is one of a component that has ended since."""
    return type(error).__name__ == "LinkError" and error.code == "invalid-input" and "instance that has ended" in error.message


def let_go(call):
    """Makes a call that lets go of something on the other side, unless that is gone."""
    with raising:
        try:
            call()
        except RuntimeError as error:
            if not _is_ended(error):
                raise


class _Raising(contextlib.ContextDecorator):
    """What the contract says inside of it is raised as DuckDB's exceptions are."""

    ended = 0  # components

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is not None and kind.__name__ == "LinkError":
            self._raise_of_link(error)
        if kind is not _duckdb_cap.DuckdbError:
            return
        value = error.value
        if not isinstance(value, _duckdb_cap.Problem):
            return
        if not value.kind:
            raise MemoryError from None
        if value.kind == "Resource In Use":
            raise problem(ResourceInUseException, UNFINISHED) from None
        message = value.message.decode("utf-8", "replace")
        if value.kind not in _CLASSES:
            raise Error(message.removeprefix(f"{value.kind} Error: ")) from None
        raise _CLASSES[value.kind](message) from None

    def _raise_of_link(self, error):
        """A component that was found, and did not answer."""
        if _is_ended(error):
            raise problem(ConnectionException, f"The component of this database has ended; {_CONNECT_AGAIN}") from None
        if "(payload_bytes)" in error.message:
            raise problem(OutOfMemoryException, error.message) from None
        if error.code.startswith("exec-"):
            self.ended += 1
            kind = OutOfMemoryException if "(memory_bytes)" in error.message else FatalException
            raise problem(kind, f"{error.message}; {_CONNECT_AGAIN}") from None


raising = _Raising()
