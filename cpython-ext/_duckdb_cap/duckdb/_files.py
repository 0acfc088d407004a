"""Options of readers and writers of files, as SQL."""

import os

from duckdb import _errors, _types
from duckdb._literal import literal, text
from duckdb._names import fold

_INVALID, _BINDER = _errors.InvalidInputException, _errors.BinderException


def option_text(value):
    """A value of an option as SQL."""
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(option_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(str(name))}: {option_text(item)}" for name, item in value.items()) + "}"
    return literal(value)


class _Option:
    """An option of a reader: its name in SQL, the types that it takes, and what is said of others."""

    def __init__(self, kinds, message, error=_INVALID, name=None):
        self.kinds, self.message, self.error, self.name = kinds, message, error, name

    def write(self, argument, value, written):
        if not isinstance(value, self.kinds) or (bool not in self.kinds and isinstance(value, bool)):
            raise _errors.problem(self.error, self.message.format(argument, type(value).__name__))
        written[self.name or argument] = option_text(value)


def _csv(kind, kinds, told=False, name=None):
    message = f"read_csv only accepts '{{0}}' as {kind}" + (", not '{1}'" if told else "")
    return _Option(kinds, message, _BINDER if told else _INVALID, name)


def _json(kind, kinds):
    return _Option(kinds, f"read_json only accepts '{{0}}' as {kind}, not '{{1}}'", _BINDER)


# ---- Options that are written in a way of their own ----


