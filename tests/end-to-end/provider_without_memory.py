"""Providers with little memory that are given much: that is a MemoryError, and what they hold lives on."""

import zlib

import crc32c_dynlink
import pylon

much = bytes(8 << 20)


def told(what, call):
    try:
        print(what, call())
    except MemoryError:
        print(what, "MemoryError")
    except (zlib.error, pylon.LinkError) as error:
        print(what, type(error).__name__, error.code)


told("compute", lambda: crc32c_dynlink.crc32c(much))
told("compute again", lambda: hex(crc32c_dynlink.crc32c(b"123456789")))

stream = zlib.compressobj()
begun = stream.compress(b"begun")
told("dictionary", lambda: zlib.decompressobj(-15, zdict=much))
told("the stream of before", lambda: zlib.decompress(begun + stream.flush()))
other = zlib.compressobj()
told("another", lambda: zlib.decompress(other.compress(b"whole") + other.flush()))
