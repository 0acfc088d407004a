"""Sixty things that builtins and modules in C do, for `cargo xtask bench python`: prints the best time of each, in seconds, as JSON.

    small.py [NAME..]
"""

import json
import sys
import timeit

# name -> (setup, statement)
CASES = {
    'call': ('def f(a): return a', 'f(1)'),
    'method': ('class A:\n def f(self): return self\na = A()', 'a.f()'),
    'attribute': ('class A: x = 1\na = A(); a.y = 2', 'a.y; a.x'),
    'instance': ('class A:\n def __init__(self, x): self.x = x', 'A(1)'),
    'closure': ('def m():\n x = 1\n def f(): return x\n return f\nf = m()', 'f()'),
    'keywords': ('def f(*a, **k): return k', 'f(1, b=2)'),
    'partial': ('from functools import partial; f = partial(int, "5")', 'f()'),
    'lru-cache': ('from functools import lru_cache\n@lru_cache\ndef f(x): return x', 'f(1)'),
    'isinstance': ('', 'isinstance(1, str)'),
    'generator': ('def g():\n for i in range(100): yield i', 'for _ in g(): pass'),
    'generator-sum': ('', 'sum(x for x in range(100))'),
    'comprehension': ('', '[x for x in range(100)]'),
    'await': ('async def f(): pass\nasync def g():\n for _ in range(20): await f()', 'c = g()\ntry: c.send(None)\nexcept StopIteration: pass'),
    'raise': ('', 'try: raise ValueError\nexcept ValueError: pass'),
    'int-add': ('a = 5', 'a + a'),
    'int-big': ('a = 3**200', 'a * a'),
    'int-huge': ('a = 3**20000', 'a * a'),
    'int-text': ('a = 3**2000', 'str(a)'),
    'float': ('a = 1.5', 'a * a + a / 3'),
    'float-text': ('a = 1 / 3', 'repr(a)'),
    'sqrt': ('import math', 'math.sqrt(2.0)'),
    'sin': ('import math', 'math.sin(2.0)'),
    'power': ('a = 2.5', 'a ** 3.1'),
    'decimal': ('from decimal import Decimal as D; a = D("1.234")', 'a * a + a'),
    'dict-get': ('d = {str(i): i for i in range(100)}', 'd["5"]'),
    'dict-make': ('x = [str(i) for i in range(1000)]', '{k: 1 for k in x}'),
    'set-and': ('a = set(range(1000)); b = set(range(0, 2000, 2))', 'a & b'),
    'list-append': ('', 'l = []\nfor i in range(100): l.append(i)'),
    'list-copy': ('x = list(range(1000))', 'x[:]'),
    'list-in': ('x = [str(i) for i in range(1000)]', '"zzz" in x'),
    'sort-floats': ('import random; r = random.Random(1); l = [r.random() for _ in range(1000)]', 'sorted(l)'),
    'sort-texts': ('l = [str(i) for i in range(1000)]', 'sorted(l)'),
    'text-add': ('a = "x" * 20', 'a + a'),
    'text-format': ('a = 5', 'f"{a} {a!r} {a:>5}"'),
    'text-join': ('l = ["abc"] * 50', '"".join(l)'),
    'text-split': ('s = "some words in a line of text, " * 300', 's.split()'),
    'text-lines': ('s = "line of text\\n" * 500', 's.splitlines()'),
    'text-find': ('s = "x" * 10000 + "yz"', 's.find("yz")'),
    'text-find-letter': ('s = "x" * 10000', 's.find("y")'),
    'text-find-wide': ('s = "\\u4e00" * 10000', 's.find("\\u4e01")'),
    'text-count': ('s = "some words in a line of text, " * 300', 's.count(",")'),
    'text-replace': ('s = "some words in a line of text, " * 300', 's.replace(",", ";;")'),
    'text-replace-letter': ('s = "some words in a line of text, " * 300', 's.replace(",", ";")'),
    'text-upper': ('s = "some words in a line of text, " * 300', 's.upper()'),
    'text-encode': ('s = "some words in a line of text, " * 300', 's.encode()'),
    'text-encode-latin': ('s = "h\\xe9llo" * 100', 's.encode()'),
    'bytes-decode': ('b = b"some words in a line of text, " * 300', 'b.decode()'),
    'bytes-find': ('b = b"x" * 10000', 'b.find(b"y")'),
    'bytes-rfind': ('b = b"x" * 10000', 'b.rfind(b"y")'),
    'bytes-equal': ('a = b"x" * 10000; b = b"x" * 9999 + b"y"', 'a == b'),
    'bytes-split': ('b = b"some words in a line of text, " * 300', 'b.split(b",")'),
    'bytes-translate': ('b = b"some words in a line of text, " * 300; t = bytes(range(256))', 'b.translate(t)'),
    'bytes-copy': ('b = bytearray(1 << 20)', 'bytes(b)'),
    'regex': ('import re; p = re.compile(r"(\\w+)\\s(\\d+)")', 'p.match("hello 123")'),
    'struct': ('import struct', 'struct.pack("<IHB", 1, 2, 3)'),
    'base64': ('import base64; b = b"x" * 65536', 'base64.b64encode(b)'),
    'csv': ('import csv, io; s = "a,b,c\\n" * 100', 'list(csv.reader(io.StringIO(s)))'),
    'xml': ('import xml.etree.ElementTree as E; s = "<a>" + "<b c=\'1\'>t</b>" * 50 + "</a>"', 'E.fromstring(s)'),
    'compile': ('', 'compile("x=1\\ny=[i for i in range(3)]", "f", "exec")'),
    'import': ('', 'import json'),
}


def best(setup, statement):
    timer, count = timeit.Timer(statement, setup), 1
    while timer.timeit(count) < 0.004:
        count *= 2
    return min(timer.repeat(4, count)) / count


wanted = sys.argv[1:]
print(json.dumps({name: best(*case) for name, case in CASES.items() if not wanted or name in wanted}))
