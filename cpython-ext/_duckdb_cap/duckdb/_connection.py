"""Connections: DB-API 2.0, and where relations and functions are made."""

from __future__ import annotations

import weakref

import _duckdb_cap

from duckdb import _appender, _errors, _functions, _objects, _sources, _types
from duckdb._making import Makes
from duckdb._native import also, native
from duckdb._result import Result
from duckdb._statement import Statement, arguments, check_names, encoded, is_list_like, many_arguments, parsed_first, text_of
from duckdb._type_making import MakesTypes

_CLOSED = "Connection already closed!"


def _has_values(parameters):
    if parameters is None:
        return False
    try:
        return len(parameters) > 0
    except TypeError:
        return True


class DuckDBPyConnection(Makes, MakesTypes):
    """A connection to a database."""

    def __init__(self):
        raise TypeError("duckdb.DuckDBPyConnection: no constructor defined!")

    def __reduce__(self):
        raise TypeError("cannot pickle 'duckdb.DuckDBPyConnection' object")

    @classmethod
    def _make(cls, instance, shared):
        self = object.__new__(cls)
        self._handle = None
        self._instance = instance
        self._ended = _errors.raising.ended
        with _errors.raising:
            self._handle = instance.handle.connect()
        self._shared = shared  # what all connections to this database have: functions, registered objects
        self._result = None
        self._cursors = []
        self._known = {}  # names that what runs has looked up
        self._registered = {}
        return self

    # ---- Life ----

    def _open(self):
        if self._handle is None:
            raise _errors.problem(_errors.ConnectionException, _CLOSED)
        return self._handle

    @native("__enter__(self) -> _duckdb.DuckDBPyConnection")
    def __enter__(self):
        """The connection itself."""
        return self

    @native("__exit__(self, exc_type: object | None, exc: object | None, traceback: object | None) -> None")
    def __exit__(self, exc_type, exc, traceback):
        """Closes it."""
        self.close()

    def __del__(self):
        self._result = None  # it has the database, too, which asks for files only in the middle of a call
        handle = getattr(self, "_handle", None)
        if handle is not None and _sources.end is not None:  # None: Python ends, and takes all with it
            _sources.end(handle.close)

    @native("close(self) -> None")
    def close(self):
        """Closes the connection and its cursors."""
        self._result = None
        handle, self._handle = self._handle, None
        self._instance = None
        self._known = {}
        if handle is not None:
            _errors.let_go(handle.close)
        for reference in self._cursors:
            if (cursor := reference()) is not None:
                cursor.close()
        self._cursors = []

    @native("cursor(self) -> _duckdb.DuckDBPyConnection")
    def cursor(self):
        """Another connection to the same database."""
        self._open()
        made = DuckDBPyConnection._make(self._instance, self._shared)
        self._cursors = [reference for reference in self._cursors if reference() is not None]
        self._cursors.append(weakref.ref(made))
        return made

    duplicate = also("duplicate", cursor)

    # ---- Running ----

    def _running(self):
        """Inside of it the cap may ask for objects and functions of this connection's."""
        return _sources.running(self)

    def _supersede(self):
        """What was open ends: its rows are nobody's any more."""
        result, self._result = self._result, None
        if result is not None:
            result.close()
        self._known = {}

    @native("execute(self, query: object, parameters: object | None = None) -> _duckdb.DuckDBPyConnection")
    def execute(self, query, parameters=None):
        """Runs a text of SQL; the last statement has the values. Rows wait to be fetched."""
        handle, text = self._open(), text_of(query)
        given = arguments(parameters)
        self._make_way(handle, text)
        with self._running(), _errors.raising:
            cursor = handle.run(encoded(text), given, False)
        if cursor is None:
            if _has_values(parameters):
                raise _errors.invalid("Parameters were given, but the last statement of the query takes none")
            return None

        def is_query():
            return handle.parse(encoded(text))[-1].statement_type == "SELECT"

        self._result = Result(cursor, known=self._known, is_query=is_query)
        return self

    def _make_way(self, handle, text):
        """Ends what was open, unless the first statement of the text that follows does not even parse: running it tells why."""
        if self._result is None or parsed_first(handle, text) is not None:
            self._supersede()

    @native("executemany(self, query: object, parameters: object | None = None) -> _duckdb.DuckDBPyConnection")
    def executemany(self, query, parameters=None):
        """Runs the last statement once for each set of values."""
        handle, text = self._open(), text_of(query)
        first = parsed_first(handle, text)
        if first is None:
            with _errors.raising:
                handle.run(encoded(text), arguments(None), True)  # which raises it
        if not first:
            self._supersede()
            return None
        sets = [] if parameters is None else parameters
        if not is_list_like(sets):
            raise _errors.invalid("executemany requires a list of parameter sets to be provided")
        sets = sets if isinstance(sets, list) else list(sets)
        if not sets:
            raise _errors.invalid("executemany requires a non-empty list of parameter sets to be provided")
        check_names(handle, text, sets)
        self._supersede()
        cursor, total = None, -1
        for given in many_arguments(sets):
            with self._running(), _errors.raising:
                cursor, changed = handle.run_many(encoded(text), given)
            if changed >= 0:
                total = max(total, 0) + changed
        if cursor is None:
            return None
        self._result = Result(cursor, total)
        return self

    def _refuse_while_busy(self):
        """An error if a result of execute() is not read to its end: there is one open result a connection."""
        if self._result is None:
            return
        with self._running():
            unfinished = self._result.is_unfinished()
        if unfinished:
            raise _errors.problem(_errors.ResourceInUseException, _errors.UNFINISHED)

    def _submit(self, sql, values=None):
        """The result of one statement, with all of its rows in memory."""
        with self._running(), _errors.raising:
            cursor = self._open().run(encoded(sql), arguments(values), True)
        result, self._known = Result(cursor, known=self._known), {}
        return result

    def _cast(self, value, type_):
        """What DuckDB makes of a value as one of a type, beside whatever this connection does."""
        self._open()
        with self._running(), _errors.raising:
            cursor = self._instance.side().run(encoded(f"SELECT CAST($1 AS {type_!r})"), arguments([value]), True)
        return Result(cursor).fetchall()[0][0]

    def _bind(self, sql, values=None):
        """What running a statement would come to: names, types, what it returns, and whether it changes anything."""
        given = None if not values else arguments(values)
        with self._running(), _errors.raising:
            signature = self._open().describe(encoded(sql), given)
        names = [column.name.decode("utf-8", "replace") for column in signature.columns]
        return names, [_types.type_of_column(column) for column in signature.columns], signature

    def _prepare_script(self, query, values):
        """Runs all statements but the last: the rows of an earlier one, the last one's text and what it is."""
        with self._running(), _errors.raising:
            end = self._open().run_all_but_last(encoded(text_of(query)), _has_values(values))
        kept = None if end.kept is None else Result(end.kept)
        if end.last is None:
            return kept, None, None
        return kept, end.last.sql.decode().strip().rstrip("; \n\t"), end.last.statement_type

    @native("interrupt(self) -> None")
    def interrupt(self):
        """Ends what runs, with an error."""
        self._open().interrupt()

    @native("query_progress(self) -> float")
    def query_progress(self):
        """How much of what runs is done, in percent."""
        return self._open().progress()

    @native("complete(self) -> None")
    def complete(self):
        """Runs what execute() left open to its end; the rows stay to be fetched."""
        self._open()
        if self._result is not None:
            self._result.drain()

    @native("abort(self) -> None")
    def abort(self):
        """Ends what execute() left open; the rest of the rows is dropped."""
        self._open()
        if self._result is not None:
            self._result.close()

    # ---- Results ----

    def _open_result(self):
        if self._result is None:
            raise _errors.invalid("No open result set")
        return self._result

    @native("fetchone(self) -> object")
    def fetchone(self):
        """The next row; None: there is none."""
        return self._read(lambda result: result.fetchone())

    @native("fetchmany(self, size: int = 1) -> list")
    def fetchmany(self, size=1):
        """The next rows."""
        return self._read(lambda result: result.fetchmany(size))

    @native("fetchall(self) -> list")
    def fetchall(self):
        """The rest of the rows."""
        return self._read(lambda result: result.fetchall())

    def _read(self, read):
        result = self._open_result()
        with self._running():
            return read(result)

    @property
    def description(self):
        """Columns of the open result as DB-API 2.0 describes them."""
        self._open()
        return None if self._result is None else self._result.description

    @property
    def rowcount(self):
        """How many rows the last statement has changed; -1: it is not known."""
        self._open()
        return -1 if self._result is None else self._result.rowcount

    # ---- Transactions ----

    @native("begin(self) -> _duckdb.DuckDBPyConnection")
    def begin(self):
        """Begins a transaction."""
        self.execute("BEGIN TRANSACTION")
        return self

    @native("commit(self) -> _duckdb.DuckDBPyConnection")
    def commit(self):
        """Ends the transaction; without one there is nothing to do, and what is open stays."""
        try:
            try:
                self._submit("COMMIT")
            except _errors.ResourceInUseException:
                self.execute("COMMIT")
        except _errors.TransactionException as error:
            if "no transaction is active" not in str(error):
                raise
        return self

    @native("rollback(self) -> _duckdb.DuckDBPyConnection")
    def rollback(self):
        """Ends the transaction; its changes are dropped."""
        self.execute("ROLLBACK")
        return self

    @native("checkpoint(self) -> _duckdb.DuckDBPyConnection")
    def checkpoint(self):
        """Writes what is in the WAL to the database's file."""
        self.execute("CHECKPOINT")
        return self

    # ---- Texts ----

    @native("extract_statements(self, query: str) -> list")
    def extract_statements(self, query):
        """The statements of a text, parsed and not run."""
        with _errors.raising:
            return [Statement(parsed) for parsed in self._open().parse(encoded(query))]

    @native("get_table_names(self, query: str, *, qualified: bool = False) -> set[str]")
    def get_table_names(self, query, *, qualified=False):
        """The tables that a query reads."""
        with _errors.raising:
            return {name.decode("utf-8", "replace") for name in self._open().table_names(encoded(query), qualified)}

    def _check_text(self, text, shape):
        with _errors.raising:
            return self._open().check_text(encoded(text), getattr(_duckdb_cap.Shape, shape.upper()))

    def _has_scope(self, name):
        """Whether a name is that of a database or a schema."""
        names = "SELECT database_name n FROM duckdb_databases() UNION ALL SELECT schema_name FROM duckdb_schemas()"
        sql = f"SELECT lower($1) IN (SELECT lower(n) FROM ({names}))"
        return self._submit(sql, [name]).fetchall()[0][0]

    def _table_kind(self, name):
        parts = (name,) if isinstance(name, str) else name
        with _errors.raising:
            return self._open().table_kind([encoded(part) for part in parts])

    # ---- Objects, functions, rows ----

    @native("register(self, view_name: str, python_object: object) -> _duckdb.DuckDBPyConnection")
    def register(self, view_name, python_object):
        """Gives an object a name that queries can read."""
        self._open()
        self._refuse_while_busy()
        _sources.register(self, view_name, python_object)
        return self

    @native("unregister(self, view_name: str) -> _duckdb.DuckDBPyConnection")
    def unregister(self, view_name):
        """Drops a name that was given by register()."""
        self._open()
        _sources.unregister(self, view_name)
        return self

    @native(
        "create_function(self, name: str, function: collections.abc.Callable, parameters: object | None = None, "
        "return_type: object | None = None, *, type: PythonUDFType = PythonUDFType.NATIVE, "
        "null_handling: FunctionNullHandling = FunctionNullHandling.DEFAULT, "
        "exception_handling: PythonExceptionHandling = PythonExceptionHandling.DEFAULT, "
        "side_effects: bool = False) -> _duckdb.DuckDBPyConnection"
    )
    def create_function(
        self,
        name,
        function,
        parameters=None,
        return_type=None,
        *,
        type=_functions.NATIVE,
        null_handling=_functions.DEFAULT,
        exception_handling=_functions.FORWARD,
        side_effects=False,
    ):
        """Makes a function of Python's one of SQL."""
        self._open()
        self._refuse_while_busy()
        _functions.create(self, name, function, parameters, return_type, type, null_handling, exception_handling, side_effects)
        return self

    @native("remove_function(self, name: str) -> _duckdb.DuckDBPyConnection")
    def remove_function(self, name):
        """Removes a function that was made by create_function()."""
        self._open()
        _functions.remove(self, name)
        return self

    @native(
        "appender(self, table: str, *, columns: list | None = None, action: str = 'insert', "
        "key: list | None = None) -> _duckdb.Appender"
    )
    def appender(self, table, *, columns=None, action="insert", key=None):
        """An appender of rows to a table."""
        self._open()
        return _appender.of_table(self, table, columns, action, key)

    @native("query_appender(self, dml: str, columns: dict, *, source: str | None = None) -> _duckdb.Appender")
    def query_appender(self, dml, columns, *, source=None):
        """An appender whose rows a statement of yours reads as `appender_data`."""
        self._open()
        return _appender.of_statement(self, dml, columns, source)

    def from_df(self, df: object) -> DuckDBPyRelation:
        """A relation over a DataFrame of pandas, which is not here."""
        raise TypeError(f"from_df(): incompatible function arguments. The DataFrame argument is a {type(df).__name__}")

    def to_arrow_table(self, batch_size: int = 131072) -> Any:
        """The rest of the open result as a table of pyarrow."""
        self._needs_pyarrow(batch_size)

    def to_arrow_reader(self, batch_size: int = 131072) -> Any:
        """The rest of the open result as a reader of pyarrow."""
        self._needs_pyarrow(batch_size)

    def _needs_pyarrow(self, batch_size):
        int(batch_size)
        self._open_result()
        raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")

    def _keep_object(self, file):
        self._open()
        return _objects.Kept(self._instance, file)

    # ---- What else there is ----

    @native(
        "install_extension(self, extension: str, *, force_install: bool = False, repository: object | None = None, "
        "repository_url: object | None = None, version: object | None = None) -> None"
    )
    def install_extension(self, extension, *, force_install=False, repository=None, repository_url=None, version=None):
        """Installs an extension of DuckDB. Extensions cannot be loaded here, and the error says so."""
        force = "FORCE " if force_install else ""
        self._refuse_while_busy()
        self._submit(f"{force}INSTALL {_types.quote(extension)}")

    @native("load_extension(self, extension: str) -> None")
    def load_extension(self, extension):
        """Loads an extension of DuckDB. Extensions cannot be loaded here, and the error says so."""
        self._refuse_while_busy()
        self._submit(f"LOAD {_types.quote(extension)}")

    @native("get_profiling_information(self, format: str = 'json') -> str")
    def get_profiling_information(self, format="json"):
        """What is known of the last query."""
        with _errors.raising:
            return self._open().profile(format.encode()).decode()

    @native("enable_profiling(self) -> None")
    def enable_profiling(self):
        """Has queries that follow looked at closely."""
        with _errors.raising:
            self._open().enable_profiling(True)

    @native("disable_profiling(self) -> None")
    def disable_profiling(self):
        """Queries that follow are not looked at closely."""
        with _errors.raising:
            self._open().enable_profiling(False)

    @native("list_filesystems(self) -> list")
    def list_filesystems(self):
        """Names of file systems that are registered."""
        self._open()
        return []

    @native("filesystem_is_registered(self, name: str) -> bool")
    def filesystem_is_registered(self, name):
        """Whether a file system of this name is registered."""
        return name in self.list_filesystems()


