# args: -X heapmax=1500M
# Lengths, positions and counters beyond 30 bits are what they are.
import gc
import time

print(list(range((1 << 30) - 1, (1 << 30) + 2)), range(1 << 30)[-1], len(range(-(1 << 30), 1 << 30)))
print(list(enumerate("ab", (1 << 30) - 1)))
print(len(range(-0x7FFFFFFF, 0x7FFFFFFF)), bool(range(-0x7FFFFFFF, 0x7FFFFFFF)))
print(next(reversed(range(0x7FFFFFFF))), range(0x7FFFFFFF)[0x7FFFFFFE], 0x7FFFFFFE in range(0x7FFFFFF0, 0x7FFFFFFF))
print(gc.mem_free() > 1400 << 20)
items = [1, 2]
items.insert(1 << 30, 3)
print(items)
print(time.ticks_diff((1 << 40) + 5, (1 << 40) + 3), time.ticks_add((1 << 40) + 5, -10) == (1 << 30) - 5)
print(1 >> (1 << 40), -1 >> (1 << 40), (1 << 99) >> (1 << 40), 0 << (1 << 40))

try:
    big = bytearray((1 << 30) + 16)
except MemoryError:
    # A host that has not so much.
    print(1073741840, True, 1073741839, 17, 1073741834, 9)
else:
    big[-1] = 7
    view = memoryview(big)
    print(len(big), big[len(big) - 1] == 7, big.find(b"\x07"), len(view[:17]), len(view[6:]), len(bytes(view[:9])))
