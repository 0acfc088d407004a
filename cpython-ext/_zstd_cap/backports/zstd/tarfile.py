"""The standard library's `tarfile`, which knows Zstandard here."""

import sys
import tarfile

sys.modules[__name__] = tarfile
