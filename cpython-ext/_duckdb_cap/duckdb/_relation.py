"""Relations: queries that are built a step at a time, and run by what reads their rows."""

import itertools
import re

from duckdb import _enums, _errors, _files, _types
from duckdb._expression import Expression, literal

_aliases = itertools.count(1)
_NAMES_ONLY = re.compile(r"\s*[A-Za-z_][A-Za-z0-9_]*(\s*,\s*[A-Za-z_][A-Za-z0-9_]*)*\s*\Z")
_NUMERIC = set(
    "tinyint smallint integer bigint hugeint utinyint usmallint uinteger ubigint uhugeint float double decimal".split()
)
_JOINS = ("inner", "left", "right", "outer", "full", "semi", "anti", "cross", "positional", "natural", "asof")
_AGGREGATES = {
    name: name
    for name in "any_value arg_max arg_min avg bit_and bit_or bit_xor bool_and bool_or favg first fsum geomean histogram last list max mean median min mode product std stddev stddev_pop stddev_samp sum var_pop var_samp variance".split()
}
_AGGREGATES.update(count="count", var="var_samp", std="stddev_samp", stddev="stddev_samp", variance="var_samp", mean="avg")
_WINDOWS = "cume_dist dense_rank percent_rank rank row_number".split()
_REMOVED = {
    "fetchone": "rel.limit(1).fetchall()",
    "fetchmany": "rel.limit(n).fetchall()",
    "fetch_df_chunk": "rel.to_arrow_reader() to read in batches, or rel.limit(n).df()",
    "execute": "rel.materialize() to run it once and keep its rows, or a method such as fetchall()",
}


def _unplaced(error):
    """An error without its place in a text that the user has not written."""
    return type(error)(str(error).split("\n\nLINE ")[0])


def _item(value):
    """An item of a select list."""
    if isinstance(value, Expression):
        return value.as_select()
    if isinstance(value, str):
        return "*" if value == "*" else ".".join(map(_types.quote, value.split(".")))
    return literal(value)


