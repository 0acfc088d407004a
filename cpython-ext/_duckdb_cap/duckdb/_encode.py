"""Values of Python as rows of the contract."""

import array
import datetime
import decimal
import itertools
import uuid

import _duckdb_cap

from duckdb import _errors, _variant
from duckdb._decode import _EPOCH, _FIRST_DAY, _MOST_OFFSET
from duckdb._infer import _INTEGERS, Merged, Value, common, is_map, simple_type, type_of, type_of_all

__all__ = ["Value", "chunk_of", "common", "is_map", "simple_type", "size_of", "type_of", "type_of_all", "write"]
_MICROSECOND = datetime.timedelta(microseconds=1)


# ---- What stands in a column ----


def _unfit(value, type_):
    return _errors.problem(
        _errors.ConversionException, f"Could not convert value {value!r} of type '{type(value).__name__}' to {type_!r}"
    )


def as_text(value):
    """A value as DuckDB writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        text = value.isoformat(" ")
        return text[:-3] if value.tzinfo is not None and text.endswith("+00:00") else text
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join("NULL" if item is None else as_text(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{name}': {'NULL' if item is None else as_text(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "".join(chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\x{byte:02X}" for byte in bytes(value))
    return str(value)


def _to_int(value, type_):
    if isinstance(value, (bool, int)):
        return int(value)
    if isinstance(value, (float, decimal.Decimal)):
        return round(value)
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            raise _errors.problem(
                _errors.ConversionException, f"Could not convert string '{value}' to {_PHYSICAL.get(type_._kind, type_._kind)}"
            ) from None
    raise _unfit(value, type_)


_PHYSICAL = {"TINYINT": "INT8", "SMALLINT": "INT16", "INTEGER": "INT32", "BIGINT": "INT64"}


def _integers(type_, values):
    least, most, format = _INTEGERS[type_._kind]
    if format is not None:
        try:
            return array.array(format, values).tobytes()
        except (TypeError, OverflowError):
            pass
    numbers = [_to_int(value, type_) for value in values]
    for number in numbers:
        if not least <= number <= most:
            raise _errors.problem(
                _errors.ConversionException, f"Type INT64 with value {number} can't be cast because the value is out of range "
                f"for the destination type {_PHYSICAL.get(type_._kind, type_._kind)}"
            )
    if format is not None:
        return array.array(format, numbers).tobytes()
    return b"".join(number.to_bytes(16, "little", signed=least < 0) for number in numbers)


def _floats(format):
    def write(type_, values):
        try:
            return array.array(format, values).tobytes()
        except TypeError:
            return array.array(format, [_to_float(value, type_) for value in values]).tobytes()

    return write


def _to_float(value, type_):
    try:
        return float(value)
    except (TypeError, ValueError):
        raise _unfit(value, type_) from None


def _booleans(type_, values):
    return bytes([bool(value) for value in values])


def _decimals(type_, values):
    scale = type_._scale
    numbers = []
    for value in values:
        try:
            exact = value if isinstance(value, decimal.Decimal) else decimal.Decimal(str(value))
            numbers.append(int(exact.scaleb(scale, decimal.Context(prec=80)).to_integral_value(decimal.ROUND_HALF_UP)))
        except (decimal.InvalidOperation, ValueError, OverflowError):
            raise _unfit(value, type_) from None
    width = type_._size
    size = 2 if width <= 4 else 4 if width <= 9 else 8 if width <= 18 else 16
    if any(abs(number) >= 10**width for number in numbers):
        raise _errors.problem(_errors.ConversionException, f"Could not cast value to {type_!r}")
    return b"".join(number.to_bytes(size, "little", signed=True) for number in numbers)


def _uuids(type_, values):
    flip = 1 << 127
    return b"".join(((value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))).int ^ flip).to_bytes(16, "little") for value in values)


def _days(type_, values):
    days = []
    for value in values:
        if isinstance(value, str):
            value = datetime.date.fromisoformat(value)
        if not isinstance(value, datetime.date):
            raise _unfit(value, type_)
        days.append(value.toordinal() - _FIRST_DAY)
    return array.array("i", days).tobytes()


def _micros_of_time(value):
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond


def _times(per):
    def write(type_, values):
        return array.array("q", [_micros_of_time(value) * per for value in values]).tobytes()

    return write


def _zoned_times(type_, values):
    def bits(value):
        offset = value.utcoffset()
        seconds = 0 if offset is None else int(offset.total_seconds())
        return _micros_of_time(value) << 24 | _MOST_OFFSET - seconds

    return array.array("Q", [bits(value) for value in values]).tobytes()


def _micros_of(value, type_):
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value)
    if not isinstance(value, datetime.datetime):
        if not isinstance(value, datetime.date):
            raise _unfit(value, type_)
        value = datetime.datetime(value.year, value.month, value.day)
    if value.tzinfo is not None:
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return (value - _EPOCH) // _MICROSECOND


def _timestamps(times, per):
    def write(type_, values):
        return array.array("q", [_micros_of(value, type_) * times // per for value in values]).tobytes()

    return write


def _intervals(type_, values):
    parts = []
    for value in values:
        if not isinstance(value, datetime.timedelta):
            raise _unfit(value, type_)
        micros = value.seconds * 1_000_000 + value.microseconds
        parts.append((0).to_bytes(4, "little") + value.days.to_bytes(4, "little", signed=True) + micros.to_bytes(8, "little"))
    return b"".join(parts)


def _enums(type_, values):
    count = len(type_._labels)
    places = {label: place for place, label in enumerate(type_._labels)}
    try:
        indices = [places[value] for value in values]
    except (KeyError, TypeError):
        bad = next(value for value in values if value not in places)
        raise _errors.problem(_errors.ConversionException, f"Could not convert string '{bad}' to UINT8") from None
    return array.array("B" if count <= 0xFF else "H" if count <= 0xFFFF else "I", indices).tobytes()


# How the values of a kind are written, and what stands for NULL meanwhile.
_WRITERS = {
    **{kind: (_integers, 0) for kind in _INTEGERS},
    "BOOLEAN": (_booleans, False),
    "FLOAT": (_floats("f"), 0.0),
    "DOUBLE": (_floats("d"), 0.0),
    "DECIMAL": (_decimals, decimal.Decimal(0)),
    "UUID": (_uuids, uuid.UUID(int=0)),
    "DATE": (_days, datetime.date(1970, 1, 1)),
    "TIME": (_times(1), datetime.time()),
    "TIME_NS": (_times(1000), datetime.time()),
    "TIME WITH TIME ZONE": (_zoned_times, datetime.time()),
    "TIMESTAMP": (_timestamps(1, 1), _EPOCH),
    "TIMESTAMP_S": (_timestamps(1, 1_000_000), _EPOCH),
    "TIMESTAMP_MS": (_timestamps(1, 1000), _EPOCH),
    "TIMESTAMP_NS": (_timestamps(1000, 1), _EPOCH),
    "TIMESTAMP WITH TIME ZONE": (_timestamps(1, 1), _EPOCH),
    "TIMESTAMPTZ_NS": (_timestamps(1000, 1), _EPOCH),
    "INTERVAL": (_intervals, datetime.timedelta()),
}


def _encoded(text):
    return _errors.encodable(text).encode()


def _pieces(type_, values):
    if type_._kind in ("BLOB", "GEOMETRY"):
        return [b"" if value is None else value.encode() if isinstance(value, str) else bytes(value) for value in values]
    return [b"" if value is None else _encoded(value if type(value) is str else as_text(value)) for value in values]


def _offsets(lengths):
    return array.array("I", itertools.accumulate(lengths, initial=0)).tobytes()


def _unwrapped(value):
    return value.object if isinstance(value, Value) else value


# The letters by which the values of a kind are packed at once.
_LETTERS = {
    **{kind: letter for kind, (_, _, letter) in _INTEGERS.items() if letter},
    "BOOLEAN": "?",
    "FLOAT": "f",
    "DOUBLE": "d",
    "VARCHAR": "s",
    "BLOB": "z",
    "DATE": "D",
    "TIMESTAMP": "T",
}


def packed_kind(type_):
    """The letter of a type whose usual values can be packed at once; None: it is none of those."""
    return _LETTERS.get(type_._kind)


def write(type_, values, vectors):
    """Puts the vectors of a column behind `vectors`."""
    kind = type_._kind
    letter = _LETTERS.get(kind)
    if letter is not None and (packed := _duckdb_cap.pack(values, letter)) is not None:
        vectors.append(packed)
        return
    validity = bytes([value is not None for value in values]) if None in values else b""
    if kind in ("LIST", "MAP", "ARRAY", "STRUCT", "TUPLE", "UNION"):
        at = len(vectors)
        vectors.append(None)
        data = _NESTED[kind](type_, values, vectors)
        vectors[at] = (validity, data, b"")
    elif kind in _WRITERS or kind == "ENUM":
        writer, nothing = _WRITERS.get(kind) or (_enums, type_._labels[0])
        if validity:
            values = [nothing if value is None else value for value in values]
        vectors.append((validity, writer(type_, values), b""))
    elif kind == "VARIANT":
        pieces = [b"" if value is None else _variant.written(type_of(value), value, write) for value in values]
        vectors.append((validity, _offsets(map(len, pieces)), b"".join(pieces)))
    else:
        pieces = _pieces(type_, values)
        vectors.append((validity, _offsets(map(len, pieces)), b"".join(pieces)))


def _write_lists(type_, values, vectors):
    lists = [() if value is None else value for value in values]
    if any(not isinstance(value, (list, tuple)) for value in lists):
        raise _unfit(next(value for value in lists if not isinstance(value, (list, tuple))), type_)
    write(type_._fields[0][1], list(map(_unwrapped, itertools.chain.from_iterable(lists))), vectors)
    return _offsets(map(len, lists))


def _write_arrays(type_, values, vectors):
    size = type_._size
    lists = [(None,) * size if value is None else value for value in values]
    for value in lists:
        if len(value) != size:
            raise _errors.problem(
                _errors.ConversionException,
                f"Cannot cast list with length {len(value)} to array with length {size}",
            )
    write(type_._fields[0][1], list(itertools.chain.from_iterable(lists)), vectors)
    return b""


def _write_maps(type_, values, vectors):
    keys, items, lengths = [], [], []
    for value in values:
        if value is None or not value:
            lengths.append(0)
            continue
        if is_map(value):
            pair = value["key"] or (), value["value"] or ()
        else:
            pair = list(value), list(value.values())
        keys.extend(pair[0])
        items.extend(pair[1])
        lengths.append(len(pair[0]))
    write(type_._fields[0][1], keys, vectors)
    write(type_._fields[1][1], items, vectors)
    return _offsets(lengths)


def _field(value, name, place, type_):
    if value is None:
        return None
    if isinstance(value, dict):
        if name in value:
            return _unwrapped(value[name])
        for key, item in value.items():
            if str(key).lower() == name.lower():
                return _unwrapped(item)
        if isinstance(type_, Merged):
            return None
        raise _errors.invalid(f"We could not convert the object {value!r} to the desired target type ({type_!r})")
    if isinstance(value, (tuple, list)) and len(value) == len(type_._fields):
        return _unwrapped(value[place])
    raise _unfit(value, type_)


def _write_structs(type_, values, vectors):
    for place, (name, child) in enumerate(type_._fields):
        write(child, [_field(value, name, place, type_) for value in values], vectors)
    return b""


def _write_unions(type_, values, vectors):
    kinds = [child for _, child in type_._fields]
    tags = []
    for value in values:
        found = type_of(value)
        fitting = [tag for tag, child in enumerate(kinds) if child == found]
        fitting = fitting or [tag for tag, child in enumerate(kinds) if common(child, found) == child]
        tags.append(fitting[0] if fitting else 0)
    for tag, child in enumerate(kinds):
        write(child, [value if mine == tag else None for value, mine in zip(values, tags)], vectors)
    return bytes(tags)


_NESTED = {
    "LIST": _write_lists,
    "MAP": _write_maps,
    "ARRAY": _write_arrays,
    "STRUCT": _write_structs,
    "TUPLE": _write_structs,
    "UNION": _write_unions,
}


def chunk_of(types, columns, rows):
    """A chunk of the contract."""
    vectors = []
    for type_, values in zip(types, columns):
        write(type_, values, vectors)
    return rows, vectors


def size_of(chunk):
    return sum(len(part) for vector in chunk[1] for part in vector)
