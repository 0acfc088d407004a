"""concurrent.futures.process where there are no processes: programs that choose an executor can ask for one in vain."""

import sys

from concurrent.futures import _base


class BrokenProcessPool(_base.BrokenExecutor):
    """Nothing raises it here."""


def _check_system_limits():
    """compileall asks before it makes an executor."""
    raise NotImplementedError(f'{sys.platform} does not support processes: a ThreadPoolExecutor makes the calls in this one')


class ProcessPoolExecutor(_base.Executor):
    """Cannot be made. As where CPython finds no semaphores, that is NotImplementedError."""

    def __init__(self, max_workers=None, mp_context=None, initializer=None, initargs=(), *, max_tasks_per_child=None):
        _check_system_limits()
