"""DuckDB, an analytical database, with the interface of the PyPI package duckdb."""

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
from duckdb._module import (
    aggregate,
    alias,
    arrow,
    df,
    distinct,
    filter,
    from_arrow,
    from_csv_auto,
    from_df,
    from_parquet,
    from_query,
    limit,
    order,
    project,
    query,
    query_df,
    read_csv,
    read_json,
    read_parquet,
    sql,
    table,
    table_function,
    to_arrow_reader,
    to_arrow_table,
    values,
    view,
    write_csv,
)
from duckdb._module import connected as _connected
from duckdb._native import native as _native
from duckdb._native import of_connection as _of_connection
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


def version() -> str:
    """The versions of the package and of DuckDB."""
    return f"{__version__} (with duckdb {__duckdb_version__})"


def build_info() -> dict[str, str]:
    """The versions of the package and of DuckDB, and the commits that they were made from."""
    return {
        "package_version": __version__,
        "package_commit": "unknown",
        "duckdb_version": __duckdb_version__,
        "duckdb_commit": __git_revision__,
    }


@_native("tokenize(query: str) -> list")
def tokenize(query):
    """The pieces of a text of SQL: where each begins, and what it is."""
    kinds = list(token_type.__members__.values())
    with _raising:
        return [(token.offset, kinds[token.kind]) for token in _duckdb_cap.tokenize(query.encode())]


_NATIVE = (
    "abort append appender array_type begin checkpoint close commit complete create_function cursor decimal_type "
    "disable_profiling dtype duplicate enable_profiling enum_type execute executemany extract_statements fetch_df fetch_df_chunk "
    "fetchall fetchdf fetchmany fetchnumpy fetchone filesystem_is_registered get_profiling_information get_table_names "
    "install_extension interrupt list_filesystems list_type load_extension map_type query_appender query_progress register "
    "register_filesystem remove_function rollback row_type sqltype string_type struct_type tf torch type union_type unregister "
    "unregister_filesystem"
).split()
globals().update({name: _of_connection(getattr(DuckDBPyConnection, name), _connected) for name in _NATIVE})


@_native("description(*, connection: _duckdb.DuckDBPyConnection | None = None) -> object")
def description(*, connection=None):
    """Columns of the open result as DB-API 2.0 describes them."""
    return _connected(connection).description


@_native("rowcount(*, connection: _duckdb.DuckDBPyConnection | None = None) -> int")
def rowcount(*, connection=None):
    """How many rows the last statement has changed; -1: it is not known."""
    return _connected(connection).rowcount


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

    def __init__(self, type_ids):
        self.types = type_ids

    def __eq__(self, other):
        return getattr(other, "_kind", other) in self.types

    __hash__ = None

    def __repr__(self):
        return f"<DBAPITypeObject [{','.join(map(str, self.types))}]>"


globals().update({name: DBAPITypeObject(types) for name, types in _TYPE_OBJECTS.items()})
