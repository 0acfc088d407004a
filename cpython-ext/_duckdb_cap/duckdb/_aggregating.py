"""Aggregates and windows of relations, by name."""

from __future__ import annotations

import struct

from duckdb import _errors, _sqltext, _types
from duckdb._names import fold

_NUMERIC = set(
    "tinyint smallint integer bigint hugeint utinyint usmallint uinteger ubigint uhugeint float double decimal".split()
)
# Aggregates that can be windows, and what they are in SQL.
_AGGREGATES = {
    name: name
    for name in (
        "any_value avg bit_and bit_or bit_xor bool_and bool_or count favg fsum histogram list max min product sum median mode "
        "stddev_pop stddev_samp var_pop var_samp"
    ).split()
}
_AGGREGATES.update(mean="avg", stddev="stddev_samp", std="stddev_samp", variance="var_samp", var="var_samp")
_RANKS = {name: name for name in "row_number rank dense_rank percent_rank cume_dist".split()}
_RANKS["rank_dense"] = "dense_rank"
# What describe() tells, and whether numbers alone have it.
_STATISTICS = {"count": False, "mean": True, "stddev": True, "min": False, "max": False, "median": True}


def _quantiles(q):
    if isinstance(q, float):
        return f"{struct.unpack('f', struct.pack('f', q))[0]:.6f}"  # which DuckDB keeps as a FLOAT
    if isinstance(q, list):
        return "[" + ",".join(f"{float(value):.6f}" for value in q) + "]"
    raise _errors.problem(_errors.InvalidTypeException, "Unsupported type for quantile")


def _offset(offset, default_value):
    return (str(int(offset)) if int(offset) else "") + (f",{default_value}" if default_value else "")


