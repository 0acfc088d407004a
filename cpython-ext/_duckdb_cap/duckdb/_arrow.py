"""Results as Arrow has them: schemas and arrays, by the C data interface, which array libraries read without a copy."""

import array
import collections
import struct
import uuid

import _duckdb_cap

from duckdb import _errors

# The least rows that an array of a stream has, but for the last.
_ROWS_AT_ONCE = 131072
_NULLABLE = 2

_FORMATS = {
    "NULL": "n",
    "BOOLEAN": "b",
    "TINYINT": "c",
    "SMALLINT": "s",
    "INTEGER": "i",
    "BIGINT": "l",
    "UTINYINT": "C",
    "USMALLINT": "S",
    "UINTEGER": "I",
    "UBIGINT": "L",
    "HUGEINT": "d:38,0",
    "UHUGEINT": "d:38,0",
    "FLOAT": "f",
    "DOUBLE": "g",
    "BLOB": "z",
    "GEOMETRY": "z",
    "BIT": "z",
    "VARIANT": "z",
    "DATE": "tdD",
    "TIME": "ttu",
    "TIME WITH TIME ZONE": "ttu",
    "TIME_NS": "ttn",
    "TIMESTAMP": "tsu:",
    "TIMESTAMP_S": "tss:",
    "TIMESTAMP_MS": "tsm:",
    "TIMESTAMP_NS": "tsn:",
    "INTERVAL": "tin",
    "LIST": "+l",
    "MAP": "+m",
    "STRUCT": "+s",
    "TUPLE": "+s",
}
_ZONED = {"TIMESTAMP WITH TIME ZONE": "tsu:", "TIMESTAMPTZ_NS": "tsn:"}


# What `arrow_lossless_conversion` changes: formats, and names of Arrow's for what those are of.
_LOSSLESS = {"HUGEINT": "w:16", "UHUGEINT": "w:16", "UUID": "w:16", "BOOLEAN": "c"}
_EXTENSIONS = {"UUID": "arrow.uuid", "BOOLEAN": "arrow.bool8", "JSON": "arrow.json"}
# What `arrow_large_buffer_size` changes: offsets of 8 bytes.
_LARGE = {"u": "U", "z": "Z", "+l": "+L"}
# Formats of newer versions of Arrow, by the setting that asks for each.
_VIEWS = {"u": "vu", "z": "vz"}
_LIST_VIEWS = {"+l": "+vl", "+L": "+vL"}
_SETTINGS = {
    "lossless": "arrow_lossless_conversion",
    "large": "arrow_large_buffer_size",
    "version": "arrow_output_version",
    "text_views": "produce_arrow_string_view",
    "list_views": "arrow_output_list_view",
}

Options = collections.namedtuple("Options", ["zone", *_SETTINGS])
DEFAULT = Options("UTC", False, False, "1.0", False, False)


# ---- Schemas ----


def _index_format(labels):
    return "C" if len(labels) <= 0xFF else "S" if len(labels) <= 0xFFFF else "I"


def _format(node, options):
    kind = node.kind
    if kind in _ZONED:
        return _ZONED[kind] + options.zone
    if kind == "DECIMAL":
        return f"d:{node.size},{node.scale},{8 * _arrow_decimal_size(node.size, options)}"
    if kind == "ARRAY":
        return f"+w:{node.size}"
    if kind == "UNION":
        return "+us:" + ",".join(map(str, range(node.children)))
    if kind == "ENUM":
        return _index_format(node.labels)
    if options.lossless and kind in _LOSSLESS:
        return _LOSSLESS[kind]
    format = _FORMATS.get(kind, "u")
    if _is_view(kind, options):
        return _VIEWS[format]
    format = _LARGE.get(format, format) if options.large else format
    return _LIST_VIEWS.get(format, format) if _has_views(options) and options.list_views else format


def _has_views(options):
    return options.version >= "1.4"


def _is_view(kind, options):
    """Whether values of a length of their own are views: 16 bytes each, which hold the value or point at it."""
    if kind == "VARCHAR":
        return _has_views(options) and options.text_views
    return _has_views(options) and kind in ("BLOB", "BIT")


