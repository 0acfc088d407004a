"""Threads for tests that start them, where there are none: their servers, mostly. For the runner, not for programs.

`install()` makes `threading.Thread` start a coroutine. Each function of the modules in REWRITTEN that it comes to is compiled
again from its source, with an `await` for every call, so that it can stop where it waits: for a socket, TLS, a lock, `select` or a
while. What waits in the main thread runs the others meanwhile. Statements, objects and the modules under test are the same; a
switch happens at such a wait only, so what needs a busy loop to be interrupted hangs.
"""

import ast
import copy
import functools
import inspect
import io
import linecache
import select
import selectors
import socket
import socketserver
import ssl
import threading
import time
import types

import _socket
import _ssl

REWRITTEN = ("http.server", "selectors", "socket", "socketserver", "ssl", "test", "threading")

# What looks at its caller's frame,, and never waits.
AS_IT_STANDS = {"super", "locals", "globals", "vars", "dir", "eval", "exec"}

real_select, real_sleep = select.select, time.sleep


class Wait:
    """What a thread waits for: files, what `ready` says, or the time."""

    def __init__(self, reading=(), writing=(), ready=None, timeout=None):
        self.reading, self.writing, self.ready = reading, writing, ready
        self.deadline = None if timeout is None else time.monotonic() + timeout

    def over(self):
        return self.deadline is not None and time.monotonic() >= self.deadline

    def is_over(self, files):
        return self.over() or bool(self.ready and self.ready()) or any(
            file in files or _number(file) < 0 for file in (*self.reading, *self.writing)
        )


class Beneath(BaseException):
    """A thread would have to wait beneath what is not rewritten."""


class Task:
    """A thread that was started."""

    def __init__(self, coroutine, handle):
        self.coroutine, self.handle = coroutine, handle
        self.wait = Wait(ready=lambda: True)


tasks = []
running = None
started = 0


def _number(file):
    return file if isinstance(file, int) else file.fileno()


def _ready_files(waits, timeout):
    """Those of the files that can be read or written within the time."""
    reading = [file for wait in waits for file in wait.reading if _number(file) >= 0]
    writing = [file for wait in waits for file in wait.writing if _number(file) >= 0]
    try:
        ready = real_select(reading, writing, [], timeout)
    except OSError:
        # One was closed meanwhile, and is known by its number: who waits for it is to see for itself.
        return {*reading, *writing}
    return {*ready[0], *ready[1]}


def turn(own=None):
    """Lets every thread that can go on go on. With a wait of the main thread's: waits until one can, or it is over."""
    global running
    waits = [task.wait for task in tasks] + ([own] if own else [])
    timeout = 0
    if own and not any(wait.is_over(()) for wait in waits):
        deadlines = [wait.deadline for wait in waits if wait.deadline is not None]
        if not deadlines and not any(wait.reading or wait.writing for wait in waits):
            raise RuntimeError("all threads wait for each other")
        timeout = max(0, min(deadlines) - time.monotonic()) if deadlines else None
    files = _ready_files(waits, timeout)
    for task in [task for task in tasks if task.wait.is_over(files)]:
        running = task
        try:
            task.wait = task.coroutine.send(None)
        except StopIteration:
            tasks.remove(task)
            task.handle.done = True
        finally:
            running = None
    return own is None or own.is_over(files)


class Waiting:
    """Awaits an operation in a thread."""

    def __init__(self, operation):
        self.operation = operation

    def __await__(self):
        return (yield from self.operation)


def operation(function):
    """Makes a function of a generator of waits. The main thread waits for them itself; a thread is told of them."""

    @functools.wraps(function)
    def plain(*args, **kwargs):
        steps = function(*args, **kwargs)
        if running is None and tasks:
            turn()
        try:
            while True:
                wait = next(steps)
                if running is None:
                    while not turn(wait):
                        pass
                elif wait.reading or wait.writing or wait.ready:
                    raise Beneath(wait)
                else:
                    real_sleep(max(0, wait.deadline - time.monotonic()))
        except StopIteration as end:
            return end.value

    plain.waiting = lambda *args, **kwargs: Waiting(function(*args, **kwargs))
    return plain


# ---- What waits ----


def _without_waiting(sock, function, *args):
    """Calls it with a socket that does not block meanwhile."""
    timeout = sock.gettimeout()
    _socket.socket.settimeout(sock, 0)
    try:
        return function(*args)
    finally:
        if sock.fileno() >= 0:
            _socket.socket.settimeout(sock, timeout)


