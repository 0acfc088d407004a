"""What makes relations: texts, tables, values, table functions, rows, files."""

from __future__ import annotations

from duckdb import _arrow_source, _encode, _errors, _files, _pinning, _sources, _sqltext, _types
from duckdb._expression import Expression
from duckdb._literal import is_value
from duckdb._names import PendingCase, fold
from duckdb._relation import DuckDBPyRelation


def _has_values(params):
    if params is None:
        return False
    return not hasattr(type(params), "__len__") or len(params) > 0


def of_rows(connection, result, alias=None, is_read_again=True):
    """A relation of rows that are there: they are a source of this connection's."""
    names = _apart(result.names)
    if result.return_type == "changed_rows":  # one number, which was looked at
        columns = [list(column) for column in zip(*result.fetchall())]
        source = _sources.Source(names, columns, result.types, is_read_again)
    else:
        source = _sources.Rows(names, result.columns(), result.chunks(), is_read_again)
    return _of_columns(connection, source, alias, "MATERIALIZED_RELATION")


def _apart(names):
    """Names of columns such that no two are the same, as DuckDB makes them within a query."""
    counts, apart = {}, []
    for name in names:
        made = name
        while fold(made) in counts:
            made = f"{name}_{counts[fold(name)]}"
            counts[fold(name)] += 1
        counts[fold(made)] = 1
        apart.append(made)
    return apart


def _of_columns(connection, source, alias, kind):
    connection._known[f"pylon_source({source.number})"] = "source", source
    return DuckDBPyRelation._source(connection, f"pylon_source({source.number}::UINTEGER)", alias, kind)


def run_beside(connection, name, sql, text):
    """Runs a statement that may read a query by a name of its own; a relation of what it returned, if it did."""
    known = dict(connection._known)
    connection._submit(f"CREATE OR REPLACE TEMPORARY VIEW {_types.quote(name)} AS {sql}")
    try:
        connection._known.update(known)
        result = connection._submit(text)
        if not result.columns():
            return None
        return of_rows(connection, result)
    finally:
        connection._submit(f"DROP VIEW IF EXISTS temp.main.{_types.quote(name)}")


def _value_row(args):
    if not args:
        raise _errors.invalid("Please provide a non-empty tuple")
    return tuple(map(_sqltext.expression_text, args))


def _rows_of_values(args):
    """The rows that values() was given, if they hold nothing but values."""
    if len(args) == 1 and isinstance(args[0], list):
        rows = [tuple(args[0])]
    elif all(isinstance(arg, tuple) for arg in args):
        rows = list(args)
    else:
        rows = [args]
    for row in rows:
        if not row or any(isinstance(value, (Expression, PendingCase)) or not is_value(value) for value in row):
            return None
    return rows


def _unequal(row, other):
    return _errors.invalid(f"Mismatch between length of tuples in input, expected {len(row)} but found {len(other)}")


