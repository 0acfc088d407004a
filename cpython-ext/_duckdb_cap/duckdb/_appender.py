"""Appenders: rows that are collected, and go into a table by one statement."""

import datetime
import decimal
import itertools
import uuid

import _duckdb_cap

from duckdb import _encode, _errors, _sources, _sqltext, _types
from duckdb._native import native
from duckdb._statement import ask_for_room, encoded

# Rows that are collected as Python's values before they become a chunk.
_ROWS = 20480
# About how many bytes of rows cross together.
_LARGE = 64 * 1024 * 1024
_STATEMENTS = ("INSERT", "UPDATE", "DELETE", "MERGE_INTO")
_ACTIONS = ("insert", "upsert", "update", "delete")
# The rows of an appender of a statement, as this names them.
_SOURCE = "appender_data"


class Appender:
    """Rows on their way. Those that `apply` gets as chunks are chunks as soon as they are many."""

    def __init__(self, connection, types, apply, in_chunks):
        self._connection = connection
        self._types = types
        self._in_chunks = in_chunks
        self._kinds = "".join(_encode.packed_kind(type_) or "O" for type_ in types)
        self._apply = apply
        self._rows = []
        self._chunks = []

    @native("__enter__(self) -> object")
    def __enter__(self):
        """The appender itself."""
        return self

    @native("__exit__(self, exc_type: object | None, exc: object | None, traceback: object | None) -> None")
    def __exit__(self, exc_type, exc, traceback):
        """Writes what waits, unless there was an error."""
        if exc_type is None:
            self.flush()
        else:
            self.clear()

    @native("append_row(self, *args) -> None")
    def append_row(self, *args):
        """Adds a row."""
        self._connection._open()
        if len(args) != len(self._types):
            raise _errors.invalid(
                f"a row of this appender holds {len(self._types)} values, one per column, not {len(args)}"
            )
        self._rows.append(args if _duckdb_cap.fits(args, self._kinds) else self._converted(args))
        if self._in_chunks and len(self._rows) >= _ROWS:
            self._pack()

    @native("append_rows(self, rows: object) -> None")
    def append_rows(self, rows):
        """Adds rows."""
        self._connection._open()
        rows = iter(rows)
        while batch := list(itertools.islice(rows, _ROWS)):
            if not self._take(batch):
                for row in batch:
                    if not isinstance(row, (list, tuple)):
                        message = f"append_rows takes rows as sequences of values, not a {type(row).__name__}"
                        raise _errors.invalid(message)
                    self.append_row(*row)

    def _take(self, batch):
        """All of these rows at once, if all of their values are what their columns have."""
        if not self._in_chunks or "O" in self._kinds:
            return False
        if not set(map(type, batch)) <= {list, tuple} or set(map(len, batch)) != {len(self._types)}:
            return False
        packed = [_duckdb_cap.pack(list(column), kind) for column, kind in zip(zip(*batch), self._kinds)]
        if None in packed:
            return False
        self._pack()
        self._chunks.append((len(batch), packed))
        return True

    def _converted(self, row):
        """A row as values that are their columns' own; DuckDB makes those that are not."""
        return tuple(
            value if value is None or _is_own(value, type_) else self._cast(value, type_)
            for value, type_ in zip(row, self._types)
        )

    def _cast(self, value, type_):
        try:
            return self._connection._cast(value, type_)
        except _errors.Error as error:
            raise _errors.unplaced(error) from None

    def _pack(self):
        if self._rows:
            columns = [list(column) for column in zip(*self._rows)]
            self._chunks.append(_encode.chunk_of(self._types, columns, len(self._rows)))
            self._rows = []

    @native("clear(self) -> None")
    def clear(self):
        """Drops the rows that wait."""
        self._connection._open()
        self._rows, self._chunks = [], []

    @native("flush(self) -> None")
    def flush(self):
        """Writes the rows that wait: all of them, or none."""
        self._connection._open()
        self._connection._refuse_while_busy()
        if self._in_chunks:
            self._pack()
            given, self._chunks = self._chunks, []
        else:
            given, self._rows = self._rows, []
        if given:
            self._apply(given)


_OWN = {
    "UUID": uuid.UUID,
    "INTERVAL": datetime.timedelta,
    "HUGEINT": int,
    "UHUGEINT": int,
    "DECIMAL": decimal.Decimal,
}