def _attempts(sock, late, function, *args, writing=False):
    """Calls it until it does not want to wait any more."""
    while True:
        timeout = sock.gettimeout()
        if timeout == 0:
            return function(*args)
        try:
            return _without_waiting(sock, function, *args)
        except ssl.SSLWantReadError:
            wait = Wait(reading=[sock], timeout=timeout)
        except ssl.SSLWantWriteError:
            wait = Wait(writing=[sock], timeout=timeout)
        except BlockingIOError:
            wait = Wait(writing=[sock], timeout=timeout) if writing else Wait(reading=[sock], timeout=timeout)
        yield wait
        if wait.over():
            raise TimeoutError(late)


def _of_reading(name):
    function = getattr(_socket.socket, name)

    @operation
    def waits(sock, *args):
        return (yield from _attempts(sock, "timed out", function, sock, *args))

    return waits


@operation
def _send(sock, *args):
    return (yield from _attempts(sock, "timed out", _socket.socket.send, sock, *args, writing=True))


@operation
def _sendall(sock, data, *args):
    left = memoryview(data).cast("B")
    while left:
        sent = yield from _attempts(sock, "timed out", _socket.socket.send, sock, left, *args, writing=True)
        left = left[sent:]


@operation
def _real_close(sock, *args):
    """A host may close no sooner than what was written is taken; and who is to take it is here, and may be writing."""
    while _is_full(sock):
        try:
            _without_waiting(sock, _socket.socket.recv, sock, 1 << 16)
        except OSError:
            pass
        yield Wait(reading=[sock], writing=[sock])
    _socket.socket.close(sock)


def _is_full(sock):
    try:
        sock.getpeername()
    except OSError:
        return False
    return not _ready_files([Wait(writing=[sock])], 0)


def _of_tls(name, what):
    function = getattr(_ssl._SSLSocket, name)

    @operation
    def waits(connection, *args):
        if connection._sock is None:
            return function(connection, *args)
        late = f"The {what} operation timed out"
        return (yield from _attempts(connection._socket(), late, function, connection, *args))

    return waits


@operation
def _select(reading, writing, exceptional, timeout=None):
    wait = Wait(reading, writing, timeout=timeout)
    # There is always something for who can write: the others get their turn.
    yield Wait(ready=lambda: True)
    while True:
        ready = real_select(reading, writing, exceptional, 0)
        if any(ready) or wait.over():
            return ready
        yield wait


@operation
def _sleep(seconds):
    yield Wait(timeout=seconds)


class Lock:
    def __init__(self):
        self._held = False

    @operation
    def acquire(self, blocking=True, timeout=-1):
        if self._held and blocking:
            yield Wait(ready=lambda: not self._held, timeout=None if timeout < 0 else timeout)
        taken = not self._held
        self._held = True
        return taken

    def release(self):
        if not self._held:
            raise RuntimeError("release unlocked lock")
        self._held = False

    def locked(self):
        return self._held

    __enter__ = acquire

    def __exit__(self, *exception):
        self.release()


class Handle:
    """Of a thread, as threading has it."""

    ident = None
    done = False

    def is_done(self):
        return self.done

    @operation
    def join(self, timeout=None):
        if not self.done:
            yield Wait(ready=self.is_done, timeout=None if timeout is None or timeout < 0 else timeout)


def _start(function, *, handle, daemon):
    global started
    started += 1
    handle.ident = -started
    tasks.append(Task(call(function), handle))


def _ident():
    return running.handle.ident if running else main_ident


main_ident = threading.get_ident()


# ---- What is compiled again ----


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
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
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
    if isinstance(function, types.MethodType):
        return await call(function.__func__, function.__self__, *args, **kwargs)
    if waiting := getattr(function, "waiting", None):
        return await waiting(*args, **kwargs)
    if isinstance(function, types.FunctionType):
        if made := _rewritten(function):
            return await made(*args, **kwargs)
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


def install():
    from test import support
    from test.support import threading_helper

    threading._start_joinable_thread, threading._ThreadHandle, threading.get_ident = _start, Handle, _ident
    threading.Lock = threading._allocate_lock = Lock
    threading._CRLock = None
    # CPython says of WASI what was so of its first version.
    support.has_socket_support = threading_helper.can_start_thread = True
    # Nobody is slow but for who waits for what does not come.
    support.SHORT_TIMEOUT = 5.0
    for name in "_accept", "recv", "recv_into", "recvfrom", "recvfrom_into":
        setattr(socket.socket, name, _of_reading(name))
    socket.socket.send, socket.socket.sendall = _send, _sendall
    socket.socket._real_close = _real_close
    for name, what in ("do_handshake", "handshake"), ("read", "read"), ("write", "write"), ("shutdown", "shutdown"):
        type.__setattr__(_ssl._SSLSocket, name, _of_tls(name, what))
    select.select = _select
    # Who has no poll() takes select().
    del select.poll
    selectors.SelectSelector._select = staticmethod(_select)
    socketserver._ServerSelector = selectors.SelectSelector
    time.sleep = _sleep
