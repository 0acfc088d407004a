# args: -X heapmax=64M
# Source with more of something than 8 or 16 bits count: the value, not another one.
def numbers(count, form="%d", separator=","):
    return separator.join([form % i for i in range(count)])


for count in (300, 65536, 110000):
    print(count, len(eval("[" + "1," * count + "]")), len(eval("(" + "a," * count + ")", {"a": 1})))
print(eval("[" + numbers(70000) + "]")[-1], sum(eval("[" + "a," * 70000 + "]", {"a": 1})))
print(len(eval("{" + numbers(70000) + "}")), len(eval("{" + numbers(70000, "%d:a") + "}", {"a": 1})))


def given(*args, **kwargs):
    return len(args), args[-1] if args else None, len(kwargs), kwargs.get("k299")


class Given:
    def method(self, *args, **kwargs):
        return given(*args, **kwargs)


names = {"f": given, "m": Given(), "s": (1, 2, 3), "d": {"x": 1, "y": 2}}
for count in (199, 200, 201, 254, 255, 256, 257, 300, 70000):
    positional = numbers(count)
    print(count, eval("f(%s)" % positional, names), eval("m.method(%s)" % positional, names))
    print(eval("f(*s,%s,*s,7,**d)" % positional, names), eval("f(%s,x=1)" % positional, names))
for count in (199, 200, 201, 255, 256, 300):
    keywords = numbers(count, "k%d=9")
    print(count, eval("f(%s)" % keywords, names), eval("f(1,2,*s,%s,**d)" % keywords, names))
    print(eval("m.method(%s,%s)" % (numbers(count), keywords), names), eval("f(**d,%s)" % keywords, names))
print(eval("f((x for x in s), %s)" % numbers(300), names)[:2])
order = []
eval("f(%s,%s)" % (numbers(300, "o(%d)"), numbers(300, "k%d=o(-1)")), {"f": given, "o": order.append})
print(order == list(range(300)) + [-1] * 300)

text = "f'" + "{a}" * 300 + "'"
print(len(eval(text, {"a": 7})), len(eval("'" + "ab" * 50000 + "'" + "'cd'" * 1000)))
print(eval("+".join(["a"] * 3000), {"a": 1}), len(eval("+".join(["a"] * 300), {"a": "xy"})))

# Functions, names, labels, parameters and variables.
space = {}
exec("def f(%s): return a0, a299\nr = f(*range(300)), f(%s)" % (numbers(300, "a%d"), numbers(300)), space)
print(space["r"])
exec("def f(%s): return a0, a299\nr = f(), f(a299=-1)" % numbers(300, "a%d=5"), space)
print(space["r"])
source = "def f():\n" + numbers(300, " v%d = -1\n", "") + " v299 = 77\n v3 = 5\n g = lambda: (v299, v3)\n return g(), v298\nr = f()"
exec(source, space)
print(space["r"])
for many in (
    "def f():\n" + numbers(300, " v%d = 1\n", "") + " return lambda: (" + numbers(300, "v%d") + ")\nr = f()()",
    numbers(300, "x%d") + ", *rest = range(400)",
    "*rest, " + numbers(300, "x%d") + " = range(400)",
):
    try:
        exec(many, space)
        print("no error")
    except RuntimeError as error:
        print("RuntimeError", error)
exec("n = 0\n" + "while 1:\n break\n" * 17000 + "for i in r:\n n += i\n break\nelse: n = -1\n", {"r": (7, 8)})
exec("n = 0\n" + "for i in r: n += i; break\n" * 12000 + "print(n)", {"r": (1, 2)})
many = eval("[" + "lambda: 0," * 300 + "lambda: 1]")
print(many[0](), many[-1](), len(many))
for call in ("f(a=1, *s)", "f(**d, *s)"):
    try:
        print(eval(call, names))
    except SyntaxError as error:
        print("SyntaxError", error)
