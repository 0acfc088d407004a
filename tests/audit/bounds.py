"""Tries to go on beyond its time or its memory: bounds.py ATTEMPT. Prints how far it came, if it ends by itself."""

import re
import sys
import time


def spin():
    while True:
        pass


def sleep():
    time.sleep(600)


def read():
    sys.stdin.read()


def search():
    """In C, without a way back to the interpreter."""
    re.match(r"(a*)*b", "a" * 40)


def write():
    while True:
        print("x" * 1000, flush=True)


def catch():
    while True:
        try:
            spin()
        except BaseException:  # noqa: BLE001 - nothing that is raised ends it
            pass


def allocate():
    bytearray(1 << 30)


def collect():
    held = []
    while True:
        held.append(bytearray(1 << 20))


def text():
    "x" * (1 << 30)


def compute():
    1 << (1 << 33)


try:
    globals()[sys.argv[1]]()
except BaseException as error:  # noqa: BLE001 - whatever it is, it says how the attempt failed
    print(type(error).__name__)
else:
    print("done")
