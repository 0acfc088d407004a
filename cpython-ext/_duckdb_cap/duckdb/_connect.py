"""Databases that are opened, and the connection of the module."""

import os
import pathlib
import sys
import weakref

import _duckdb_cap

from duckdb import _errors, _sources
from duckdb._connection import DuckDBPyConnection
from duckdb._native import native
from duckdb._statement import encoded

# Below what a component of 32 bits may have, and what the program needs beside it.
_MEMORY_LIMIT = "1GB"

# Databases in files that are open, so that all who connect to one share what they registered.
_databases = weakref.WeakValueDictionary()


class _Instance:
    """A database that is open, until the last of its connections here is closed."""

    def __init__(self, handle):
        self.handle = handle
        self._side = None

    def side(self):
        """A connection for what programs do not see."""
        if self._side is None:
            self._side = self.handle.connect()
        return self._side

    def __del__(self):
        if _sources.end is None:  # Python ends, and takes all with it
            return
        if self._side is not None:
            _sources.end(self._side.close)
        _sources.end(self.handle.close)


class _Shared:
    """What the connections to one database share. It is in a file, or in memory."""

    def __init__(self, file=None):
        self.file = file
        self.functions = {}
        self.sources = []  # that views read


@native("connect(database: object = ':memory:', read_only: bool = False, config: dict = {}) -> _duckdb.DuckDBPyConnection")
def connect(database=":memory:", read_only=False, config={}):
    """A new connection to a database in a file, or in memory."""
    if not isinstance(database, (str, pathlib.Path)):
        raise _errors.invalid(f"Please provide either a str or a pathlib.Path, not {type(database)}")
    path, settings = str(database), {str(name): str(value) for name, value in config.items()}
    if path.lower() == ":default:":
        if read_only or settings:
            raise _errors.invalid("Default connection fetching is only allowed without additional options")
        return default_connection()
    settings.setdefault("duckdb_api", f"python/{sys.version_info[0]}.{sys.version_info[1]}")
    settings.setdefault("memory_limit", _MEMORY_LIMIT)
    if read_only:
        settings["access_mode"] = "read_only"
    options = [(name.encode(), value.encode()) for name, value in settings.items()]
    with _errors.raising:
        instance = _Instance(_duckdb_cap.Instance.open(encoded(path), options))
    return DuckDBPyConnection._make(instance, _shared_by(path))


def _shared_by(path):
    if path in ("", ":memory:"):
        return _Shared()
    file = None if path.startswith(":memory:") else os.path.abspath(path)
    key = file or path, _errors.raising.ended
    shared = _databases.get(key)
    if shared is None:
        shared = _databases[key] = _Shared(file)
    return shared


_default = None


@native("default_connection() -> _duckdb.DuckDBPyConnection")
def default_connection():
    """The connection that the functions of the module use."""
    global _default
    if _default is None or _default._handle is None or _default._ended != _errors.raising.ended:
        _default = connect()
    return _default


@native("set_default_connection(connection: _duckdb.DuckDBPyConnection) -> None")
def set_default_connection(connection):
    """Has functions of the module use a connection."""
    global _default
    _default = connection
