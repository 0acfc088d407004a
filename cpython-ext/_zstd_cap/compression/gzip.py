"""The module `gzip` by its name in Python 3.14."""

from gzip import *
