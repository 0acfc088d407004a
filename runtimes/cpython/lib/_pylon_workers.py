"""Threads of packages whose work is done without a thread (patch 0043).

Known is what such a thread does. Some take calls, one after the other, from a queue (anyio's) or when a lock is released (trio's),
and send back what comes of each: here the call is made when it is put there, and who gives the work goes on when it is done. One runs
an event loop for others, anyio's blocking portal: here the loop runs while somebody waits for what it was given, and stands still
otherwise. As in a thread, none sees the running loop of who waits, nor what the package keeps for that.
"""

import contextlib
import functools
import queue
import signal
import sys
import time

# Module and name of the class, which has its queue in `queue` and ends when it takes None, and where its package has a
# threading.local.
_KNOWN = {('anyio._backends._asyncio', 'WorkerThread'): ('anyio._core._eventloop', 'threadlocals')}


def works_in_place(thread):
    """Whether `thread` is known; then nothing has to be started."""
    target = getattr(thread, '_target', None)
    runs = getattr(target, '__module__', None), getattr(target, '__qualname__', None)
    if runs == _PORTAL:
        return _Loop.starts(thread, target)
    if runs == _OF_TRIO:
        return _Doorbell.replaces(target.__self__)
    kind = type(thread)
    known = _KNOWN.get((kind.__module__, kind.__qualname__))
    if known is None or not isinstance(getattr(thread, 'queue', None), queue.Queue):
        return False
    module, name = known
    thread.queue = _Work(thread, getattr(sys.modules[module], name))
    return True


# Module and name of what a thread of trio does.
_OF_TRIO = ('trio._core._thread_cache', 'WorkerThread._work')


class _Doorbell:
    """The lock that is released to a worker of trio when it has a job."""

    _LOCALS = ('trio._core._run_context', 'GLOBAL_RUN_CONTEXT'), ('trio._threads', 'PARENT_TASK_DATA')

    @classmethod
    def replaces(cls, worker):
        kept = [getattr(sys.modules.get(module), name, None) for module, name in cls._LOCALS]
        if None in kept or not hasattr(worker, '_worker_lock') or not hasattr(worker, '_handle_job'):
            return False
        sys.modules['trio._threads']._send_message_to_trio = _from_thread
        worker._worker_lock = cls(worker, kept)
        return True

    def __init__(self, worker, locals):
        self._worker = worker
        self._locals = locals

    def release(self):
        # A loop in this one is woken by signals, too, and says so if another one is.
        woken = signal.set_wakeup_fd(-1)
        try:
            with _as_in_a_thread(*self._locals):
                self._worker._handle_job()
        finally:
            signal.set_wakeup_fd(woken, warn_on_full_buffer=False)


def _from_thread(token, message):
    """In place of what sends the loop a message of a worker's and waits for the answer: the loop must not get one that nobody waits
    for."""
    raise RuntimeError('trio.from_thread waits for a loop that waits itself: there are no other threads')


# Module and name of the function that runs a portal's loop.
_PORTAL = ('anyio.from_thread', 'start_blocking_portal.<locals>.run_blocking_portal')


class _Loop:
    """A loop that runs while somebody waits for it."""

    all = []

    @classmethod
    def starts(cls, thread, target):
        """Runs it until the portal is there, as its thread does before anybody can use it."""
        kept = dict(zip(target.__code__.co_freevars, (cell.cell_contents for cell in target.__closure__)))
        if not {'backend', 'backend_options', 'future', 'run_portal'} <= kept.keys() or kept['backend'] != 'asyncio':
            return False
        package = sys.modules[_PORTAL[0]]
        if not cls.all:
            _hook_futures()
            package.get_ident = functools.partial(_identity, package.get_ident)
        loop = cls(thread, package.threadlocals, kept)
        cls.all.append(loop)
        loop.run_until(kept['future'])
        return True

    def __init__(self, thread, local, kept):
        import asyncio
        options = kept['backend_options'] or {}
        self._runner = asyncio.Runner(debug=options.get('debug'), loop_factory=options.get('loop_factory'))
        self._loop = self._runner.get_loop()
        self._local = local
        self._portal = self._loop.create_task(self._serve(kept['run_portal'], kept['future']))
        thread.join = self.end

    async def _serve(self, run_portal, future):
        from threading import current_thread
        name = current_thread().name
        future.add_done_callback(lambda _: setattr(current_thread(), 'name', name))
        try:
            await run_portal()
        except BaseException as error:
            if future.done():
                raise
            future.set_exception(error)

    def is_idle(self):
        return not self._loop.is_running() and not self._portal.done()

    def run_until(self, future, timeout=None):
        """Runs it until a future of concurrent.futures is done, or the portal is over."""
        import asyncio

        async def wait():
            waited = asyncio.wrap_future(future)
            await asyncio.wait([waited, self._portal], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)

        self._run(wait())

    def end(self, timeout=None):
        try:
            if not self._portal.done():
                self._run(self._portal)
        finally:
            self.all.remove(self)
            with _as_in_a_thread(self._local):
                self._runner.close()

    def _run(self, awaited):
        with _as_in_a_thread(self._local):
            _running.append(self)
            try:
                return self._loop.run_until_complete(awaited)
            finally:
                _running.pop()


_running = []  # the innermost last
_TURN = 0.005  # seconds of one among several loops


def _identity(get_ident):
    """What tells threads apart: who runs in a loop is not who waits for it."""
    return id(_running[-1]) if _running else get_ident()


def _hook_futures():
    """Who waits for a future lets the loops run that may bring it."""
    from concurrent.futures import Future

    def waiting(method):
        @functools.wraps(method)
        def wait(self, timeout=None):
            end = None if timeout is None else time.monotonic() + timeout
            while not self.done() and (loops := [loop for loop in _Loop.all if loop.is_idle()]):
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    break
                for loop in loops:
                    # Nobody knows which one brings it.
                    loop.run_until(self, left if len(loops) == 1 else _TURN if left is None else min(left, _TURN))
            return method(self, None if end is None else max(end - time.monotonic(), 0))
        return wait

    if not hasattr(Future.result, '__wrapped__'):
        Future.result = waiting(Future.result)
        Future.exception = waiting(Future.exception)


class _Work(queue.Queue):
    """What is put is done."""

    def __init__(self, thread, local):
        super().__init__()
        self._thread = thread
        self._local = local

    def put(self, item, block=True, timeout=None):
        if item is None:
            return  # to end what has not begun
        super().put(item)
        super().put(None)
        with _as_in_a_thread(self._local):
            self._thread.run()


@contextlib.contextmanager
def _as_in_a_thread(*locals):
    from asyncio import events
    loop, kept = events._get_running_loop(), [dict(vars(local)) for local in locals]
    events._set_running_loop(None)
    for local in locals:
        vars(local).clear()
    try:
        yield
    finally:
        for local, values in zip(locals, kept):
            vars(local).clear()
            vars(local).update(values)
        events._set_running_loop(loop)
