"""Values of Python as SQL."""

import datetime
import decimal
import math
import uuid

from duckdb import _encode, _errors, _types

KINDS = (
    bool, int, float, str, bytes, bytearray, list, tuple, datetime.date, datetime.time, datetime.timedelta, decimal.Decimal,
    uuid.UUID, dict, _encode.Value,
)
_NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE"}


def is_value(value):
    """Whether an expression can hold a value as a constant."""
    return value is None or isinstance(value, (*KINDS, memoryview))


def plain(value):
    """A value without views of memory, and no longer its giver's to change."""
    if isinstance(value, (memoryview, bytearray)):
        return bytes(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(plain, value)) if type(value) in (list, tuple) else list(map(plain, value))
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    return value


def literal(value):
    """A value as SQL: what it would be as a parameter."""
    if value is None:
        return "NULL"
    if isinstance(value, _encode.Value):
        return _cast(value)
    if isinstance(value, (list, tuple)):
        return _list(value)
    if isinstance(value, dict):
        return _dict(value)
    if isinstance(value, decimal.Decimal):
        return _decimal(value)
    for kind, write in _WRITERS.items():
        if isinstance(value, kind):
            return write(value)
    raise TypeError(f"cannot render a literal of type {type(value).__name__}: {value!r}")


def _int(value):
    value = int(value)
    return f"CAST({value} AS UBIGINT)" if _encode.type_of(value)._kind == "UBIGINT" else str(value)


def _float(value):
    if math.isnan(value):
        return "'NaN'::DOUBLE"
    if math.isinf(value):
        return "'Infinity'::DOUBLE" if value > 0 else "'-Infinity'::DOUBLE"
    return f"{float(value)!r}::DOUBLE"


def text(value):
    return "'" + _errors.encodable(value).replace("'", "''") + "'"


def _bytes(value):
    return "'" + "".join(f"\\x{byte:02x}" for byte in bytes(value)) + "'::BLOB"


def _decimal(value):
    type_ = _encode.type_of(value)
    if type_._kind == "FLOAT":
        return "'nan'::FLOAT" if value.is_nan() else f"'{'-' if value < 0 else ''}inf'::FLOAT"
    if type_._kind == "DOUBLE":
        return f"CAST({float(value)!r} AS DOUBLE)"
    return f"CAST('{value:f}' AS DECIMAL({type_._size}, {type_._scale}))"


def _zone(offset):
    """An offset as DuckDB writes it."""
    seconds = int(offset.total_seconds())
    sign, seconds = "-" if seconds < 0 else "+", abs(seconds)
    written = f"{sign}{seconds // 3600:02}"
    if seconds % 3600:
        written += f":{seconds // 60 % 60:02}"
    return written + (f":{seconds % 60:02}" if seconds % 60 else "")


def _datetime(value):
    if value.tzinfo is None:
        return f"'{value.isoformat(' ')}'::TIMESTAMP"
    value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return f"'{value.isoformat(' ')}+00'::TIMESTAMP WITH TIME ZONE"


def _time(value):
    plain_time = value.replace(tzinfo=None).isoformat()
    offset = value.utcoffset()
    return f"'{plain_time}'::TIME" if offset is None else f"'{plain_time}{_zone(offset)}'::TIME WITH TIME ZONE"


def _interval(value):
    days, seconds, micros = value.days, value.seconds, value.microseconds
    parts = [f"{days} day{'' if abs(days) == 1 else 's'}"] if days else []
    if seconds or micros or not days:
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        parts.append(f"{clock}.{micros:06}" if micros else clock)
    return f"'{' '.join(parts)}'::INTERVAL"


_WRITERS = {
    bool: lambda value: "TRUE" if value else "FALSE",
    int: _int,
    float: _float,
    str: text,
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _bytes,
    datetime.datetime: _datetime,
    datetime.date: lambda value: f"'{value.isoformat()}'::DATE",
    datetime.time: _time,
    datetime.timedelta: _interval,
    uuid.UUID: lambda value: f"UUID '{value}'",
}


def _cast(value):
    """A Value: its object converted to its type, which is tried now."""
    from duckdb import _connect

    if value.object is None:
        return "NULL"
    return f"CAST({_converted(value.object, value.type, _connect.default_connection)} AS {value.type!r})"


def _converted(value, type_, connection):
    fits = _encode.type_of(value)
    if _encode.common(type_, fits) != type_ or type_._kind == "VARCHAR":
        try:
            value = connection()._cast(value, type_)
        except _errors.Error as error:
            message = str(error).split(" Error: ", 1)[-1].split("\n\nLINE ")[0]
            raise _errors.invalid(f"Failed to cast value: {message}") from None
    return literal(value)


def _list(values):
    """The items as they are where they have a type of their own in common, else as that type's."""
    written = "[" + ", ".join(map(literal, values)) + "]"
    types = {str(_encode.type_of(value)): _encode.type_of(value) for value in values if value is not None}
    unsigned = any(_holds_unsigned(value) for value in values)
    if len(types) < 2 and not unsigned:
        return written
    kinds = {type_._kind for type_ in types.values()}
    if not unsigned and (kinds <= _NUMBERS or kinds == {"DECIMAL"} or not kinds.isdisjoint(_TIMED)):
        return written
    type_ = _encode.type_of(list(values))
    if kinds <= _NUMBERS:
        return f"CAST({written} AS {type_!r})"
    return f"CAST({_of_type(values, type_)} AS {type_!r})"


_TIMED = {"DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE", "INTERVAL"}


def _of_type(value, type_):
    """A value whose parts are written as those of a type."""
    kind = type_._kind
    if value is None:
        return "NULL"
    if kind == "LIST":
        return "[" + ", ".join(_of_type(item, type_._fields[0][1]) for item in value) + "]"
    if kind == "STRUCT" and isinstance(value, dict):
        return "{" + ", ".join(f"{text(name)}: {_of_type(value[name], child)}" for name, child in type_._fields) + "}"
    if kind == "VARCHAR":
        return text(_encode.as_text(value))
    if kind in ("DOUBLE", "FLOAT") and not isinstance(value, bool):
        return repr(float(value))
    if kind == "DECIMAL":
        return f"{decimal.Decimal(value):.{type_._scale}f}"
    if kind in _NUMBERS and isinstance(value, bool):
        return str(int(value))
    return literal(value)


def _holds_unsigned(value):
    if isinstance(value, (list, tuple)):
        return any(map(_holds_unsigned, value))
    if isinstance(value, dict):
        return any(_holds_unsigned(part) for item in value.items() for part in item)
    return isinstance(value, int) and not isinstance(value, bool) and 2**63 <= value < 2**64


def _dict(value):
    if value and all(isinstance(name, str) for name in value):
        return "{" + ", ".join(f"{text(name)}: {literal(item)}" for name, item in value.items()) + "}"
    written = "MAP {" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    if not _holds_unsigned(value):
        return written
    keys, items = (_encode.type_of_all(list(part)) for part in (value, value.values()))
    return f"CAST({written} AS {_types.map_of(keys, items)!r})"
