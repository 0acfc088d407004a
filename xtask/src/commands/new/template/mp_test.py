# Runs on MicroPython and on CPython, with the same output.
import @IDENT@

whole = bytes(range(256)) * 1000
for data in (b"a", b"abc", bytearray(b"abc"), memoryview(whole)[7:], whole):
    print(@IDENT@.checksum(data))


def said(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__


for wrong in (b"", "text", None, 5):
    print(said(lambda: @IDENT@.checksum(wrong)))