def _needs(package, *signatures, of_result=True):
    """Methods that give, of the open result or not, what another package has: an error names it."""

    def method(self, *args, **kwargs):
        """Needs a package that is not here, and says so."""
        if of_result:
            self._open_result()
        raise ModuleNotFoundError(f"No module named '{package}'", name=package)

    method.__qualname__ = "DuckDBPyConnection.method"
    for signature in signatures:
        name = signature.partition("(")[0]
        setattr(DuckDBPyConnection, name, also(name, native(signature)(method)))


_needs(
    "numpy",
    "df(self, *, date_as_object: bool = False) -> object",
    "fetchdf(self, *, date_as_object: bool = False) -> object",
    "fetch_df(self, *, date_as_object: bool = False) -> object",
    "fetch_df_chunk(self, vectors_per_chunk: int = 1, *, date_as_object: bool = False) -> object",
    "fetchnumpy(self) -> dict",
)
_needs(
    "numpy",
    "append(self, table_name: str, df: object, *, by_name: bool = False) -> _duckdb.DuckDBPyConnection",
    of_result=False,
)
_needs("torch", "torch(self) -> dict")
_needs("tensorflow", "tf(self) -> dict")
_needs(
    "fsspec",
    "register_filesystem(self, filesystem: object | None) -> None",
    "unregister_filesystem(self, name: str) -> None",
    of_result=False,
)
