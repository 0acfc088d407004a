# args: -X heapmax=256k
# Handles come and go, and no object passes for another.
import gc

import xxhash

KINDS = (xxhash.xxh32, xxhash.xxh64, xxhash.xxh3_64, xxhash.xxh3_128)
data = bytes(range(256)) * 100

# What a method gets for its `self` is a hash, or it is refused.
for impostor in (5, b"\0" * 64, None, object(), xxhash.xxh64, [1], "text"):
    for method in (
        xxhash.xxh64.digest,
        xxhash.xxh32.hexdigest,
        xxhash.xxh64.intdigest,
        xxhash.xxh64.reset,
        xxhash.xxh3_64.copy,
        xxhash.xxh3_128.__del__,
        lambda object: xxhash.xxh64.update(object, b""),
    ):
        try:
            method(impostor)
        except TypeError:
            pass
        else:
            assert False, impostor

# A finaliser may be called twice, and by anybody; what is closed is refused.
closed = xxhash.xxh64(b"abc")
closed.__del__()
closed.__del__()
for call in (closed.digest, closed.copy, closed.reset, lambda: closed.update(b"")):
    try:
        call()
    except ValueError:
        pass
    else:
        assert False


# Nothing is left behind.
def work(kind):
    one = kind(b"abc", 7)
    one.update(data)
    two = one.copy()
    for wrong in (lambda: kind("text"), lambda: two.update("text"), lambda: kind(b"", "1")):
        try:
            wrong()
        except TypeError:
            pass
    assert one.digest() == two.digest()


work(xxhash.xxh64)
gc.collect()
before = gc.mem_alloc()
for _ in range(5000):
    for kind in KINDS:
        work(kind)
gc.collect()
assert gc.mem_alloc() - before < 4096

# As many as there is room for, and then MemoryError.
held = []
try:
    while True:
        held.append(xxhash.xxh3_128(b"abc"))
except MemoryError:
    pass
assert len(held) > 100
held = None
gc.collect()
work(xxhash.xxh3_128)
print("OK")
