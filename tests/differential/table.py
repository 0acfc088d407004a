"""Calls a module as a table says: table.py TABLE.

Prints a line a call: the call with its arguments, and what it gave or the type of its error. A table is TOML:

    module = "crc32c"           # what is imported; expressions know it by this name
    package = "crc32c==2.9.post0"     # the PyPI package that is compared with; without it, the standard library's module
    needs = ["cramjam==2.14.0"]         # packages that it needs, if there are any

    [names]                     # expressions that calls and values may use, evaluated in this order
    blob = "random.Random(1).randbytes(70000)"

    [values]                    # lists of expressions; each call is made with every combination of those it names
    data = ["b''", "blob"]
    value = ["0", "2**32 - 1", "-1", "None"]

    [[calls]]
    call = "crc32c.crc32c(data, value)"
"""

import hashlib
import itertools
import random
import sys
import tomllib
import warnings

LONGEST = 80


def shown(value):
    """What is the same for equal values, and short."""
    if isinstance(value, (bytes, bytearray, memoryview)) and len(value) > LONGEST:
        return f"{type(value).__name__} of {len(value)}: {digest(value)}"
    text = repr(value)
    if isinstance(value, (tuple, list)):
        text = f"{type(value).__name__}({', '.join(map(shown, value))})"
    return text if len(text) <= 4 * LONGEST else f"{text[:LONGEST]}.. {len(text)}: {digest(text.encode())}"


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def kind(error):
    """The name of an error and what it is: which module defines it is not to be seen by who catches it."""
    bases = [base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins"]
    return f"{type(error).__name__} ({bases[0]})"


def called(code, names):
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            answer = shown(eval(code, names))
    except Exception as error:
        return "raises " + kind(error)
    return " ".join(["gives", answer, *(f"and warns {warning.category.__name__}" for warning in caught)])


def main(path):
    with open(path, "rb") as file:
        table = tomllib.load(file)
    module = table["module"]
    names = {"random": random, "itertools": itertools, module.partition(".")[0]: __import__(module)}
    for name, expression in table.get("names", {}).items():
        names[name] = eval(expression, names)
    values = table.get("values", {})
    for row in table["calls"]:
        code = compile(row["call"], row["call"], "eval")
        used = [name for name in values if name in used_names(code)]
        for combination in itertools.product(*(values[name] for name in used)):
            arguments = {name: eval(text, dict(names)) for name, text in zip(used, combination)}
            with_them = ", ".join(f"{name} = {text}" for name, text in zip(used, combination))
            print(f"{row['call']} [{with_them}]", called(code, {**names, **arguments}))


def used_names(code):
    """Names that an expression reads, those within its lambdas and comprehensions too."""
    inner = [const for const in code.co_consts if hasattr(const, "co_names")]
    return set(code.co_names).union(*map(used_names, inner))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
