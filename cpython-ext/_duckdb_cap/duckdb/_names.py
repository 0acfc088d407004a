"""Names in expressions, and what stands in the place of an expression that is not finished."""

import string

import _duckdb_cap

from duckdb import _errors, _types

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_KEYWORD = 4


def fold(name):
    """A name as DuckDB compares names."""
    return name.translate(_LOWER)


def is_keyword(name):
    with _errors.raising:
        return [token.kind for token in _duckdb_cap.tokenize(name.encode())] == [_KEYWORD]


def parts_of(name, what):
    """A name, or a tuple of the parts of a qualified one."""
    parts = (name,) if isinstance(name, str) else name
    if not isinstance(parts, tuple) or not all(isinstance(part, str) for part in parts):
        raise TypeError(f"a {what} is a string, or a tuple of strings for a qualified one, not {name!r}")
    if not parts or not all(parts):
        raise ValueError(f"a {what} cannot be empty: {name!r}")
    return parts


def one_name(name, what):
    if not isinstance(name, str):
        raise TypeError(f"a {what} is a string, not {name!r}")
    if not name:
        raise ValueError(f"a {what} cannot be empty")
    return name


def function_name(name):
    parts = parts_of(name, "function name")
    return ".".join(
        part if _types._PLAIN_NAME.match(part) and not is_keyword(part) else _types.quote(part) for part in parts
    )


class PendingCase:
    """A CASE that was begun by when(), and is no expression yet."""

    unfinished = "a CASE built with when().then() needs .otherwise(value) or .end() to be an expression"

    def _refuse(self, *others):
        raise TypeError(self.unfinished)

    __hash__ = object.__hash__


for _name in (
    "eq ne lt le gt ge add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow and rand or ror "
    "invert neg getitem iter bool"
).split():
    setattr(PendingCase, f"__{_name}__", PendingCase._refuse)
del _name