def _metadata(node, options):
    """What a column is that Arrow has no format for."""
    kind = node.alias.decode() or node.kind
    if not options.lossless or kind not in ("HUGEINT", "UHUGEINT", "BIT", *_EXTENSIONS):
        return None
    opaque = f'{{"type_name":"{kind.lower()}","vendor_name":"DuckDB"}}'
    pairs = {"ARROW:extension:metadata": "" if kind in _EXTENSIONS else opaque, "ARROW:extension:name": _EXTENSIONS.get(kind, "arrow.opaque")}
    texts = [text.encode() for pair in pairs.items() for text in pair]
    return struct.pack("i", len(pairs)) + b"".join(struct.pack("i", len(text)) + text for text in texts)


def _schema(nodes, at, name, options, flags=_NULLABLE):
    """The schema of the column whose nodes begin at `at`, and where the next one's do."""
    node = nodes[at]
    at += 1
    children = []
    for number in range(node.children):
        child_name, child_flags = nodes[at].name.decode("utf-8", "replace"), _NULLABLE
        if node.kind == "MAP":
            child_name, child_flags = ("value", _NULLABLE) if number else ("key", 0)
        elif node.kind == "LIST":
            child_name = "l"
        elif node.kind == "TUPLE":
            child_name = f"element{number + 1}"
        elif node.kind == "ARRAY":
            child_name = None
        child, at = _schema(nodes, at, child_name, options, child_flags)
        children.append(child)
    if node.kind == "MAP":
        children = [("+s", "entries", 0, None, tuple(children), None)]
    dictionary = ("u", None, _NULLABLE, None, (), None) if node.kind == "ENUM" else None
    return (_format(node, options), name, flags, _metadata(node, options), tuple(children), dictionary), at


def schema_of(names, nodes, options=DEFAULT):
    """The schema of rows: a struct of all columns."""
    columns, at = [], 0
    for name in names:
        column, at = _schema(nodes, at, name, options)
        columns.append(column)
    return ("+s", "duckdb_query_result", 0, None, tuple(columns), None)


# ---- Arrays ----


def _pieces(pieces):
    """Offsets and heap of pieces of bytes."""
    offsets = array.array("I", [0])
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    return offsets, b"".join(pieces)


