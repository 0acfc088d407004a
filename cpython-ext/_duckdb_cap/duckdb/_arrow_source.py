"""Objects that export Arrow's C data interface, as tables that queries read: a schema as types, and arrays as rows of the contract."""

import array
import datetime

import _duckdb_cap

from duckdb import _encode, _errors, _sources, _types
from duckdb._arrow_spelled import has_texts, is_plain, spell

_CAPSULE = type(datetime.datetime_CAPI)
_DAY_MILLIS = 86400_000
_RELEASED = "already released"

_KINDS = {
    "n": "NULL",
    "b": "BOOLEAN",
    "c": "TINYINT",
    "s": "SMALLINT",
    "i": "INTEGER",
    "l": "BIGINT",
    "C": "UTINYINT",
    "S": "USMALLINT",
    "I": "UINTEGER",
    "L": "UBIGINT",
    "f": "FLOAT",
    "g": "DOUBLE",
    "u": "VARCHAR",
    "U": "VARCHAR",
    "vu": "VARCHAR",
    "z": "BLOB",
    "Z": "BLOB",
    "vz": "BLOB",
    "tdD": "DATE",
    "ttu": "TIME",
    "ttn": "TIME_NS",
    "tin": "INTERVAL",
}
_TIMESTAMPS = {"tss": "TIMESTAMP_S", "tsm": "TIMESTAMP_MS", "tsu": "TIMESTAMP", "tsn": "TIMESTAMP_NS"}
# Microseconds of a unit, by what is to be multiplied and what divided.
_MICROS = {"s": (1_000_000, 1), "m": (1000, 1), "u": (1, 1), "n": (1, 1000)}


# ---- Values that the contract has in another form ----


