"""Options of readers and writers of files, as SQL."""

import os

from duckdb import _enums, _errors, _types
from duckdb._expression import literal

_CSV_NAMES = {
    "sep": "delim",
    "delimiter": "delim",
    "skiprows": "skip",
    "quotechar": "quote",
    "escapechar": "escape",
    "na_values": "nullstr",
    "date_format": "dateformat",
    "timestamp_format": "timestampformat",
    "dtype": "types",
    "lineterminator": "new_line",
    "decimal": "decimal_separator",
}
_CSV_OPTIONS = set(
    "header compression sep delimiter files_to_sniff comment thousands dtype na_values skiprows quotechar escapechar encoding "
    "parallel date_format timestamp_format sample_size auto_detect all_varchar normalize_names null_padding names "
    "lineterminator columns auto_type_candidates max_line_size ignore_errors store_rejects rejects_table rejects_scan "
    "rejects_limit force_not_null buffer_size decimal allow_quoted_nulls filename hive_partitioning union_by_name hive_types "
    "hive_types_autocast strict_mode".split()
)
_JSON_NAMES = {"date_format": "dateformat", "timestamp_format": "timestampformat"}
_JSON_OPTIONS = set(
    "columns sample_size maximum_depth records format date_format timestamp_format compression maximum_object_size "
    "ignore_errors convert_strings_to_integers field_appearance_threshold map_inference_threshold maximum_sample_files "
    "filename hive_partitioning union_by_name hive_types hive_types_autocast".split()
)
_PARQUET_OPTIONS = set("file_row_number filename hive_partitioning union_by_name compression binary_as_string".split())


def _paths(given):
    paths = given if isinstance(given, (list, tuple)) else [given]
    found = []
    for path in paths:
        if not isinstance(path, (str, bytes, os.PathLike)):
            raise _errors.unsupported(f"a file is given by its name, not by a '{type(path).__name__}'")
        found.append(os.fsdecode(path))
    return literal(found if isinstance(given, (list, tuple)) else found[0])


def _types_text(value):
    """Types by name, or by position, as SQL."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(str(name))}: {literal(str(type_))}" for name, type_ in value.items()) + "}"
    return literal([str(type_) for type_ in value])


def _option(name, value):
    if name in ("dtype", "columns", "hive_types", "auto_type_candidates"):
        return _types_text(value)
    if name == "lineterminator":
        terminators = {"LINE_FEED": "\\n", "CARRIAGE_RETURN_LINE_FEED": "\\r\\n"}
        if isinstance(value, str) and value.upper() not in terminators:
            return literal({"\n": "\\n", "\r\n": "\\r\\n", "\r": "\\r"}.get(value, value))
        return literal(terminators[_enums.member_of(_enums.CSVLineTerminator, value, "lineterminator").name])
    if name == "header":
        return literal(bool(value))
    return literal(value)


def _reader(function, paths, options, known, names):
    written = [_paths(paths)]
    for name, value in options.items():
        if name not in known:
            raise TypeError(f"{function}() got an unexpected keyword argument '{name}'")
        if value is not None:
            written.append(f"{names.get(name, name)} = {_option(name, value)}")
    return f"SELECT * FROM {function}({', '.join(written)})"


def csv(paths, options):
    return _reader("read_csv", paths, options, _CSV_OPTIONS, _CSV_NAMES)


def json(paths, options):
    return _reader("read_json", paths, options, _JSON_OPTIONS, _JSON_NAMES)


def parquet(paths, options):
    return _reader("read_parquet", paths, options, _PARQUET_OPTIONS, {})


_COPY_NAMES = {
    "sep": "DELIMITER",
    "na_rep": "NULLSTR",
    "quotechar": "QUOTE",
    "escapechar": "ESCAPE",
    "date_format": "DATEFORMAT",
    "timestamp_format": "TIMESTAMPFORMAT",
}


def copy(sql, path, format, options):
    """A COPY of a query into a file."""
    written = [f"FORMAT {format}"]
    for name, value in options.items():
        if value is None:
            continue
        if name == "quoting":
            if value not in ("force", "all", 1):
                raise _errors.invalid("Only 'force' or csv.QUOTE_ALL are supported")
            written.append("FORCE_QUOTE *")
        elif name == "partition_by":
            written.append(f"PARTITION_BY ({', '.join(map(_types.quote, value))})")
        else:
            written.append(f"{_COPY_NAMES.get(name, name.upper())} {literal(value)}")
    return f"COPY ({sql}) TO {literal(os.fsdecode(path))} ({', '.join(written)})"
