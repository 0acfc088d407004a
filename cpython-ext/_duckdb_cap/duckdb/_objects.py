"""Objects with read(), as files that readers of CSV, JSON and Parquet read."""

import functools

from duckdb import _errors, _sources


class Kept:
    """What an object holds, as a file of the database's memory until this is dropped."""

    is_read_again = False

    def __init__(self, instance, file):
        content = file.read()
        if isinstance(content, str):
            content = _errors.encodable(content).encode()
        self._handle = instance.handle
        with _errors.raising:
            self.name = self._handle.keep_file(content).decode()

    def __del__(self):
        if hasattr(self, "name"):
            _sources.end(functools.partial(self._handle.forget_file, self.name.encode()))
