# Runs on MicroPython and on CPython, with the same output.
import crc32c as module
from crc32c import CRC32CHash, combine, crc32c

print("%08x" % crc32c(b"123456789"))
# RFC 3720, appendix B.4.
for data in (b"\0" * 32, b"\xff" * 32, bytes(range(32)), bytes(range(31, -1, -1))):
    print("%08x" % crc32c(data))

whole = bytes(range(256)) * 300
for at in (0, 1, 7, 8, 9, 255, 256, 257, 16383, 16384, 16385, 65536, len(whole)):
    head, tail = whole[:at], whole[at:]
    assert crc32c(tail, crc32c(head)) == crc32c(whole)
    assert crc32c(memoryview(whole)[at:]) == crc32c(bytearray(tail)) == crc32c(tail)
    assert combine(crc32c(head), crc32c(tail), len(tail)) == crc32c(whole)
    print(at, "%08x" % crc32c(tail, value=at))
for value in (0, 1, -1, 2**31, 2**32 - 1, 2**32, 2**64 + 5, -(2**40)):
    print(value, "%08x" % crc32c(b"abc", value), "%08x" % crc32c(b"", value, gil_release_mode=1))
for length in (0, 1, 2**31, 2**32, 2**63, 2**64 - 1, True):
    print(length, "%08x" % combine(0x12345678, 0x9ABCDEF0, length))
assert crc32c(data=b"abc") == crc32c(b"abc")

one = CRC32CHash(b"1234")
two = one.copy()
one.update(b"56789")
two.update(data := bytearray(b"5678"))
data[:] = b"xxxx"
print(one.hexdigest(), one.digest(), one.checksum, two.hexdigest())
print(one.name, one.digest_size, one.block_size, CRC32CHash().hexdigest(), CRC32CHash(b"\0" * 32).digest())
assert CRC32CHash(data=whole, gil_release_mode=0).checksum == crc32c(whole)
print(module.hardware_based, module.big_endian, module.__version__)


class Counting(CRC32CHash):
    count = 0

    def update(self, data):
        self.count += 1
        super().update(data)


counting = Counting(b"12345")
counting.update(b"6789")
print(counting.hexdigest(), counting.count)

wrong = [
    lambda: crc32c(),
    lambda: crc32c("text"),
    lambda: crc32c(5),
    lambda: crc32c(None),
    lambda: crc32c(b"", "1"),
    lambda: crc32c(b"", None),
    lambda: crc32c(b"", 1.5),
    lambda: crc32c(b"", 0, "x"),
    lambda: crc32c(b"", 0, 0, 0),
    lambda: crc32c(b"", start=1),
    lambda: combine(1, 2),
    lambda: combine(1, 2, "3"),
    lambda: combine(1, 2, 3.0),
    lambda: combine(1, 2, -1),
    lambda: combine(1, 2, -(2**70)),
    lambda: combine(1, 2, 2**64),
    lambda: combine(None, 2, 3),
    lambda: CRC32CHash("text"),
    lambda: CRC32CHash(b"", 1, 2),
    lambda: CRC32CHash().update("text"),
    lambda: CRC32CHash().update(),
]
for index, call in enumerate(wrong):
    try:
        call()
    except Exception as error:
        print("wrong", index, type(error).__name__)
    else:
        print("wrong", index, "no error")
for name in ("checksum", "name", "digest_size"):
    try:
        setattr(CRC32CHash(), name, 1)
    except AttributeError:
        print("cannot set", name)
