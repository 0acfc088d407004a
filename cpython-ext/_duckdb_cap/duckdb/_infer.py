"""Which type of SQL a value of Python's has."""

from __future__ import annotations

import datetime
import decimal
import uuid

import _duckdb_cap

from duckdb import _errors, _types
from duckdb._types import _SIMPLE

_BOOLEAN, _DOUBLE, _FLOAT, _VARCHAR, _NULL = (_SIMPLE[kind] for kind in ("BOOLEAN", "DOUBLE", "FLOAT", "VARCHAR", "NULL"))
# Integer types by size, with their bounds and the format of their arrays.
_INTEGERS = {
    "TINYINT": (-(2**7), 2**7 - 1, "b"),
    "SMALLINT": (-(2**15), 2**15 - 1, "h"),
    "INTEGER": (-(2**31), 2**31 - 1, "i"),
    "BIGINT": (-(2**63), 2**63 - 1, "q"),
    "UTINYINT": (0, 2**8 - 1, "B"),
    "USMALLINT": (0, 2**16 - 1, "H"),
    "UINTEGER": (0, 2**32 - 1, "I"),
    "UBIGINT": (0, 2**64 - 1, "Q"),
    "HUGEINT": (-(2**127), 2**127 - 1, None),
    "UHUGEINT": (0, 2**128 - 1, None),
}
# What an int of Python's becomes: the first that it fits into.
_CHOICES = [(_SIMPLE[kind], *_INTEGERS[kind][:2]) for kind in ("INTEGER", "BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT")]
_SIMPLE_KINDS = {
    bool: _BOOLEAN,
    float: _DOUBLE,
    str: _VARCHAR,
    bytes: _SIMPLE["BLOB"],
    bytearray: _SIMPLE["BLOB"],
    memoryview: _SIMPLE["BLOB"],
    type(None): _NULL,
    datetime.date: _SIMPLE["DATE"],
    datetime.timedelta: _SIMPLE["INTERVAL"],
    uuid.UUID: _SIMPLE["UUID"],
}
_MOST_DIGITS = 38


# ---- Which type a value has ----


def _type_of_int(value):
    for type_, least, most in _CHOICES:
        if least <= value <= most:
            return type_
    raise _errors.invalid(f"Python integer too large for 128-bit integer type: {value}")


def _type_of_decimal(value):
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return _FLOAT
    scale = max(-exponent, 0)
    width = len(digits) + max(exponent, 0) if len(digits) >= scale else scale + 1
    return _DOUBLE if width > _MOST_DIGITS else _types.decimal_of(width, scale)


def is_map(value):
    """Whether a dict is {"key": [..], "value": [..]}, which stands for a MAP."""
    if len(value) != 2 or "key" not in value or "value" not in value:
        return False
    parts = value["key"], value["value"]
    if any(part is not None and not (hasattr(part, "__getitem__") and hasattr(part, "__len__")) for part in parts):
        return False
    return None in parts or len(parts[0]) == len(parts[1])


def _type_of_dict(value):
    if not value:
        return _types.map_of(_NULL, _NULL)
    if is_map(value):
        if value["key"] is None or value["value"] is None or not len(value["key"]):
            return _types.map_of(_NULL, _NULL)
        return _types.map_of(type_of_all(value["key"]), type_of_all(value["value"]))
    return _types.struct_of([(str(name), type_of(item)) for name, item in value.items()])


def simple_type(kind):
    """The type of SQL that all values of a type of Python's have; None: that differs."""
    return _SIMPLE_KINDS.get(kind)


