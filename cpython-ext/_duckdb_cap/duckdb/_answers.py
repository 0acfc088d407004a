"""What functions in Python give back, as a column of the type that they were created with: DuckDB casts what is of another one."""

import datetime
import decimal
import uuid

import _duckdb_cap

from duckdb import _encode, _errors, _sources, _types
from duckdb._infer import _INTEGERS, is_map, type_of
from duckdb._result import Result
from duckdb._statement import arguments, encoded

# Types of Python's whose values a kind has as they are.
_OWN = {
    **dict.fromkeys(_INTEGERS, {int}),
    "BOOLEAN": {bool},
    "FLOAT": {float, int},
    "DOUBLE": {float, int},
    "DECIMAL": {decimal.Decimal},
    "VARCHAR": {str},
    "BLOB": {bytes, bytearray, memoryview},
    "UUID": {uuid.UUID},
    "ENUM": {str},
    "DATE": {datetime.date},
    "TIME": {datetime.time},
    "TIMESTAMP": {datetime.datetime},
    "INTERVAL": {datetime.timedelta},
}
# What takes a datetime without a zone, what might, and what takes a tuple.
_CALENDAR = ("DATE", "TIME", "TIMESTAMP")
_OTHER_TIMES = ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
_SEQUENCES = ("LIST", "ARRAY", "STRUCT", "TUPLE")
# Integers of these are not cast: what is too large is told in words of its own.
_BOUNDED = set(_INTEGERS) - {"HUGEINT", "UHUGEINT"}
_BIGINT = _types.BIGINT


def survey(results):
    """The types of Python's of results, and whether their integers have 64 bits."""
    kinds, least, _ = _duckdb_cap.survey(results)
    return kinds, least is not None or int not in kinds


def _may_have_nan(results, kinds):
    if kinds != {float}:
        return True
    total = sum(results)
    return total != total


def chunk_of(connection, type_, results, surveyed):
    """The results as a chunk of one column. NaN is NULL."""
    kinds, are_small = surveyed
    if float in kinds and _may_have_nan(results, kinds):
        results = [None if value != value and type(value) is float else value for value in results]
    if are_small and kinds - {type(None)} <= _OWN.get(type_._kind, set()):
        try:
            return _encode.chunk_of([type_], [results], len(results))
        except (_errors.ConversionException, ValueError, OverflowError):
            pass  # too large, say: DuckDB has the words for it
    return _cast(connection, type_, [_checked(connection, value, type_) for value in results])


def _refuse_datetime(kind, type_):
    if kind in _OTHER_TIMES:
        return _errors.unsupported(f"Conversion from 'datetime' to type {type_!r} is not implemented yet")
    return _errors.problem(_errors.ConversionException, f"Could not convert 'datetime' to type {type_!r}")


def _member(connection, value, type_):
    """A number as the first member of a UNION that takes it."""
    for _, member in type_._fields:
        try:
            return _cast_values(connection, _natural(value, type_), [value], member)[0]
        except _errors.Error:
            continue
    return value


def _checked(connection, value, type_):
    """A value in the form in which it is cast; an error, if it is of none that is."""
    kind = type_._kind
    if isinstance(value, bool) and kind != "BOOLEAN":
        raise _errors.problem(
            _errors.TypeMismatchException,
            f"Type BOOLEAN does not match with {type_!r}. Python Conversion Failure: Expected a value of type %s, but got a value of "
            "type boolean",
        )
    if type(value) is int and kind in _BOUNDED:
        least, most, _ = _INTEGERS[kind]
        if not least <= value <= most:
            name = "INT" if kind == "INTEGER" and -(2**63) <= value < 2**63 else repr(type_)
            raise _errors.invalid(f"Python Conversion Failure: Value out of range for type {name}")
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None and kind not in _CALENDAR:
            raise _refuse_datetime(kind, type_)
        if value.tzinfo is not None and kind == "TIME":
            return value.astimezone(datetime.timezone.utc).time()
    if isinstance(value, tuple) and kind not in _SEQUENCES:
        raise _errors.invalid(f"Can't convert tuple to a Value of type {type_!r}")
    if kind == "ARRAY" and isinstance(value, (list, tuple)) and len(value) != type_._size:
        raise _errors.invalid(
            f"Python Conversion Failure: Array size mismatch - expected an array of size {type_._size}, but got a list of size {len(value)}"
        )
    if kind == "STRUCT" and isinstance(value, (dict, tuple)):
        return _fields(value, type_)
    if kind == "MAP" and isinstance(value, dict) and not is_map(value):
        return {"key": list(value), "value": list(value.values())}
    if kind == "UNION" and type(value) in (int, float):
        return _member(connection, value, type_)
    return value


def _fields(value, type_):
    """A value of a STRUCT with its fields, by name or by place."""
    names = [name for name, _ in type_._fields]
    if isinstance(value, tuple):
        if len(value) != len(names):
            raise _errors.invalid(
                f"Tried to create a STRUCT value from a tuple containing {len(value)} elements, but the STRUCT consists of {len(names)} "
                "children"
            )
        return dict(zip(names, value))
    given = {str(name).lower(): item for name, item in value.items()}
    if any(name.lower() not in given for name in names):
        raise _errors.invalid(f"We could not convert the object {value!r} to the desired target type ({type_!r})")
    return {name: given[name.lower()] for name in names}


def _natural(value, type_):
    """The type that a value is cast from: that of parameters, but for integers, which are 64 bits wide here."""
    natural = type_of(value)
    return _BIGINT if natural._kind == "INTEGER" and type_._kind != "UNION" else natural


def _cast(connection, type_, values):
    by_type = {}
    for place, value in enumerate(values):
        if value is not None:
            by_type.setdefault(_natural(value, type_), []).append(place)
    if len(by_type) == 1:
        return _cast_chunk(connection, next(iter(by_type)), values, type_)
    column = [None] * len(values)
    for natural, places in by_type.items():
        for place, value in zip(places, _cast_values(connection, natural, [values[place] for place in places], type_)):
            column[place] = value
    return _encode.chunk_of([type_], [column], len(values))


def _cast_result(connection, natural, values, type_):
    """What a query beside the one that runs makes of the values. A JSON is any text."""
    source = _sources.Source(["v"], [values], [natural])
    to = type_._kind if type_._kind == "VARCHAR" else repr(type_)
    sql = f"SELECT CAST(v AS {to}) FROM pylon_source({source.number}::UINTEGER)"
    try:
        with _errors.raising:
            return Result(connection._instance.side().run(encoded(sql), arguments(None), True))
    except _errors.ConversionException as error:
        message = str(_errors.unplaced(error)).removesuffix(" when casting from source column v")
        if "can't be cast as UNION" in message:
            raise _errors.ConversionException(message) from None
        raise _errors.invalid(f"Failed to cast value: {message.removeprefix('Conversion Error: ')}") from None


def _cast_chunk(connection, natural, values, type_):
    chunk = _cast_result(connection, natural, values, type_).chunk(len(values))
    return chunk.rows, chunk.vectors


def _cast_values(connection, natural, values, type_):
    return [row[0] for row in _cast_result(connection, natural, values, type_).fetchall()]
