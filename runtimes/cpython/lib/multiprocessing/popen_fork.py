"""What multiprocessing.Process.start() calls, where no process can be started."""

__all__ = ['Popen']

import errno
import sys


class Popen:
    method = 'fork'

    def __init__(self, process_obj):
        raise OSError(errno.ENOTSUP, f'{sys.platform} does not support processes')
