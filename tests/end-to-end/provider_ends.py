"""Providers with little memory that are given much: each ends, and the next call gets a fresh one."""

import zlib

import crc32c_dynlink
import pylon

much = bytes(8 << 20)


def told(what, call):
    try:
        print(what, call())
    except (zlib.error, pylon.LinkError) as error:
        print(what, type(error).__name__, error.code)


told("compute", lambda: crc32c_dynlink.crc32c(much))
told("compute again", lambda: hex(crc32c_dynlink.crc32c(b"123456789")))

stream = zlib.compressobj()
told("a stream", lambda: len(stream.compress(b"begun")))
told("dictionary", lambda: zlib.decompressobj(-15, zdict=much))
# It was made by the provider that is gone. It must be refused, also in place of a stream that the fresh one makes.
other = zlib.compressobj()
told("the stream of before", stream.flush)
told("another", lambda: zlib.decompress(other.compress(b"whole") + other.flush()))