def _flag(argument, value, written):
    """A boolean, or the number 0."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value:
            raise _errors.invalid(f"read_csv only accepts 0 if '{argument}' is given as an integer")
        value = True
    if not isinstance(value, bool):
        raise _errors.invalid(f"read_csv only accepts '{argument}' as an integer, or a boolean")
    written[argument] = option_text(value)


def _type_name(value):
    return value if isinstance(value, str) else repr(_types.resolve(value))


def _dtype(argument, value, written):
    if isinstance(value, dict):
        written["dtypes"] = option_text({str(name): _type_name(type_) for name, type_ in value.items()})
    elif isinstance(value, (list, tuple)):
        written["dtypes"] = option_text(list(map(_type_name, value)))
    else:
        raise _errors.invalid("read_csv only accepts 'dtype' as a dictionary or a list of strings")


def _names(argument, value, written):
    if not isinstance(value, (list, tuple)):
        raise _errors.invalid("read_csv only accepts 'names' as a list of strings")
    if not all(isinstance(name, str) for name in value):
        raise _errors.invalid("read_csv 'names' list has to consist of only strings")
    written["names"] = option_text(value)


def _na_values(argument, value, written):
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, (list, tuple)):
        raise _errors.invalid("read_csv only accepts 'na_values' as a string or a list of strings")
    if not all(isinstance(item, str) for item in values):
        raise _errors.invalid("read_csv 'na_values' list has to consist of only strings")
    written["nullstr"] = option_text(values)


def _encoding(argument, value, written):
    if not isinstance(value, str):
        raise _errors.invalid("read_csv only accepts 'encoding' as a string")
    if fold(value) not in ("utf8", "utf-8"):
        raise _errors.problem(_BINDER, "Copy is only supported for UTF-8 encoded files, ENCODING 'UTF-8'")


def _line_end(argument, value, written):
    ends = {"\\n": "\\n", "LINE_FEED": "\\n", "\\r\\n": "\\r\\n", "CARRIAGE_RETURN_LINE_FEED": "\\r\\n"}
    spelled = getattr(value, "name", value)
    if not isinstance(spelled, str) or spelled not in ends:
        raise _errors.problem(
            _BINDER,
            f"read_csv only accepts 'lineterminator' as a string or CSVLineTerminator, not '{type(value).__name__}'",
        )
    written["new_line"] = text(ends[spelled])


def _max_line_size(argument, value, written):
    _csv("a string or an integer", (str, int), told=True).write(argument, value, {})
    written[argument] = text(str(value))


def _candidates(argument, value, written):
    _csv("a list[str]", (list,), told=True).write(argument, [] if isinstance(value, list) else value, {})
    written[argument] = option_text(list(map(_type_name, value)))


def _force_not_null(argument, value, written):
    _csv("a list[str]", (list,), told=True).write(argument, [] if isinstance(value, list) else value, {})
    written[argument] = option_text(list(map(str, value)))


def _columns(method):
    def write(argument, value, written):
        if not isinstance(value, dict):
            raise _errors.problem(_BINDER, f"{method} only accepts 'columns' as a dict[str, str]")
        for name, type_ in value.items():
            for part, what in ((name, "name"), (type_, "type")):
                if not isinstance(part, str):
                    message = f"The provided column {what} must be a str, not of type '{type(name).__name__}'"
                    raise _errors.problem(_BINDER, message)
        written["columns"] = option_text(value)

    return write


_SHARED = {
    "filename": lambda argument, value, written: written.update(filename=option_text(value)),
    "hive_types": lambda argument, value, written: written.update(hive_types=option_text(value)),
    **dict.fromkeys(("hive_partitioning", "union_by_name", "hive_types_autocast"), _json("a boolean", (bool,)).write),
}
_CSV = {
    **_SHARED,
    "header": _flag,
    "strict_mode": _flag,
    "compression": _csv("a string", (str,)).write,
    "comment": _csv("a string", (str,)).write,
    "sep": lambda argument, value, written: written.update(delim=text(str(value))),
    "delimiter": lambda argument, value, written: written.update(delim=text(str(value))),
    "files_to_sniff": _csv("an integer", (int,)).write,
    "dtype": _dtype,
    "na_values": _na_values,
    "skiprows": _csv("an integer", (int,), name="skip").write,
    "quotechar": _csv("a string", (str,), name="quote").write,
    "escapechar": _csv("a string", (str,), name="escape").write,
    "encoding": _encoding,
    "parallel": _csv("a boolean", (bool,)).write,
    "date_format": _csv("a string", (str,), name="dateformat").write,
    "timestamp_format": _csv("a string", (str,), name="timestampformat").write,
    "sample_size": _csv("an integer", (int,)).write,
    "auto_detect": _flag,
    **dict.fromkeys(("all_varchar", "normalize_names", "null_padding"), _csv("a boolean", (bool,)).write),
    "names": _names,
    "lineterminator": _line_end,
    "columns": _columns("read_csv"),
    "auto_type_candidates": _candidates,
    "max_line_size": _max_line_size,
    **dict.fromkeys(("ignore_errors", "store_rejects"), _csv("a bool", (bool,), told=True).write),
    **dict.fromkeys(("rejects_table", "rejects_scan"), _csv("a string", (str,), told=True).write),
    "rejects_limit": _csv("an int", (int,), told=True).write,
    "force_not_null": _force_not_null,
    "buffer_size": _csv("a list[str]", (int,), told=True).write,
    "decimal": _csv("a string", (str,), told=True, name="decimal_separator").write,
    "allow_quoted_nulls": _csv("a bool", (bool,), told=True).write,
    "thousands": _csv("a string", (str,)).write,
}
_JSON = {
    **_SHARED,
    "columns": _columns("read_json"),
    **dict.fromkeys(
        ("records", "format", "date_format", "timestamp_format", "compression"), _json("a string", (str,)).write
    ),
    **dict.fromkeys(("sample_size", "maximum_depth"), _json("an integer", (int,)).write),
    "maximum_object_size": _json("an unsigned integer", (int,)).write,
    **dict.fromkeys(("ignore_errors", "convert_strings_to_integers"), _json("a boolean", (bool,)).write),
    "field_appearance_threshold": _json("a float", (float,)).write,
    **dict.fromkeys(("map_inference_threshold", "maximum_sample_files"), _json("an integer", (int,)).write),
}
_PARQUET = ("binary_as_string", "file_row_number", "filename", "hive_partitioning", "union_by_name")


# ---- Readers ----


class Reader:
    """A table function that reads files: these, and its options, as SQL, and what holds those that are objects of the program's."""

    def __init__(self, function, files, objects, options, items="*"):
        self.function, self.files, self.objects, self.options = function, files, objects, options
        self.items = items  # what is selected of it

    @property
    def is_one(self):
        """One name, which may be a pattern."""
        return not self.files.startswith("[")

    def with_options(self, options, items="*"):
        return Reader(self.function, self.files, self.objects, options, items)

    def text(self, function=None):
        """The call, or that of another function that reads the same."""
        listed = ", ".join([self.files, *(f"{name} := {value}" for name, value in self.options.items())])
        return f"{function or self.function}({listed})"


