"""Threads for tests that start them, where there are none: their servers, mostly. For the runner, not for programs.

`install()` makes `threading.Thread` start a coroutine (`rewritten.py`), which can stop where it waits: for a socket, TLS, a lock,
`select` or a while. What waits in the main thread runs the others meanwhile. Statements, objects and the modules under test are the same; a
switch happens at such a wait only, so what needs a busy loop to be interrupted hangs.
"""

import functools
import select
import selectors
import socket
import socketserver
import ssl
import threading
import time

import _socket
import _ssl
import _thread

from rewritten import Beneath, Waiting, call

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


def operation(function, alone=None):
    """Makes a function of a generator of waits. The main thread waits for them itself, by `alone` if there is no other; a thread is
    told of them."""

    @functools.wraps(function)
    def plain(*args, **kwargs):
        if alone and not tasks:
            return alone(*args, **kwargs)
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


def _of_socket(name, writing):
    function = getattr(_socket.socket, name)

    def waits(sock, *args):
        return (yield from _attempts(sock, "timed out", function, sock, *args, writing=writing))

    return operation(waits, alone=function)


@functools.partial(operation, alone=_socket.socket.sendall)
def _sendall(sock, data, *args):
    left = memoryview(data).cast("B")
    while left:
        sent = yield from _attempts(sock, "timed out", _socket.socket.send, sock, left, *args, writing=True)
        left = left[sent:]


@functools.partial(operation, alone=_socket.socket.close)
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


@functools.partial(operation, alone=real_select)
def _select(reading, writing, exceptional, timeout=None):
    wait = Wait(reading, writing, timeout=timeout)
    # There is always something for who can write: the others get their turn.
    yield Wait(ready=lambda: True)
    while True:
        ready = real_select(reading, writing, exceptional, 0)
        if any(ready) or wait.over():
            return ready
        yield wait


@functools.partial(operation, alone=real_sleep)
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
    _begin(call(function), handle)


def _start_new(function, args=(), kwargs={}):
    handle = Handle()
    _begin(_until_exit(function, args, kwargs), handle)
    return handle.ident


async def _until_exit(function, args, kwargs):
    try:
        await call(function, *args, **kwargs)
    except SystemExit:
        pass


def _begin(coroutine, handle):
    global started
    started += 1
    handle.ident = -started
    tasks.append(Task(coroutine, handle))


def _ident():
    return running.handle.ident if running else main_ident


main_ident = threading.get_ident()


def install():
    from test import support
    from test.support import threading_helper

    threading._start_joinable_thread, threading._ThreadHandle, threading.get_ident = _start, Handle, _ident
    _thread.start_new_thread = _start_new
    threading.Lock = threading._allocate_lock = Lock
    threading._CRLock = None
    # CPython says of WASI what was so of its first version.
    support.has_socket_support = threading_helper.can_start_thread = True
    # test_ftplib asks for processes where it starts threads with TLS.
    support.has_subprocess_support = True
    # A server of test_ftplib wants urgent data among the other; WASI has none, and no option for it.
    socket.SO_OOBINLINE = socket.SO_KEEPALIVE
    # Nobody is slow but for who waits for what does not come.
    support.SHORT_TIMEOUT = 5.0
    for name in "_accept", "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into":
        setattr(socket.socket, name, _of_socket(name, writing=False))
    for name in "send", "sendmsg":
        setattr(socket.socket, name, _of_socket(name, writing=True))
    socket.socket.sendall = _sendall
    socket.socket._real_close = _real_close
    for name, what in ("do_handshake", "handshake"), ("read", "read"), ("write", "write"), ("shutdown", "shutdown"):
        type.__setattr__(_ssl._SSLSocket, name, _of_tls(name, what))
    select.select = _select
    # Who has no poll() takes select().
    del select.poll
    selectors.SelectSelector._select = staticmethod(_select)
    socketserver._ServerSelector = selectors.SelectSelector
    time.sleep = _sleep
