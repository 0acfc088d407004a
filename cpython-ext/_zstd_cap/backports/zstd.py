"""`compression.zstd` by the name of the package on PyPI that brings it to older versions of Python."""

import sys

import compression.zstd

sys.modules[__name__] = compression.zstd
