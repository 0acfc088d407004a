"""What bz2 raises when its provider takes no more than a few kilobytes at once. All that fits goes on working."""

import bz2
import random

from link_errors import raised

data = bytes(100_000)
# What does not get small.
packed = bz2.compress(random.Random(1).randbytes(4000))

raised("compress", lambda: bz2.compress(data))
raised("BZ2Compressor", lambda: bz2.BZ2Compressor().compress(data))
raised("decompress", lambda: bz2.decompress(packed * 5))
raised("BZ2Decompressor", lambda: bz2.BZ2Decompressor().decompress(packed * 5))
# Nothing is left of it.
print(bz2.decompress(bz2.compress(b"small")))
try:
    bz2.decompress(b"not bzip2")
except OSError as error:
    print(error, hasattr(error, "code"))
