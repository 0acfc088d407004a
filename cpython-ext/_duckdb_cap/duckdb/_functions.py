"""Functions of SQL in Python."""

import inspect
import itertools

import _duckdb_cap

from duckdb import _answers, _enums, _errors, _types, _zone
from duckdb._decode import columns_of

NATIVE = _enums.PythonUDFType.NATIVE
ARROW = _enums.PythonUDFType.ARROW
DEFAULT = _enums.FunctionNullHandling.DEFAULT
SPECIAL = _enums.FunctionNullHandling.SPECIAL
FORWARD = _enums.PythonExceptionHandling.DEFAULT

_numbers = itertools.count(1)
_functions = {}
_NULL_RESULT = (
    "\nThe returned result contained NULL values, but the 'null_handling' was set to DEFAULT.\n"
    "If you want more control over NULL values then 'null_handling' should be set to SPECIAL.\n\n"
    "With DEFAULT all rows containing NULL have been filtered from the UDFs input.\n"
    "Those rows are automatically set to NULL in the final result.\n"
    "The UDF is not expected to return NULL values.\n\t"
)


def _called(function, rows, columns):
    """The results of many calls. One or two arguments are written out: Python calls its own functions faster than map() does."""
    if len(columns) == 1:
        return [function(value) for value in columns[0]]
    if len(columns) == 2:
        return [function(first, second) for first, second in zip(*columns)]
    return list(map(function, *columns)) if columns else [function() for _ in range(rows)]


class _Function:
    """A function with what was said of it."""

    def __init__(self, function, returns, sees_null, returns_null_for_errors):
        self.function = function
        self.returns = returns
        self.sees_null = sees_null
        self.returns_null_for_errors = returns_null_for_errors
        self.number = next(_numbers)
        _functions[self.number] = self

    def one(self, arguments):
        if not self.sees_null and None in arguments:
            return None
        try:
            result = self.function(*arguments)
        except (Exception, SystemExit) as error:
            if self.returns_null_for_errors:
                return None
            raise _errors.invalid(
                f"Python exception occurred while executing the UDF: {type(error).__name__}: {error}"
            ) from None
        if result is None and not self.sees_null:
            raise _errors.invalid(_NULL_RESULT)
        return result

    def all(self, rows, columns):
        """The results of many calls in one go, for functions that see no NULL, and rows that have none; None: one of them fails, which
        is to be NULL."""
        try:
            return _called(self.function, rows, columns)
        except (Exception, SystemExit) as error:
            if not self.returns_null_for_errors:
                raise _errors.invalid(
                    f"Python exception occurred while executing the UDF: {type(error).__name__}: {error}"
                ) from None
            return None

    def each(self, rows, columns):
        """The results of many calls, one by one."""
        return [self.one(arguments) for arguments in (zip(*columns) if columns else itertools.repeat((), rows))]

    def answer(self, connection, arguments, columns):
        """The results for a chunk of arguments, as a chunk."""
        rows = arguments.rows
        has_null = any(data.validity for data in arguments.vectors) and any(None in column for column in columns)
        results = None if self.sees_null or has_null else self.all(rows, columns)
        if results is not None:
            surveyed = _answers.survey(results)
            if type(None) in surveyed[0]:
                raise _errors.invalid(_NULL_RESULT)
        else:
            results = self.each(rows, columns)
            surveyed = _answers.survey(results)
        return _answers.chunk_of(connection, self.returns, results, surveyed)


def call(connection, number, types, arguments, zone):
    """The results for rows of arguments, in the contract's form."""
    function = _functions[number]
    zone = _zone.zone_of(zone) if _zone.needs_zone(types) else None
    return function.answer(connection, arguments, columns_of(arguments, types, zone))


def _annotated(annotation, connection):
    """The type that an annotation stands for; None: it stands for none."""
    if annotation is inspect.Signature.empty or annotation is None:
        return None
    try:
        return _types.resolve(annotation, connection)
    except Exception:
        return None


def _analyze(function, connection):
    """Types by annotations: of the parameters, of the result, and whether there may be more parameters."""
    signature = inspect.signature(function, eval_str=True)
    parameters = list(signature.parameters.values())
    types = [_annotated(parameter.annotation, connection) or _types.ANY for parameter in parameters]
    variadic = any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters)
    return types, _annotated(signature.return_annotation, connection), variadic


def _stated(parameters, count, connection):
    if not isinstance(parameters, list):
        raise _errors.invalid("Either leave 'parameters' empty, or provide a list of DuckDBPyType objects")
    if len(parameters) != count:
        raise _errors.invalid(f"{len(parameters)} types provided, but the provided function takes {count} parameters")
    return [_types.resolve(parameter, connection) for parameter in parameters]


def create(connection, name, function, parameters, return_type, kind, null_handling, exception_handling, side_effects):
    handling = _enums.PythonExceptionHandling
    kind = _enums.member_of(_enums.PythonUDFType, kind, "type")
    sees_null = _enums.member_of(_enums.FunctionNullHandling, null_handling, "null_handling") is SPECIAL
    gives_null = _enums.member_of(handling, exception_handling, "exception_handling") is handling.RETURN_NULL
    if kind is ARROW:
        raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")
    types, returns, variadic = _analyze(function, connection)
    if parameters is not None:
        types = _stated(parameters, len(types), connection)
    if return_type is not None:
        returns = _types.resolve(return_type, connection)
    if returns is None:
        raise _errors.invalid("Could not infer the return type, please set it explicitly")
    functions = connection._shared.functions
    if name in functions:
        raise _errors.unsupported(
            f"A function by the name of '{name}' is already created, creating multiple functions with the same name is not "
            "supported yet, please remove it first"
        )
    made = _Function(function, returns, sees_null, gives_null)
    flags = _duckdb_cap.FunctionFlags
    # NULL is this side's business: a function that is not to see it may still return it.
    how = flags.NULL_HANDLING if sees_null else 0
    how |= flags.VOLATILE_RESULT if side_effects else 0
    how |= flags.VARIADIC if variadic else 0
    columns = [_types.column_of("", type_) for type_ in types]
    try:
        with _errors.raising:
            connection._open().create_function(name.encode(), columns, _types.column_of("", returns), how, made.number)
    except BaseException:
        del _functions[made.number]
        raise
    functions[name] = made


def remove(connection, name):
    functions = connection._shared.functions
    if name not in functions:
        raise _errors.invalid(f"No function by the name of '{name}' was found in the list of registered functions")
    with _errors.raising:
        connection._open().remove_function(name.encode())
    del _functions[functions.pop(name).number]
