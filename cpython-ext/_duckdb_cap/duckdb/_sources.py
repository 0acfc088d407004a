"""Objects of Python that queries read as tables, and what answers the cap."""

import bisect
import contextlib
import errno
import itertools
import os
import stat
import sys
import weakref

import _duckdb_cap

from duckdb import _encode, _errors, _functions, _types

# Connections whose statements run, the innermost last.
_running = []
# What is to be called when no statement runs any more: something was collected meanwhile.
_ended = []
# By number, as long as what reads them holds them: a connection, a relation or a result.
_sources = weakref.WeakValueDictionary()
_numbers = itertools.count(1)
_PACKAGE = ("duckdb",)
# More bytes than that are read in smaller pieces.
_LARGE = 64 * 1024 * 1024


@contextlib.contextmanager
def running(connection):
    """While it lasts the cap asks for what this connection's program has."""
    if connection in _running:
        raise _errors.problem(
            _errors.ResourceInUseException,
            "code running inside a query cannot use that query's connection; use a separate connection from cursor()",
        )
    _running.append(connection)
    try:
        yield
    finally:
        _running.remove(connection)
        if not _running:
            while _ended:
                _errors.let_go(_ended.pop())


def end(call):
    """Calls what ends something that nobody has any more: at once, or when no statement runs, in the middle of which collections
    happen."""
    if _running:
        _ended.append(call)
    else:
        _errors.let_go(call)


class Source:
    """Rows of Python values: columns, each a list, with a type that takes all of its values."""

    def __init__(self, names, columns, types=None, is_read_again=False):
        self.is_read_again = is_read_again  # rows of a query that the package would run again
        self.names = names
        self.columns = columns
        self.types = [_not_null(_encode.type_of_all(column)) for column in columns] if types is None else types
        self.rows = len(columns[0]) if columns else 0
        self.number = next(_numbers)
        _sources[self.number] = self

    def describe(self):
        return [_types.column_of(name, type_) for name, type_ in zip(self.names, self.types)]

    def read(self, columns, first, count):
        last = min(first + count, self.rows)
        picked = [self.columns[place] for place in columns]
        if last - first < self.rows:
            picked = [column[first:last] for column in picked]
        chunk = _encode.chunk_of([self.types[place] for place in columns], picked, max(last - first, 0))
        if last - first > 1 and _encode.size_of(chunk) > _LARGE:
            return self.read(columns, first, (last - first) // 2)
        return chunk


class Rows(Source):
    """Rows that a statement gave, as they crossed: each value is what it was, even where Python has none like it."""

    def __init__(self, names, columns, chunks, is_read_again=False):
        super().__init__(names, [], list(map(_types.type_of_column, columns)), is_read_again)
        self._widths = [len(column.nodes) for column in columns]
        self._chunks = chunks
        self._starts = list(itertools.accumulate((chunk.rows for chunk in chunks), initial=0))
        self.rows = self._starts[-1]

    def read(self, columns, first, count):
        if first == self.rows:
            return 0, _encode.chunk_of([self.types[place] for place in columns], [[] for _ in columns], 0)[1]
        chunk = self._chunks[bisect.bisect_left(self._starts, first)]
        behind = list(itertools.accumulate(self._widths, initial=0))
        return chunk.rows, [vector for place in columns for vector in chunk.vectors[behind[place] : behind[place + 1]]]


def _not_null(type_):
    """A column of nothing but None is an INTEGER, as in SQL."""
    return _types.INTEGER if type_ is _types.SQLNULL else type_


def _columns_of_dicts(rows):
    """Names and columns of a list of dicts; nothing: it is none, or has keys that are no texts."""
    if (gathered := _duckdb_cap.gather(rows)) is not None:
        return gathered
    if not all(isinstance(row, dict) for row in rows):
        return [], []
    names = list(dict.fromkeys(itertools.chain.from_iterable(rows)))
    if not all(isinstance(name, str) for name in names):
        return [], []
    return names, [[row.get(name) for row in rows] for name in names]


def source_of(value):
    """The rows that a list of dicts, a dict of columns or an object of Arrow has; None: it is none of them."""
    if isinstance(value, dict) and value and all(isinstance(name, str) for name in value):
        columns = [list(column) for column in value.values() if isinstance(column, (list, tuple))]
        if len(columns) == len(value) and len(set(map(len, columns))) == 1:
            return Source(list(value), columns)
    if isinstance(value, list):
        names, columns = _columns_of_dicts(value)
        if names:
            return Source(names, columns)
    from duckdb import _arrow_source

    return _arrow_source.source_of(value)


# ---- Names of variables ----


def _frames():
    """The frame of the program's that called the package, and its callers."""
    frame = sys._getframe()
    while frame is not None and frame.f_globals.get("__name__", "").split(".")[0] in _PACKAGE:
        frame = frame.f_back
    return frame


def depth():
    """How many frames up from the caller the program is, for warnings."""
    frame, count = sys._getframe(1), 1
    while frame is not None and frame.f_globals.get("__name__", "").split(".")[0] in _PACKAGE:
        frame, count = frame.f_back, count + 1
    return count


def _variable(name):
    """The variable of this name where the package was called: where, and its value; None: there is none."""
    frame = _frames()
    if frame is None:
        return None
    for variables in (frame.f_locals, frame.f_globals):
        if name in variables and not isinstance(variables[name], type(len)):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}", variables[name]
    return None


def _refuse(value, name, place=None):
    found = "" if place is None else f'found on line "{place}" '
    return _errors.invalid(
        f'Python Object "{name}" of type "{type(value).__name__}" {found}not suitable for replacement scans.\n'
        f'Make sure that "{name}" is either a pandas.DataFrame, duckdb.DuckDBPyRelation, pyarrow Table, Dataset, '
        "RecordBatchReader, Scanner, or NumPy ndarrays with supported format"
    )