class DuckDBPyRelation:
    """A query over a connection."""

    def __init__(self, connection, sql, alias=None, kind="QUERY_RELATION"):
        self._connection = connection
        self._sql = sql
        self._name = alias or f"unnamed_relation_{next(_aliases):016x}"
        self._kind = kind
        self._kept = None
        try:
            self._columns, self._types, self._signature = connection._bind(sql)
        except _errors.Error as error:
            raise _unplaced(error) from None
        self._known = dict(connection._known)

    # ---- Texts ----

    def _text(self):
        return self._sql

    def _from(self):
        return f"(\n{self._sql}\n) AS {_types.quote(self._name)}"

    def _step(self, sql, kind):
        self._connection._known.update(self._known)
        return DuckDBPyRelation(self._connection, sql, self._name, kind)

    def _selected(self, items, behind="", kind="PROJECTION_RELATION"):
        return self._step(f"SELECT {items} FROM {self._from()}{behind}", kind)

    def _items(self, values):
        if len(values) == 1 and type(values[0]) is str:
            self._connection._check_text(values[0], "expressions")
            return values[0] + "\n"
        return ", ".join(map(_item, values))

    def _condition(self, value, what="filter condition"):
        if isinstance(value, Expression):
            return value._sql
        if not isinstance(value, str):
            raise _errors.invalid("Please provide arguments of type Expression!")
        if self._connection._check_text(value, "expressions") != 1:
            raise _errors.problem(_errors.ParserException, f"Expected a single expression as {what}")
        return value + "\n"

    def _result(self, sql=None):
        self._connection._open()
        if self._kept is not None and sql is None:
            return self._kept()
        known = dict(self._known)
        self._connection._supersede()
        self._connection._known.update(known)
        try:
            return self._connection._submit_keeping(self._sql if sql is None else sql)
        except _errors.Error as error:
            raise _unplaced(error) from None

    # ---- What is known of it ----

    @property
    def columns(self):
        return list(self._columns)

    @property
    def types(self):
        return list(self._types)

    dtypes = types

    @property
    def description(self):
        return [(name, type_, None, None, None, None, None) for name, type_ in zip(self._columns, self._types)]

    @property
    def alias(self):
        return self._name

    @property
    def type(self):
        return self._kind

    @property
    def shape(self):
        return len(self), len(self._columns)

    def __len__(self):
        return self._result(f"SELECT count(*) FROM {self._from()}").fetchall()[0][0]

    def __contains__(self, name):
        return name in self._columns

    def __getitem__(self, name):
        if not isinstance(name, str):
            raise TypeError(
                f"a relation is indexed by one column name, not by {type(name).__name__}; use project() for several columns"
            )
        return getattr(self, name) if name not in self._columns else self._selected(_types.quote(name))

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _REMOVED:
            raise AttributeError(
                f"Relations no longer have {name}(): a relation keeps no result between calls, so every call runs it again. "
                f"Use {_REMOVED[name]} instead."
            )
        if name in self.__dict__.get("_columns", ()):
            return self._selected(_types.quote(name))
        raise AttributeError(f"This relation does not contain a column by the name of '{name}'")

    def sql_query(self):
        return self._sql

    # ---- Verbs ----

    def filter(self, filter_expr):
        return self._selected("*", f" WHERE {self._condition(filter_expr)}", "FILTER_RELATION")

    def project(self, *args, groups=""):
        if not args:
            raise _errors.invalid("Please provide at least one expression")
        return self._selected(self._items(args), f" GROUP BY {groups}" if groups else "")

    select = project

    def aggregate(self, aggr_expr, group_expr=""):
        items = self._items([aggr_expr]) if not isinstance(aggr_expr, (list, tuple)) else ", ".join(map(_item, aggr_expr))
        if group_expr:
            groups = group_expr if isinstance(group_expr, str) else ", ".join(map(_item, group_expr))
            self._connection._check_text(groups, "groups")
            return self._selected(items, f" GROUP BY {groups}", "AGGREGATE_RELATION")
        return self._selected(items, " GROUP BY ALL", "AGGREGATE_RELATION")

    def order(self, order_expr):
        self._connection._check_text(order_expr, "order")
        return self._selected("*", f" ORDER BY {order_expr}\n", "ORDER_RELATION")

    def sort(self, *args):
        keys = [value.as_order() if isinstance(value, Expression) else str(value) for value in args]
        return self._selected("*", f" ORDER BY {', '.join(keys)}", "ORDER_RELATION")

    def limit(self, n, offset=0):
        behind = f" OFFSET {int(offset)}" if offset else ""
        return self._selected("*", f" LIMIT {int(n)}{behind}", "LIMIT_RELATION")

    def offset(self, n):
        return self._selected("*", f" OFFSET {int(n)}", "LIMIT_RELATION")

    def head(self, n=5):
        return self.limit(n)

    def distinct(self, on=None):
        if on is None:
            return self._step(f"SELECT DISTINCT * FROM {self._from()}", "DISTINCT_RELATION")
        names = [on] if isinstance(on, str) else list(on)
        head = f"SELECT DISTINCT ON ({', '.join(map(_types.quote, names))}) *"
        return self._step(f"{head} FROM {self._from()}", "DISTINCT_RELATION")

    def unique(self, unique_aggr):
        return self._step(f"SELECT DISTINCT {self._items([unique_aggr])} FROM {self._from()}", "DISTINCT_RELATION")

    def set_alias(self, alias):
        self._connection._known.update(self._known)
        return DuckDBPyRelation(self._connection, self._sql, alias, "SUBQUERY_RELATION")

    def _combined(self, other, operator):
        if not isinstance(other, DuckDBPyRelation):
            raise TypeError(f"a relation is expected, not {type(other).__name__}")
        self._connection._known.update(other._known)
        sql = f"(SELECT * FROM {self._from()}) {operator} (SELECT * FROM {other._from()})"
        return self._step(sql, "SET_OPERATION_RELATION")

    def union(self, union_rel):
        return self._combined(union_rel, "UNION ALL")

    def except_(self, other_rel):
        return self._combined(other_rel, "EXCEPT ALL")

    def intersect(self, other_rel):
        return self._combined(other_rel, "INTERSECT ALL")

    def union_by_name(self, union_rel):
        return self._combined(union_rel, "UNION ALL BY NAME")

    def cross(self, other_rel):
        self._connection._known.update(other_rel._known)
        return self._step(f"SELECT * FROM {self._from()} CROSS JOIN {other_rel._from()}", "CROSS_PRODUCT_RELATION")

    def join(self, other_rel, condition=None, how="inner", suffix=None):
        if not isinstance(other_rel, DuckDBPyRelation):
            raise TypeError(f"a relation is expected, not {type(other_rel).__name__}")
        if how not in _JOINS:
            raise _errors.invalid(
                f"Unsupported join type {how}, try one of: {', '.join(map(repr, _JOINS))}"
            )
        if self._name.lower() == other_rel._name.lower():
            raise _errors.invalid("Both relations have the same alias, please change the alias of one or both relations")
        kind = "FULL OUTER" if how in ("outer", "full") else how.upper()
        if how in ("cross", "positional", "natural"):
            self._connection._known.update(other_rel._known)
            return self._step(f"SELECT * FROM {self._from()} {kind} JOIN {other_rel._from()}", "JOIN_RELATION")
        if isinstance(condition, str) and _NAMES_ONLY.match(condition):
            test = f"USING ({', '.join(_types.quote(name.strip()) for name in condition.split(','))})"
        elif isinstance(condition, (list, tuple)):
            test = f"USING ({', '.join(map(_types.quote, condition))})"
        else:
            test = f"ON ({self._condition(condition, 'join condition')})"
        self._connection._known.update(other_rel._known)
        return self._step(f"SELECT * FROM {self._from()} {kind} JOIN {other_rel._from()} {test}", "JOIN_RELATION")

    def query(self, virtual_table_name, sql_query):
        self._connection._known.update(self._known)
        name = _types.quote(virtual_table_name)
        return DuckDBPyRelation(self._connection, f"WITH {name} AS NOT MATERIALIZED (\n{self._sql}\n)\n{sql_query}")

    def rename(self, *args, **names):
        pairs = dict(args[0]) if args else names
        items = [
            f"{_types.quote(name)} AS {_types.quote(pairs[name])}" if name in pairs else _types.quote(name)
            for name in self._columns
        ]
        return self._selected(", ".join(items))

    def drop(self, *names):
        return self._selected(f"* EXCLUDE ({', '.join(map(_types.quote, names))})")

    def with_columns(self, *args, **named):
        items = [_item(value) for value in args]
        items += [f"{literal(value)} AS {_types.quote(name)}" for name, value in named.items()]
        return self._selected(", ".join(["*", *items]))

    def select_types(self, types):
        wanted = [_types.resolve(type_, self._connection) for type_ in types]
        names = [name for name, type_ in zip(self._columns, self._types) if type_ in wanted]
        return self._selected(", ".join(map(_types.quote, names)))

    select_dtypes = select_types

    def describe(self):
        columns = [[] for _ in range(6)]
        for name, type_ in zip(self._columns, self._types):
            quoted = _types.quote(name)
            if type_.id in _NUMERIC:
                texts = [f"{call}({quoted})::DOUBLE" for call in ("count", "avg", "stddev", "min", "max", "median")]
            else:
                texts = [f"count({quoted})::VARCHAR", "NULL", "NULL", f"min({quoted})::VARCHAR", f"max({quoted})::VARCHAR", "NULL"]
            for row, text in zip(columns, texts):
                row.append(f"{text} AS {quoted}")
        names = ("count", "mean", "stddev", "min", "max", "median")
        selects = [
            f"SELECT '{name}' AS aggr, {', '.join(row)} FROM described" for name, row in zip(names, columns)
        ]
        sql = f"WITH described AS MATERIALIZED (\n{self._sql}\n)\n" + "\nUNION ALL ".join(selects)
        return self._step(sql, "PROJECTION_RELATION")

    def _computed(self, call, groups, window_spec, projected_columns):
        over = f" OVER ({window_spec.removeprefix('over').strip('() ')})" if window_spec else ""
        items = [*filter(None, [projected_columns]), call + over]
        kind = "PROJECTION_RELATION" if window_spec else "AGGREGATE_RELATION"
        return self._selected(", ".join(items), f" GROUP BY {groups}" if groups else "", kind)

    def apply(self, function_name, function_aggr, group_expr="", function_parameter="", projected_columns=""):
        call = f"{function_name}({', '.join(filter(None, [function_aggr, function_parameter]))})"
        return self._computed(call, group_expr, "", projected_columns)

    def quantile(self, expression, q=0.5, groups="", window_spec="", projected_columns=""):
        return self._computed(f"quantile_disc({expression}, {q:.6f})", groups, window_spec, projected_columns)

    quantile_disc = quantile

    def quantile_cont(self, expression, q=0.5, groups="", window_spec="", projected_columns=""):
        return self._computed(f"quantile_cont({expression}, {q:.6f})", groups, window_spec, projected_columns)

    def string_agg(self, expression, sep=",", groups="", window_spec="", projected_columns=""):
        return self._computed(f"string_agg({expression}, {literal(sep)})", groups, window_spec, projected_columns)

    def value_counts(self, expression, groups=""):
        return self._selected(f"{expression}, count({expression})", f" GROUP BY {groups or expression}")

    # ---- Terminals ----

    def fetchall(self):
        return self._result().fetchall()

    def to_dicts(self):
        return [dict(zip(self._columns, row)) for row in self.fetchall()]

    def iter_rows(self):
        return iter(self.fetchall())

    def materialize(self):
        rows = self._result().fetchall()
        made = self.set_alias(self._name)
        names, types = self.columns, self.types
        made._kind = "MATERIALIZED_RELATION"
        made._kept = lambda: _Kept(names, types, list(rows))
        return made

    def close(self):
        return None

    def explain(self, type=_enums.ExplainType.STANDARD, format=None, *, analyze=False):
        kind = _enums.member_of(_enums.ExplainType, type, "type")
        options = ["ANALYZE"] if analyze or kind is _enums.ExplainType.ANALYZE else []
        options += [f"FORMAT {format}"] if format else []
        head = f"EXPLAIN ({', '.join(options)})" if options else "EXPLAIN"
        return "".join(row[1] for row in self._result(f"{head} {self._sql}").fetchall()) + "\n"

    def _drawn(self, max_width=None, max_rows=None, max_col_width=None, null_value=None, render_mode=None):
        columns = render_mode is not None and (
            _enums.member_of(_enums.RenderMode, render_mode, "render_mode") is _enums.RenderMode.COLUMNS
        )
        result = self._result(f"SELECT * FROM {self._from()} LIMIT 10000")
        return result.draw(max_width, max_rows, max_col_width, null_value, columns)

    def __repr__(self):
        return self._drawn()

    def show(self, *, max_width=None, max_rows=None, max_col_width=None, null_value=None, render_mode=None):
        print(self._drawn(max_width, max_rows, max_col_width, null_value, render_mode))

    def create(self, table_name):
        self._result(f"CREATE TABLE {_qualified(table_name)} AS {self._sql}")

    to_table = create

    def create_view(self, view_name, replace=True):
        head = "CREATE OR REPLACE VIEW" if replace else "CREATE VIEW"
        self._result(f"{head} {_qualified(view_name)} AS {self._sql}")
        return self._connection.table(view_name)

    to_view = create_view

    def insert_into(self, table_name):
        self._result(f"INSERT INTO {_qualified(table_name)} {self._sql}")

    def insert(self, values):
        if self._kind != "TABLE_RELATION":
            raise _errors.invalid("'DuckDBPyRelation.insert' can only be used on a table relation")
        self._connection._submit(f"INSERT INTO {_qualified(self._name)} VALUES ({', '.join(map(literal, values))})")

    def update(self, set, *, condition=None):
        if self._kind != "TABLE_RELATION":
            raise _errors.invalid("'DuckDBPyRelation.update' can only be used on a table relation")
        for name, value in set.items():
            if isinstance(value, str):
                raise TypeError(
                    f"update() takes an expression or a Python value for '{name}', not the string '{value}'; "
                    f"use col('{value}') for a column or lit('{value}') for the text"
                )
        changes = ", ".join(f"{_types.quote(name)} = {literal(value)}" for name, value in set.items())
        where = "" if condition is None else f" WHERE {self._condition(condition)}"
        self._connection._submit(f"UPDATE {_qualified(self._name)} SET {changes}{where}")

    def to_csv(self, file_name, *, sep=None, na_rep=None, header=None, quotechar=None, escapechar=None, date_format=None,
               timestamp_format=None, quoting=None, encoding=None, compression=None, overwrite=None, per_thread_output=None,
               use_tmp_file=None, partition_by=None, write_partition_columns=None):
        options = {name: value for name, value in locals().items() if name not in ("self", "file_name")}
        self._result(_files.copy(self._sql, file_name, "csv", options))

    write_csv = to_csv

    def to_parquet(self, file_name, *, compression=None, field_ids=None, row_group_size_bytes=None, row_group_size=None,
                   overwrite=None, per_thread_output=None, use_tmp_file=None, partition_by=None,
                   write_partition_columns=None, append=None, filename_pattern=None, file_size_bytes=None):
        options = {name: value for name, value in locals().items() if name not in ("self", "file_name")}
        self._result(_files.copy(self._sql, file_name, "parquet", options))

    write_parquet = to_parquet


