"""The module's functions of relations: methods of a connection that is given by name, or of the default one."""

from __future__ import annotations

import functools

from duckdb._connect import default_connection
from duckdb._relation import DuckDBPyRelation

_BATCH = 131072


def connected(connection):
    return default_connection() if connection is None else connection


def sql(
    query: object, *, alias: str = "", params: object = None, connection: _duckdb.DuckDBPyConnection | None = None
) -> DuckDBPyRelation | None:
    """A relation of a query, which runs each time that it is read. What is no query runs at once."""
    return connected(connection).sql(query, alias=alias, params=params)


query = from_query = sql


def table(table_name: str, *, connection: _duckdb.DuckDBPyConnection | None = None) -> DuckDBPyRelation:
    """A relation over a table."""
    return connected(connection).table(table_name)


def view(view_name: str, *, connection: _duckdb.DuckDBPyConnection | None = None) -> DuckDBPyRelation:
    """A relation over a view."""
    return connected(connection).view(view_name)


def values(*args: object, connection: _duckdb.DuckDBPyConnection | None = None) -> DuckDBPyRelation:
    """A relation of rows that are given."""
    return connected(connection).values(*args)


def table_function(
    name: str, parameters: object = None, *, connection: _duckdb.DuckDBPyConnection | None = None
) -> DuckDBPyRelation:
    """A relation over a function that gives rows."""
    return connected(connection).table_function(name, parameters)


def read_csv(*args: object, **kwargs: object) -> DuckDBPyRelation:
    """A relation over CSV files."""
    return connected(kwargs.pop("connection", None)).read_csv(*args, **kwargs)


from_csv_auto = read_csv


def read_json(
    path_or_buffer: object, *, connection: _duckdb.DuckDBPyConnection | None = None, **kwargs: Any
) -> DuckDBPyRelation:
    """A relation over JSON files."""
    return connected(connection).read_json(path_or_buffer, **kwargs)


def read_parquet(
    path_or_buffer: object,
    binary_as_string: bool = False,
    *,
    connection: _duckdb.DuckDBPyConnection | None = None,
    **kwargs: Any,
) -> DuckDBPyRelation:
    """A relation over Parquet files."""
    return connected(connection).read_parquet(path_or_buffer, binary_as_string, **kwargs)


from_parquet = read_parquet


def from_df(df: object, *, connection: _duckdb.DuckDBPyConnection | None = None) -> DuckDBPyRelation:
    """A relation over a DataFrame, which needs pandas; a relation is one already."""
    if isinstance(df, DuckDBPyRelation):
        return df
    return connected(connection).from_df(df)


def from_arrow(arrow_object: object, *, connection: _duckdb.DuckDBPyConnection | None = None) -> DuckDBPyRelation:
    """A relation over an object of Arrow."""
    return connected(connection).from_arrow(arrow_object)


def arrow(arrow_object: object, *, connection: _duckdb.DuckDBPyConnection | None = None) -> DuckDBPyRelation:
    """A relation over an object of Arrow."""
    return connected(connection).from_arrow(arrow_object)


def to_arrow_table(batch_size: int = _BATCH, *, connection: _duckdb.DuckDBPyConnection | None = None) -> Any:
    """The rest of the open result as a table of pyarrow."""
    return connected(connection).to_arrow_table(batch_size)


def to_arrow_reader(batch_size: int = _BATCH, *, connection: _duckdb.DuckDBPyConnection | None = None) -> Any:
    """The rest of the open result as a reader of pyarrow."""
    return connected(connection).to_arrow_reader(batch_size)


def _first(function):
    """One that takes what it is about as `df`, too, with the others by their places."""

    @functools.wraps(function)
    def called(*args, **kwargs):
        if "df" in kwargs:
            args = kwargs.pop("df"), *args
        return function(*args, **kwargs)

    return called


@_first
def df(
    df: object = None, *, date_as_object: bool = False, connection: _duckdb.DuckDBPyConnection | None = None
) -> Any:
    """A relation over a DataFrame, or else the open result as one."""
    if df is None:
        return connected(connection).df(date_as_object=date_as_object)
    return from_df(df, connection=connection)


@_first
def project(
    df: object, *args: object, groups: str = "", connection: _duckdb.DuckDBPyConnection | None = None
) -> DuckDBPyRelation:
    """Expressions over each row."""
    return from_df(df, connection=connection).project(*args, groups=groups)


@_first
def distinct(df: object, *, connection: _duckdb.DuckDBPyConnection | None = None) -> DuckDBPyRelation:
    """Rows of which none is there twice."""
    return from_df(df, connection=connection).distinct()


@_first
def write_csv(
    df: object, filename: str, *, connection: _duckdb.DuckDBPyConnection | None = None, **kwargs: Any
) -> None:
    """Writes the rows to a CSV file."""
    from_df(df, connection=connection).write_csv(filename, **kwargs)


@_first
def aggregate(
    df: object, aggr_expr: object, group_expr: object = "", *, connection: _duckdb.DuckDBPyConnection | None = None
) -> DuckDBPyRelation:
    """Aggregates, by groups if there are any."""
    return from_df(df, connection=connection).aggregate(aggr_expr, group_expr)


@_first
def alias(df: object, alias: str, *, connection: _duckdb.DuckDBPyConnection | None = None) -> DuckDBPyRelation:
    """The same under another name."""
    return from_df(df, connection=connection).set_alias(alias)


@_first
def filter(
    df: object, filter_expr: object, *, connection: _duckdb.DuckDBPyConnection | None = None
) -> DuckDBPyRelation:
    """The rows for which a condition is true."""
    return from_df(df, connection=connection).filter(filter_expr)


@_first
def limit(
    df: object, n: int, offset: int = 0, *, connection: _duckdb.DuckDBPyConnection | None = None
) -> DuckDBPyRelation:
    """So many rows, after some that are skipped."""
    return from_df(df, connection=connection).limit(n, offset)


@_first
def order(
    df: object, order_expr: str, *, connection: _duckdb.DuckDBPyConnection | None = None
) -> DuckDBPyRelation:
    """The rows in an order."""
    return from_df(df, connection=connection).order(order_expr)


@_first
def query_df(
    df: object, virtual_table_name: str, sql_query: str, *, connection: _duckdb.DuckDBPyConnection | None = None
) -> DuckDBPyRelation | None:
    """Runs a query in which it has a name."""
    return from_df(df, connection=connection).query(virtual_table_name, sql_query)