def _bit_strings(data):
    """BIT as DuckDB has it: how many bits of the first byte are none, and these bits as ones."""
    pieces = []
    for text in _duckdb_cap.texts(data.heap, data.data):
        unused = -len(text) % 8
        number = int("1" * unused + text, 2) if text else 0
        pieces.append(bytes([unused]) + number.to_bytes((len(text) + 7) // 8, "big") if text else b"")
    return _pieces(pieces)


def _uuid_texts(data):
    raw, flip = data.data, 1 << 127
    numbers = (int.from_bytes(raw[at : at + 16], "little") ^ flip for at in range(0, len(raw), 16))
    return _pieces([str(uuid.UUID(int=number)).encode() for number in numbers])


def _uuid_bytes(data):
    raw, flip = data.data, 1 << 127
    numbers = (int.from_bytes(raw[at : at + 16], "little") ^ flip for at in range(0, len(raw), 16))
    return b"".join(number.to_bytes(16, "big") for number in numbers)


def _nanosecond_intervals(data):
    values = memoryview(data.data).cast("q").tolist()
    try:
        values[1::2] = [micros * 1000 for micros in values[1::2]]
        return array.array("q", values)
    except OverflowError:
        raise _errors.problem(_errors.ConversionException, "Could not convert Interval to nanoseconds") from None


def _zoned_times(data):
    return array.array("q", [bits >> 24 for bits in memoryview(data.data).cast("Q")])


def _decimal_size(width):
    return 2 if width <= 4 else 4 if width <= 9 else 8 if width <= 18 else 16


def _arrow_decimal_size(width, options):
    """What Arrow has of decimals."""
    return max(_decimal_size(width), 4) if options.version >= "1.5" else 16


def _views(offsets, heap):
    """Views of the pieces of a heap, the heap, and how long it is."""
    places = memoryview(offsets).cast("B").cast("I").tolist()
    views = bytearray()
    for begin, end in zip(places, places[1:]):
        length = end - begin
        if length <= 12:
            views += struct.pack("<i12s", length, heap[begin:end])
        else:
            views += struct.pack("<i4sii", length, heap[begin : begin + 4], 0, begin)
    return views, heap, struct.pack("<q", len(heap))


def _list_views(offsets, options):
    """Where each list begins, and how long it is."""
    places = memoryview(offsets).cast("B").cast("I").tolist()
    letter = "q" if options.large else "i"
    return array.array(letter, places[:-1]), array.array(letter, (end - begin for begin, end in zip(places, places[1:])))


def _wide(offsets, options):
    """Offsets as they are asked for."""
    return array.array("q", memoryview(offsets).cast("B").cast("I").tolist()) if options.large else offsets


def _buffers(node, data, options):
    """What stands behind the validity of a column that has no children."""
    kind = node.kind
    if options.lossless and kind in _LOSSLESS:
        return (_uuid_bytes(data) if kind == "UUID" else data.data,)
    buffers = _usual_buffers(node, data, options)
    if _is_view(kind, options):
        return _views(*buffers)
    return (_wide(buffers[0], options), buffers[1]) if len(buffers) == 2 else buffers


def _usual_buffers(node, data, options):
    kind = node.kind
    if kind == "BOOLEAN":
        return (_duckdb_cap.bits(data.data),)
    if kind == "DECIMAL":
        size, wanted = _decimal_size(node.size), _arrow_decimal_size(node.size, options)
        return (data.data if size == wanted else _duckdb_cap.resized(data.data, size, wanted),)
    if kind == "INTERVAL":
        return (_nanosecond_intervals(data),)
    if kind == "TIME WITH TIME ZONE":
        return (_zoned_times(data),)
    if kind == "BIT":
        return _bit_strings(data)
    if kind == "UUID":
        return _uuid_texts(data)
    if kind in _ZONED or kind == "ENUM" or _FORMATS.get(kind, "u") not in "uz":
        return (data.data,)
    return data.data, data.heap


class _Arrays:
    """Arrays of the vectors of columns, in their order."""

    def __init__(self, vectors, options):
        self.vectors = iter(vectors)
        self.options = options

    def column(self, nodes, at, rows):
        node = nodes[at]
        data = next(self.vectors)
        at += 1
        nulls = data.validity.count(0)
        validity = _duckdb_cap.bits(data.validity) if nulls else None
        kind, dictionary = node.kind, None
        if kind == "NULL":
            return (rows, rows, (), (), None), at
        if not node.children:
            buffers = (validity,) if kind in ("STRUCT", "TUPLE") else (validity, *_buffers(node, data, self.options))
            if kind == "ENUM":
                dictionary = (len(node.labels), 0, (None, *_pieces(node.labels)), (), None)
            return (rows, nulls, buffers, (), dictionary), at
        inner = rows
        if kind in ("LIST", "MAP"):
            inner = int.from_bytes(data.data[-4:], "little")
        elif kind == "ARRAY":
            inner = rows * node.size
        children = []
        for _ in range(node.children):
            child, at = self.column(nodes, at, inner)
            children.append(child)
        if kind == "UNION":
            return (rows, 0, (data.data,), tuple(children), None), at
        if kind == "MAP":
            children = [(inner, 0, (None,), tuple(children), None)]
        return (rows, nulls, (validity, *self._places(kind, data)), tuple(children), None), at

    def _places(self, kind, data):
        """Where the items of each row are."""
        if kind == "MAP":
            return (data.data,)
        if kind != "LIST":
            return ()
        if _has_views(self.options) and self.options.list_views:
            return _list_views(data.data, self.options)
        return (_wide(data.data, self.options),)


def array_of(chunk, nodes, options=DEFAULT):
    """The rows of a chunk as an array: a struct of all columns."""
    arrays, columns, at = _Arrays(chunk.vectors, options), [], 0
    while at < len(nodes):
        column, at = arrays.column(nodes, at, chunk.rows)
        columns.append(column)
    return (chunk.rows, 0, (None,), tuple(columns), None)


# ---- Capsules ----


def options_of(connection, nodes):
    """What the session says of Arrow, and its time zone, where a column needs that."""

    def settings(*names):
        asked = ", ".join(f"current_setting('{name}')" for name in names)
        return connection._submit(f"SELECT {asked}").fetchall()[0]

    zone = ""
    if any(node.kind in _ZONED for node in nodes):
        try:
            (zone,) = settings("TimeZone")
        except _errors.Error:
            zone = "UTC"  # there is none to be set without ICU
    return Options(zone, *settings(*_SETTINGS.values()))


def stream_of(result, options):
    """A capsule with the rows of a result that are not read yet."""
    tree = schema_of(result.names, result.nodes(), options)

    def following():
        chunk = result.chunk(_ROWS_AT_ONCE)
        return None if chunk is None else array_of(chunk, result.nodes(), options)

    return _duckdb_cap.arrow_stream(tree, following)
