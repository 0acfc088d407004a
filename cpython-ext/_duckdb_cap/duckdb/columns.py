"""Columns of results as they lie in memory, by the buffer protocol and by Arrow's C data interface, without an object for each value.

    for chunk in duckdb.columns.chunks(duckdb.sql("from points")):
        memoryview(chunk["x"]), chunk["x"].validity

The package of PyPI does not have this module."""

import _duckdb_cap

from duckdb import _arrow, _errors, _types
from duckdb._connection import DuckDBPyConnection
from duckdb._decode import _FORMATS
from duckdb._relation import DuckDBPyRelation

__all__ = ["Chunk", "Column", "chunks"]

# The format of the items, as the module struct has them.
_ITEMS = {
    **_FORMATS,
    "DATE": "i",
    "TIME": "q",
    "TIME_NS": "q",
    "TIME WITH TIME ZONE": "Q",
    "TIMESTAMP": "q",
    "TIMESTAMP_S": "q",
    "TIMESTAMP_MS": "q",
    "TIMESTAMP_NS": "q",
    "TIMESTAMP WITH TIME ZONE": "q",
    "TIMESTAMPTZ_NS": "q",
    "LIST": "I",
    "MAP": "I",
    "UNION": "B",
}
# What has no items of one format: bytes of 16 a value, or nothing.
_RAW = ("HUGEINT", "UHUGEINT", "UUID", "INTERVAL", "ARRAY", "STRUCT", "TUPLE", "NULL")
_DECIMALS = {2: "h", 4: "i", 8: "q", 16: "B"}


def _item_format(node):
    kind = node.kind
    if kind == "DECIMAL":
        return _DECIMALS[_arrow._decimal_size(node.size)]
    if kind == "ENUM":
        return {"C": "B", "S": "H", "I": "I"}[_arrow._index_format(node.labels)]
    return "B" if kind in _RAW else _ITEMS.get(kind, "I")


class Column:
    """A column of a chunk, or one that is nested in it. `memoryview(column)` is its data, which is not copied.

    `data`: numbers of the type's size; days, or units of time, since 1970; places of an ENUM's labels; of DECIMAL integers that are to be
    shifted by its scale; 16 bytes each where there is no format for so large an item. Of texts, BLOB, LIST and MAP offsets, one more than
    rows, into `heap` or into the rows of `children`; of UNION which of its members.
    `validity`: a byte for each row, 0 for NULL. None: no row is."""

    __slots__ = ("name", "type", "data", "heap", "validity", "children")

    def __init__(self, name, type, data, heap, validity, children):
        self.name = name
        self.type = type
        self.data = data
        self.heap = heap
        self.validity = validity
        self.children = children

    def __buffer__(self, flags):
        return self.data

    def __repr__(self):
        return f"<duckdb.columns.Column {self.name!r} {self.type!r}>"


class _Reader:
    def __init__(self, chunk, nodes):
        self.vectors = iter(chunk.vectors)
        self.nodes = nodes
        self.at = 0

    def column(self, name, type_):
        node, vector = self.nodes[self.at], next(self.vectors)
        self.at += 1
        fields = type_._fields
        children = [self.column(child_name, child) for child_name, child in fields]
        data = memoryview(vector.data).cast(_item_format(node))
        heap = memoryview(vector.heap) if vector.heap else None
        return Column(name, type_, data, heap, memoryview(vector.validity) if vector.validity else None, children)


class Chunk:
    """Rows of a result, by columns. An array library takes all of them by `__arrow_c_array__`, where it knows Arrow."""

    def __init__(self, chunk, nodes, names, zone):
        self._chunk = chunk
        self._nodes = nodes
        self._zone = zone
        reader = _Reader(chunk, nodes)
        self.columns = [reader.column(name, type_) for name, type_ in zip(names, _types.types_of(nodes))]

    def __len__(self):
        return self._chunk.rows

    def __iter__(self):
        return iter(self.columns)

    def __getitem__(self, key):
        """A column by its place or its name."""
        if isinstance(key, int):
            return self.columns[key]
        for column in self.columns:
            if column.name == key:
                return column
        raise KeyError(key)

    def __arrow_c_schema__(self):
        return _duckdb_cap.arrow_schema(_arrow.schema_of([column.name for column in self.columns], self._nodes, _arrow.DEFAULT._replace(zone=self._zone)))

    def __arrow_c_array__(self, requested_schema=None):
        """Capsules with an ArrowSchema and an ArrowArray, in the types that DuckDB has for the rows."""
        return self.__arrow_c_schema__(), _duckdb_cap.arrow_array(_arrow.array_of(self._chunk, self._nodes))


def chunks(source, rows=2048):
    """What a relation gives, or what the last statement of a connection gave and was not fetched, `rows` or some more at a time."""
    if rows < 1:
        raise ValueError("a chunk has at least one row")
    if isinstance(source, DuckDBPyRelation):
        connection, result = source._connection, source._result()
    elif isinstance(source, DuckDBPyConnection):
        connection, result = source, source._open_result()
        if result._next < len(result._rows):
            raise _errors.invalid("rows that were fetched are tuples already: chunks come before fetchone() and fetchmany()")
    else:
        raise TypeError(f"chunks() takes a relation or a connection, not {type(source).__name__}")
    zone = _arrow.options_of(connection, result.nodes()).zone if isinstance(source, DuckDBPyRelation) else "UTC"
    return _chunks(connection, result, rows, zone)


def _chunks(connection, result, rows, zone):
    names, nodes = result.names, result.nodes()
    while True:
        with connection._running():
            chunk = result.chunk(rows)
        if chunk is None:
            return
        yield Chunk(chunk, nodes, names, zone)
