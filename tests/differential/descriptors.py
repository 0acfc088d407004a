"""Random sequences of operations on descriptors of one file: descriptors.py FOLDER FIRST COUNT.

Prints a line a sequence: all that its operations answered, and the content that is left.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from lcg import Random, attempt  # noqa: E402

FLAGS = [
    os.O_RDWR | os.O_CREAT | os.O_TRUNC,
    os.O_RDWR | os.O_CREAT,
    os.O_RDWR,
    os.O_RDONLY,
    os.O_WRONLY,
    os.O_RDWR | os.O_CREAT | os.O_APPEND,
    os.O_WRONLY | os.O_APPEND,
    os.O_RDWR | os.O_CREAT | os.O_EXCL,
]


def step(random, path, fds):
    kind = random.below(14)
    if kind == 0 or not fds:
        flags = random.choice(FLAGS)
        fd = attempt(os.open, path, flags, 0o644)
        if isinstance(fd, int):
            fds.append(fd)
        return "open", FLAGS.index(flags), fd if isinstance(fd, str) else "ok"
    fd = random.choice(fds)
    where = fds.index(fd)
    if kind <= 3:
        return where, "read", attempt(os.read, fd, random.below(40))
    if kind <= 6:
        return where, "write", attempt(os.write, fd, random.bytes(30))
    if kind <= 8:
        offset = random.below(90) - 20
        return where, "seek", attempt(os.lseek, fd, offset, random.below(3))
    if kind == 9:
        return where, "pread", attempt(os.pread, fd, random.below(30), random.below(60) - 5)
    if kind == 10:
        return where, "pwrite", attempt(os.pwrite, fd, random.bytes(20), random.below(60) - 5)
    if kind == 11:
        return where, "truncate", attempt(os.ftruncate, fd, random.below(80) - 5)
    if kind == 12:
        status = attempt(os.fstat, fd)
        return where, "size", status if isinstance(status, str) else status.st_size
    fds.remove(fd)
    return where, "close", attempt(os.close, fd)


def main():
    folder, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    path = os.path.join(folder, "sequence")
    for seed in range(first, first + count):
        random = Random(seed)
        fds = []
        with open(path, "wb") as file:
            file.write(random.bytes(60))
        said = [step(random, path, fds) for _ in range(5 + random.below(20))]
        for fd in fds:
            os.close(fd)
        with open(path, "rb") as file:
            print(seed, said, file.read())
    os.unlink(path)


main()
