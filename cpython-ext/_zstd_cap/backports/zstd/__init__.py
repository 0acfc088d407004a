"""`compression.zstd` by the name of the package on PyPI that brings it, and archives with it, to older versions of Python."""

from compression import zstd
from compression.zstd import *
from compression.zstd import FrameInfo

__all__ = (*zstd.__all__, "register_shutil")
del zstd


def register_shutil(*, tar=True, zip=True):
    """Nothing: here `shutil` knows .tar.zst, and Zstandard in .zip, from the beginning."""