def _is_own(value, type_):
    """Whether a value is one of a type's, so that nothing is to be converted."""
    kind = type_._kind
    letter = _encode.packed_kind(type_)
    if letter is not None:
        return _duckdb_cap.fits((value,), letter)
    if kind == "ENUM":
        return value in type_._labels if isinstance(value, str) else False
    if kind in ("HUGEINT", "UHUGEINT"):
        return type(value) is int and _encode.common(type_, _encode.type_of(value)) == type_
    if kind == "DECIMAL":
        own = _encode.type_of(value) if isinstance(value, decimal.Decimal) else None
        return own is not None and own._kind == kind and own._scale <= type_._scale and (
            own._size - own._scale <= type_._size - type_._scale
        )
    if kind in _OWN:
        return isinstance(value, _OWN[kind])
    if kind in ("LIST", "MAP", "STRUCT", "TIME", "TIMESTAMP WITH TIME ZONE"):
        return _encode.type_of(value) == type_
    return False


def _check(connection, statement, names, types):
    """Whether a statement can be run over rows of these types."""
    try:
        connection._bind(_over(statement, f"SELECT {_nothing(names, types)} WHERE false"))
    except _errors.Error as error:
        raise _errors.unplaced(error) from None


# ---- Tables ----


def _list_of(value, name):
    if value is not None and not isinstance(value, list):
        raise TypeError(f"appender(): incompatible function arguments: {name} takes a list, not a {type(value).__name__}")
    return value


def of_table(connection, table, columns, action, key):
    """An appender of a table's columns, which inserts, updates or deletes."""
    if not isinstance(table, str):
        raise TypeError(f"appender(): incompatible function arguments: table takes a str, not a {type(table).__name__}")
    columns, key = _list_of(columns, "columns"), _list_of(key, "key")
    if action not in _ACTIONS:
        raise _errors.invalid(f'action is "insert", "upsert", "update" or "delete", not "{action}"')
    parts = _sqltext.name_parts(table)
    written = ".".join(map(_types.quote, parts))
    all_names, all_types, _ = connection._bind(f"SELECT * FROM {written}")
    names = _picked(connection, parts, all_names, columns, "columns")
    if action in ("insert", "upsert"):
        if key is not None:
            raise _errors.invalid(f"key applies to the update and delete actions, not to {action}")
    elif not key:
        raise _errors.invalid(f"the {action} action needs key, the columns that pick the rows to {action}")
    else:
        key = _picked(connection, parts, all_names, key, "key")
    if action == "delete":
        if columns is not None:
            raise _errors.invalid("the delete action buffers exactly its key columns, so it takes no columns")
        names = key
    types = [all_types[all_names.index(name)] for name in names]
    if action == "insert":
        return Appender(connection, types, lambda chunks: _append(connection, parts, columns and names, types, chunks), True)
    statement = {"upsert": _upsert, "update": _update, "delete": _delete}[action](written, names, key)
    _check(connection, statement, names, types)
    return Appender(connection, types, lambda rows: _run(connection, statement, names, types, rows), False)


def _picked(connection, parts, known, given, what):
    """The names of columns, as the table has them."""
    if given is None:
        return list(known)
    names = {name.lower(): name for name in known}
    table = _Full(connection, parts)
    if not given:
        raise _errors.invalid(f"{what} names none of the columns of {table}; leave it out to append to all of them")
    found = []
    for name in given:
        if not isinstance(name, str) or name.lower() not in names:
            raise _errors.invalid(f"{name} is not a column of {table}")
        if names[name.lower()] in found:
            raise _errors.invalid(f"{what} names {name} twice")
        found.append(names[name.lower()])
    return found


class _Full:
    """The whole name of a table, which only a message wants."""

    def __init__(self, connection, parts):
        self._connection, self._parts = connection, parts

    def __str__(self):
        parts = list(self._parts)
        if len(parts) < 3:
            current = "SELECT current_database(), current_schema()"
            catalog, schema = self._connection._submit(current).fetchall()[0]
            parts = [catalog, schema, *parts] if len(parts) == 1 else [catalog, *parts]
        return ".".join(parts)


def _nothing(names, types):
    return ", ".join(f"NULL::{type_!r} AS {_types.quote(name)}" for name, type_ in zip(names, types))


def _upsert(table, names, key):
    listed = ", ".join(map(_types.quote, names))
    return f"INSERT OR REPLACE INTO {table} ({listed}) SELECT {listed} FROM {_SOURCE}"


