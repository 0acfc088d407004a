"""Relations: queries that are built a step at a time, and run by what reads their rows."""

from __future__ import annotations

import functools
import itertools
import warnings

from duckdb import _errors, _sources, _sqltext, _types
from duckdb._aggregating import Aggregating, GroupedRelation
from duckdb._combining import Combining
from duckdb._expression import Expression
from duckdb._names import fold
from duckdb._output import Output
from duckdb._select import Select
from duckdb._terminals import Terminals

_aliases = itertools.count(1)
_REMOVED = {
    "fetchone": "rel.limit(1).fetchall()",
    "fetchmany": "rel.limit(n).fetchall()",
    "fetch_df_chunk": "rel.to_arrow_reader() to read in batches, or rel.limit(n).df()",
    "execute": "rel.materialize() to run it once and keep its rows, or a method such as fetchall()",
}
_SAMPLES = ("bernoulli", "reservoir", "system")


def unplaced(error):
    """An error without its place in a text that the user has not written, unless that does not even parse."""
    if isinstance(error, _errors.ParserException):
        return error
    return type(error)(str(error).split("\n\nLINE ")[0])


def _of_type(relation, item):
    """A type by which columns are picked."""
    if isinstance(item, str):
        return relation._connection.sqltype(item)
    if isinstance(item, _types.DuckDBPyType):
        return item
    raise _errors.invalid(f"Can only project on objects of type DuckDBPyType or str, not '{type(item)}'")