def _given(connection, source):
    """Names of files as SQL, and what holds those that are objects with read()."""
    objects = []

    def name_of(item):
        if isinstance(item, str):
            return item
        if isinstance(item, bytes) or hasattr(item, "__fspath__"):
            return os.fsdecode(item)
        if not (hasattr(item, "read") and hasattr(item, "seek")):
            raise TypeError("Can not read from a non file-like object")
        objects.append(connection._keep_object(item))
        return objects[-1].name

    if isinstance(source, list):
        if not source:
            raise _errors.invalid("Please provide a non-empty list of paths or file-like objects")
        return option_text([name_of(item) for item in source]), objects
    return text(name_of(source)), objects


def csv(connection, source, options):
    for name in options:
        if name not in _CSV:
            raise _unknown(name)
    files = _given(connection, source)
    if options.get("sep") is not None and options.get("delimiter") is not None:
        raise _errors.invalid("read_csv takes either 'delimiter' or 'sep', not both")
    written = {}
    for name, write in _CSV.items():
        if options.get(name) is not None:
            write(name, options[name], written)
    return Reader("read_csv", *files, written)


def _unknown(name):
    import difflib

    found = difflib.get_close_matches(name, list(_CSV), n=3, cutoff=0.0)
    listed = "".join(f"* {other}\n" for other in found)
    return _errors.invalid(
        f'The methods read_csv and read_csv_auto do not have the "{name}" argument.\nPossible arguments as suggestions: \n{listed}'
    )


def json(connection, source, options):
    for name in options:
        if name not in _JSON:
            raise TypeError(f"read_json() got an unexpected keyword argument '{name}'")
    files = _given(connection, source)
    written = {}
    for name, write in _JSON.items():
        if options.get(name) is not None:
            write(name, options[name], written)
    if options.get("columns") is None:
        written["auto_detect"] = "true"
    return Reader("read_json", *files, written)


def parquet(connection, source, options):
    for name in options:
        if name not in (*_PARQUET, "compression"):
            raise TypeError(f"read_parquet() got an unexpected keyword argument '{name}'")
    files, objects = _given(connection, source)
    written = {name: option_text(bool(options.get(name))) for name in _PARQUET}
    compression = options.get("compression")
    if compression is not None:
        if not isinstance(compression, str):
            raise _errors.invalid("from_parquet only accepts 'compression' as a string")
        written["compression"] = text(compression)
    return Reader("parquet_scan", files if files.startswith("[") else f"[{files}]", objects, written)


# ---- Writers ----


def _strings(method, options, written, names):
    for argument, name in names.items():
        value = options.get(argument)
        if value is not None:
            if not isinstance(value, str):
                raise _errors.invalid(f"{method} only accepts '{argument}' as a string")
            written[name] = text(value)


def _booleans(method, options, written, *names):
    for argument in names:
        value = options.get(argument)
        if value is not None:
            if not isinstance(value, bool):
                raise _errors.invalid(f"{method} only accepts '{argument}' as a boolean")
            written["OVERWRITE_OR_IGNORE" if argument == "overwrite" else argument.upper()] = option_text(value)


