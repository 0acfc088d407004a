"""Results: cursors of the contract, read a chunk at a time."""

import _duckdb_cap

from duckdb import _errors, _types, _zone
from duckdb._decode import columns_of

# Rows that one call of the contract brings.
_ROWS_AT_ONCE = 16384
_RETURNS = {
    _duckdb_cap.ReturnType.QUERY_RESULT: "query_result",
    _duckdb_cap.ReturnType.CHANGED_ROWS: "changed_rows",
    _duckdb_cap.ReturnType.NOTHING: "nothing",
}


class Result:
    """The rows that a statement gives."""

    def __init__(self, cursor, rowcount=None, known=None, is_query=None):
        self._cursor = cursor
        self._is_query = is_query  # tells whether the statement is one, which is not run to its end at once
        self._known = None if known is None else dict(known)  # objects that it reads
        self._columns = None
        self._nodes = None
        self._zone = None
        self._rows = []  # fetched, and not yet handed out, from `_next` on
        self._next = 0
        self._over = False
        self._began = False
        self._error = None
        self._rowcount = rowcount
        if rowcount is None and self.return_type == "changed_rows":
            self._fill(1)
            self._rowcount = self._rows[0][0] if self._rows else -1

    def columns(self):
        if self._columns is None:
            with _errors.raising:
                self._columns = self._cursor.columns()
            self._nodes = [node for column in self._columns for node in column.nodes]
        return self._columns

    def nodes(self):
        """The nodes of the columns' types, one behind the other."""
        self.columns()
        return self._nodes

    def zone(self):
        """The zone of datetimes; None: there are none that have it."""
        if self._zone is None and _zone.needs_zone(self.nodes()):
            with _errors.raising:
                self._zone = _zone.zone_of(self._cursor.time_zone().decode())
        return self._zone

    @property
    def description(self):
        return [
            (column.name.decode("utf-8", "replace"), _types.type_of_column(column), None, None, None, None, None)
            for column in self.columns()
        ]

    @property
    def names(self):
        return [column.name.decode("utf-8", "replace") for column in self.columns()]

    @property
    def types(self):
        return [_types.type_of_column(column) for column in self.columns()]

    @property
    def return_type(self):
        return _RETURNS[self._cursor.returns()]

    @property
    def rowcount(self):
        return -1 if self._rowcount is None else self._rowcount

    def chunk(self, count):
        """The next rows of the cursor, `count` of them or some more, as the contract has them. None: there are no more."""
        self._began = True
        if self._error is not None:
            raise self._error
        if self._over:
            return None
        try:
            with _errors.raising:
                chunk = self._cursor.fetch(count)
        except _errors.Error as error:
            self._error = error
            raise
        if chunk.rows == 0:
            self._over = True
            return None
        return chunk

    def chunks(self):
        """All rows, as the contract has them."""
        return list(iter(lambda: self.chunk(_ROWS_AT_ONCE), None))

    def _chunk(self, count):
        """The same as tuples."""
        nodes, chunk = self.nodes(), self.chunk(count)
        if chunk is None:
            return []
        columns = columns_of(chunk, nodes, self.zone())
        return list(zip(*columns)) if columns else [()] * chunk.rows

    def _fill(self, count):
        """Has `count` rows at hand, if there are so many."""
        while not self._over and len(self._rows) - self._next < count:
            more = self._chunk(min(count, _ROWS_AT_ONCE))
            if self._next:
                del self._rows[: self._next]
                self._next = 0
            self._rows.extend(more)

    def fetchone(self):
        self._fill(1)
        if self._next == len(self._rows):
            return None
        self._next += 1
        return self._rows[self._next - 1]

    def fetchmany(self, size=1):
        self._fill(size)
        rows = self._rows[self._next : self._next + size]
        self._next += len(rows)
        return rows

    def fetchall(self):
        rows = self._rows[self._next :]
        self._rows, self._next = [], 0
        while not self._over:
            rows += self._chunk(_ROWS_AT_ONCE)
        return rows

    def is_unfinished(self):
        """Whether it may have rows that are not fetched: then nothing else runs on its connection."""
        if self._cursor is None or self._error is not None or self.return_type != "query_result":
            return False
        if self._is_query is None or not self._is_query():
            return False
        if not self._over and not self._began:
            self._fill(1)
        return not self._over or self._next < len(self._rows)

    def drain(self):
        with _errors.raising:
            self._cursor.finish()
        self._rows, self._next, self._over = [], 0, True

    def close(self):
        self._cursor = None
        self._rows, self._next, self._over = [], 0, True

    def draw(self, max_width=None, max_rows=None, max_col_width=None, null_value=None, columns=False):
        with _errors.raising:
            return self._cursor.draw((max_width or 0, max_rows or 0, max_col_width or 0, null_value, columns)).decode()