class Aggregating:
    """Aggregates, alone or by groups, and windows."""

    def aggregate(self, aggr_expr: object, group_expr: object = "") -> DuckDBPyRelation:
        """Aggregates, by groups if there are any."""
        if isinstance(aggr_expr, str):
            items = _sqltext.select_list(self._connection, aggr_expr)
        elif isinstance(aggr_expr, (list, tuple)):
            self._warn(*aggr_expr)
            items = ", ".join(map(_sqltext.select_item, aggr_expr))
        else:
            message = f"Please provide either a string or list of Expression objects, not {type(aggr_expr)}"
            raise _errors.invalid(message)
        if isinstance(group_expr, str):
            keys = _sqltext.groups(self._connection, group_expr)
        else:
            keys = None if group_expr is None else _sqltext.expression_text(group_expr)
        return self._grouped(items, keys)

    def _calls(self, function, columns, parameter="", projected="", window="", skips_nulls=False):
        """A select list: what is projected, and the function of each column."""
        connection = self._connection
        listed = _sqltext.split_list(columns)
        if fold(function) == "count" and not listed:
            listed = ["*"]
        head = f"{_sqltext.select_list(connection, projected)}, " if projected else ""
        behind = (" ignore nulls) " if skips_nulls else ") ") + (_sqltext.spliced(window) if window else "")
        parameter = _sqltext.spliced(parameter) if parameter else ""
        if not listed and parameter:
            return f"{head}{function}({parameter}{behind}"
        calls = []
        for piece in listed:
            argument = self._argument(piece)
            calls.append(f"{function}({argument}{',' if parameter else ''}{parameter}{behind}")
        return head + ",".join(calls)

    def _argument(self, piece):
        """An expression, or the name of a column that is none, such as one with a space in it."""
        text = piece.strip()
        if not text:
            raise _errors.problem(_errors.ParserException, f"Invalid column expression: '{piece}'")
        try:
            count = self._connection._check_text(_errors.encodable(text), "expressions")
        except _errors.ParserException:
            return _types.quote(text)
        if count != 1:
            raise _errors.problem(_errors.ParserException, f"Invalid column expression: {text}")
        return _sqltext.spliced(text)

    def _aggregated(self, function, columns, groups="", parameter="", projected=""):
        return self.aggregate(self._calls(function, columns, parameter, projected), groups)

    def _windowed(self, function, columns, window, parameter="", projected="", skips_nulls=False):
        text = self._calls(function, columns, parameter, projected, window, skips_nulls)
        return self._projected(_sqltext.select_list(self._connection, text))

    def _either(self, function, columns, groups, window, projected, parameter=""):
        if groups and window:
            raise _errors.invalid("Either groups or window must be set (can't be both at the same time)")
        if window:
            return self._windowed(function, columns, window, parameter, projected)
        return self._aggregated(function, columns, groups, parameter, projected)

    def apply(
        self,
        function_name: str,
        function_aggr: str,
        group_expr: str = "",
        function_parameter: str = "",
        projected_columns: str = "",
    ) -> DuckDBPyRelation:
        """A function of SQL of each of the columns, by groups."""
        return self._aggregated(function_name, function_aggr, group_expr, function_parameter, projected_columns)

    def arg_max(
        self, arg_column: str, value_column: str, groups: str = "", window_spec: str = "", projected_columns: str = ""
    ) -> DuckDBPyRelation:
        """The value of a column where another one is largest."""
        return self._either("arg_max", arg_column, groups, window_spec, projected_columns, value_column)

    def arg_min(
        self, arg_column: str, value_column: str, groups: str = "", window_spec: str = "", projected_columns: str = ""
    ) -> DuckDBPyRelation:
        """The value of a column where another one is smallest."""
        return self._either("arg_min", arg_column, groups, window_spec, projected_columns, value_column)

    def bitstring_agg(
        self,
        expression: str,
        min: int | None = None,
        max: int | None = None,
        groups: str = "",
        window_spec: str = "",
        projected_columns: str = "",
    ) -> DuckDBPyRelation:
        """The values as a bit each, from the least to the largest."""
        if (min is None) != (max is None):
            raise _errors.invalid("Both min and max values must be set")
        bounds = ""
        if min is not None:
            if not isinstance(min, int) or not isinstance(max, int):
                raise _errors.problem(_errors.InvalidTypeException, "min and max must be of type int")
            bounds = f"{min},{max}"
        return self._either("bitstring_agg", expression, groups, window_spec, projected_columns, bounds)

    def first(self, expression: str, groups: str = "", projected_columns: str = "") -> DuckDBPyRelation:
        """The first value of each group."""
        return self._aggregated("first", expression, groups, "", projected_columns)

    def last(self, expression: str, groups: str = "", projected_columns: str = "") -> DuckDBPyRelation:
        """The last value of each group."""
        return self._aggregated("last", expression, groups, "", projected_columns)

    def geomean(self, expression: str, groups: str = "", projected_columns: str = "") -> DuckDBPyRelation:
        """The geometric mean."""
        return self._aggregated("geomean", expression, groups, "", projected_columns)

    def quantile_disc(
        self,
        expression: str,
        q: float | builtins.list[float] = 0.5,
        groups: str = "",
        window_spec: str = "",
        projected_columns: str = "",
    ) -> DuckDBPyRelation:
        """A quantile, which is one of the values."""
        return self._either("quantile_disc", expression, groups, window_spec, projected_columns, _quantiles(q))

    quantile = quantile_disc

    def quantile_cont(
        self,
        expression: str,
        q: float | builtins.list[float] = 0.5,
        groups: str = "",
        window_spec: str = "",
        projected_columns: str = "",
    ) -> DuckDBPyRelation:
        """A quantile, between two values if need be."""
        return self._either("quantile_cont", expression, groups, window_spec, projected_columns, _quantiles(q))

    def string_agg(
        self, expression: str, sep: str = ",", groups: str = "", window_spec: str = "", projected_columns: str = ""
    ) -> DuckDBPyRelation:
        """The texts, with a separator between."""
        separator = "'" + sep.replace("'", "''") + "'"
        return self._either("string_agg", expression, groups, window_spec, projected_columns, separator)

    def value_counts(self, expression: str, groups: str = "") -> DuckDBPyRelation:
        """How often each value is there."""
        return self.count(expression, groups, "", expression)

    # ---- Windows ----

    def first_value(self, expression: str, window_spec: str = "", projected_columns: str = "") -> DuckDBPyRelation:
        """The first value of each window."""
        return self._windowed("first_value", expression, window_spec, "", projected_columns)

    def last_value(self, expression: str, window_spec: str = "", projected_columns: str = "") -> DuckDBPyRelation:
        """The last value of each window."""
        return self._windowed("last_value", expression, window_spec, "", projected_columns)

    def n_tile(self, window_spec: str, num_buckets: int, projected_columns: str = "") -> DuckDBPyRelation:
        """The number of the part of the window that a row is in."""
        return self._windowed("ntile", "", window_spec, str(int(num_buckets)), projected_columns)

    def nth_value(
        self, expression: str, window_spec: str, offset: int, ignore_nulls: bool = False, projected_columns: str = ""
    ) -> DuckDBPyRelation:
        """The value of a row of the window by its number."""
        return self._windowed("nth_value", expression, window_spec, str(int(offset)), projected_columns, ignore_nulls)

    def lag(
        self,
        expression: str,
        window_spec: str,
        offset: int = 1,
        default_value: str = "NULL",
        ignore_nulls: bool = False,
        projected_columns: str = "",
    ) -> DuckDBPyRelation:
        """The value of an earlier row of the window."""
        parameter = _offset(offset, default_value)
        return self._windowed("lag", expression, window_spec, parameter, projected_columns, ignore_nulls)

    def lead(
        self,
        expression: str,
        window_spec: str,
        offset: int = 1,
        default_value: str = "NULL",
        ignore_nulls: bool = False,
        projected_columns: str = "",
    ) -> DuckDBPyRelation:
        """The value of a later row of the window."""
        parameter = _offset(offset, default_value)
        return self._windowed("lead", expression, window_spec, parameter, projected_columns, ignore_nulls)

    # ---- Of all columns ----

    def describe(self) -> DuckDBPyRelation:
        """Count, mean, deviation, least, largest and median of each column."""
        inner = []
        outer = ["UNNEST([" + ", ".join(f"'{name}'" for name in _STATISTICS) + "]) AS aggr"]
        for place, (name, type_) in enumerate(zip(self._columns, self._types)):
            numeric = type_.id in _NUMERIC
            aliases = [_types.quote(f"__describe_{place}_{number}") for number in range(len(_STATISTICS))]
            for (function, numbers_only), alias in zip(_STATISTICS.items(), aliases):
                call = f"{function}({_types.quote(name)})::{'DOUBLE' if numeric else 'VARCHAR'}"
                inner.append(f"{'NULL' if numbers_only and not numeric else call} AS {alias}")
            outer.append(f"UNNEST([{', '.join(aliases)}]) AS {_types.quote(name)}")
        return self._grouped(", ".join(inner), None)._projected(", ".join(outer))


