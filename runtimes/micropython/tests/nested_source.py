# Source that is nested too deep for the compiler raises an exception; it does not end the interpreter.
def check(name, source):
    try:
        exec(source)
        print(name, "compiled")
    except (RuntimeError, MemoryError, SyntaxError) as error:
        print(name, type(error).__name__)


for depth in (10, 3000):
    print("nested", depth, "times")
    check("parentheses", "(" * depth + "1" + ")" * depth)
    check("lists", "[" * depth + "]" * depth)
    check("calls", "str(" * depth + "1" + ")" * depth)
    check("unary operators", "-" * depth + "1")
    check("not", "not " * depth + "1")
    check("power", "1**" * depth + "1")
    check("conditions", "1 if 1 else " * depth + "1")
    check("lambda", "lambda: " * depth + "1")
    check("open parentheses", "(" * depth)
for depth in (10, 100):
    print("nested", depth, "times")
    check("ifs", "".join(" " * i + "if 1:\n" for i in range(depth)) + " " * depth + "pass\n")
    check("functions", "".join(" " * i + "def f():\n" for i in range(depth)) + " " * depth + "pass\n")
print("still here:", eval("(1 + 1)"))
