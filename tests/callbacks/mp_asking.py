# What a generated module of MicroPython makes of callbacks: questions as arguments, answers as results. test_asking.py has the
# same for CPython. Ends with OK. An argument is how often it looks for leaks.
import gc
import sys

sys.path.append("tests")

import probe_asking
from asking_program import Program
from probe_asking import Mode, ProbeAskingError, Trouble, answer_program
from raised import raised

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 300


def equal(a, b):
    assert a == b, (a, b)


def values():
    program = Program()
    answer_program(program)
    equal(probe_asking.text("a\xe9\U0001f600"), "\U0001f600\xe9a")
    equal(program.asked, "a\xe9\U0001f600")
    equal(probe_asking.text(""), "")
    equal(probe_asking.data(b"\x00abc"), b"cba\x00")
    assert type(program.asked) is bytes
    equal(probe_asking.data(bytes(20000)), bytes(20000))
    equal(probe_asking.data(b""), b"")
    equal(probe_asking.items([("a", 1), ("b\xe9", 2)]), [("aa", 2), ("b\xe9b\xe9", 3)])
    equal(program.asked[1].name, "b\xe9")
    equal(probe_asking.items([]), [])
    equal(probe_asking.heaviest([("a", 1), ("b", 7), ("c", 3)]), ("b", 7))
    equal([probe_asking.maybe(it) for it in (None, 0, 5)], ["None", None, "5"])
    for shape in [("dot", None), ("line", 0.5), ("label", "here"), ("path", b"\x01\x02")]:
        equal(probe_asking.drawn(shape, Mode.READ), (shape, Mode.READ | Mode.WRITE))
        equal(program.asked, (shape, Mode.READ))
    equal(probe_asking.attempt(2**60), 3 * 2**60)
    equal(probe_asking.find("me"), ["me", "", "ME"])
    assert probe_asking.note(255, Trouble.TIRED) is None
    equal(program.asked, (255, Trouble.TIRED))
    assert program.asked[1] is Trouble.TIRED
    equal(probe_asking.sum(1, 2), 3)


def errors_of_the_contract_go_through_the_cap():
    program = Program()
    answer_program(program)
    assert raised(ProbeAskingError, lambda: probe_asking.attempt(-1)).value is Trouble.TIRED
    equal(raised(ProbeAskingError, lambda: probe_asking.find("nobody")).value, "nobody is there")
    assert raised(ProbeAskingError, probe_asking.stop).value is None
    program.stop = lambda: None
    answer_program(program)
    assert probe_asking.stop() is None

    class Special(ProbeAskingError):
        pass

    def fails(value):
        raise Special(Trouble.TIRED)

    error = raised(ProbeAskingError, lambda: with_answer("attempt", fails, 1))
    assert error.value is Trouble.TIRED and type(error) is ProbeAskingError, error


def with_answer(name, function, *args):
    program = Program()
    setattr(program, name, function)
    answer_program(program)
    return getattr(probe_asking, name)(*args)


def wrong_answers():
    for name, args, answer, error, text in [
        ("text", [""], 5, TypeError, "the answer of Program.text must be str, not int"),
        ("data", [b""], "text", TypeError, "bytes-like"),
        ("items", [[]], [("a", -1)], OverflowError, "Item.weight"),
        ("items", [[]], [("a", 1), ("b",)], TypeError, "the answer of Program.items"),
        ("items", [[]], None, TypeError, "iterable"),
        ("heaviest", [[]], ("kept", "x"), TypeError, "Item.weight"),
        ("maybe", [1], b"", TypeError, "the answer of Program.maybe"),
        ("drawn", [("dot", None), 0], (("cube", None), 0), ValueError, "cube"),
        ("drawn", [("dot", None), 0], (("label", "kept"), 4), ValueError, "Mode"),
        ("attempt", [1], -1, OverflowError, "the answer of Program.attempt"),
        ("find", ["x"], ["kept", 1], TypeError, "the answer of Program.find"),
        ("sum", [1, 2], 2**32, OverflowError, "the answer of Program.sum"),
    ]:
        raised(error, lambda: with_answer(name, lambda *args: answer, *args), text)

    def fails(value):
        raise ProbeAskingError(value)

    raised(TypeError, lambda: with_answer("attempt", lambda value: fails("text"), 1), "the answer of Program.attempt")
    raised(ValueError, lambda: with_answer("attempt", lambda value: fails(7), 1), "Trouble")
    raised(TypeError, lambda: with_answer("find", lambda name: fails(None), "x"), "the answer of Program.find")


