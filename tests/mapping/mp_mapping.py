# Everything that a generated module maps, in MicroPython: test_mapping.py has the same for CPython. Ends with OK.
#
# What is said here is said by docs/reference/python-modules.md.
import array
import gc
import sys

sys.path.append("tests")

import probe_mapping as m
from probe_mapping import Color, Mode, Point, ProbeMappingError, Shelf, Thing
from raised import raised

SCALARS = (True, 255, -128, 65535, -32768, 2**32 - 1, -(2**31), 2**64 - 1, -(2**63), 0.5, -1e300, "\U0001f40d")
LISTS = (b"\0octets", [0, 2**32 - 1], ["", "w\xf6rd", "\0"], [(1, -2)], [b"", b"x"], [None, "", "o"], [("p", 7)],
         [("none", None), ("path", [(3, 4)]), ("octets", b"88"), ("color", Color.GREEN), ("modes", 5)],
         [Color.DARK_BLUE, Color.RED], [True, False], ["a", "\xe9"], [0.25, float("inf")], [-1, 2**63 - 1])
SHAPES = [("none", None), ("dot", (1, 2)), ("label", "l"), ("path", [(1, 2), (3, 4)]), ("path", []), ("octets", b"o"),
          ("color", Color.DARK_BLUE), ("modes", Mode.READ | Mode.RUN_TWICE)]


def scalars():
    echoed = m.echo_scalars(SCALARS)
    assert echoed == SCALARS and type(echoed) is m.Scalars and isinstance(echoed, tuple), echoed
    assert (echoed.a, echoed.l, echoed[1]) == (True, "\U0001f40d", 255)
    assert m.echo_scalars(echoed) == SCALARS
    zeros = (0,) * 11 + ("\0",)
    assert m.echo_scalars(zeros) == zeros
    assert m.sum(True, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) == 66
    assert m.sum(*range(10), k=11) == 56
    for name in "bcdefghi":
        for wrong in (2**64, -(2**63) - 1, 2**100, -(2**100)):
            raised(OverflowError, lambda: m.sum(**dict(right(), **{name: wrong})), name + " must be between ")
        for wrong in ("1", 1.5, None, b"1"):
            raised(TypeError, lambda: m.sum(**dict(right(), **{name: wrong})), name + " must be an integer, not ")
    raised(OverflowError, lambda: m.sum(**dict(right(), b=256)), "b must be between 0 and 255")
    raised(OverflowError, lambda: m.sum(**dict(right(), g=-(2**31) - 1)), "g must be between -2147483648 and 2147483647")
    raised(OverflowError, lambda: m.sum(**dict(right(), j=1e300)), "j is too large for 32 bits")
    raised(TypeError, lambda: m.sum(**dict(right(), k="1")), "k must be a number, not str")


def right():
    return dict(zip("abcdefghijk", SCALARS))


def numbers_of_other_kinds():
    class Seven:
        def __int__(self):
            return 7

        def __float__(self):
            return 7.0

    class Fails:
        def __int__(self):
            raise LookupError("of the argument")

    assert m.sum(1, True, Seven(), 0, 0, 0, 0, 0, 0, Seven(), 2) == 18
    raised(LookupError, lambda: m.sum(**dict(right(), h=Fails())), "of the argument")


def lists():
    echoed = m.echo_lists(LISTS)
    assert echoed == LISTS, echoed
    assert type(echoed.points[0]) is Point and echoed.colors[0] is Color.DARK_BLUE
    assert m.echo_lists((b"",) + ([],) * 12) == (b"",) + ([],) * 12
    given = (bytearray(b"\0octets"), iter([0, 2**32 - 1]), ["", "w\xf6rd", "\0"], ((1, -2),), (memoryview(b""), bytearray(b"x")))
    assert m.echo_lists(given + LISTS[5:]) == LISTS
    assert m.join(array.array("B", [1]), memoryview(b"x-y"), "") == b"\x01x-y"
    raised(TypeError, lambda: m.join("l", b"r", "-"))
    raised(TypeError, lambda: m.echo_lists(LISTS[:2] + ("words",) + LISTS[3:]), "Lists.words must be an iterable of items, not str")
    raised(TypeError, lambda: m.echo_lists(LISTS[:1] + (5,) + LISTS[2:]))
    raised(OverflowError, lambda: m.echo_lists(LISTS[:1] + ([2**32],) + LISTS[2:]), "Lists.numbers must be")