def _matched(table, key):
    return " AND ".join(f"{table}.{name} = {_SOURCE}.{name}" for name in map(_types.quote, key))


def _update(table, names, key):
    for name in key:
        if name not in names:
            raise _errors.invalid(
                f"key column {name} is not one of the appender's columns, so no row has a value to match it on"
            )
    changes = ", ".join(f"{name} = {_SOURCE}.{name}" for name in map(_types.quote, names) if name[1:-1] not in key)
    if not changes:
        raise _errors.invalid("an update sets the appender's columns other than the key, and there are none")
    return f"UPDATE {table} SET {changes} FROM {_SOURCE} WHERE {_matched(table, key)}"


def _delete(table, names, key):
    return f"DELETE FROM {table} USING {_SOURCE} WHERE {_matched(table, key)}"


def _append(connection, parts, columns, types, chunks):
    """Chunks into a table: all of them, or none."""
    nodes = [node for type_ in types for node in _types.nodes_of(type_)]
    *above, table = map(encoded, parts)
    catalog, schema = (above[0], above[1]) if len(above) == 2 else (b"", above[0] if above else b"")
    names = [encoded(name) for name in columns or ()]

    def append(some):
        with connection._running(), _errors.raising:
            connection._open().append(catalog, schema, table, names, nodes, some)

    for chunk in chunks:
        ask_for_room(chunk)
    batches = list(_batches(chunks))
    try:
        if len(batches) == 1:
            append(batches[0])
        else:
            _whole(connection, lambda: [append(batch) for batch in batches])
    except _errors.Error as error:
        raise type(error)(str(error).replace("Error: Failed to append: ", "Error: ", 1)) from None


def _batches(chunks):
    """Chunks that cross together."""
    batch, size = [], 0
    for chunk in chunks:
        bytes = _encode.size_of(chunk)
        if batch and size + bytes > _LARGE:
            yield batch
            batch, size = [], 0
        batch.append(chunk)
        size += bytes
    yield batch


def _whole(connection, work):
    """Does all or nothing: in a transaction of its own, unless there is one."""
    ask = "SELECT txid_current()"
    if connection._submit(ask).fetchall() == connection._submit(ask).fetchall():
        work()
        return
    connection._submit("BEGIN")
    try:
        work()
    except BaseException:
        connection._submit("ROLLBACK")
        raise
    connection._submit("COMMIT")


# ---- Statements ----


def of_statement(connection, dml, columns, source):
    """An appender whose rows a statement reads, by the name `appender_data`."""
    if not isinstance(columns, dict):
        kind = type(columns).__name__
        raise TypeError(f"query_appender(): incompatible function arguments: columns takes a dict, not a {kind}")
    if source is not None:
        raise _errors.unsupported("query_appender() takes no source: the rows go by the name appender_data")
    if not columns:
        raise _errors.invalid("columns declares no column; an appender buffers at least one")
    try:
        statements = connection.extract_statements(dml)
    except _errors.Error as error:
        raise _errors.unplaced(error) from None
    if len(statements) != 1:
        raise _errors.invalid(f"an appender's DML is exactly one statement, not {len(statements)}")
    kind = statements[0].type.name
    if kind not in _STATEMENTS:
        raise _errors.invalid(f"an appender's DML is one INSERT, UPDATE, DELETE or MERGE INTO statement, not {kind}")
    if statements[0].named_parameters:
        raise _errors.invalid("an appender's DML cannot hold a parameter: a flush has no value to bind to it")
    names, types = list(map(str, columns)), [_types.resolve(type_, connection) for type_ in columns.values()]
    _check(connection, dml, names, types)
    return Appender(connection, types, lambda rows: _run(connection, dml, names, types, rows), False)


def _over(statement, rows):
    """A statement that reads rows by the name of an appender's."""
    first, _, rest = statement.lstrip().partition(" ")
    named = f"{_SOURCE} AS (\n{rows}\n)"
    return f"WITH {named},\n{rest}" if first.lower() == "with" else f"WITH {named}\n{statement}"


def _run(connection, statement, names, types, rows):
    source = _sources.Source(names, [list(column) for column in zip(*rows)], types)
    connection._known[f"pylon_source({source.number})"] = "source", source
    connection._submit(_over(statement, f"SELECT * FROM pylon_source({source.number}::UINTEGER)"))