def exceptions():
    def fails(*args):
        raise LookupError(args)

    for name, args in [
        ("text", ["a"]),
        ("items", [[("a", 1)]]),
        ("maybe", [1]),
        ("attempt", [1]),
        ("note", [1, 0]),
        ("sum", [1, 2]),
        ("find", ["x"]),
        ("stop", []),
    ]:
        raised(LookupError, lambda: with_answer(name, fails, *args))
    raised(TypeError, lambda: with_answer("sum", lambda: 3, 1, 2))
    raised(SystemExit, lambda: with_answer("sum", lambda a, b: sys.exit(7), 1, 2))
    equal(with_answer("sum", lambda a, b: a, 1, 2), 1)


def who_answers():
    program, other = Program(), Program()
    answer_program(program)
    assert answer_program(other) is program
    probe_asking.maybe(7)
    equal((program.asked, other.asked), (None, 7))
    raised(AttributeError, lambda: answer_program(object()), "text")
    assert answer_program(None) is other
    raised(RuntimeError, lambda: probe_asking.sum(1, 2), "nothing answers program.sum()")
    raised(RuntimeError, lambda: probe_asking.attempt(1), "nothing answers program.attempt()")
    assert answer_program(program) is None


def an_answer_may_ask_and_change_who_answers():
    program = Program()

    class Once(Program):
        def sum(self, a, b):
            answer_program(program)
            return probe_asking.sum(a, b) * 10

    answer_program(Once())
    equal(probe_asking.sum(1, 2), 30)
    equal(probe_asking.sum(1, 2), 3)


def exceptions_are_of_the_call_in_which_they_were_raised():
    class Nested(Program):
        caught = ()

        def sum(self, a, b):
            if a > 0:
                try:
                    probe_asking.sum(a - 1, b)
                except LookupError as error:
                    self.caught += (error.args,)
                    raise LookupError(a)
                raise AssertionError("not reached")
            raise LookupError(a)

    program = Nested()
    answer_program(program)
    equal(raised(LookupError, lambda: probe_asking.sum(3, 0)).args, (3,))
    equal(program.caught, ((0,), (1,), (2,)))

    class Endless(Program):
        deepest = 0

        def sum(self, a, b):
            self.deepest = max(self.deepest, a)
            return probe_asking.sum(a + 1, b)

    program = Endless()
    answer_program(program)
    raised(RuntimeError, lambda: probe_asking.sum(1, 0), "maximum recursion depth exceeded")
    assert program.deepest >= 16, program.deepest
    equal(with_answer("sum", lambda a, b: a, 1, 2), 1)


def the_collector_runs_meanwhile():
    def litter():
        gc.collect()
        return [bytes(40) for _ in range(100)]

    class Collects(Program):
        def items(self, items):
            for name, weight in items:
                litter()
                yield name + str(len(litter())), weight

        def sum(self, a, b):
            litter()
            return a + b

        def find(self, name):
            litter()
            raise ProbeAskingError("no " + name)

    answer_program(Collects())
    items = [("n%d" % i, i) for i in range(20)]
    equal(probe_asking.items(items), [(name + "100", weight) for name, weight in items])
    equal(raised(ProbeAskingError, lambda: probe_asking.find("x" * 30)).value, "no " + "x" * 30)
    # Frames of MicroPython's C that hold objects: of a sort, of a call with many arguments.
    data = [[it * 7 % 31] for it in range(31)]
    equal(sorted(data, key=lambda it: probe_asking.sum(it[0], 0)), [[it] for it in range(31)])
    equal(list(map(probe_asking.sum, range(5), (it for it in range(5)))), [0, 2, 4, 6, 8])
    equal({str(it): probe_asking.sum(it, 1) for it in range(9)}, {str(it): it + 1 for it in range(9)})


def nothing_is_kept():
    items = [("name", 1), ("x" * 100, 2)]

    def wrong(*args):
        return ["kept" * 100, ("y" * 100, 1), 5]

    def ask(times):
        for _ in range(times):
            answer_program(Program())
            probe_asking.text("some text")
            probe_asking.items(items)
            probe_asking.drawn(("label", "text"), 0)
            probe_asking.find("me")
            raised(ProbeAskingError, lambda: probe_asking.find("nobody"))
            raised(ProbeAskingError, lambda: probe_asking.attempt(-1))
            raised(ValueError, lambda: probe_asking.heaviest([]))
            raised(TypeError, lambda: with_answer("find", wrong, "x" * 1000))
            raised(TypeError, lambda: with_answer("items", wrong, items))
        gc.collect()

    ask(ROUNDS)
    pages, used = probe_asking.pages(), gc.mem_alloc()
    ask(4 * ROUNDS)
    equal(probe_asking.pages(), pages)
    # A block a call would be there in each round.
    assert gc.mem_alloc() - used < 16 * ROUNDS, (used, gc.mem_alloc())


values()
errors_of_the_contract_go_through_the_cap()
wrong_answers()
exceptions()
who_answers()
an_answer_may_ask_and_change_who_answers()
exceptions_are_of_the_call_in_which_they_were_raised()
the_collector_runs_meanwhile()
nothing_is_kept()
answer_program(None)
print("OK")