class _Kept:
    """Rows that were read once."""

    def __init__(self, names, types, rows):
        self.names, self.types, self._rows = names, types, rows

    def fetchall(self):
        return self._rows


def _qualified(name):
    return ".".join(_types.quote(part) for part in name.split("."))


def _aggregate(name, function):
    def method(self, expression, groups="", window_spec="", projected_columns=""):
        return self._computed(f"{function}({expression})", groups, window_spec, projected_columns)

    method.__name__ = name
    method.__qualname__ = f"DuckDBPyRelation.{name}"
    return method


def _window(name):
    def method(self, window_spec, projected_columns=""):
        return self._computed(f"{name}()", "", window_spec, projected_columns)

    method.__name__ = name
    method.__qualname__ = f"DuckDBPyRelation.{name}"
    return method


def _missing(name, package):
    def method(self, *args, **kwargs):
        raise ModuleNotFoundError(f"No module named '{package}'", name=package)

    method.__name__ = name
    method.__qualname__ = f"DuckDBPyRelation.{name}"
    return method


for _name, _function in _AGGREGATES.items():
    setattr(DuckDBPyRelation, _name, _aggregate(_name, _function))
for _name in _WINDOWS:
    setattr(DuckDBPyRelation, _name, _window(_name))
for _package, _names in {
    "numpy": "df fetchdf to_df fetchnumpy",
    "pyarrow": "arrow to_arrow_table fetch_arrow_table to_arrow_reader fetch_arrow_reader fetch_record_batch",
    "polars": "pl",
    "torch": "torch",
    "tensorflow": "tf",
}.items():
    for _name in _names.split():
        setattr(DuckDBPyRelation, _name, _missing(_name, _package))
del _name, _names, _package, _function