def type_of(value):
    """The type of SQL that a value of Python's has."""
    kind = type(value)
    if kind in _SIMPLE_KINDS:
        return _SIMPLE_KINDS[kind]
    if isinstance(value, Value):
        return value.type
    if isinstance(value, bool):
        return _BOOLEAN
    if isinstance(value, int):
        return _type_of_int(value)
    if isinstance(value, decimal.Decimal):
        return _type_of_decimal(value)
    if isinstance(value, datetime.datetime):
        return _SIMPLE["TIMESTAMP" if value.tzinfo is None else "TIMESTAMP WITH TIME ZONE"]
    if isinstance(value, datetime.time):
        return _SIMPLE["TIME" if value.tzinfo is None else "TIME WITH TIME ZONE"]
    if isinstance(value, (list, tuple)):
        return _types.list_of(type_of_all(value))
    if isinstance(value, dict):
        return _type_of_dict(value)
    for base, type_ in _SIMPLE_KINDS.items():
        if isinstance(value, base):
            return type_
    raise _errors.unsupported(f"Unable to transform python value of type '{kind}' to DuckDB LogicalType")


def type_of_all(values):
    """The type that all of these have in common."""
    kinds, least, most = _duckdb_cap.survey(values if isinstance(values, list) else list(values))
    kinds.discard(type(None))
    if not kinds:
        return _NULL
    if kinds == {int}:
        if least is None:
            numbers = [value for value in values if value is not None]
            least, most = min(numbers), max(numbers)
        return common(_type_of_int(least), _type_of_int(most))
    if len(kinds) == 1 and (kind := next(iter(kinds))) in _SIMPLE_KINDS:
        return _SIMPLE_KINDS[kind]
    found = _NULL
    for value in values:
        found = common(found, type_of(value))
    return found


_RANKS = {kind: rank for rank, kind in enumerate(("BOOLEAN", *_INTEGERS, "DECIMAL", "FLOAT", "DOUBLE"))}
_TIMES = ("DATE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")


def _common_integer(a, b):
    least = min(_INTEGERS[a._kind][0], _INTEGERS[b._kind][0])
    most = max(_INTEGERS[a._kind][1], _INTEGERS[b._kind][1])
    for type_, low, high in _CHOICES:
        if low <= least and most <= high:
            return type_
    return _DOUBLE


def _common_decimal(a, b):
    def digits(type_):
        if type_._kind == "DECIMAL":
            return type_._size - type_._scale, type_._scale
        return len(str(_INTEGERS[type_._kind][1])), 0

    (whole, scale), (other_whole, other_scale) = digits(a), digits(b)
    scale = max(scale, other_scale)
    return _types.decimal_of(min(max(whole, other_whole) + scale, _MOST_DIGITS), scale)


class Merged(_types.DuckDBPyType):
    """A STRUCT of dicts with different keys: one that is lacking is NULL."""

    __slots__ = ()


def _common_struct(a, b):
    """The fields of both: names that differ in case are the same."""
    fields = {name.lower(): (name, child) for name, child in a._fields}
    for name, child in b._fields:
        known = fields.get(name.lower())
        fields[name.lower()] = (name, child) if known is None else (known[0], common(known[1], child))
    return Merged._make("STRUCT", fields.values())


def common(a, b):
    """The type that takes the values of both."""
    if a is b or b is _NULL:
        return a
    if a == b:
        return b if isinstance(b, Merged) else a
    if a is _NULL:
        return b
    kind, other = a._kind, b._kind
    if "VARCHAR" in (kind, other):
        return _VARCHAR
    if kind in _INTEGERS and other in _INTEGERS:
        return _common_integer(a, b)
    if kind in _RANKS and other in _RANKS:
        if "DOUBLE" in (kind, other) or "FLOAT" in (kind, other):
            return _DOUBLE
        if "BOOLEAN" in (kind, other):
            return b if kind == "BOOLEAN" else a
        return _common_decimal(a, b)
    if kind in _TIMES and other in _TIMES:
        return a if _TIMES.index(kind) > _TIMES.index(other) else b
    if kind == other == "STRUCT":
        return _common_struct(a, b)
    if kind == other and kind in ("LIST", "MAP"):
        fields = [(name, common(x, y)) for (name, x), (_, y) in zip(a._fields, b._fields)]
        return _types.DuckDBPyType._make(kind, fields)
    return _VARCHAR


class Value:
    """A value with the type that it is to have."""

    def __init__(self, object: Any, type: DuckDBPyType) -> None:
        self.object = object
        self.type = _types.resolve(type)

    def __repr__(self):
        return str(self.object)
