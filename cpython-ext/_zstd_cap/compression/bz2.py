"""The module `bz2` by its name in Python 3.14."""

from bz2 import *
