"""Readers of files whose columns do not change any more: what was found in the files is written into the call, so that each read
has the columns that the relation says it has, and a file that has others is read as the first one is."""

import re

from duckdb import _errors, _types
from duckdb._files import option_text
from duckdb._names import fold

_TYPES = ("dtypes", "column_types", "types")
_NAMES = ("names", "column_names")
# Options that add columns which no file has.
_GENERATING = ("filename", "hive_partitioning")
_OF_FILE_NAMES = (*_GENERATING, "hive_types", "hive_types_autocast")
# How objects of JSON are found.
_OF_OBJECTS = ("format", "compression", "maximum_object_size", "ignore_errors")
# What sniff_csv() finds, by the option that says so.
_DIALECT = {
    "delim": "Delimiter",
    "quote": "Quote",
    "escape": "Escape",
    "new_line": "NewLineDelimiter",
    "comment": "Comment",
    "skip": "SkipRows",
    "header": "HasHeader",
    "dateformat": "DateFormat",
    "timestampformat": "TimestampFormat",
}


def pinned(connection, reader):
    """The reader with the columns that it finds, unless they are given."""
    names, types, _ = connection._bind(f"SELECT * FROM {reader.text()}")
    if "columns" in reader.options or not names:
        return reader
    types = list(map(str, types))
    made = _with_columns(connection, reader, names, types)
    found, found_types, _ = connection._bind(f"SELECT {made.items} FROM {made.text()}")
    found_types = list(map(str, found_types))
    if (found, found_types) != (names, types):
        raise _errors.invalid(
            f"{reader.function} cannot keep the schema it bound: with that schema written into the call it reads "
            f"{_columns(found, found_types)} instead of {_columns(names, types)}"
        )
    return made


def _with_columns(connection, reader, names, types):
    width = _width(connection, reader)
    columns = _columns(names[:width], types[:width])
    untyped = {name: value for name, value in reader.options.items() if name not in _TYPES}
    if reader.function == "read_csv" and reader.options.get("union_by_name") == "true":
        # `columns` would be those of each file. Types go by name, and each file has what it has.
        return reader.with_options({**untyped, "types": columns}, ", ".join(map(_types.quote, names)))
    kept = {name: value for name, value in untyped.items() if name not in _NAMES}
    if reader.function == "read_json":
        _refuse_renamed(connection, reader, names[:width])
        return reader.with_options({**kept, "columns": columns})
    dialect = {name: value for name, value in _dialect(connection, reader).items() if name not in kept}
    if dialect:
        kept.pop("auto_detect", None)
        dialect["auto_detect"] = "false"
    return reader.with_options({**kept, **dialect, "columns": columns})


def _columns(names, types):
    return option_text(dict(zip(names, types)))


def _width(connection, reader):
    """How many columns the files have: they stand in front of those that are generated."""
    kept = {name: value for name, value in reader.options.items() if name not in _OF_FILE_NAMES}
    bare = reader.with_options({**kept, **dict.fromkeys(_GENERATING, "false")})
    return len(connection._bind(f"SELECT * FROM {bare.text()}")[0])


def _beside(connection, sql):
    """Runs a query; names that are looked up stay known."""
    known = dict(connection._known)
    try:
        return connection._submit(sql)
    finally:
        connection._known = known


def _dialect(connection, reader):
    """How the only file is written. Nothing is said of several, nor while a result is open: those are looked at when they are read."""
    if not reader.is_one:
        return {}
    try:
        result = _beside(connection, f"SELECT * FROM {reader.text('sniff_csv')}")
    except (_errors.ResourceInUseException, _errors.NotImplementedException):
        return {}
    found = dict(zip(result.names, result.fetchall()[0]))
    if found["DateFormat"] == "%Y-%m-%d":
        found["DateFormat"] = None  # what is said of dates that need no format; with it fewer of them are dates
    values = {option: found[field] for option, field in _DIALECT.items()}
    return {option: option_text("" if value == "(empty)" else value) for option, value in values.items() if value is not None}


def _refuse_renamed(connection, reader, names):
    """An error for keys that differ in case only: the reader renames one of them, and would then look for what no file has."""
    folded = set(map(fold, names))
    bases = {name: re.fullmatch(r"(.+)_\d+", name) for name in names}
    renamed = [name for name, base in bases.items() if base and fold(base[1]) in folded]
    if not renamed:
        return
    objects = reader.with_options({name: value for name, value in reader.options.items() if name in _OF_OBJECTS})
    rows = _beside(connection, f"SELECT DISTINCT unnest(json_keys(json)) FROM {objects.text('read_json_objects')}").fetchall()
    keys = sorted(key for key, in rows)
    renamed = [name for name in renamed if name not in keys]
    if renamed:
        spelled = {}
        for key in keys:
            spelled.setdefault(fold(key), []).append(repr(key))
        clashing = "; ".join(" and ".join(group) for group in spelled.values() if len(group) > 1)
        raise _errors.invalid(
            f"{reader.function} cannot keep the schema it bound: the keys {clashing} differ only in case, and the reader names a "
            f"column {', '.join(map(repr, renamed))} that no file holds; give the columns with columns= to read such a file"
        )
