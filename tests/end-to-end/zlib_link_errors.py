"""What zlib raises when its provider takes no more than a few kilobytes at once. All that fits goes on working."""

import zlib

from link_errors import raised

data = bytes(100_000)
# A zlib stream of stored blocks, which a slice cannot make short.
blocks = [data[at:at + 50_000] for at in (0, 50_000)]
stored = b"\x78\x01" + b"".join(
    bytes([last]) + len(block).to_bytes(2, "little") + (len(block) ^ 0xFFFF).to_bytes(2, "little") + block
    for last, block in zip((0, 1), blocks)
)

raised("compress", lambda: zlib.compress(data))
raised("compressobj", lambda: zlib.compressobj().compress(data))
raised("decompress", lambda: zlib.decompress(stored))
raised("decompressobj", lambda: zlib.decompressobj().decompress(stored))
raised("_ZlibDecompressor", lambda: zlib._ZlibDecompressor().decompress(stored))
raised("compressobj zdict", lambda: zlib.compressobj(zdict=data))
raised("decompressobj zdict", lambda: zlib.decompressobj(-15, zdict=data))
raised("crc32", lambda: zlib.crc32(data))
raised("adler32", lambda: zlib.adler32(data))
# Nothing is left of it.
print(zlib.crc32(b"123456789") == 0xCBF43926, zlib.decompress(zlib.compress(b"small")))
try:
    zlib.decompress(b"not zlib")
except zlib.error as error:
    print(error, hasattr(error, "code"))
