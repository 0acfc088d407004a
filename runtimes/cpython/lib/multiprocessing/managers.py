"""multiprocessing.managers, whose servers are processes of their own, where there are none: classes that can be derived
from, and not started.
"""

__all__ = ['BaseManager', 'SyncManager', 'BaseProxy']

import errno
import sys


class BaseManager:
    """Cannot be started."""

    def __init__(self, address=None, authkey=None, serializer='pickle', ctx=None, *, shutdown_timeout=1.0):
        self.address = address

    @classmethod
    def register(cls, typeid, callable=None, proxytype=None, exposed=None, method_to_typeid=None, create_method=True):
        pass

    def start(self, initializer=None, initargs=()):
        raise OSError(errno.ENOTSUP, f'{sys.platform} does not support processes')

    connect = get_server = start

    def __enter__(self):
        self.start()

    def __exit__(self, exc_type, exc_val, exc_tb):
        pass


class SyncManager(BaseManager):
    """Cannot be started."""


class BaseProxy:
    """Of something in a manager's process: there is none to be had."""
