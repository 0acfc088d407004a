"""The module `zlib` by its name in Python 3.14."""

from zlib import *
