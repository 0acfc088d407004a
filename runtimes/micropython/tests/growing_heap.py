# args: -X heapsize=32k -X heapmax=1m
# An area that the heap has grown by is given back only when nothing in it lives. MicroPython 1.25.0 and 1.26.1 give it
# back as well when its first block is the only one that lives: without the patch `gc: keep an area whose first block
# is used` this prints `kept[..] is ..`, since the next area takes the same place.
import gc

COUNT = 2500
kept = [None] * COUNT


def fill():
    for i in range(COUNT):
        # One block each. The first that no longer fits is the first block of a new area.
        kept[i] = i + 0.5
        gc.collect()


def check():
    for i in range(COUNT):
        if kept[i] != i + 0.5:
            return print("kept[%d] is %r" % (i, kept[i]))
    print("all kept")


fill()
print("the heap grew:", gc.mem_alloc() > 32768)
check()