def check_database(relation, connection, name):
    """An error unless a relation is one of the database that is to read it: elsewhere its text means something else."""
    shared = relation._connection._shared
    if shared is connection._shared:
        return
    where = "an in-memory database" if shared.file is None else f'the database "{shared.file}"'
    raise _errors.invalid(
        f'Python Object "{name}" of type "{type(relation).__name__}" not suitable for replacement scan.\n'
        f"The relation reads {where} and cannot be read on a connection to another database."
    )


def _replacement(name):
    from duckdb._relation import DuckDBPyRelation

    found = _variable(name)
    if found is None:
        return "nothing", None
    place, value = found
    if isinstance(value, DuckDBPyRelation):
        check_database(value, _running[-1], name)
        _running[-1]._known.update(value._known)
        return "query", value._text().encode()
    source = source_of(value)
    if source is None:
        raise _refuse(value, name, place)
    return "source", source


def lookup(name):
    """What a name stands for on the connection that runs: what was found before, or a variable."""
    connection = _running[-1]
    known = connection._known
    if name not in known:
        found = _replacement(name)
        if found[0] == "nothing":
            return found
        known[name] = found
    kind, value = known[name]
    if kind == "object":  # a file that is kept, which is here to be kept
        return "nothing", None
    return kind, value.number if kind == "source" else value


# ---- Registered objects ----


def register(connection, name, value):
    from duckdb._relation import DuckDBPyRelation

    if isinstance(value, DuckDBPyRelation):
        check_database(value, connection, name)
        sql = value._text()
        kept = dict(value._known)
    else:
        kept = source_of(value)
        if kept is None:
            raise _refuse(value, name)
        sql = f"SELECT * FROM pylon_source({kept.number}::UINTEGER)"
    connection._submit(f"CREATE OR REPLACE TEMPORARY VIEW {_types.quote(name)} AS {sql}")
    connection._registered[name] = kept  # what it reads, as long as it is registered


def unregister(connection, name):
    if name not in connection._registered:
        return
    connection._submit(f"DROP VIEW IF EXISTS temp.main.{_types.quote(name)}")
    del connection._registered[name]


# ---- What answers the cap ----


def _answered(method):
    """An exception of an answer as the contract's problem."""

    def answer(self, *arguments):
        try:
            return method(self, *arguments)
        except _errors.Error as error:
            raise _duckdb_cap.DuckdbError(_errors.to_problem(error)) from None

    return answer


class _Callbacks:
    @_answered
    def lookup(self, name):
        return lookup(name.decode("utf-8", "replace"))

    @_answered
    def describe(self, source):
        return _find(source).describe()

    @_answered
    def read(self, source, columns, first, count):
        return _find(source).read(columns, first, count)

    @_answered
    def call(self, function, types, arguments, zone):
        return _functions.call(_running[-1], function, types, arguments, zone.decode())

    def goes_on(self, done):
        """Python looks at signals when it is called: what a handler raises ends the query, and is raised where that was run."""
        return True

    def print(self, text):
        # Where DuckDB prints it natively, past sys.stdout; it is nothing that a query fails for.
        with contextlib.suppress(OSError):
            os.write(1, text)

    def reserve(self, bytes):
        try:
            return bytearray(bytes) is not None
        except MemoryError:
            return False


def _find(number):
    try:
        return _sources[number]
    except KeyError:
        raise _errors.invalid("This query reads a Python object that was released") from None


_FAULTS = {
    errno.ENOENT: "NO_ENTRY",
    errno.EACCES: "ACCESS",
    errno.EPERM: "ACCESS",
    errno.EROFS: "READ_ONLY",
    errno.EEXIST: "EXISTS",
    errno.EISDIR: "IS_DIRECTORY",
    errno.ENOTDIR: "NOT_DIRECTORY",
    errno.ENOSPC: "NO_SPACE",
    errno.ENOMEM: "NO_MEMORY",
    errno.EMFILE: "TOO_MANY",
    errno.ENAMETOOLONG: "BAD_NAME",
    errno.EINVAL: "BAD_NAME",
}


def _faulty(method):
    def answer(self, *arguments):
        try:
            return method(self, *arguments)
        except OSError as error:
            fault = _FAULTS.get(error.errno, "IO")
        except ValueError:
            fault = "BAD_NAME"
        raise _duckdb_cap.DuckdbError(getattr(_duckdb_cap.Fault, fault))

    return answer


class _Folders:
    @_faulty
    def status(self, path):
        found = os.stat(path)
        kinds = _duckdb_cap.EntryKind
        kind = kinds.FILE if stat.S_ISREG(found.st_mode) else kinds.FOLDER if stat.S_ISDIR(found.st_mode) else kinds.OTHER
        return kind, found.st_size, max(found.st_mtime_ns, 0), found.st_dev, found.st_ino

    @_faulty
    def names(self, path):
        with os.scandir(path) as entries:
            return sorted(entry.name + b"/" if entry.is_dir() else entry.name for entry in entries)

    @_faulty
    def make(self, path):
        os.mkdir(path)

    @_faulty
    def remove_folder(self, path):
        os.rmdir(path)

    @_faulty
    def rename(self, path, to):
        os.replace(path, to)

    @_faulty
    def variable(self, name):
        value = os.environ.get(name.decode("utf-8", "replace"))
        if value is None:
            raise FileNotFoundError(errno.ENOENT, "no such variable")
        return os.fsencode(value)


_duckdb_cap.answer_callbacks(_Callbacks())
_duckdb_cap.answer_folders(_Folders())
