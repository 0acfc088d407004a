"""multiprocessing.pool where there are neither processes nor threads.

A ThreadPool makes each call itself, before the method that was asked for it returns: what `apply_async` and the like
return is ready then. `imap` makes a call when its result is asked for, and `join` makes those that are left. A Pool, whose
workers would be processes, cannot be made.
"""

__all__ = ['Pool', 'ThreadPool']

import errno
import os
import sys

from . import TimeoutError, get_context  # CPython's module has them, too

_RUN, _CLOSE, _TERMINATE = 'RUN', 'CLOSE', 'TERMINATE'


class _Outcome:
    """What a call returned or raised."""

    def __init__(self, function, args=(), kwargs={}):
        self.value = self.error = None
        try:
            self.value = function(*args, **kwargs)
        except Exception as error:
            self.error = error

    def get(self):
        if self.error is not None:
            raise self.error
        return self.value


class AsyncResult:
    """The outcome of a call that has been made."""

    def __init__(self, outcome, callback, error_callback):
        self._outcome = outcome
        if outcome.error is None and callback is not None:
            callback(outcome.value)
        elif outcome.error is not None and error_callback is not None:
            error_callback(outcome.error)

    def ready(self):
        return True

    def successful(self):
        return self._outcome.error is None

    def wait(self, timeout=None):
        pass

    def get(self, timeout=None):
        return self._outcome.get()


ApplyResult = MapResult = AsyncResult


class IMapIterator:
    """Makes a call for each result."""

    def __init__(self, function, iterable):
        self._function = function
        self._left = iter(iterable)
        self._made = []

    def finish(self):
        self._made += [_Outcome(self._function, (item,)) for item in self._left]

    def drop(self):
        self._left = iter(())

    def __iter__(self):
        return self

    def next(self, timeout=None):
        outcome = self._made.pop(0) if self._made else _Outcome(self._function, (next(self._left),))
        return outcome.get()

    __next__ = next


IMapUnorderedIterator = IMapIterator


class ThreadPool:
    """A pool of threads, as far as one can tell without any."""

    def __init__(self, processes=None, initializer=None, initargs=()):
        if processes is None:
            processes = os.process_cpu_count() or 1
        if processes < 1:
            raise ValueError('Number of processes must be at least 1')
        if initializer is not None and not callable(initializer):
            raise TypeError('initializer must be a callable')
        self._processes = processes
        self._state = _RUN
        self._iterators = []
        if initializer is not None:
            initializer(*initargs)

    def _check_running(self):
        if self._state != _RUN:
            raise ValueError('Pool not running')

    def apply(self, func, args=(), kwds={}):
        return self.apply_async(func, args, kwds).get()

    def apply_async(self, func, args=(), kwds={}, callback=None, error_callback=None):
        self._check_running()
        return AsyncResult(_Outcome(func, args, kwds), callback, error_callback)

    def map(self, func, iterable, chunksize=None):
        return self.map_async(func, iterable, chunksize).get()

    def map_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return self.starmap_async(func, ((item,) for item in iterable), chunksize, callback, error_callback)

    def starmap(self, func, iterable, chunksize=None):
        return self.starmap_async(func, iterable, chunksize).get()

    def starmap_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        self._check_running()
        outcomes = [_Outcome(func, args) for args in iterable]
        # All calls are made, and the first error is that of the whole.
        whole = _Outcome(lambda: [outcome.get() for outcome in outcomes])
        return AsyncResult(whole, callback, error_callback)

    def imap(self, func, iterable, chunksize=1):
        self._check_running()
        if chunksize < 1:
            raise ValueError(f'Chunksize must be 1+, not {chunksize:n}')
        iterator = IMapIterator(func, iterable)
        self._iterators.append(iterator)
        return iterator

    imap_unordered = imap

    def close(self):
        if self._state == _RUN:
            self._state = _CLOSE

    def terminate(self):
        self._state = _TERMINATE
        for iterator in self._iterators:
            iterator.drop()

    def join(self):
        if self._state == _RUN:
            raise ValueError('Pool is still running')
        for iterator in self._iterators:
            iterator.finish()
        self._iterators.clear()

    def __enter__(self):
        self._check_running()
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        self.terminate()

    def __reduce__(self):
        raise NotImplementedError('pool objects cannot be passed between processes or pickled')


class Pool(ThreadPool):
    """Cannot be made."""

    def __init__(self, processes=None, initializer=None, initargs=(), maxtasksperchild=None, context=None):
        raise OSError(errno.ENOTSUP, f'{sys.platform} does not support processes: multiprocessing.pool.ThreadPool makes '
                                     'the calls in this one')
