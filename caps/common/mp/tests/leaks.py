# Whether something is left of what a cap's module has made: neither in MicroPython's heap, nor in the memory of the cap, which
# the collector does not see.
import gc

import uctypes


def place():
    return uctypes.addressof(bytearray(1 << 20))


def sweep(depth):
    """Overwrites what calls have left on the stack, which the collector takes for pointers."""
    a = b = c = d = e = f = g = h = depth
    return depth and sweep(depth - 1)


def used():
    """What is in use: bytes of the heap, and where malloc puts a megabyte that only fits behind all else."""
    sweep(20)
    gc.collect()
    top = place()
    sweep(20)
    gc.collect()
    return gc.mem_alloc(), top


def flat(name, work, count, places=1 << 16, most=4096):
    """`work` leaves memory as it is after its first hundred calls: `most` bytes of the heap may be left, and where a megabyte fits
    may move by `places` bytes."""
    for _ in range(100):
        work()
    heap, top = used()
    for _ in range(count):
        work()
    heap_after, top_after = used()
    assert heap_after - heap < most, "%s: %d bytes of heap are left" % (name, heap_after - heap)
    assert top_after - top < places, "%s: %d bytes of the cap are left" % (name, top_after - top)
    print(name, "flat")
