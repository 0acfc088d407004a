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
    check("dictionaries", "{1:" * depth + "1" + "}" * depth)
    check("calls", "str(" * depth + "1" + ")" * depth)
    check("subscripts", "def f(): x = y" + "[y" * depth + "]" * depth)
    check("unary operators", "-" * depth + "depth")
    check("not", "not " * depth + "depth")
    check("power", "1**" * depth + "depth")
    check("and, or", "if " + "(check and " * depth + "1" + ")" * depth + ": pass")
    check("conditions", "1 if 1 else " * depth + "1")
    check("lambda", "lambda: " * depth + "1")
    check("comprehensions", "[x for x in " * depth + "[]" + "]" * depth)
    check("one comprehension", "[x " + "for x in [] " * depth + "]")
    check("targets", "def f(): " + "(" * depth + "x" + ",)" * depth + " = 1")
    check("del", "def f(): del " + "(" * depth + "x" + ",)" * depth)
    check("with", "def f():\n with " + ",".join("x" for _ in range(depth)) + ": pass")
    check("elif", "if 1: pass\n" + "elif 1: pass\n" * depth)
    check("yield", "def f():\n x = " + "(yield " * depth + "1" + ")" * depth)
    check("decorators", "def g():\n" + " @x\n" * depth + " def f(): pass")
    check("open parentheses", "(" * depth)
for depth in (10, 100):
    print("indented", depth, "times")

    def indented(head, most=depth):
        return "".join(" " * i + head + ":\n" for i in range(most)) + " " * most + "pass\n"

    check("if", indented("if 1"))
    check("def", indented("def f()"))
    check("class", indented("class C"))
    check("for", indented("for x in ''"))
print("still here:", eval("(1 + 1)"))
