"""The standard library's `zipfile`, which knows Zstandard here."""

import sys
import zipfile

sys.modules[__name__] = zipfile