class Makes:
    """The methods of a connection that make relations."""

    def _makes(self):
        if self._handle is None:
            raise _errors.problem(_errors.ConnectionException, "Connection has already been closed")

    def sql(
        self: _duckdb.DuckDBPyConnection, query: object, *, alias: str = "", params: object = None
    ) -> DuckDBPyRelation | None:
        """A relation of a query, which runs each time that it is read. What is no query runs at once."""
        self._makes()
        given = _has_values(params)
        if given and not isinstance(params, dict):
            params = list(params)
        kept, text, kind = self._prepare_script(query, params if given else None)
        if text is None:
            if given:
                raise _errors.invalid("Parameters were given, but the last statement of the query takes none")
            return None if kept is None else of_rows(self, kept, alias)
        if kind == "SELECT" and not given:
            made = DuckDBPyRelation._make(self, text, alias)
            if not made._signature.writes and not made._signature.deferred:
                return made
        result = self._submit(text, params if given else None)
        if not result.columns():
            if given:
                raise _errors.invalid("Parameters were given, but the last statement of the query takes none")
            return None if kept is None else of_rows(self, kept, alias)
        if kept is not None and result.return_type != "query_result":
            return of_rows(self, kept, alias)
        return of_rows(self, result, alias)

    query = from_query = sql

    def _catalog(self, name, kind):
        """A relation of a table, a view or a file by its name."""
        self._makes()
        parts = _sqltext.name_parts(name)
        if len(parts) > 1 and not self._has_scope(parts[0]):
            parts = [name]
        made = DuckDBPyRelation._source(self, ".".join(map(_types.quote, parts)), parts[-1], kind)
        made._parts = parts
        return made

    def table(self: _duckdb.DuckDBPyConnection, table_name: str) -> DuckDBPyRelation:
        """A relation over a table."""
        return self._catalog(table_name, "TABLE_RELATION")

    def view(self: _duckdb.DuckDBPyConnection, view_name: str) -> DuckDBPyRelation:
        """A relation over a view."""
        return self._catalog(view_name, "VIEW_RELATION")

    def values(self: _duckdb.DuckDBPyConnection, *args: object) -> DuckDBPyRelation:
        """A relation of rows that are given."""
        self._makes()
        if not args:
            raise _errors.invalid("Could not create a ValueRelation without any inputs")
        rows = _rows_of_values(args)
        if rows is not None:
            if len(set(map(len, rows))) > 1:
                other = next(row for row in rows if len(row) != len(rows[0]))
                raise _unequal(rows[0], other)
            columns = [list(column) for column in zip(*rows)]
            types = list(map(_encode.type_of_all, columns))
            source = _sources.Source([f"col{number}" for number in range(len(columns))], columns, types)
            return _of_columns(self, source, None, "VALUE_LIST_RELATION")
        if len(args) == 1 and isinstance(args[0], list):
            rows = [tuple(map(_sqltext.value_text, args[0]))]
        elif isinstance(args[0], tuple):
            rows = []
            for arg in args:
                if not isinstance(arg, tuple):
                    raise _errors.invalid(f"Expected objects of type tuple, not {type(arg)}")
                row = _value_row(arg)
                if rows and len(row) != len(rows[0]):
                    raise _unequal(rows[0], row)
                rows.append(row)
        else:
            rows = [_value_row(args)]
        text = ", ".join(f"({', '.join(row)})" for row in rows)
        return DuckDBPyRelation._source(self, f"(VALUES {text})", None, "VALUE_LIST_RELATION")

    def from_arrow(self: _duckdb.DuckDBPyConnection, arrow_object: object) -> DuckDBPyRelation:
        """A relation over an object of Arrow."""
        self._open()
        self._refuse_while_busy()
        if isinstance(arrow_object, DuckDBPyRelation):
            _sources.check_database(arrow_object, self, "source")
        if isinstance(arrow_object, DuckDBPyRelation) and arrow_object._connection is self:
            return arrow_object._step_as(arrow_object._text())
        with self._running():
            source = _arrow_source.source_of(arrow_object)
        if source is None:
            raise _errors.invalid(f"Python Object Type {type(arrow_object).__name__} is not an accepted Arrow Object.")
        return _of_columns(self, source, None, "VIEW_RELATION")

    def table_function(self: _duckdb.DuckDBPyConnection, name: str, parameters: object = None) -> DuckDBPyRelation:
        """A relation over a function that gives rows."""
        self._makes()
        if parameters is not None and (isinstance(parameters, (str, bytes)) or not hasattr(parameters, "__iter__")):
            raise _errors.invalid("'params' has to be a list of parameters")
        arguments = ", ".join(map(_sqltext.expression_text, parameters or ()))
        return DuckDBPyRelation._source(self, f"{_types._field_name(name)}({arguments})", name, "TABLE_FUNCTION_RELATION")

    def _of_files(self, reader, kind, is_pinned=True):
        self._known.update({kept.name: ("object", kept) for kept in reader.objects})
        if is_pinned:
            try:
                reader = _pinning.pinned(self, reader)
            except _errors.Error as error:
                raise _errors.unplaced(error) from None
        return DuckDBPyRelation._source(self, reader.text(), None, kind, reader.items)

    def read_csv(self: _duckdb.DuckDBPyConnection, *args: object, **kwargs: object) -> DuckDBPyRelation:
        """A relation over CSV files."""
        self._makes()
        source = args[0] if args else kwargs.pop("path_or_buffer", None)
        return self._of_files(_files.csv(self, source, kwargs), "SUBQUERY_RELATION")

    from_csv_auto = read_csv

    def read_json(self: _duckdb.DuckDBPyConnection, path_or_buffer: object, **kwargs: Any) -> DuckDBPyRelation:
        """A relation over JSON files."""
        self._makes()
        return self._of_files(_files.json(self, path_or_buffer, kwargs), "TABLE_FUNCTION_RELATION")

    def read_parquet(
        self: _duckdb.DuckDBPyConnection, path_or_buffer: object, binary_as_string: bool = False, **kwargs: Any
    ) -> DuckDBPyRelation:
        """A relation over Parquet files."""
        self._makes()
        options = {"binary_as_string": binary_as_string, **kwargs}
        return self._of_files(_files.parquet(self, path_or_buffer, options), "SUBQUERY_RELATION", is_pinned=False)

    from_parquet = read_parquet
