# Runs on MicroPython and on CPython, with the same output: zlib's errors in the same words, others by their names.
import zlib


def show(name, call, words=True):
    try:
        result = call()
    except Exception as error:
        kind = type(error)
        text = str(error) if words else ""
        print(name, kind.__name__, text)
    else:
        print(name, "returned", len(result))


text = b"to be, or not to be, that is the question. " * 20
packed = zlib.compress(text)
raw = zlib.compress(text, wbits=-15)

show("header", lambda: zlib.decompress(b"not zlib"))
show("empty", lambda: zlib.decompress(b""))
for length in (1, 2, 3, 10, len(packed) - 4, len(packed) - 1):
    show("cut at %d" % length, lambda: zlib.decompress(packed[:length]))
show("check", lambda: zlib.decompress(packed[:-1] + b"\x00"))
show("window", lambda: zlib.decompress(b"\x88\x1c" + packed[2:]))
show("method", lambda: zlib.decompress(b"\x79\x9b" + packed[2:]))
show("block", lambda: zlib.decompress(b"\xff\xff", -15))
show("distance", lambda: zlib.decompress(b"\x63\x00\x42\x01\x00", -15))
show("dictionary", lambda: zlib.decompress(b"\x78\xbb\x00\x00\x00\x00"))
show("gzip for zlib", lambda: zlib.decompress(zlib.compress(text, wbits=31)))
show("zlib for raw", lambda: zlib.decompress(packed, wbits=-15))
show("behind the end", lambda: zlib.decompress(packed + b"more"))

for wbits in (1, 7, 16, 23, 32, 39, 48, 100, -1, -7, -16, -100, 2**31 - 1, -(2**30)):
    show("compress wbits %d" % wbits, lambda: zlib.compress(text, wbits=wbits))
    show("decompress wbits %d" % wbits, lambda: zlib.decompress(packed, wbits=wbits))
    show("decompressobj wbits %d" % wbits, lambda: zlib.decompressobj(wbits=wbits).unused_data)
for level in (-2, 10, 100, -(2**30)):
    show("level %d" % level, lambda: zlib.compress(text, level))
for options in (
    {"level": 10},
    {"method": 7},
    {"method": 0},
    {"wbits": 1},
    {"wbits": 32},
    {"memLevel": 0},
    {"memLevel": 10},
    {"memLevel": -1},
    {"strategy": -1},
    {"strategy": 5},
    {"strategy": 256},
    {"wbits": 31, "zdict": b"gzip has none"},
):
    show(str(sorted(options)), lambda: zlib.compressobj(**options).flush())

# Streams that have ended, or are broken.
stream = zlib.compressobj()
stream.flush()
show("compress after the end", lambda: stream.compress(b"more"))
show("flush after the end", lambda: stream.flush())
show("copy after the end", lambda: stream.copy())
for mode in (-1, 6, 7, 100):
    show("flush %d" % mode, lambda: zlib.compressobj().flush(mode))
stream = zlib.decompressobj()
show("ended by flush", lambda: stream.decompress(packed) + stream.flush())
show("after the end", lambda: stream.decompress(b"more"))
print(stream.eof, stream.unused_data)
stream = zlib.decompressobj()
stream.decompress(packed, 10)
stream.flush()
show("decompress after flush", lambda: stream.decompress(b"more"))
show("copy after flush", lambda: stream.copy())
stream = zlib.decompressobj()
show("broken", lambda: stream.decompress(b"not zlib"))
show("still broken", lambda: stream.decompress(packed))
print(stream.eof, stream.unused_data, stream.unconsumed_tail)
broken = packed[:20] + b"\xff\xff\xff" + packed[23:]
stream = zlib.decompressobj()
show("broken inside", lambda: stream.decompress(broken))
stream = zlib.decompressobj()
stream.decompress(packed[:10])
show("flush of a part", lambda: stream.flush())
print(stream.eof)
show("on after that", lambda: stream.decompress(packed[10:]))