class DuckDBPyRelation(Combining, Aggregating, Terminals, Output):
    """A query over a connection."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        raise TypeError("DuckDBPyRelation: No constructor defined!")

    @classmethod
    def _make(cls, connection, sql, alias=None, kind="QUERY_RELATION", select=None, item=None):
        """`select` is what further steps may add to; `item` stands for the whole behind a FROM, where that is simpler."""
        self = object.__new__(cls)
        self._connection = connection
        self._sql = sql
        self._name = alias or f"unnamed_relation_{next(_aliases):016x}"
        self._kind = kind
        self._select = select
        self._item = item
        try:
            self._columns, self._types, self._signature = connection._bind(sql)
        except _errors.Error as error:
            raise unplaced(error) from None
        self._known, connection._known = connection._known, {}
        return self

    @classmethod
    def _source(cls, connection, item, alias, kind, items="*"):
        """A relation of what can stand behind a FROM, or of some of its columns."""
        name = alias or f"unnamed_relation_{next(_aliases):016x}"
        is_whole = items == "*"
        select = Select(f"{item} AS {_types.quote(name)}", (name,), items=None if is_whole else items)
        return cls._make(connection, f"SELECT {items} FROM {item}", name, kind, select, item if is_whole else None)

    # ---- Texts ----

    def _text(self):
        return self._sql

    def _from(self):
        return f"{self._item or f'({chr(10)}{self._sql}{chr(10)})'} AS {_types.quote(self._name)}"

    def _step(self, sql, kind, *inputs, select=None):
        for relation in (self, *inputs):
            self._connection._known.update(relation._known)
        name = f"{kind}_{next(_aliases):016x}" if select is not None and select.is_join and select.is_bare() else self._name
        return DuckDBPyRelation._make(self._connection, sql, name, kind, select)

    def _clause(self, kind, clause, **values):
        """One more clause: in the SELECT that this is, or over it."""
        select = None if self._select is None else self._select.with_(clause, **values)
        if select is None:
            select = Select(self._from(), (self._name,)).with_(clause, **values)
        return self._step(select.text(), kind, select=select)

    def _projected(self, items):
        return self._clause("PROJECTION_RELATION", "items", items=items)

    def _grouped(self, items, groups):
        return self._clause("AGGREGATE_RELATION", "groups", items=items, groups=groups or "ALL")

    def _warn(self, *values, columns=()):
        """A warning where a string in an expression is a column's name, too."""
        names = {fold(name) for name in (*self._columns, *columns)}
        for value in values:
            for text in value._texts if isinstance(value, Expression) else ():
                if fold(text) in names:
                    warnings.warn(
                        f"{text!r} is used as a string value, and it is also a column name; use col({text!r}) for the "
                        f"column, or lit({text!r}) to keep the value and silence this warning",
                        UserWarning,
                        stacklevel=_sources.depth(),
                    )

    def _result(self, sql=None):
        """What running the relation, or a statement over it, gives; all rows are in memory."""
        if self._connection._handle is None:
            raise _errors.problem(_errors.ConnectionException, "Connection has already been closed")
        self._connection._refuse_while_busy()
        self._connection._known.update(self._known)
        try:
            return self._connection._submit(self._sql if sql is None else sql)
        except _errors.Error as error:
            raise unplaced(error) from None

    # ---- What is known of it ----

    def _of_open(self, what):
        if self._connection._handle is None:
            raise _errors.problem(_errors.ConnectionException, "Connection has already been closed")
        return list(what)

    @property
    def columns(self):
        """Names of the columns."""
        return self._of_open(self._columns)

    @property
    def types(self):
        """Types of the columns."""
        return self._of_open(self._types)

    dtypes = types

    @property
    def description(self):
        """Columns as DB-API 2.0 describes them: names, types, and None five times."""
        return [(name, type_, None, None, None, None, None) for name, type_ in zip(self._columns, self._types)]

    @property
    def alias(self):
        """The name by which conditions and queries know it."""
        return self._name

    @property
    def type(self):
        """What it is: `QUERY_RELATION`."""
        return self._kind

    @property
    def shape(self):
        """How many rows and columns it has."""
        return len(self), len(self._columns)

    def __len__(self) -> int:
        """How many rows it has: it runs."""
        return self._result(f"SELECT count(*) FROM {self._from()}").fetchall()[0][0]

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def __getitem__(self, name: str) -> DuckDBPyRelation:
        """The column of this name, as a relation."""
        if isinstance(name, bytes):
            name = name.decode()
        if not isinstance(name, str):
            raise TypeError(
                f"a relation is indexed by one column name, not by {type(name).__name__}; use project() for several columns"
            )
        return self._column(name)

    def __getattr__(self, name: str) -> DuckDBPyRelation:
        if name.startswith("__") or "_columns" not in self.__dict__:
            raise AttributeError(name)
        return self._column(name)

    def _column(self, name):
        """A relation of one column, or of a field of the only one."""
        reference = None
        if len(self._types) == 1 and self._types[0].id == "struct" and name in dict(self._types[0].children):
            reference = f"{_types.quote(self._columns[0])}.{_types.quote(name)}"
        elif any(_sqltext.same(column, name) for column in self._columns):
            reference = _types.quote(name)
        if reference is not None:
            return self._projected(f"{reference} AS {_types.quote(name)}")
        if name in _REMOVED:
            raise AttributeError(
                f"Relations no longer have {name}(): a relation keeps no result between calls, so every call runs it again. "
                f"Use {_REMOVED[name]} instead."
            )
        raise AttributeError(f"This relation does not contain a column by the name of '{name}'")

    def sql_query(self) -> str:
        """Its text."""
        return self._sql

    # ---- Rows and columns ----

    def filter(self, filter_expr: object) -> DuckDBPyRelation:
        """The rows for which a condition is true."""
        self._warn(filter_expr)
        test = _sqltext.condition(self._connection, filter_expr, "filter condition")
        return self._clause("FILTER_RELATION", "where", where=test)

    def _of_items(self, verb, args, groups):
        if not args:
            raise TypeError(f"{verb}() needs at least one expression or column name")
        self._warn(*args)
        items = _sqltext.items(self._connection, args)
        if not groups:
            return self._projected(items)
        return self._grouped(items, _sqltext.groups(self._connection, groups))

    def project(self, *args: object, groups: str = "") -> DuckDBPyRelation:
        """Expressions over each row."""
        return self._of_items("project", args, groups)

    def select(self, *args: object, groups: str = "") -> DuckDBPyRelation:
        """Expressions over each row."""
        return self._of_items("select", args, groups)

    def select_types(self, types: object) -> DuckDBPyRelation:
        """The columns of some types."""
        if not isinstance(types, list):
            raise _errors.invalid("'columns_by_type' expects a list containing types")
        wanted = [_of_type(self, item) for item in types]
        if not wanted:
            raise _errors.invalid("List of types can not be empty!")
        names = [_types.quote(name) for name, type_ in zip(self._columns, self._types) if type_ in wanted]
        if not names:
            raise _errors.invalid("None of the columns matched the provided type filter!")
        return self._projected(", ".join(names))

    select_dtypes = select_types

    def set_alias(self, alias: str) -> DuckDBPyRelation:
        """The same under another name."""
        self._connection._known.update(self._known)
        return DuckDBPyRelation._make(self._connection, self._sql, alias, "SUBQUERY_RELATION", None, self._item)

    def order(self, order_expr: object) -> DuckDBPyRelation:
        """The rows in an order."""
        self._warn(order_expr)
        return self._clause("ORDER_RELATION", "order", order=_sqltext.order_item(self._connection, order_expr))

    def sort(self, *args: object) -> DuckDBPyRelation:
        """The rows in an order, by several keys."""
        if not args:
            raise _errors.invalid("Please provide at least one expression to sort on")
        self._warn(*args)
        keys = ", ".join(_sqltext.order_item(self._connection, value) for value in args)
        return self._clause("ORDER_RELATION", "order", order=keys)

    def _limited(self, count, skipped):
        clause = "offset" if skipped > 0 else "limit"
        values = {"offset": skipped} if skipped > 0 else {}
        if count is not None:
            values["limit"] = count
        return self._clause("LIMIT_RELATION", clause, **values)

    def limit(self, n: int, offset: int = 0) -> DuckDBPyRelation:
        """So many rows, after some that are skipped."""
        return self._limited(_sqltext.count_of("limit", "n", n), _sqltext.count_of("limit", "offset", offset))

    def head(self, n: int = 5) -> DuckDBPyRelation:
        """The first rows."""
        return self._limited(_sqltext.count_of("head", "n", n), 0)

    def offset(self, n: int) -> DuckDBPyRelation:
        """All rows but the first."""
        return self._limited(None, _sqltext.count_of("offset", "n", n))

    def distinct(self, on: object = None) -> DuckDBPyRelation:
        """Rows of which none is there twice; with `on`, the first of those that have the same there."""
        if on is None:
            return self._clause("DISTINCT_RELATION", "distinct", distinct=True)
        keys = [on] if isinstance(on, (str, Expression)) else list(on)
        head = f"SELECT DISTINCT ON ({', '.join(map(_sqltext.plain_item, keys))}) *"
        return self._step(f"{head} FROM {self._from()}", "DISTINCT_RELATION")

    def unique(self, unique_aggr: str) -> DuckDBPyRelation:
        """The values of a column, each once."""
        return self._projected(_sqltext.select_list(self._connection, unique_aggr)).distinct()

    def with_columns(self, **columns: object) -> DuckDBPyRelation:
        """Columns besides, or in place of those of the same name."""
        if not columns:
            raise TypeError("with_columns needs at least one column")
        present = set(map(fold, self._columns))
        replaced, added = [], []
        for name, value in columns.items():
            item = f"{_sqltext.plain_item(value)} AS {_types.quote(name)}"
            (replaced if fold(name) in present else added).append(item)
        star = f"* REPLACE ({', '.join(replaced)})" if replaced else "*"
        return self._projected(", ".join([star, *added]))

    def drop(self, *columns: str) -> DuckDBPyRelation:
        """All columns but these."""
        if not columns:
            raise TypeError("drop needs at least one column")
        return self._projected(f"* EXCLUDE ({', '.join(map(_types.quote, columns))})")

    def rename(self, **columns: str) -> DuckDBPyRelation:
        """Other names for columns."""
        if not columns:
            raise TypeError("rename needs at least one column")
        for old in columns:
            if not any(_sqltext.same(old, name) for name in self._columns):
                message = f'Column "{old}" in RENAME list not found in FROM clause'
                raise _errors.problem(_errors.BinderException, message)
        pairs = ", ".join(f"{_types.quote(old)} AS {_types.quote(new)}" for old, new in columns.items())
        return self._projected(f"* RENAME ({pairs})")

    def unnest(self, *columns: str) -> DuckDBPyRelation:
        """Lists of columns as rows."""
        if not columns:
            raise TypeError("unnest needs at least one column")
        expanded = ", ".join(f"unnest({name}) AS {name}" for name in map(_types.quote, columns))
        return self._projected(f"* REPLACE ({expanded})")

    def unpivot(self, *columns: str, name: str = "name", value: str = "value") -> DuckDBPyRelation:
        """Columns as rows with a name and a value each."""
        if not columns:
            raise TypeError("unpivot needs at least one column")
        listed = ", ".join(map(_types.quote, columns))
        into = f"INTO NAME {_types.quote(name)} VALUE {_types.quote(value)}"
        sql = f"SELECT * FROM (UNPIVOT (SELECT * FROM {self._from()}) ON {listed} {into})"
        return self._step(sql, "PROJECTION_RELATION")

    def pivot(self, column: object, values: Iterable[object], aggregate: object) -> DuckDBPyRelation:
        """Values of a column as columns."""
        listed = ", ".join(map(_sqltext.expression_text, values))
        if not listed:
            raise TypeError("pivot needs at least one value")
        key, using = _sqltext.plain_item(column), _sqltext.condition(self._connection, aggregate, None)
        sql = f"SELECT * FROM (PIVOT (SELECT * FROM {self._from()}) ON {key} IN ({listed}) USING {using})"
        return self._step(sql, "AGGREGATE_RELATION")

    def sample(
        self, n: int | None = None, *, percent: float | None = None, seed: int | None = None, method: str | None = None
    ) -> DuckDBPyRelation:
        """Rows by chance."""
        if (n is None) == (percent is None):
            raise TypeError("sample takes either n or percent")
        if method is not None and fold(method) not in _SAMPLES:
            raise ValueError(f"unknown sample method {method!r}; one of {', '.join(_SAMPLES)}")
        size = f"{float(percent or 0)} PERCENT" if n is None else f"{_sqltext.count_of('sample', 'n', n)} ROWS"
        how = fold(method) if method else "bernoulli" if n is None else "reservoir"
        behind = how if seed is None else f"{how}, {int(seed)}"
        return self._step(f"SELECT * FROM {self._from()} USING SAMPLE {size} ({behind})", "SAMPLE_RELATION")

    def group_by(self, *columns: object) -> GroupedRelation:
        """Groups, for `agg`."""
        return GroupedRelation(self, columns)


def _as_relation(function):
    """A method that says of a closed connection what relations say."""

    @functools.wraps(function)
    def guarded(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except _errors.ConnectionException as error:
            if "already closed" not in str(error):
                raise
            raise _errors.problem(_errors.ConnectionException, "Connection has already been closed") from None

    return guarded


for _class in DuckDBPyRelation.__mro__[:-1]:
    for _name, _member in list(vars(_class).items()):
        if not _name.startswith("_") and callable(_member):
            _member.__qualname__ = f"DuckDBPyRelation.{_name}"
            setattr(_class, _name, _as_relation(_member))
del _class, _member, _name
