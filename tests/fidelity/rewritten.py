"""Functions as coroutines. Each function of the modules in REWRITTEN that a thread comes to is compiled again from its source,
with an `await` for every call. What it calls that waits has an attribute `waiting`, which makes something to be awaited.
"""

import ast
import copy
import functools
import inspect
import io
import linecache
import types

REWRITTEN = ("http.server", "selectors", "socket", "socketserver", "ssl", "test", "threading")

# Generators that wait, too: commands of test_imaplib's server, which steps them by next() and send() alone.
STEPPED = "cmd_"

# What looks at its caller's frame, and never waits.
AS_IT_STANDS = {"super", "locals", "globals", "vars", "dir", "eval", "exec"}


class Beneath(BaseException):
    """A thread would have to wait beneath what is not rewritten."""


class Waiting:
    """Awaits an operation in a thread."""

    def __init__(self, operation):
        self.operation = operation

    def __await__(self):
        return (yield from self.operation)


class Awaits(ast.NodeTransformer):
    """Puts an `await` before every call of a function's own."""

    def leave(self, node):
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = leave
    visit_GeneratorExp = visit_ListComp = visit_SetComp = visit_DictComp = leave

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in AS_IT_STANDS:
            return node
        called = ast.Call(ast.Name("_call", ast.Load()), [node.func, *node.args], node.keywords)
        value = ast.Call(ast.Name("_value", ast.Load()), [ast.Await(called)], [])
        return ast.copy_location(value, node)

    def visit_With(self, node):
        self.generic_visit(node)
        for item in node.items:
            item.context_expr = ast.Call(ast.Name("_managed", ast.Load()), [item.context_expr], [])
        return ast.copy_location(ast.AsyncWith(node.items, node.body), node)


@functools.cache
def _definitions(file):
    """The functions in a file by their first line, each with the class that it is in."""
    found = {}

    def look(node, inside):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
                found[first, child.name] = child, inside
            look(child, child.name if isinstance(child, ast.ClassDef) else inside)

    look(ast.parse("".join(linecache.getlines(file))), None)
    return found


@functools.cache
def _compiled(code):
    """The code of a function, as that of a coroutine function; None if its source is not known."""
    node, inside = _definitions(code.co_filename).get((code.co_firstlineno, code.co_name), (None, None))
    if node is None:
        return None
    body = [Awaits().visit(statement) for statement in copy.deepcopy(node.body)]
    made = ast.AsyncFunctionDef(node.name, node.args, body, [], type_params=[])
    # The class makes the names of its private attributes; the function around it has what the function does not define.
    if inside:
        made = ast.ClassDef(inside, [], [], [made], [], type_params=[])
    names = {*code.co_freevars, *OURS} - {"__class__"}
    parameters = ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])
    itself = [] if made.name in names else [ast.Global([made.name])]
    around = ast.FunctionDef("around", parameters, [*itself, made], [], type_params=[])
    found = compile(ast.fix_missing_locations(ast.Module([around], [])), code.co_filename, "exec")
    for name in filter(None, ("around", inside, node.name)):
        found = next(
            constant
            for constant in found.co_consts
            if isinstance(constant, types.CodeType) and constant.co_name == name
        )
    return found


def _rewritten(function):
    """The same function as a coroutine function, or None if it is to be called as it is."""
    module = (function.__module__ or "").partition(".")[0]
    if module not in REWRITTEN and function.__module__ not in REWRITTEN:
        return None
    code = function.__code__
    if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        return None
    if code.co_flags & inspect.CO_GENERATOR and not function.__name__.startswith(STEPPED):
        return None
    code = _compiled(code)
    if code is None:
        return None
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    cells |= {name: types.CellType(ours) for name, ours in OURS.items()}
    closure = tuple(cells[name] for name in code.co_freevars)
    made = types.FunctionType(code, function.__globals__, function.__name__, function.__defaults__, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


async def call(function, /, *args, **kwargs):
    """What a call in a thread becomes."""
    if function is next and args and isinstance(args[0], Steps):
        function, args = args[0].send, (None,)
    if isinstance(function, types.MethodType) and isinstance(function.__self__, Steps):
        return await function(*args)
    if isinstance(function, types.MethodType):
        return await call(function.__func__, function.__self__, *args, **kwargs)
    if waiting := getattr(function, "waiting", None):
        return await waiting(*args, **kwargs)
    if isinstance(function, types.FunctionType):
        if made := _rewritten(function):
            result = made(*args, **kwargs)
            return Steps(result) if inspect.isasyncgen(result) else await result
    elif isinstance(function, type) and type(function) is type and isinstance(function.__init__, types.FunctionType):
        made = function.__new__(function, *args, **kwargs)
        if isinstance(made, function):
            await call(type(made).__init__, made, *args, **kwargs)
        return made
    elif isinstance(getattr(function, "__self__", None), io.BufferedReader):
        return await read(function, *args, **kwargs)
    try:
        return function(*args, **kwargs)
    except StopIteration as end:
        return Ended(end)


async def read(function, *args):
    """Calls a method of a file over a socket, which is C. What it has read of a line is lost when it waits: there must be whole
    ones."""
    if function.__name__ == "read" and not args:
        parts = []
        while part := await read(function.__self__.read1):
            parts.append(part)
        return b"".join(parts)
    while True:
        try:
            return function(*args)
        except Beneath as beneath:
            await Waiting(iter(beneath.args))


class Steps:
    """A generator whose steps can wait."""

    def __init__(self, generator):
        self.generator = generator

    async def send(self, value):
        try:
            return await self.generator.asend(value)
        except StopAsyncIteration:
            return Ended(StopIteration())


class Ended:
    """That a call ended by StopIteration, which no coroutine can."""

    def __init__(self, exception):
        self.exception = exception


def value(result):
    if type(result) is Ended:
        raise result.exception
    return result


class Managed:
    """A context manager in a thread."""

    def __init__(self, manager):
        self.manager = manager

    async def __aenter__(self):
        return await call(type(self.manager).__enter__, self.manager)

    async def __aexit__(self, *exception):
        return await call(type(self.manager).__exit__, self.manager, *exception)


# What rewritten functions call.
OURS = {"_call": call, "_managed": Managed, "_value": value}
