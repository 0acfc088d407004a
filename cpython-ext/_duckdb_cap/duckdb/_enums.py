"""DuckDB's enumerations."""

import enum


class _Cases(enum.Enum):
    def __repr__(self):
        return str(self)


def _enumeration(name, cases):
    return _Cases(name, cases, module="duckdb")


CSVLineTerminator = _enumeration("CSVLineTerminator", {"LINE_FEED": 0, "CARRIAGE_RETURN_LINE_FEED": 1})
ExpectedResultType = _enumeration("ExpectedResultType", {"QUERY_RESULT": 0, "CHANGED_ROWS": 1, "NOTHING": 2})
ExplainType = _enumeration("ExplainType", {"STANDARD": 0, "ANALYZE": 1})
PythonExceptionHandling = _enumeration("PythonExceptionHandling", {"DEFAULT": 0, "RETURN_NULL": 1})
RenderMode = _enumeration("RenderMode", {"ROWS": 0, "COLUMNS": 1})
FunctionNullHandling = _enumeration("FunctionNullHandling", {"DEFAULT": 0, "SPECIAL": 1})
PythonUDFType = _enumeration("PythonUDFType", {"NATIVE": 0, "ARROW": 1})
token_type = _enumeration(
    "token_type",
    {"identifier": 0, "numeric_const": 1, "string_const": 2, "operator": 3, "keyword": 4, "comment": 5},
)
_STATEMENTS = (
    "INVALID SELECT INSERT UPDATE CREATE DELETE PREPARE EXECUTE ALTER TRANSACTION COPY ANALYZE VARIABLE_SET CREATE_FUNC "
    "EXPLAIN DROP EXPORT PRAGMA VACUUM CALL SET LOAD RELATION EXTENSION LOGICAL_PLAN ATTACH DETACH MULTI COPY_DATABASE"
).split()
StatementType = _enumeration(
    "StatementType", {**{name: value for value, name in enumerate(_STATEMENTS)}, "MERGE_INTO": 30}
)


def member_of(kind, given, what):
    """The case that is meant: itself, its name or its number."""
    if isinstance(given, kind):
        return given
    if isinstance(given, str) and given.upper() in kind.__members__:
        return kind.__members__[given.upper()]
    if isinstance(given, int):
        for member in kind.__members__.values():
            if member.value == given:
                return member
    from duckdb import _errors

    raise _errors.invalid(f"'{what}' accepts either a string, {kind.__name__} or int value")
