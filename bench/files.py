"""Times files: usage: files.py FOLDER. Prints JSON, for each figure the seconds of its runs."""

import json
import os
import shutil
import sys
from time import perf_counter

MEBIBYTE = 1 << 20
PIECES = 256
SMALL_WRITES = 50_000
SEEKS = 20_000
NAMES = 2_000
STATS = 20_000


def timed(function):
    begun = perf_counter()
    function()
    return perf_counter() - begun


def write(path):
    piece = bytes(MEBIBYTE)
    with open(path, "wb") as file:
        for _ in range(PIECES):
            file.write(piece)


def read(path):
    with open(path, "rb") as file:
        while file.read(MEBIBYTE):
            pass


def small_writes(path):
    with open(path, "wb", buffering=0) as file:
        for _ in range(SMALL_WRITES):
            file.write(b"0123456789")


def seeks(path):
    place = 0
    with open(path, "rb") as file:
        for _ in range(SEEKS):
            place = (place * 1103515245 + 12345) % (PIECES * MEBIBYTE)
            file.seek(place)
            file.read(16)


def stats(path):
    stat = os.stat
    for _ in range(STATS):
        stat(path)


def main(folder):
    large, small = os.path.join(folder, "large"), os.path.join(folder, "small")
    names = os.path.join(folder, "names")
    os.mkdir(names)
    for number in range(NAMES):
        open(os.path.join(names, f"name{number:05}"), "w").close()
    figures = {
        "write": lambda: write(large),
        "read": lambda: read(large),
        "small-writes": lambda: small_writes(small),
        "seeks": lambda: seeks(large),
        "listdir": lambda: [os.listdir(names) for _ in range(10)],
        "stat": lambda: stats(small),
    }
    print(json.dumps({name: [timed(work) for _ in range(3)] for name, work in figures.items()}))
    shutil.rmtree(names)
    os.unlink(large)
    os.unlink(small)


main(sys.argv[1])