def _aggregate(name, function):
    def method(
        self, expression: str, groups: str = "", window_spec: str = "", projected_columns: str = ""
    ) -> DuckDBPyRelation:
        return self._either(function, expression, groups, window_spec, projected_columns)

    method.__doc__ = f"SQL: `{function}`, of each of the columns, by groups or over a window."

    method.__name__, method.__qualname__ = name, f"DuckDBPyRelation.{name}"
    return method


def _rank(name, function):
    def method(self, window_spec: str, projected_columns: str = "") -> DuckDBPyRelation:
        return self._windowed(function, "*", window_spec, "", projected_columns)

    method.__doc__ = f"SQL: `{function}`, over a window."

    method.__name__, method.__qualname__ = name, f"DuckDBPyRelation.{name}"
    return method


for _table, _made in ((_AGGREGATES, _aggregate), (_RANKS, _rank)):
    for _name, _function in _table.items():
        setattr(Aggregating, _name, _made(_name, _function))
del _function, _made, _name, _table


class GroupedRelation:
    """A relation whose rows are in groups, for aggregates of each."""

    def __init__(self, relation, keys):
        self._relation = relation
        self._keys = keys

    def agg(self, *aggregates):
        relation = self._relation
        if not aggregates:
            raise TypeError("agg() needs at least one aggregate")
        relation._warn(*aggregates)
        keys = list(map(_sqltext.select_item, self._keys))
        items = ", ".join([*keys, _sqltext.items(relation._connection, aggregates)])
        return relation._grouped(items, ", ".join(str(number) for number in range(1, len(keys) + 1)))
