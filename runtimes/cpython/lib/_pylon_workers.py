"""Threads of packages whose work is done without a thread (patch 0043): who gives them work goes on when it is done.

Known is what such a thread does: it takes calls from a queue, one after the other, and sends back what comes of each. Here the queue
makes the call when it is put there. As in a thread, the call sees no running loop of asyncio, and nothing of what the package keeps
for the thread that gave the work.
"""

import contextlib
import queue
import sys

# Module and name of the class, which has its queue in `queue` and ends when it takes None, and where its package has a
# threading.local.
_KNOWN = {('anyio._backends._asyncio', 'WorkerThread'): ('anyio._core._eventloop', 'threadlocals')}


def works_in_place(thread):
    """Whether `thread` is known; then nothing has to be started."""
    kind = type(thread)
    known = _KNOWN.get((kind.__module__, kind.__qualname__))
    if known is None or not isinstance(getattr(thread, 'queue', None), queue.Queue):
        return False
    module, name = known
    thread.queue = _Work(thread, getattr(sys.modules[module], name))
    return True


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
def _as_in_a_thread(local):
    from asyncio import events
    loop, kept = events._get_running_loop(), dict(vars(local))
    events._set_running_loop(None)
    vars(local).clear()
    try:
        yield
    finally:
        vars(local).clear()
        vars(local).update(kept)
        events._set_running_loop(loop)
