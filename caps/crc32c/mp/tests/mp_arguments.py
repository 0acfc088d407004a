# What MicroPython has and CPython has not, or has otherwise.
import array
import gc

import crc32c

assert crc32c.crc32(b"123456789") == crc32c.crc32c(b"123456789") == 0xE3069283
for code in "bBhHiIlLqQfd":
    numbers = array.array(code, range(50))
    assert crc32c.crc32c(numbers) == crc32c.crc32c(bytes(numbers)), code
numbers = array.array("I", range(50))
assert crc32c.crc32c(memoryview(numbers)[10:]) == crc32c.crc32c(bytes(memoryview(numbers)[10:]))

# What a method gets for its `self` is a hash, or it is refused.
for impostor in (5, b"\0" * 64, None, object(), crc32c.CRC32CHash, [1], "text"):
    for method in (
        crc32c.CRC32CHash.digest,
        crc32c.CRC32CHash.hexdigest,
        crc32c.CRC32CHash.copy,
        lambda object: crc32c.CRC32CHash.update(object, b""),
    ):
        try:
            method(impostor)
        except (AttributeError, TypeError):
            pass
        else:
            assert False, impostor

# Nothing is left behind.
def work():
    hash = crc32c.CRC32CHash(b"abc")
    hash.update(b"def")
    try:
        hash.update("text")
    except TypeError:
        pass
    return hash.digest()


work()
gc.collect()
before = gc.mem_alloc()
for _ in range(20000):
    work()
gc.collect()
assert gc.mem_alloc() - before < 4096
print("OK")