def _days(data, heap):
    return array.array("i", [millis // _DAY_MILLIS for millis in memoryview(data).cast("q")]).tobytes(), heap


def _short_times(times):
    def convert(data, heap):
        return array.array("q", [value * times for value in memoryview(data).cast("i")]).tobytes(), heap

    return convert


def _scaled(times, per):
    """Microseconds of 64 bits."""

    def convert(data, heap):
        try:
            return array.array("q", [value * times // per for value in memoryview(data).cast("q")]).tobytes(), heap
        except OverflowError:
            raise _errors.problem(_errors.ConversionException, "Could not convert a time of Arrow to microseconds") from None

    return convert


def _durations(times, per):
    micros = _scaled(times, per)

    def convert(data, heap):
        return _intervals((0, 0, value) for value in memoryview(micros(data, heap)[0]).cast("q")), heap

    return convert


def _intervals(values):
    made = bytearray()
    for months, days, micros in values:
        made += array.array("i", (months, days)).tobytes() + array.array("q", (micros,)).tobytes()
    return bytes(made)


def _months(data, heap):
    return _intervals((months, 0, 0) for months in memoryview(data).cast("i")), heap


def _days_and_millis(data, heap):
    values = memoryview(data).cast("i").tolist()
    return _intervals((0, days, millis * 1000) for days, millis in zip(values[0::2], values[1::2])), heap


def _nanosecond_intervals(data, heap):
    values = memoryview(data).cast("q").tolist()
    values[1::2] = [nanos // 1000 for nanos in values[1::2]]
    return array.array("q", values).tobytes(), heap


def _decimals(size, width):
    to = 2 if width <= 4 else 4 if width <= 9 else 8 if width <= 18 else 16

    def convert(data, heap):
        return data if size == to else _duckdb_cap.resized(data, size, to), heap

    return convert


def _nulls(data, heap):
    """NULL goes as texts do: the array has 4 bytes a row, and offsets are one more."""
    return bytes(len(data) + 4), b""


def _halves(data, heap):
    return array.array("f", memoryview(data).cast("e").tolist()).tobytes(), heap


def _blobs(size):
    def convert(data, heap):
        rows = len(data) // size if size else 0
        return array.array("I", range(0, (rows + 1) * size, size or 1)).tobytes(), data

    return convert


# ---- Schemas ----


def _unread(format, what=""):
    return _errors.problem(_errors.NotImplementedException, f'Unsupported Internal Arrow Type: "{format}"{what}')


def _decimal(format):
    parts = [int(part) for part in format[2:].split(",")]
    width, scale, bits = (*parts, 128)[:3]
    if bits > 128 or not 1 <= width <= 38:
        raise _errors.problem(_errors.NotImplementedException, f"Unsupported Internal Arrow Type for Decimal {format}")
    return _types.decimal_of(width, scale), _decimals(bits // 8, width)


def _time(format):
    """A type of times; None: it is none."""
    prefix, unit = format[:2], format[2:3]
    if format[:3] in _TIMESTAMPS and format[3:4] == ":":
        if format == f"{format[:3]}:":
            return _types._SIMPLE[_TIMESTAMPS[format[:3]]], None
        return _types.TIMESTAMP_TZ, None if unit == "u" else _scaled(*_MICROS[unit])
    if prefix == "tD" and unit in _MICROS:
        return _types.INTERVAL, _durations(*_MICROS[unit])
    return {
        "tdm": (_types.DATE, _days),
        "tts": (_types.TIME, _short_times(1_000_000)),
        "ttm": (_types.TIME, _short_times(1000)),
        "tiM": (_types.INTERVAL, _months),
        "tiD": (_types.INTERVAL, _days_and_millis),
    }.get(format)


def _nested(format, children, convert):
    """The type of a tree with children, what makes the contract's values of each of its nodes behind it in `convert`."""
    if format == "+r":  # of the run ends no vector is taken
        return _type_of(children[1], convert)
    if format == "+m":
        children = children[0][4]
    fields = [(child[1] or "", _type_of(child, convert)) for child in children]
    if format == "+s":
        return _types.struct_of(fields)
    if format.startswith("+us:"):
        return _types.union_of(fields)
    if format == "+m":
        return _types.map_of(fields[0][1], fields[1][1])
    if format.startswith("+w:"):
        return _types.array_of(fields[0][1], int(format[3:]))
    if format in ("+l", "+L", "+vl", "+vL"):
        return _types.list_of(fields[0][1])
    if format.startswith("+ud:"):
        raise _unread("d", " Union")
    raise _unread(format)


def _type_of(tree, convert):
    """The type of a tree. To `convert` is added for each of its nodes what makes the contract's data and heap; None: they are so."""
    format, _, _, _, children, dictionary = tree
    if dictionary is not None:
        convert.append(None)
        return _type_of(dictionary, [] if has_texts(dictionary) else convert)
    place = len(convert)
    convert.append(None)
    if format.startswith("+"):
        return _nested(format, children, convert)
    if format in _KINDS:
        type_ = _types._SIMPLE[_KINDS[format]]
        convert[place] = {"tin": _nanosecond_intervals, "n": _nulls}.get(format)
        return type_
    if format == "e":
        type_, convert[place] = _types.FLOAT, _halves
    elif format.startswith("w:"):
        type_, convert[place] = _types.BLOB, _blobs(int(format[2:]))
    elif format.startswith("d:"):
        type_, convert[place] = _decimal(format)
    elif (found := _time(format)) is not None:
        type_, convert[place] = found
    else:
        raise _unread(format)
    return type_


# ---- Arrays ----


class _Reading:
    """A stream, or the one array, from a row on."""

    def __init__(self, stream, array=None):
        self.stream = stream
        self.array = array
        self.rows = 0 if array is None else _duckdb_cap.arrow_rows(array)
        self.place = 0

    def more(self):
        """Whether there are rows, from `place` of `array` on."""
        while self.place == self.rows:
            self.array = None if self.stream is None else _duckdb_cap.arrow_next(self.stream)
            if self.array is None:
                self.stream = None
                return False
            self.rows, self.place = _duckdb_cap.arrow_rows(self.array), 0
        return True


def _released(error):
    return _errors.invalid("The ArrowArrayStream was already released") if _RELEASED in str(error) else None


class ArrowSource(_sources.Source):
    """Rows of an object with __arrow_c_stream__ or __arrow_c_array__, or of a capsule with a stream, which is read once."""

    def __init__(self, value):
        self._value = value
        self._ready = self._open()
        try:
            tree = _duckdb_cap.arrow_tree(self._ready.schema)
        except (OSError, ValueError) as error:
            raise _released(error) or _errors.invalid(f"reading the schema of the Arrow source failed: {error}") from None
        if tree[0] != "+s":
            raise _errors.invalid("the Arrow source is no table: its rows are no structs")
        self._trees = tree[4]
        self._conversions = []
        types = []
        for child in self._trees:
            conversions = []
            types.append(_type_of(child, conversions))
            self._conversions.append(conversions)
        self._at = {}  # how far readings are: several of one query may be beside each other
        super().__init__([child[1] or "" for child in self._trees], [], types)

    def _open(self):
        value = self._value
        if type(value) is _CAPSULE:
            return _Opened(value, _Reading(value))
        try:
            if hasattr(value, "__arrow_c_stream__"):
                stream = value.__arrow_c_stream__()
                return _Opened(stream, _Reading(stream))
            schema, array = value.__arrow_c_array__()
            return _Opened(schema, _Reading(None, array))
        except _errors.Error:
            raise
        except Exception as error:
            raise _errors.invalid(f"reading the schema of the Arrow source failed: {type(error).__name__}: {error}") from None

    def _reading(self, first):
        if first:
            return self._at[first].pop()
        ready, self._ready = self._ready, None
        return (ready or self._open()).reading

    def read(self, columns, first, count):
        reading = self._reading(first)
        try:
            if not reading.more():
                return _encode.chunk_of([self.types[place] for place in columns], [[] for _ in columns], 0)
            rows = min(count, reading.rows - reading.place)
            vectors = []
            for place in columns:
                tree = self._trees[place]
                taken = _duckdb_cap.arrow_take(reading.array, place, tree, reading.place, rows)
                converted = [
                    (validity, data, heap) if convert is None else (validity, *convert(data, heap))
                    for (validity, data, heap), convert in zip(taken, self._conversions[place])
                ]
                if is_plain(tree):
                    vectors += converted
                else:
                    spell(tree, self.types[place], iter(converted), rows, vectors)
        except (OSError, ValueError) as error:
            raise _released(error) or _errors.invalid(f"reading the Arrow source failed: {error}") from None
        reading.place += rows
        self._at.setdefault(first + rows, []).append(reading)
        return rows, vectors


class _Opened:
    """A capsule with the schema, and the reading of the rows."""

    def __init__(self, schema, reading):
        self.schema = schema
        self.reading = reading


def source_of(value):
    """A source of an object, if it exports Arrow's interface; else None."""
    if isinstance(value, type):
        return None
    if type(value) is _CAPSULE or hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__"):
        return ArrowSource(value)
    return None
