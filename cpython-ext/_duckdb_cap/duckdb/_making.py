"""What relations are made of: texts, tables, values, table functions, rows."""

from duckdb import _errors, _sources, _types
from duckdb._expression import literal
from duckdb._relation import DuckDBPyRelation, _qualified


def from_query(connection, query, alias="", params=None):
    """A relation of a text whose last statement returns rows; others run, and give None."""
    kept, text, kind = connection._prepare_script(query, params)
    if text is None:
        return None if kept is None else _of_rows(connection, kept, alias)
    if params:
        return _of_rows(connection, connection._submit_keeping(text, params), alias)
    if kind == "SELECT":
        return DuckDBPyRelation(connection, text, alias)
    return _of_rows(connection, connection._submit_keeping(text), alias)


def _of_rows(connection, result, alias):
    """A relation of rows that are there: they are a source of this connection's."""
    names, rows = result.names, result.fetchall()
    columns = [list(column) for column in zip(*rows)] if rows else [[] for _ in names]
    source = _sources.Source(names, columns)
    source.types = result.types
    connection._known[f"pylon_source({source.number})"] = "source", source
    return DuckDBPyRelation(connection, f"SELECT * FROM pylon_source({source.number}::UINTEGER)", alias)


def table(connection, name):
    made = DuckDBPyRelation(connection, f"SELECT * FROM {_qualified(name)}", name, "TABLE_RELATION")
    return made


def view(connection, name):
    return DuckDBPyRelation(connection, f"SELECT * FROM {_qualified(name)}", name, "VIEW_RELATION")


def values(connection, args):
    if not args:
        raise _errors.invalid("Could not create a ValueRelation without any inputs")
    rows = args if all(isinstance(row, tuple) for row in args) else (args[0] if isinstance(args[0], list) else args,)
    if len({len(row) for row in rows}) != 1:
        raise _errors.invalid(
            f"Mismatch between length of tuples in input, expected {len(rows[0])} but found "
            f"{next(len(row) for row in rows if len(row) != len(rows[0]))}"
        )
    text = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    return DuckDBPyRelation(connection, f"SELECT * FROM (VALUES {text})", kind="VALUE_LIST_RELATION")


def table_function(connection, name, parameters):
    if parameters is not None and not isinstance(parameters, (list, tuple)):
        raise _errors.invalid("'params' has to be a list of parameters")
    arguments = ", ".join(map(literal, parameters or ()))
    return DuckDBPyRelation(connection, f"SELECT * FROM {_types._field_name(name)}({arguments})", kind="TABLE_FUNCTION_RELATION")

