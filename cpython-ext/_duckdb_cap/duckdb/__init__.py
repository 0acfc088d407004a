"""DuckDB, an analytical database, with the interface of the PyPI package duckdb."""

import functools as _functools
import sys as _sys

import _duckdb_cap
from duckdb import func, sqltypes, value
from duckdb._appender import Appender
from duckdb._connect import connect, default_connection, set_default_connection
from duckdb._connection import DuckDBPyConnection
from duckdb._enums import (
    CSVLineTerminator,
    ExpectedResultType,
    ExplainType,
    PythonExceptionHandling,
    RenderMode,
    StatementType,
    token_type,
)
from duckdb._errors import (
    BinderException,
    CatalogException,
    ConnectionException,
    ConstraintException,
    ConversionException,
    DatabaseError,
    DataError,
    DependencyException,
    Error,
    FatalException,
    HTTPException,
    IntegrityError,
    InternalError,
    InternalException,
    InterruptException,
    InvalidInputException,
    InvalidTypeException,
    IOException,
    NotImplementedException,
    NotSupportedError,
    OperationalError,
    OutOfMemoryException,
    OutOfRangeException,
    ParserException,
    PermissionException,
    ProgrammingError,
    ResourceInUseException,
    SequenceException,
    SerializationException,
    SyntaxException,
    TransactionException,
    TypeMismatchException,
    Warning,
    raising as _raising,
)
from duckdb import _families as _families
from duckdb._constructors import (
    CaseExpression,
    CoalesceOperator,
    ColumnExpression,
    ConstantExpression,
    DefaultExpression,
    FunctionExpression,
    LambdaExpression,
    SQLExpression,
    StarExpression,
    coalesce,
    col,
    count_all,
    dense_rank,
    first_value,
    fn,
    lag,
    last_value,
    lead,
    lit,
    ntile,
    rank,
    row_number,
    sql_expr,
    star,
    when,
)
from duckdb._expression import Expression
from duckdb._relation import DuckDBPyRelation
from duckdb._statement import Statement
from duckdb.value.constant import *

apilevel = "2.0"
paramstyle = "qmark"
threadsafety = 1
__version__ = "2.0.0"
__duckdb_version__, __git_revision__ = _duckdb_cap.version()
__duckdb_version__ = __duckdb_version__.removeprefix("v")
__standard_vector_size__ = 2048
__formatted_python_version__ = f"{_sys.version_info[0]}.{_sys.version_info[1]}"
__interactive__ = not hasattr(_sys.modules.get("__main__"), "__file__")
__jupyter__ = False


def version():
    return f"{__version__} (with duckdb {__duckdb_version__})"


def build_info():
    """The versions of the package and of DuckDB, and the commits that they were made from."""
    return {
        "package_version": __version__,
        "package_commit": "unknown",
        "duckdb_version": __duckdb_version__,
        "duckdb_commit": __git_revision__,
    }


def tokenize(query):
    """The pieces of a text of SQL: where each begins, and what it is."""
    kinds = list(token_type.__members__.values())
    with _raising:
        return [(token.offset, kinds[token.kind]) for token in _duckdb_cap.tokenize(query.encode())]


def _forward(name):
    """The method of this name, of the default connection unless another is given."""
    method = getattr(DuckDBPyConnection, name)

    @_functools.wraps(method)
    def function(*args, connection=None, **kwargs):
        return getattr(default_connection() if connection is None else connection, name)(*args, **kwargs)

    function.__qualname__ = name
    return function


_FORWARDED = (
    "abort append appender array_type begin checkpoint close commit complete create_function cursor decimal_type df "
    "disable_profiling dtype duplicate enable_profiling enum_type execute executemany extract_statements fetch_df "
    "fetch_df_chunk fetchall fetchdf fetchmany fetchnumpy fetchone filesystem_is_registered from_arrow from_csv_auto from_df "
    "from_parquet from_query get_profiling_information get_table_names install_extension interrupt list_filesystems "
    "list_type load_extension map_type query query_appender query_progress read_csv read_json read_parquet register register_filesystem "
    "remove_function rollback row_type sql sqltype string_type struct_type table table_function tf to_arrow_reader "
    "to_arrow_table torch type union_type unregister unregister_filesystem values view"
).split()
globals().update({name: _forward(name) for name in _FORWARDED})


def description(*, connection=None):
    return (default_connection() if connection is None else connection).description


def rowcount(*, connection=None):
    return (default_connection() if connection is None else connection).rowcount


def arrow(arrow_object, *, connection=None):
    return (default_connection() if connection is None else connection).from_arrow(arrow_object)


def _over(name):
    """A verb of relations as a function of something that is one, or can be read as one."""

    def function(df, *args, connection=None, **kwargs):
        if not isinstance(df, DuckDBPyRelation):
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")
        return getattr(df, name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    return function


globals().update({name: _over(name) for name in "filter project aggregate order limit distinct write_csv".split()})


def alias(df, alias, *, connection=None):
    return df.set_alias(alias)


def query_df(df, virtual_table_name, sql_query, *, connection=None):
    return df.query(virtual_table_name, sql_query)


_TYPE_OBJECTS = {
    "STRING": ["VARCHAR"],
    "NUMBER": "TINYINT UTINYINT SMALLINT USMALLINT INTEGER UINTEGER BIGINT UBIGINT HUGEINT UHUGEINT FLOAT DOUBLE DECIMAL".split(),
    "DATETIME": ["DATE", "TIME", "TIME WITH TIME ZONE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS",
                 "TIMESTAMP WITH TIME ZONE", "INTERVAL"],
    "BINARY": ["BLOB"],
}
ROWID = None


class DBAPITypeObject:
    """What DB-API 2.0 compares types of columns with."""

    def __init__(self, types):
        self.types = types

    def __eq__(self, other):
        return getattr(other, "_kind", other) in self.types

    __hash__ = None

    def __repr__(self):
        return f"<DBAPITypeObject [{','.join(map(str, self.types))}]>"


globals().update({name: DBAPITypeObject(types) for name, types in _TYPE_OBJECTS.items()})