def what_changes_while_it_is_read():
    class Number:
        def __int__(self):
            words.clear()
            data[:] = b"other"
            gc.collect()
            return 7

    words, data = ["x" * i for i in range(1, 9)], bytearray(b"bytes")
    echoed = m.echo_lists((b"", [Number()], words, [], [data]) + LISTS[5:])
    assert (echoed.numbers, echoed.words, echoed.nested) == ([7], [], [b"other"]), echoed
    words, data = ["x" * i for i in range(1, 9)], bytearray(b"bytes")
    echoed = m.echo_lists((b"", [], words, [], [data], [], [(word, Number()) for word in words]) + LISTS[7:])
    assert echoed.words == ["x" * i for i in range(1, 9)] and echoed.nested == [b"bytes"]
    assert [word for word, _ in echoed.pairs] == echoed.words


def choices():
    for shape in SHAPES:
        assert m.echo_shape(shape) == shape, shape
    assert type(m.echo_shape(("dot", (1, 2)))[1]) is Point
    for wrong, kind in [(("nothing", None), ValueError), (("none", 1), TypeError), (("dot", None), TypeError),
                        ("none", TypeError), (("none",), TypeError), ((1, None), TypeError), (None, TypeError)]:
        raised(kind, lambda: m.echo_shape(wrong))
    assert m.echo_color(Color.DARK_BLUE) is m.echo_color(2) is Color(2) is Color.DARK_BLUE
    assert (Color.RED, int(Color.GREEN), Color.DARK_BLUE + 1, 1 + Color.DARK_BLUE, -Color.GREEN) == (0, 1, 3, 3, -1)
    assert 2 == Color.DARK_BLUE != Color.RED and Color.GREEN < 2 and Color.DARK_BLUE > 1 and not Color.RED
    assert Color.RED != "RED" and Color.RED != None and Color.GREEN == 1.0
    assert repr(Color.DARK_BLUE) == "Color.DARK_BLUE" and "%d" % Color.GREEN == "1"
    assert {Color.RED: "r"}[0] == "r" and "abc"[Color.DARK_BLUE] == "c"
    for wrong, kind in [(3, ValueError), (-1, ValueError), (2**70, ValueError), ("RED", TypeError), (1.0, TypeError)]:
        raised(kind, lambda: m.echo_color(wrong))
        raised(kind, lambda: Color(wrong))
    assert (Mode.READ, Mode.WRITE, Mode.RUN_TWICE) == (1, 2, 4)
    assert all(m.echo_mode(mode) == mode for mode in range(8))
    for wrong, kind in [(8, ValueError), (-1, ValueError), (2**40, ValueError), ("READ", TypeError)]:
        raised(kind, lambda: m.echo_mode(wrong))
    raised(TypeError, Mode)
    for results in [(("ok", b"x"), ("ok", 7), ("ok", None), ("ok", None)),
                    (("err", Color.GREEN), ("err", None), ("err", "text"), ("err", None))]:
        assert m.echo_results(results) == results
    raised(ValueError, lambda: m.echo_results((("good", b"x"), ("ok", 7), ("ok", None), ("ok", None))))


def records():
    point = m.echo_place((1, -2))
    assert (point.x, point.y, repr(point)) == (1, -2, "Point(x=1, y=-2)")
    assert Point([3, 4]) == (3, 4) and Point((3, 4)).y == 4 and {point: 1}[(1, -2)] == 1
    raised(AttributeError, lambda: point.z)
    raised(AttributeError, lambda: setattr(point, "x", 1))
    raised(TypeError, lambda: Point([1]))
    raised(TypeError, lambda: m.echo_place([1, 2]), "v must be a tuple of 2: Point, not list")
    raised(TypeError, lambda: m.echo_place((1, 2, 3)), "v must be a tuple of 2: Point, not of 3")
    raised(OverflowError, lambda: m.echo_place((1, 2**31)), "Point.y must be between")

    class Pair(tuple):
        pass

    assert m.echo_place(Pair((5, 6))) == (5, 6)


