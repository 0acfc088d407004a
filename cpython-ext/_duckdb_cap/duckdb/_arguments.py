"""Arguments of expressions' methods: those that go by two names, and types."""

from duckdb import _errors, _types

# What was not given.
UNSET = object()


def type_text(given, what):
    if isinstance(given, str):
        return given
    try:
        return repr(_types.resolve(given))
    except (_errors.Error, TypeError, ValueError):
        raise TypeError(f"{what} takes a SQL type as text or a DuckDBPyType, not {given!r}") from None


def one_of(what, name, given, other_name, other):
    """An argument that goes by two names."""
    if given is not UNSET and other is not UNSET:
        raise TypeError(f"{what}() got {name} twice, as {name} and as {other_name}")
    if given is UNSET and other is UNSET:
        raise TypeError(f"{what}() takes {name}")
    return other if given is UNSET else given
