"""Appenders: rows that are collected and go into a table by the thousand."""

from duckdb import _encode, _errors, _types
from duckdb._statement import ask_for_room, encoded

# Rows that are collected before they go.
_ROWS = 20480


class Appender:
    """Rows on their way into a table."""

    def __init__(self, connection, table, columns, action, key):
        if action != "insert" or key is not None:
            raise _errors.unsupported(f"appender() takes the action 'insert', not '{action}'")
        self._connection = connection
        self._table = table
        self._columns = [] if columns is None else list(columns)
        names = ", ".join(map(_types.quote, self._columns)) or "*"
        self._types = connection._bind(f"SELECT {names} FROM {_types.quote(table)}")[1]
        self._rows = []

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc, traceback):
        if exc_type is None:
            self.flush()
        else:
            self.clear()

    def append_row(self, *values):
        if len(values) != len(self._types):
            raise _errors.invalid(f"a row of this appender holds {len(self._types)} values, one per column, not {len(values)}")
        self._rows.append(values)
        if len(self._rows) >= _ROWS:
            self.flush()

    def append_rows(self, rows):
        for row in rows:
            self.append_row(*row)

    def clear(self):
        self._rows = []

    def flush(self):
        rows, self._rows = self._rows, []
        if not rows:
            return
        columns = [list(column) for column in zip(*rows)]
        types = [_fitting(type_, column) for type_, column in zip(self._types, columns)]
        chunk = _encode.chunk_of(types, columns, len(rows))
        ask_for_room(chunk)
        nodes = [node for type_ in types for node in _types.nodes_of(type_)]
        with self._connection._running(), _errors.raising:
            self._connection._open().append(
                b"", b"", encoded(self._table), [encoded(name) for name in self._columns], nodes, chunk
            )


def _fitting(type_, values):
    """The column's type where the values are its own; else theirs, and DuckDB casts."""
    found = _encode.type_of_all(values)
    return type_ if found is _types.SQLNULL or _encode.common(type_, found) == type_ else found
