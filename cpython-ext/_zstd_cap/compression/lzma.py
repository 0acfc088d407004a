"""The module `lzma` by its name in Python 3.14."""

from lzma import *
