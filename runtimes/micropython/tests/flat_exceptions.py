# memory: 4M
# 100,000 exceptions leave memory as it was, raised and caught in each way that unwinds differently.
import gc


class Own(Exception):
    pass


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, *args):
        return True


def deep(n):
    if n == 0:
        raise Own("deep")
    return deep(n - 1)


def with_finally(n):
    try:
        return deep(n)
    finally:
        n += 1


def generator():
    try:
        yield 1
    finally:
        raise Own("generator")


def one(i):
    try:
        raise Own(i)
    except Own:
        pass
    try:
        {}[i]
    except KeyError:
        pass
    try:
        with_finally(5)
    except Own:
        pass
    with Manager():
        raise Own(i)
    try:
        for _ in generator():
            pass
    except Own:
        pass


def many(count):
    for i in range(count):
        one(i)


many(100)
gc.collect()
before = gc.mem_alloc()
many(20000)
gc.collect()
more = gc.mem_alloc() - before
# A word on the stack may look like a pointer to what is gone.
print("5 * 20000 exceptions:", "flat" if more < 2000 else "%d bytes more" % more)
