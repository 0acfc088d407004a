# Recursion without end raises RuntimeError, whichever way through the interpreter it takes: wasm frames live on the
# engine's stack, which nobody can measure from inside, so that the limit on the C stack has to be reached first.
import json
import re

import uctypes


def plain(n):
    return plain(n + 1)


def many_locals(n):
    a, b, c, d, e, f, g, h = n, n, n, n, n, n, n, n
    return many_locals(n + 1) + a + b + c + d + e + f + g + h


def with_keywords(*args, **kwargs):
    return with_keywords(*args, **kwargs)


class Attribute:
    def __getattr__(self, name):
        return getattr(self, name + "_")


class Item:
    def __getitem__(self, index):
        return self[index + 1]


class Addition:
    def __add__(self, other):
        return self + other


class Equality:
    def __eq__(self, other):
        return self == Equality()


class Call:
    def __call__(self):
        return self()


class Iterator:
    def __iter__(self):
        return iter(Iterator())


class Printed:
    def __repr__(self):
        return repr([self])


def key(value):
    return sorted([value, value], key=key)


def mapped(value):
    return list(map(mapped, [value]))


def generator():
    yield from generator()


def reraise():
    try:
        return reraise()
    finally:
        pass


def nested_list():
    inner = []
    for _ in range(100000):
        inner = [inner]
    return inner


def nested_tuple():
    inner = ()
    for _ in range(100000):
        inner = (inner,)
    return inner


def evaluated():
    return eval("evaluated()")


def chained():
    iterator = iter([1])
    for _ in range(20000):
        iterator = map(plain, iterator)
    return next(iterator)


def in_itself():
    values = {}
    values[1] = values
    return values


def structure():
    inner = {"a": 0 | uctypes.UINT8}
    for _ in range(20000):
        inner = {"a": (0, inner)}
    return inner


for name, endless in (
    ("plain", lambda: plain(0)),
    ("many locals", lambda: many_locals(0)),
    ("keywords", lambda: with_keywords(1, 2, a=3)),
    ("__getattr__", lambda: Attribute().x),
    ("__getitem__", lambda: Item()[0]),
    ("__add__", lambda: Addition() + 1),
    ("__eq__", lambda: Equality() == 1),
    ("__call__", lambda: Call()()),
    ("__iter__", lambda: iter(Iterator())),
    ("__repr__", lambda: repr(Printed())),
    ("sorted", lambda: key(1)),
    ("map", lambda: mapped(1)),
    ("generator", lambda: list(generator())),
    ("finally", lambda: reraise()),
    ("repr of lists", lambda: repr(nested_list())),
    ("lists compared", lambda: nested_list() == nested_list()),
    ("hash of tuples", lambda: hash(nested_tuple())),
    ("json.dumps", lambda: json.dumps(nested_list())),
    ("re", lambda: re.match("(a*)*b", "a" * 5000)),
    ("re.compile", lambda: re.compile("(" * 5000 + "a" + ")" * 5000)),
    ("eval", lambda: evaluated()),
    ("chain of iterators", chained),
    ("isinstance", lambda: isinstance(1, nested_tuple())),
    ("dictionaries compared", lambda: in_itself() == in_itself()),
    ("uctypes", lambda: uctypes.sizeof(structure())),
):
    try:
        print(name, "ended:", endless())
    except RuntimeError as error:
        print(name, "RuntimeError:", error)


# The stack is whole afterwards, and as deep as at the beginning.
def depth(n):
    try:
        return depth(n + 1)
    except RuntimeError:
        return n


depths = [0] * 100
for i in range(100):
    depths[i] = depth(0)
print("the same depth each time:", min(depths) == max(depths))
print("deep enough to work with:", min(depths) >= 100)
