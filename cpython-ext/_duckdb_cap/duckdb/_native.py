"""Methods that are compiled in the package: a docstring begins with how one is called, and arguments of another kind are refused
in one way, before the method looks at them."""

import functools

from duckdb import _enums, _errors

_KINDS = {"str": str, "bool": bool, "list": list, "dict": dict}
_ENUMERATIONS = ("PythonUDFType", "FunctionNullHandling", "PythonExceptionHandling")
_TYPE = "_duckdb._sqltypes.DuckDBPyType"
_CONNECTION = "_duckdb.DuckDBPyConnection"


class _Parameter:
    """A parameter as a signature writes it: `size: int = 1`."""

    def __init__(self, text, is_named):
        text, _, default = text.partition(" = ")
        self.name, _, self.annotation = text.removeprefix("*").partition(": ")
        self.is_rest = text.startswith("*")
        self.is_required = not default and not self.is_rest
        self.is_named = is_named
        kinds = self.annotation.split(" | ")
        self.kind, self.takes_none = kinds[0], "None" in kinds

    def takes(self, value):
        if value is None:
            return self.takes_none
        if self.kind in _KINDS:
            return isinstance(value, _KINDS[self.kind])
        if self.kind == "int":
            return hasattr(type(value), "__index__") and 0 <= value.__index__() < 2**64
        if self.kind == _CONNECTION:
            return _is_connection(value)
        if self.kind == _TYPE:
            return _is_type(value)
        if self.kind in _ENUMERATIONS:
            return self._is_member(value)
        return callable(value) if self.kind == "collections.abc.Callable" else True

    def _is_member(self, value):
        try:
            return _enums.member_of(getattr(_enums, self.kind), value, self.name) is not None
        except _errors.InvalidInputException:
            return False


def _is_type(value):
    from duckdb import _types

    try:
        return _types.resolve(value) is not None
    except _errors.NotImplementedException:
        return False
    except _errors.Error:
        return True  # a type by a name that the connection may know


def _is_connection(value):
    from duckdb._connection import DuckDBPyConnection

    return isinstance(value, DuckDBPyConnection)


def _is_one_of(owner, value):
    return any(kind.__name__ == owner for kind in type(value).__mro__)


def _parameters(signature):
    """What stands between the brackets: no default has a comma in it."""
    listed = signature.partition("(")[2].rpartition(") -> ")[0].split(", ")
    place = listed.index("*") if "*" in listed else len(listed)
    return [_Parameter(text, number > place) for number, text in enumerate(listed) if text and text != "*"]


def _fit(parameters, args, kwargs):
    positional = [parameter for parameter in parameters if not parameter.is_named and not parameter.is_rest]
    if len(args) > len(positional) and not any(parameter.is_rest for parameter in parameters):
        return False
    given = {parameter.name: value for parameter, value in zip(positional, args)}
    if not given.keys().isdisjoint(kwargs):
        return False
    given.update(kwargs)
    for parameter in parameters:
        if parameter.name in given:
            if not parameter.takes(given.pop(parameter.name)):
                return False
        elif parameter.is_required:
            return False
    return not given


def _type_name(value):
    kind = type(value)
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{'_duckdb' if kind.__module__.startswith('duckdb') else kind.__module__}.{kind.__qualname__}"


def refusal(signature, args, kwargs):
    given = list(map(_type_name, args))
    if kwargs:
        given.append(f"kwargs = {{ {', '.join(f'{name}: {_type_name(value)}' for name, value in kwargs.items())} }}")
    return TypeError(
        f"{signature.partition('(')[0]}(): incompatible function arguments. The following argument types are supported:\n"
        f"    1. {signature}\n\nInvoked with types: {', '.join(given)}"
    )


def _typed(function, signature):
    """The signature as inspect has it."""
    import inspect

    def as_written(parameter):
        kind = (
            inspect.Parameter.VAR_POSITIONAL if parameter.is_rest
            else inspect.Parameter.KEYWORD_ONLY if parameter.is_named
            else inspect.Parameter.POSITIONAL_OR_KEYWORD
        )
        given = defaults.get(parameter.name)
        default = inspect.Parameter.empty if parameter.is_required or parameter.is_rest else None if given is None else given.default
        annotation = parameter.annotation or inspect.Parameter.empty
        return inspect.Parameter(parameter.name, kind, default=default, annotation=annotation)

    defaults = inspect.signature(function).parameters
    result = signature.rpartition(" -> ")[2]
    return inspect.Signature(list(map(as_written, _parameters(signature))), return_annotation=result)


def native(signature):
    """Has a function called as a signature says."""

    def decorate(function):
        parameters = None
        is_free = False  # nothing but `self` need be given
        owner = function.__qualname__.partition(".")[0] if "(self" in signature else None
        owners = set()

        @functools.wraps(function)
        def called(*args, **kwargs):
            nonlocal parameters, is_free
            if is_free and len(args) == 1 and not kwargs and type(args[0]) in owners:
                return function(*args)
            if parameters is None:
                parameters = _parameters(signature)
                is_free = owner is not None and not any(parameter.is_required for parameter in parameters[1:])
            if owner is not None and args and _is_one_of(owner, args[0]):
                owners.add(type(args[0]))
            if (owner is None or (args and type(args[0]) in owners)) and _fit(parameters, args, kwargs):
                return function(*args, **kwargs)
            raise refusal(signature, args, kwargs)

        called.__doc__ = f"{signature}\n\n{function.__doc__}"
        called.native_signature = signature
        called.__signature__ = lambda: _typed(function, signature)
        return called

    return decorate


def also(name, method):
    """A native method under another name."""
    _, bracket, rest = method.native_signature.partition("(")
    function = method.__wrapped__
    made = type(function)(function.__code__, function.__globals__, name, function.__defaults__, function.__closure__)
    made.__qualname__ = f"{function.__qualname__.rpartition('.')[0]}.{name}"
    made.__kwdefaults__, made.__doc__, made.__module__ = function.__kwdefaults__, function.__doc__, function.__module__
    return native(name + bracket + rest)(made)


# Functions of the module that are called in another way than the method.
_OTHERWISE = {
    "get_profiling_information": "get_profiling_information(*, format: str = 'json') -> str",
    "register_filesystem": "register_filesystem(filesystem: object) -> None",
}


def of_connection(method, connected):
    """A native method as a function of the module: of a connection that is given by name, or of what `connected` gives."""
    signature = method.native_signature.replace("(self, ", "(").replace("(self)", "()")
    signature = _OTHERWISE.get(method.__name__, signature)
    head, _, result = signature.rpartition(") -> ")
    named = "connection: _duckdb.DuckDBPyConnection | None = None"
    star = "" if "*, " in head else "*, "
    head += named if head.endswith("*, ") else f"{'' if head.endswith('(') else ', '}{star}{named}"

    def function(*args, connection=None, **kwargs):
        return method.__wrapped__(connected(connection), *args, **kwargs)

    function.__name__ = function.__qualname__ = method.__name__
    function.__doc__, function.__wrapped__ = method.__wrapped__.__doc__, method.__wrapped__
    return native(f"{head}) -> {result}")(function)
