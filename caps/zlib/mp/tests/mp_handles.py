# beside: ../../../common/mp/tests/leaks.py
# Nothing is leaked: neither in MicroPython's heap nor by the cap, whose memory the collector does not see.
import zlib

from leaks import flat

text = b"to be, or not to be, that is the question. " * 20
packed = zlib.compress(text)
broken = packed[:10] + b"\xff\xff\xff" + packed[13:]


def dropped():
    zlib.compressobj()
    zlib.decompressobj()


def used_and_dropped():
    stream = zlib.compressobj(1)
    stream.compress(text)
    stream = zlib.decompressobj()
    stream.decompress(packed, 10)


def ended():
    stream = zlib.compressobj(1)
    result = stream.compress(text) + stream.flush()
    stream = zlib.decompressobj()
    assert stream.decompress(result) + stream.flush() == text


def closed():
    stream = zlib.compressobj()
    stream.__del__()
    stream.__del__()


def copied():
    zlib.compressobj().copy()
    zlib.decompressobj().copy()


def refused():
    for call in (
        lambda: zlib.decompress(b"not zlib"),
        lambda: zlib.decompress(broken),
        lambda: zlib.decompress(packed[:-1]),
        lambda: zlib.compressobj(wbits=99),
        lambda: zlib.decompressobj(wbits=99),
        lambda: zlib.compressobj(wbits=31, zdict=b"gzip has none"),
        lambda: zlib.decompressobj().decompress(broken),
        lambda: zlib.crc32("text"),
    ):
        try:
            call()
        except (zlib.error, ValueError, TypeError):
            pass
        else:
            assert False, "no error"


def five_exceptions():
    try:
        zlib.decompress(b"not zlib")
    except zlib.error:
        pass
    for wrong in ("text", 5, None, []):
        try:
            zlib.crc32(wrong)
        except TypeError:
            pass


def at_once():
    assert zlib.decompress(zlib.compress(text, 1)) == text


flat("dropped", dropped, 5000)
# Each holds a third of a megabyte, and 300 of them a hundred.
flat("used and dropped", used_and_dropped, 300, 1 << 20)
flat("ended", ended, 300)
flat("closed", closed, 300)
flat("copied", copied, 200)
flat("refused", refused, 500)
flat("five exceptions", five_exceptions, 20000)
flat("at once", at_once, 300)
print("OK")