def _partition(method, options, written):
    value = options.get("partition_by")
    if value is not None:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise _errors.invalid(f"{method} only accepts 'partition_by' as a list of strings")
        written["PARTITION_BY"] = f"({', '.join(map(_types.quote, value))})"


_CSV_TEXTS = {"sep": "DELIMITER", "na_rep": "NULL"}
_CSV_FORMATS = {"quotechar": "QUOTE", "escapechar": "ESCAPE", "date_format": "DATEFORMAT", "timestamp_format": "TIMESTAMPFORMAT"}


def csv_writing(options):
    """Options of COPY to a CSV file."""
    written = {"FORMAT": "csv"}
    _strings("to_csv", options, written, _CSV_TEXTS)
    _booleans("to_csv", options, written, "header")
    _strings("to_csv", options, written, _CSV_FORMATS)
    quoting = options.get("quoting")
    if quoting is not None:
        _check_quoting(quoting)
        written["FORCE_QUOTE"] = "*"
    encoding = options.get("encoding")
    if encoding is not None:
        if not isinstance(encoding, str):
            raise _errors.invalid("to_csv only accepts 'encoding' as a string")
        if fold(encoding) not in ("utf-8", "utf8"):
            raise _errors.invalid("The only supported encoding option is 'UTF8")
    _strings("to_csv", options, written, {"compression": "COMPRESSION"})
    _booleans("to_csv", options, written, "overwrite", "per_thread_output", "use_tmp_file")
    _partition("to_csv", options, written)
    _booleans("to_csv", options, written, "write_partition_columns")
    return written


def _check_quoting(quoting):
    if isinstance(quoting, str):
        if fold(quoting) not in ("force", "all"):
            raise _errors.invalid("to_csv 'quoting' supported options are ALL or FORCE (both set FORCE_QUOTE=True)")
    elif not isinstance(quoting, int) or isinstance(quoting, bool):
        raise _errors.invalid("to_csv only accepts 'quoting' as a string or a constant from the 'csv' package")
    elif quoting != 1:
        raise _errors.invalid("Only csv.QUOTE_ALL is a supported option for 'quoting' currently")


def _field_ids(ids):
    entries = []
    for name, value in ids.items():
        if not isinstance(name, str):
            raise _errors.invalid("NestedDictToStruct only accepts a dictionary with string keys")
        if isinstance(value, dict):
            entries.append(f"{text(name)}: {_field_ids(value)}")
        elif isinstance(value, int) and not isinstance(value, bool):
            entries.append(f"{text(name)}: {int(value)}")
        else:
            message = "NestedDictToStruct only accepts a dictionary with integer values or nested dictionaries"
            raise _errors.invalid(message)
    return "{" + ", ".join(entries) + "}"


def _sizes(options, written, argument, kinds, kind):
    value = options.get(argument)
    if value is not None:
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise _errors.invalid(f"to_parquet only accepts '{argument}' as {kind}")
        written[argument.upper()] = option_text(value)


def parquet_writing(options):
    """Options of COPY to a Parquet file."""
    written = {"FORMAT": "parquet"}
    _strings("to_parquet", options, written, {"compression": "COMPRESSION"})
    ids = options.get("field_ids")
    if ids is not None:
        if not isinstance(ids, (dict, str)):
            raise _errors.invalid("to_parquet only accepts 'field_ids' as a dictionary or 'auto'")
        written["FIELD_IDS"] = _field_ids(ids) if isinstance(ids, dict) else text(ids)
    _sizes(options, written, "row_group_size_bytes", (int, str), "an integer or 'auto' string")
    _sizes(options, written, "row_group_size", (int,), "an integer")
    _partition("to_parquet", options, written)
    _booleans("to_parquet", options, written, "write_partition_columns", "append", "overwrite", "per_thread_output", "use_tmp_file")
    _strings("to_parquet", options, written, {"filename_pattern": "FILENAME_PATTERN"})
    _sizes(options, written, "file_size_bytes", (str, int), "an integer or string")
    return written
