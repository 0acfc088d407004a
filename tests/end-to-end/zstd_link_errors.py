"""What compression.zstd raises when its provider takes no more than a few kilobytes at once. All that fits goes on working."""

import random

from compression import zstd
from link_errors import raised

data = bytes(100_000)
# What does not get small.
packed = zstd.compress(random.Random(1).randbytes(4000))
words = zstd.ZstdDict(bytes(1000), is_raw=True)

raised("compress", lambda: zstd.compress(data))
raised("ZstdCompressor", lambda: zstd.ZstdCompressor().compress(data))
raised("decompress", lambda: zstd.decompress(packed * 5))
raised("ZstdDecompressor", lambda: zstd.ZstdDecompressor().decompress(packed * 5))
raised("ZstdDict", lambda: zstd.ZstdDict(data, is_raw=True))
raised("train_dict", lambda: zstd.train_dict([data] * 10, 1000))
raised("finalize_dict", lambda: zstd.finalize_dict(words, [data] * 10, 1000, 3))
raised("get_frame_size", lambda: zstd.get_frame_size(packed * 5))
# Nothing is left of it.
print(zstd.decompress(zstd.compress(b"small")))
try:
    zstd.decompress(b"not zstd at all")
except zstd.ZstdError as error:
    print(error, hasattr(error, "code"))
