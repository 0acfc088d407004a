# A collection at every allocation finds everything that lives, wherever it is: in locals of wasm, on its operand stack,
# in two halves of a 64-bit value, in C frames of any depth.
import gc
import json

gc.threshold(0)


class Node:
    def __init__(self, left, right, value):
        self.left = left
        self.right = right
        self.value = value

    def __add__(self, other):
        return Node(self, other, [self.value[0] + other.value[0]])


def tree(depth):
    if depth == 0:
        return Node(None, None, [1.0])
    return tree(depth - 1) + tree(depth - 1)


def walk(node):
    if node.left is None:
        return str(node.value[0])
    return "(" + walk(node.left) + " " + walk(node.right) + ")"


def numbers(count):
    for i in range(count):
        try:
            yield (i, str(i), [i] * 3, {"%d" % i: i + 0.5})
        finally:
            garbage = [str(i)] * 5


def key(item):
    return [str(-item[0]), item[1] + "x"]


def arguments(*args, a="a" + "b", **kwargs):
    return [args, sorted(kwargs.items()), a + str(len(args))]


def raising(depth, value):
    try:
        if depth == 0:
            raise ValueError([value, str(value)])
        return raising(depth - 1, value + 0.5)
    except ValueError as error:
        raise KeyError(error.args, depth * 1.5)


print(walk(tree(4)))
print([item[1] for item in sorted(numbers(12), key=key)])
print(json.loads(json.dumps({"a": [1.5, {"b": "c" * 10}], "n": [None, True, [[]]]})))
print(sum(7**i // int(str(3**i)) for i in range(60)))
print(arguments(*[str(i) for i in range(4)], **{"k%d" % i: [i / 4] for i in range(4)}))
print("%s %r %d %.3f" % ("text" + "x", [b"bytes" + b"y"], 1 << 70, 1.0 / 3), "{} {:>5}".format([1.5], "a" * 3))
try:
    raising(6, 1)
except KeyError as error:
    text = repr(error)
    print(len(text), text[:40])
print({str(i): tuple(str(j) for j in range(i)) for i in range(4)})
print(b"".join(bytes([i]) * 2 for i in range(65, 75)), "-".join(map(str, map(float, range(4)))))
space = {}
exec("class C:\n def __init__(self, n): self.n = [n] * 2\nx = [C(i + 0.5).n for i in range(3)]", space)
print(space["x"], [x + y for x, y in zip("abc", "def")], max("b", "a" + "c", key=lambda s: s * 2))
