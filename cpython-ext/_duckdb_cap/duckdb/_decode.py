"""Rows of the contract as values of Python."""

import collections
import datetime
import decimal
import uuid

import _duckdb_cap

from duckdb import _variant, _zone

_FORMATS = {
    "BOOLEAN": "?",
    "TINYINT": "b",
    "SMALLINT": "h",
    "INTEGER": "i",
    "BIGINT": "q",
    "UTINYINT": "B",
    "USMALLINT": "H",
    "UINTEGER": "I",
    "UBIGINT": "Q",
    "FLOAT": "f",
    "DOUBLE": "d",
}
_EPOCH = datetime.datetime(1970, 1, 1)
_EPOCH_UTC = _EPOCH.replace(tzinfo=datetime.timezone.utc)
_FIRST_DAY = datetime.date(1970, 1, 1).toordinal()
_DAY = 86400_000_000
_LEAST_TIMESTAMP = (datetime.datetime.min - _EPOCH) // datetime.timedelta(microseconds=1)
_MOST_TIMESTAMP = (datetime.datetime.max - _EPOCH) // datetime.timedelta(microseconds=1)
_INFINITE_DAY = 2**31 - 1
_INFINITE_TIME = 2**63 - 1
# As many digits as a DECIMAL has.
_EXACT = decimal.Context(prec=40)
# The latest offset of a TIME WITH TIME ZONE, from which it is counted down.
_MOST_OFFSET = 16 * 60 * 60 - 1


def _numbers(format):
    def read(node, data):
        return _duckdb_cap.numbers(data.data, format)

    return read


def _wide(signed):
    """Integers of 16 bytes."""

    def read(node, data):
        raw = data.data
        return [int.from_bytes(raw[at : at + 16], "little", signed=signed) for at in range(0, len(raw), 16)]

    return read


def _uuids(node, data):
    raw = data.data
    flip = 1 << 127
    return [uuid.UUID(int=int.from_bytes(raw[at : at + 16], "little") ^ flip) for at in range(0, len(raw), 16)]


def _decimals(node, data):
    width = node.size
    if width <= 4:
        numbers = _duckdb_cap.numbers(data.data, "h")
    elif width <= 9:
        numbers = _duckdb_cap.numbers(data.data, "i")
    elif width <= 18:
        numbers = _duckdb_cap.numbers(data.data, "q")
    else:
        numbers = _wide(True)(node, data)
    scale, scaleb, make = -node.scale, _EXACT.scaleb, decimal.Decimal
    return [scaleb(make(number), scale) for number in numbers]


def _texts(node, data):
    return _duckdb_cap.texts(data.heap, data.data)


def _blobs(node, data):
    return _duckdb_cap.blobs(data.heap, data.data)


def _civil(days):
    """Year, month and day of any day since 1970, also of years that Python's dates do not have."""
    days += 719468
    era, day = divmod(days, 146097)
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    return year + era * 400 + (month >= 10), month + (3 if month < 10 else -9), day - (153 * month + 2) // 5 + 1


def _date_text(days):
    year, month, day = _civil(days)
    if year <= 0:
        return f"{1 - year:04}-{month:02}-{day:02} (BC)"
    return f"{year:04}-{month:02}-{day:02}"


def _date(days):
    if abs(days) == _INFINITE_DAY:
        return datetime.date.max if days > 0 else datetime.date.min
    try:
        return datetime.date.fromordinal(days + _FIRST_DAY)
    except (ValueError, OverflowError):
        return _date_text(days)


def _dates(node, data):
    days = memoryview(data.data).cast("i").tolist()
    try:
        make = datetime.date.fromordinal
        return [make(day + _FIRST_DAY) for day in days]
    except (ValueError, OverflowError):
        return [_date(day) for day in days]


