"""What runs relations and reads their rows."""

from __future__ import annotations

import html
import os
import sys

import _duckdb_cap

from duckdb import _arrow, _enums, _errors, _sqltext, _types
from duckdb._names import fold

# Rows that a drawing reads, and those that a notebook is shown.
_DRAWN = 10000
_SHOWN = 10
_WIDTH = 120
_BATCH = 131072


def _width():
    """How wide tables are drawn: as the terminal, if there is one."""
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _WIDTH
    except (OSError, AttributeError, ValueError):
        return _WIDTH


def _footer(drawn):
    """The lines behind a drawn table, such as how many rows it has."""
    lines = drawn.split("\n")
    end = max(place for place, line in enumerate(lines) if line.startswith("└"))
    return lines[: end + 1], [line for line in lines[end + 1 :] if line.strip()]


class Terminals:
    """Rows, drawings, plans."""

    def fetchall(self) -> builtins.list[tuple[Any, ...]]:
        """Runs it: a list of all rows, each a tuple."""
        return self._result().fetchall()

    # ---- Arrow's C data interface ----

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> Any:
        """The rows as a capsule with an ArrowArrayStream. They are those of now, in the types that DuckDB has for them."""
        result = self._result()
        return _arrow.stream_of(result, _arrow.options_of(self._connection, result.nodes()))

    def __arrow_c_schema__(self):
        """The columns as a capsule with an ArrowSchema. Nothing runs."""
        nodes = [node for column in self._signature.columns for node in column.nodes]
        tree = _arrow.schema_of(self._columns, nodes, _arrow.options_of(self._connection, nodes))
        return _duckdb_cap.arrow_schema(tree)

    def to_dicts(self) -> builtins.list[dict[str, Any]]:
        """Runs it: a list of dicts."""
        return [dict(zip(self._columns, row)) for row in self.fetchall()]

    def iter_rows(self, batch_size: int = 1024) -> Iterator[tuple[Any, ...]]:
        """Runs it: an iterator over the rows, which are fetched some at a time."""
        size = _sqltext.count_of("iter_rows", "batch_size", batch_size)
        if size <= 0:
            raise ValueError("iter_rows takes a batch size above zero")
        result = self._result()
        while rows := result.fetchmany(size):
            yield from rows

    def close(self) -> None:
        """Does nothing: a relation keeps no result."""
        return None

    def materialize(self) -> DuckDBPyRelation:
        """Runs it, and keeps the rows: a relation that does not run again."""
        from duckdb import _making

        result = self._result()
        return _making.of_rows(self._connection, result, self._name, is_read_again=False)

    # ---- Drawings ----

    def _boxed(self, max_width=None, max_rows=None, max_col_width=None, null_value=None, render_mode=None):
        columns = render_mode is not None and (
            _enums.member_of(_enums.RenderMode, render_mode, "render_mode") is _enums.RenderMode.COLUMNS
        )
        return self._result(f"SELECT {self._all_columns()} LIMIT {_DRAWN}").draw(
            max_width or _width(), max_rows, max_col_width, null_value, columns
        )

    def _all_columns(self):
        """What a SELECT has by these columns' names: a name that is there twice is changed by DuckDB within a query, not outside."""
        if len(set(map(fold, self._columns))) == len(self._columns):
            return f"* FROM {self._from()}"
        inner = [f"c{place}" for place in range(len(self._columns))]
        pairs = ", ".join(f"{name} AS {_types.quote(column)}" for name, column in zip(inner, self._columns))
        return f"{pairs} FROM (\n{self._sql}\n) AS t({', '.join(inner)})"

    def __repr__(self) -> str:
        return self._boxed()

    __str__ = __repr__

    def show(
        self,
        *,
        max_width: int | None = None,
        max_rows: int | None = None,
        max_col_width: int | None = None,
        null_value: str | None = None,
        render_mode: object = None,
    ) -> None:
        """Prints it as a table."""
        print(self._boxed(max_width, max_rows, max_col_width, null_value, render_mode))

    def preview(self, limit: int = 10) -> str:
        """The first rows as a drawn table."""
        count = _sqltext.count_of("preview", "limit", limit)
        rows = self.limit(_DRAWN).materialize()
        head = rows.limit(count)._boxed(max_rows=max(count, 1))
        footer = _footer(rows._boxed(max_rows=count))[1]
        return "\n".join([*_footer(head)[0], *footer]) if footer else head

    def _repr_mimebundle_(self, include=None, exclude=None):
        kept = self.limit(_DRAWN).materialize()
        rows = kept.fetchall()
        heading = "".join(
            f"<th>{html.escape(name)}<br><small>{html.escape(str(type_))}</small></th>"
            for name, type_ in zip(self._columns, self._types)
        )
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape('NULL' if value is None else str(value))}</td>" for value in row) + "</tr>"
            for row in rows[:_SHOWN]
        )
        total = f"{len(rows)} rows" if len(rows) < _DRAWN else f"{_DRAWN} rows or more"
        note = f"<p><small>{_SHOWN} of {total}</small></p>" if len(rows) > _SHOWN else ""
        table = f'<table class="dataframe"><thead><tr>{heading}</tr></thead><tbody>{body}</tbody></table>{note}'
        return {"text/plain": kept._boxed(max_rows=_SHOWN), "text/html": table}

    # ---- Plans, and queries over a relation ----

    def explain(self, type: object = _enums.ExplainType.STANDARD, format: str | None = None, *, analyze: bool = False) -> str:
        """DuckDB's plan for it, as text."""
        analyzed = analyze or fold(str(getattr(type, "name", type))) == "analyze"
        head = ("EXPLAIN ANALYZE" if analyzed else "EXPLAIN") + (f" (FORMAT {format})" if format is not None else "")
        rows = self._result(f"{head} {self._sql}").fetchall()
        cells = (["NULL" if value is None else str(value).replace("\0", "\\0") for value in row[1:]] for row in rows)
        return "".join("\t".join(row) + "\n" for row in cells)

    def query(self, virtual_table_name: str, sql_query: str) -> DuckDBPyRelation | None:
        """Runs a query in which this relation has a name."""
        from duckdb import _making

        connection = self._connection
        connection._refuse_while_busy()
        text = _sqltext.without_semicolons(sql_query)
        statements = connection.extract_statements(text)
        if len(statements) != 1:
            raise _errors.invalid("'DuckDBPyRelation.query' only accepts a single statement")
        if statements[0].named_parameters:
            message = "Unexpected prepared parameter. This type of statement can't be prepared!"
            raise _errors.problem(_errors.BinderException, message)
        connection._submit("SELECT 1")  # an error in a transaction that was aborted, in which texts can still be bound
        connection._known.update(self._known)
        if statements[0].type.name == "SELECT":
            first = fold(text.split(None, 1)[0].split("(")[0])
            body = text if first in ("select", "from", "values") else f"SELECT * FROM (\n{text}\n) AS _q"
            name = _types.quote(virtual_table_name)
            try:
                return self._step_as(f"WITH {name} AS NOT MATERIALIZED (\n{self._sql}\n)\n{body}")
            except _errors.ParserException:
                pass  # a statement that stands for itself alone, or that writes
        return _making.run_beside(connection, virtual_table_name, self._sql, text)

    def _step_as(self, sql):
        """A relation of a text of the program's, under a name of its own."""
        self._connection._known.update(self._known)
        return type(self)._make(self._connection, sql)

    def map(self, map_function: Callable[..., Any], *, schema: object = None) -> DuckDBPyRelation:
        """What a function makes of the rows as a DataFrame. Needs pandas."""
        raise _missing("pandas")

    def pl(self, batch_size: int = _BATCH, *, lazy: bool = False) -> Any:
        """Needs polars."""
        raise _missing("polars")

    def fetch_record_batch(self, rows_per_batch: int = _BATCH) -> Any:
        """Needs pyarrow."""
        raise _missing("pyarrow")


def _missing(package):
    return ModuleNotFoundError(f"No module named '{package}'", name=package)


def _frame(package):
    def method(self, *, date_as_object: bool = False) -> Any:
        raise _missing(package)

    return method


def _table(package):
    def method(self, batch_size: int = _BATCH) -> Any:
        raise _missing(package)

    return method


def _dict(package):
    def method(self) -> dict[str, Any]:
        raise _missing(package)

    return method


for _kind, _package, _names in (
    (_frame, "numpy", "df fetchdf to_df"),
    (_dict, "numpy", "fetchnumpy"),
    (_table, "pyarrow", "arrow to_arrow_table fetch_arrow_table to_arrow_reader fetch_arrow_reader"),
    (_dict, "torch", "torch"),
    (_dict, "tensorflow", "tf"),
):
    for _name in _names.split():
        _made = _kind(_package)
        _made.__name__, _made.__doc__ = _name, f"Needs {_package}."
        setattr(Terminals, _name, _made)
del _kind, _made, _name, _names, _package
