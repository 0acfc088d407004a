"""What lzma raises when its provider takes no more than a few kilobytes at once. All that fits goes on working."""

import lzma
import random

from link_errors import raised

data = bytes(100_000)
# What does not get small.
packed = lzma.compress(random.Random(1).randbytes(4000), preset=0)

raised("compress", lambda: lzma.compress(data, preset=0))
raised("LZMACompressor", lambda: lzma.LZMACompressor(preset=0).compress(data))
raised("decompress", lambda: lzma.decompress(packed * 5))
raised("LZMADecompressor", lambda: lzma.LZMADecompressor().decompress(packed * 5))
raised("properties", lambda: lzma._decode_filter_properties(lzma.FILTER_LZMA1, bytes(20_000)))
# Nothing is left of it.
print(lzma.decompress(lzma.compress(b"small", preset=0)))
try:
    lzma.decompress(b"not xz at all")
except lzma.LZMAError as error:
    print(error, hasattr(error, "code"))