def options_and_keywords():
    assert m.perhaps(None, 1) == "-1---"
    assert m.perhaps(3, 1, "ab", b"c", (5, 0)) == "31215"
    assert m.perhaps(second=2, first=0, fifth=(4, 4)) == "02--4"
    assert m.perhaps(None, 1, fourth=b"12") == "-1-2-"
    assert m.perhaps(None, 9, "ab", b"c") is None
    assert m.join(from_="-", right=b"r", left=b"l") == b"l-r"
    for call in (lambda: m.nothing(1), lambda: m.nothing(a=1), lambda: m.echo_color(), lambda: m.echo_color(1, 2),
                 lambda: m.echo_color(v=1), lambda: m.join(b"", b""), lambda: m.join(b"", b"", "", ""),
                 lambda: m.join(b"", b"", wrong=""), lambda: Thing(), lambda: Thing("a", 1, 2),
                 lambda: Thing("a", wrong=1), lambda: m.join(b"", b"", left=""), lambda: m.perhaps(second=1)):
        raised(TypeError, call)
    assert m.nothing() is None


def text():
    for said in ("", "a", "\xe9\0\U0001f40d" * 1000):
        assert m.echo_string(said) == said
    raised(UnicodeError, lambda: m.echo_string("\udc80"), "v must not have surrogates")
    raised(TypeError, lambda: m.echo_string(b"bytes"), "v must be str, not bytes")
    for wrong, kind in [("ab", TypeError), ("", TypeError), (65, TypeError), ("\ud800", ValueError)]:
        raised(kind, lambda: m.echo_char(wrong))


def errors():
    assert m.refuse(("none", None)) == "fine"
    for shape in SHAPES[1:]:
        assert raised(ProbeMappingError, lambda: m.refuse(shape)).value == shape
    assert m.refuse_color(Color.GREEN) is None
    assert raised(ProbeMappingError, lambda: m.refuse_color(Color.RED), "Color.RED").value is Color.RED
    error = raised(ProbeMappingError, m.refuse_all)
    assert error.value is None and str(error) == ""
    assert m.try_outcome(True) == b"good"
    assert raised(ProbeMappingError, lambda: m.try_outcome(0)).value is Color.DARK_BLUE

    class Mine(ProbeMappingError):
        pass

    assert Mine("x").value == "x" and issubclass(ProbeMappingError, Exception)


def by_hand():
    assert m.twice(value=21) == 42
    raised(OverflowError, lambda: m.twice(2**16), "value must be")
    assert Thing("abc").size() == 3
    assert Thing("abc").grown(by=4) == 7
    raised(TypeError, lambda: Thing("abc").grown())


def things():
    thing = Thing("first", size=3)
    assert (thing.name(), thing.size(), thing.rename("second")) == ("first", 3, "first")
    assert raised(ProbeMappingError, lambda: thing.rename("")).value == "a name must not be empty"
    assert (thing.name(), thing.add(2, times=5)) == ("second", 13)
    other = thing.copy()
    assert type(other) is Thing and (other.name(), other.size()) == ("second", 13)
    assert thing.same_as(thing) and not thing.same_as(other)
    for call in (Shelf, lambda: Thing.name(Shelf.of([])), lambda: Thing.name(5), lambda: Thing.__del__(5), lambda: Thing.__del__(Color),
                 lambda: Thing("a").same_as("a"), lambda: Thing("a").same_as(Shelf.of([]))):
        raised(TypeError, call)
    raised(AttributeError, lambda: setattr(Thing("a"), "other", 1))
    shelf = Shelf.of([Thing("low"), Thing("high")])
    assert (shelf.take().name(), shelf.take().name(), shelf.take()) == ("high", "low", None)