def _time_text(micros):
    seconds, micros = divmod(micros, 1_000_000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return text if micros == 0 else f"{text}.{micros:06}".rstrip("0")


def _time(micros, zone=None):
    if micros >= _DAY:
        return _time_text(micros)
    seconds, micros = divmod(micros, 1_000_000)
    return datetime.time(seconds // 3600, seconds // 60 % 60, seconds % 60, micros, zone)


def _times(node, data):
    return [_time(micros) for micros in memoryview(data.data).cast("q")]


def _nanosecond_times(node, data):
    return [_time(nanos // 1000) for nanos in memoryview(data.data).cast("q")]


def _offset_text(offset):
    minutes, seconds = divmod(abs(offset), 60)
    parts = [f"{minutes // 60:02}", f"{minutes % 60:02}", f"{seconds:02}"]
    while len(parts) > 1 and parts[-1] == "00":
        parts.pop()
    return ("-" if offset < 0 else "+") + ":".join(parts)


def _zoned_time(bits):
    offset = _MOST_OFFSET - (bits & 0xFFFFFF)
    micros = bits >> 24
    if micros >= _DAY:
        return _time_text(micros) + _offset_text(offset)
    return _time(micros, datetime.timezone(datetime.timedelta(seconds=offset)))


def _zoned_times(node, data):
    return [_zoned_time(bits) for bits in memoryview(data.data).cast("Q")]


def _timestamp(micros, epoch):
    if _LEAST_TIMESTAMP <= micros <= _MOST_TIMESTAMP:
        return epoch + datetime.timedelta(microseconds=micros)
    days, micros = divmod(micros, _DAY)
    return f"{_date_text(days)} {_time_text(micros)}" + ("" if epoch is _EPOCH else "+00")


def _timestamps(times, per, epoch=_EPOCH):
    """Timestamps of a unit of which `times` are `per` microseconds."""

    def read(node, data):
        delta, found = datetime.timedelta, []
        append = found.append
        for value in memoryview(data.data).cast("q").tolist():
            if value == _INFINITE_TIME or value == -_INFINITE_TIME:
                append(datetime.datetime.max if value > 0 else datetime.datetime.min)
                continue
            micros = value * per // times
            if _LEAST_TIMESTAMP <= micros <= _MOST_TIMESTAMP:
                append(epoch + delta(microseconds=micros))
            else:
                append(_timestamp(micros, epoch))
        return found

    return read


def _intervals(node, data):
    view = memoryview(data.data)
    halves = view.cast("i").tolist()
    micros = view.cast("q").tolist()[1::2]
    delta = datetime.timedelta
    return [
        delta(days=months * 30 + days, microseconds=micro)
        for months, days, micro in zip(halves[0::4], halves[1::4], micros)
    ]


def _enums(node, data):
    count = len(node.labels)
    format = "B" if count <= 0xFF else "H" if count <= 0xFFFF else "I"
    labels = [label.decode() for label in node.labels]
    return [labels[index] if index < count else None for index in memoryview(data.data).cast(format)]


_READERS = {
    **{kind: _numbers(format) for kind, format in _FORMATS.items()},
    "HUGEINT": _wide(True),
    "UHUGEINT": _wide(False),
    "UUID": _uuids,
    "DECIMAL": _decimals,
    "BLOB": _blobs,
    "GEOMETRY": _blobs,
    "DATE": _dates,
    "TIME": _times,
    "TIME_NS": _nanosecond_times,
    "TIME WITH TIME ZONE": _zoned_times,
    "TIMESTAMP": _timestamps(1, 1),
    "TIMESTAMP_S": _timestamps(1, 1_000_000),
    "TIMESTAMP_MS": _timestamps(1, 1000),
    "TIMESTAMP_NS": _timestamps(1000, 1),
    "TIMESTAMP WITH TIME ZONE": _timestamps(1, 1, _EPOCH_UTC),
    "TIMESTAMPTZ_NS": _timestamps(1000, 1, _EPOCH_UTC),
    "INTERVAL": _intervals,
    "ENUM": _enums,
}


_Node = collections.namedtuple("_Node", "kind size scale")
_Data = collections.namedtuple("_Data", "data heap")


def _scalar(zone):
    """Makes scalars of a VARIANT."""

    def make(kind, width, scale, data, heap):
        value = _READERS.get(kind, _texts)(_Node(kind, width, scale), _Data(data, heap))[0]
        return _in_zone(value, zone) if kind in _zone.ZONED else value

    return make


def _in_zone(value, zone):
    """A time in a zone, unless it is infinite or the text of one that datetimes cannot be."""
    return value.astimezone(zone) if isinstance(value, datetime.datetime) and value.tzinfo is not None else value


def _map(keys, values):
    try:
        return dict(zip(keys, values))
    except TypeError:  # a key that cannot be hashed
        return {"key": keys, "value": values}


class _Reader:
    """Reads the vectors of columns in their order; datetimes with a zone are in this one."""

    def __init__(self, vectors, rows, zone):
        self.vectors = iter(vectors)
        self.rows = rows
        self.zone = zone

    def column(self, nodes, at, rows):
        """The values of the column whose nodes begin at `at`, and where the next one's do."""
        node = nodes[at]
        data = next(self.vectors)
        if node.children:
            values, at = self.nested(nodes, at, node, data, rows)
        else:
            at += 1
            if node.kind in ("STRUCT", "TUPLE"):
                values = [{} for _ in range(rows)]
            elif node.kind == "VARIANT":
                scalar = _scalar(self.zone)
                values = [_variant.read(value, scalar) if value else None for value in _blobs(node, data)]
            else:
                values = _READERS.get(node.kind, _texts)(node, data)
        if data.validity:
            values = [value if valid else None for value, valid in zip(values, data.validity)]
        if node.kind in _zone.ZONED and self.zone is not datetime.timezone.utc:
            values = [_in_zone(value, self.zone) for value in values]
        return values, at

    def nested(self, nodes, at, node, data, rows):
        kind = node.kind
        at += 1
        if kind in ("LIST", "MAP"):
            offsets = memoryview(data.data).cast("I").tolist()
            items, at = self.column(nodes, at, offsets[-1])
            if kind == "LIST":
                return [items[a:b] for a, b in zip(offsets, offsets[1:])], at
            values, at = self.column(nodes, at, offsets[-1])
            return [_map(items[a:b], values[a:b]) for a, b in zip(offsets, offsets[1:])], at
        if kind == "ARRAY":
            size = node.size
            items, at = self.column(nodes, at, rows * size)
            return [tuple(items[row * size : (row + 1) * size]) for row in range(rows)], at
        names, columns = [], []
        for _ in range(node.children):
            names.append(nodes[at].name.decode("utf-8", "replace"))
            values, at = self.column(nodes, at, rows)
            columns.append(values)
        if kind == "UNION":
            return [columns[tag][row] if tag < len(columns) else None for row, tag in enumerate(data.data)], at
        if kind == "TUPLE":
            return list(zip(*columns)), at
        return [dict(zip(names, row)) for row in zip(*columns)], at


def columns_of(chunk, nodes, zone):
    """The columns of a chunk, each a list; `nodes` has those of all columns, one behind the other, and `zone` is the session's, if
    one of them needs it."""
    reader = _Reader(chunk.vectors, chunk.rows, zone)
    columns, at = [], 0
    while at < len(nodes):
        values, at = reader.column(nodes, at, chunk.rows)
        columns.append(values)
    return columns
