# memory: 4M
# 10,000 files opened and closed, and 2,000 let go of without closing, leave neither memory nor descriptors behind:
# the machine would not give out as many.
import gc


def closed(count):
    for _ in range(count):
        with open("file") as file:
            file.read(2)


def dropped(count):
    for i in range(count):
        open("file", "rb").read(2)
        if i % 20 == 19:
            gc.collect()


with open("file", "w") as file:
    file.write("text")
closed(10)
dropped(20)
gc.collect()
before = gc.mem_alloc()
closed(10000)
dropped(2000)
gc.collect()
more = gc.mem_alloc() - before
# A word on the stack may look like a pointer to what is gone.
print("12000 files:", "flat" if more < 2000 else "%d bytes more" % more)