def given_away():
    a, b = Thing("a"), Thing("b")
    c = Thing.join(a, b)
    assert c.name() == "ab"
    for gone in (a, b):
        for call in (gone.name, lambda: Thing.join(c, gone), lambda: c.same_as(gone), lambda: gone.same_as(c)):
            raised(ValueError, call, "was given away")
    raised(ValueError, lambda: Thing.join(c, c), "was given away")
    assert c.name() == "ab"
    assert raised(ProbeMappingError, lambda: Thing.join(Thing(""), c)).value.name() == "ab"
    closed = Thing("a")
    closed.__del__()
    closed.__del__()
    raised(ValueError, closed.name)

    a, b = Thing("a"), Thing("b")
    for call in (lambda: m.echo_parcel(("", [a, b], 1)), lambda: m.echo_parcel(("", [a, b, a], None)), lambda: m.swap(a, 1),
                 lambda: m.swap(1, a), lambda: m.swap(a, a), lambda: Shelf.of([a, None]), lambda: Shelf.of([b, a, b])):
        raised((TypeError, ValueError), call)
        assert (a.name(), b.name()) == ("a", "b")


def given_in_values():
    parcel = m.echo_parcel(("label", [Thing("x"), Thing("y")], Thing("z")))
    assert ([thing.name() for thing in parcel.items], parcel.label, parcel.first.name()) == (["x", "y"], "label", "z")
    assert m.echo_parcel(("", [], None)) == ("", [], None)
    assert m.echo_found(("nothing", None)) == ("nothing", None)
    assert m.echo_found(("one", Thing("one")))[1].name() == "one"
    assert [thing.name() for thing in m.echo_found(("many", map(Thing, "ab")))[1]] == ["a", "b"]
    assert m.echo_maybe() is None and m.echo_maybe(Thing("t")).name() == "t"
    left, right = m.swap(Thing("l"), b=Thing("r"))
    assert (left.name(), right.name()) == ("r", "l")
    error = raised(ProbeMappingError, lambda: m.fail_with([left, right]))
    assert [thing.name() for thing in error.value] == ["r", "l"]


def lent():
    a, b = Thing("a"), Thing("bb")
    assert (m.longest([a, b, a]), m.longest([a], b), m.longest([])) == ("bb", "bb", None)
    raised(TypeError, lambda: m.longest([a, 1]))

    def lend_and_give():
        yield a
        m.echo_maybe(a)

    raised(ValueError, lambda: m.longest(lend_and_give()), "was given away")


def dropped():
    gc.collect()
    before = Thing.live()
    kept = [Thing("a")]
    kept.append(Shelf.of([Thing("b"), Thing("c")]))
    assert Thing.live() == before + 3
    kept.clear()
    gc.collect()
    assert Thing.live() <= before + 1  # a word on the stack may look like a pointer


TESTS = (scalars, numbers_of_other_kinds, lists, what_changes_while_it_is_read, choices, records, options_and_keywords, text,
         errors, by_hand, things, given_away, given_in_values, lent, dropped)


def run(times):
    for _ in range(times):
        for test in TESTS:
            test()
    gc.collect()


# Nothing is left: of MicroPython's memory, of handles, and of the cap's, of which more comes and goes than there is.
run(2)
held, live = gc.mem_alloc(), Thing.live()
run(10)
assert gc.mem_alloc() - held < 8192, gc.mem_alloc() - held
assert Thing.live() <= live + 2
data = b"x" * 60_000
for _ in range(500):
    m.join(data, data[:100], "-")
    m.zeros(60_000)
    m.echo_shape(("octets", data))

# A result that there is no memory for is a MemoryError, and its handles are dropped.
def full(spare):
    given = [Thing(str(i)) for i in range(50)]
    block = bytearray(spare * 16)
    full = []
    try:
        while True:
            full.append(bytearray(256))
    except MemoryError:
        pass
    block = None
    try:
        given = m.echo_parcel(("", given, None)).items
        assert len(given) == 50
        return True
    except MemoryError:
        return False
    finally:
        full.clear()
        given.clear()


outcomes = set()
for spare in (0, 20, 100, 400, 5000):
    outcomes.add(full(spare))
    run(1)  # writes over what the stack still has
    assert Thing.live() < 20, (spare, Thing.live())
assert True in outcomes, outcomes
print("OK")