# Dictionaries.
zdict = b"that is the question"
stream = zlib.compressobj(zdict=zdict)
primed = stream.compress(b"that is the question") + stream.flush()
show("no dictionary", lambda: zlib.decompress(primed))
show("no dictionary for the stream", lambda: zlib.decompressobj().decompress(primed))
show("another dictionary", lambda: zlib.decompressobj(zdict=b"another").decompress(primed))
show("the dictionary", lambda: zlib.decompressobj(zdict=zdict).decompress(primed))

# Arguments.
show("negative bufsize", lambda: zlib.decompress(packed, bufsize=-1))
show("negative max_length", lambda: zlib.decompressobj().decompress(packed, -1))
show("negative max_length by name", lambda: zlib.decompressobj().decompress(packed, max_length=-5))
show("length 0", lambda: zlib.decompressobj().flush(0))
show("length -1", lambda: zlib.decompressobj().flush(-1))
wrong = [
    lambda: zlib.crc32(),
    lambda: zlib.crc32("text"),
    lambda: zlib.crc32(5),
    lambda: zlib.crc32(None),
    lambda: zlib.crc32([1, 2]),
    lambda: zlib.crc32(b"", None),
    lambda: zlib.crc32(b"", "1"),
    lambda: zlib.crc32(b"", 1, 2),
    lambda: zlib.adler32("text"),
    lambda: zlib.adler32(b"", 1.5),
    lambda: zlib.compress(),
    lambda: zlib.compress("text"),
    lambda: zlib.compress(b"", "9"),
    lambda: zlib.compress(b"", None),
    lambda: zlib.compress(b"", 9, 15, 1),
    lambda: zlib.compress(b"", lvl=9),
    lambda: zlib.compress(data=b""),
    lambda: zlib.decompress(),
    lambda: zlib.decompress("text"),
    lambda: zlib.decompress(packed, None),
    lambda: zlib.decompress(packed, 15, None),
    lambda: zlib.decompress(packed, 15, 1, 1),
    lambda: zlib.compressobj("9"),
    lambda: zlib.compressobj(zdict=None),
    lambda: zlib.compressobj(zdict="text"),
    lambda: zlib.compressobj(zdict=5),
    lambda: zlib.compressobj(1, 8, 15, 8, 0, b"", 1),
    lambda: zlib.decompressobj("15"),
    lambda: zlib.decompressobj(zdict=None),
    lambda: zlib.decompressobj(zdict="text"),
    lambda: zlib.compressobj().compress(),
    lambda: zlib.compressobj().compress("text"),
    lambda: zlib.compressobj().compress(b"", 1),
    lambda: zlib.compressobj().flush("4"),
    lambda: zlib.decompressobj().decompress("text"),
    lambda: zlib.decompressobj().decompress(b"", None),
    lambda: zlib.decompressobj().flush(None),
    lambda: type(zlib.compressobj())(),
    lambda: type(zlib.decompressobj())(),
    # A stream is what a method of streams works on, and nothing else.
    lambda: type(zlib.compressobj()).compress(5, b""),
    lambda: type(zlib.compressobj()).compress(zlib.decompressobj(), b""),
    lambda: type(zlib.decompressobj()).decompress(zlib.compressobj(), b""),
    lambda: type(zlib.decompressobj()).flush(b"0123456789abcdef"),
    lambda: type(zlib.decompressobj()).copy(object()),
]
for index, call in enumerate(wrong):
    show("wrong %d" % index, call, words=False)
for name in ("eof", "unused_data", "unconsumed_tail", "decompress", "anything"):
    show("set " + name, lambda: setattr(zlib.decompressobj(), name, b""), words=False)
    show("delete " + name, lambda: delattr(zlib.decompressobj(), name), words=False)
show("unknown", lambda: zlib.unknown, words=False)
