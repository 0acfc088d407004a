"""Random sequences of operations on unbuffered file objects: raw_files.py FOLDER FIRST COUNT.

For CPython and for MicroPython, whose files have no buffer. Prints a line a sequence, see descriptors.py.
"""

import errno
import os
import sys

sys.path.insert(0, __file__.rpartition("/")[0] or ".")
from lcg import Random  # noqa: E402

MODES = ["rb", "rb+", "wb", "wb+", "ab", "ab+"]
UNBUFFERED = {} if sys.implementation.name == "micropython" else {"buffering": 0}


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except OSError as error:
        number = error.args[0]
        # CPython looks at the mode before it asks the system.
        return errno.errorcode.get(number, number) if isinstance(number, int) else "EBADF"


def open_one(path, mode):
    return open(path, mode, **UNBUFFERED)


def step(random, path, files):
    kind = random.below(11)
    if kind == 0 or not files:
        mode = random.choice(MODES)
        file = attempt(open_one, path, mode)
        if isinstance(file, str):
            return "open", mode, file
        files.append(file)
        if mode.startswith("a"):
            file.seek(0, 2)  # as CPython does by itself
        return "open", mode, "ok"
    where = random.below(len(files))
    file = files[where]
    if kind <= 3:
        return where, "read", attempt(file.read, 1 + random.below(40))
    if kind <= 6:
        return where, "write", attempt(file.write, random.bytes(30) or b".")
    if kind == 7:
        return where, "seek", attempt(file.seek, random.below(90))
    if kind == 8:
        return where, "end", attempt(file.seek, -random.below(30), 2)
    if kind == 9:
        return where, "tell", attempt(file.tell)
    target = bytearray(1 + random.below(20))
    return where, "readinto", attempt(file.readinto, target), bytes(target)


def main():
    folder, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    path = folder + "/sequence"
    for seed in range(first, first + count):
        random = Random(seed)
        files = []
        with open_one(path, "wb") as file:
            file.write(random.bytes(60))
        said = [step(random, path, files) for _ in range(5 + random.below(20))]
        for file in files:
            file.close()
        with open_one(path, "rb") as file:
            print(seed, said, file.read())
    os.remove(path)


main()
