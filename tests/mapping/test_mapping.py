"""Everything that a generated module maps, whatever the mode of linkage. Run inside pylon.wasm.

What is said here is said by docs/reference/python-modules.md. `Leaks` does all of it again and counts what is left.
"""

import copy
import gc
import importlib.util
import inspect
import pickle
import sys
import unittest

import pylon

# The module is then made of what the provider says of its contract, by a pylon.wasm that has never seen that.
LOADED = "load" in sys.argv


class Importer:
    def find_spec(self, name, path, target=None):
        return importlib.util.spec_from_loader(name, self) if name == "probe_mapping" else None

    def create_module(self, spec):
        return pylon.load("probe-mapping")

    def exec_module(self, module):
        pass


if LOADED:
    sys.meta_path.append(Importer())

import probe_mapping as m

Color, Mode, Thing, Shelf = m.Color, m.Mode, m.Thing, m.Shelf
SCALARS = (True, 255, -128, 65535, -32768, 2**32 - 1, -(2**31), 2**64 - 1, -(2**63), 0.5, -1e300, "\U0001f40d")
LISTS = (b"\0octets", [0, 2**32 - 1], ["", "wörd", "\0"], [(1, -2)], [b"", b"x"], [None, "", "o"], [("p", 7)],
         [("none", None), ("path", [(3, 4)]), ("octets", b"88"), ("color", Color.GREEN), ("modes", 5)],
         [Color.DARK_BLUE, Color.RED], [True, False], ["a", "é"], [0.25, float("inf")], [-1, 2**63 - 1])
SHAPES = [("none", None), ("dot", (1, 2)), ("label", "l"), ("path", [(1, 2), (3, 4)]), ("path", []), ("octets", b"o"),
          ("color", Color.DARK_BLUE), ("modes", Mode.READ | Mode.RUN_TWICE)]


class Values(unittest.TestCase):
    def test_scalars(self):
        echoed = m.echo_scalars(SCALARS)
        self.assertEqual(echoed, SCALARS)
        self.assertIs(type(echoed), m.Scalars)
        self.assertEqual((echoed.a, echoed.l), (True, "\U0001f40d"))
        self.assertEqual(m.echo_scalars(echoed), SCALARS)
        zeros = (0,) * 11 + ("\0",)
        self.assertEqual(m.echo_scalars(zeros), zeros)
        self.assertEqual(m.sum(True, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 66)

    def test_lists(self):
        echoed = m.echo_lists(LISTS)
        self.assertEqual(echoed, LISTS)
        self.assertIs(type(echoed.points[0]), m.Point)
        self.assertIs(echoed.colors[0], Color.DARK_BLUE)
        self.assertIs(type(echoed.octets), bytes)
        self.assertEqual(m.echo_lists((b"",) + ([],) * 12), (b"",) + ([],) * 12)

    def test_iterables_and_buffers_as_arguments(self):
        given = (bytearray(b"\0octets"), iter([0, 2**32 - 1]), {"": 0, "wörd": 1, "\0": 2}, ((1, -2),), (memoryview(b""), b"x"))
        self.assertEqual(m.echo_lists(given + LISTS[5:]), LISTS)
        data = bytearray(b"abc")
        self.assertEqual(m.join(data, memoryview(b"x-y")[::1], ""), b"abcx-y")
        data.append(1)  # BufferError while there is an export
        with self.assertRaises(BufferError):
            m.join(b"", memoryview(b"abcd")[::2], "")

    def test_what_changes_while_it_is_read(self):
        class Number:
            def __index__(self):
                words.clear()
                gc.collect()
                return 7

        words = ["x" * i for i in range(1, 9)]
        echoed = m.echo_lists((b"", [Number()], words) + LISTS[3:])
        self.assertEqual((echoed.numbers, echoed.words), ([7], []))
        words = ["x" * i for i in range(1, 9)]
        pairs = [(word, Number()) for word in words]
        echoed = m.echo_lists((b"", [], words) + LISTS[3:6] + (pairs,) + LISTS[7:])
        self.assertEqual([word for word, _ in echoed.pairs], ["x" * i for i in range(1, 9)])

    def test_variants(self):
        for shape in SHAPES:
            self.assertEqual(m.echo_shape(shape), shape)
        match m.echo_shape(("dot", (3, 4))):
            case ("dot", m.Point(x=3) as point):
                self.assertEqual(point.y, 4)
            case other:
                self.fail(other)
        for wrong, kind in [(("nothing", None), ValueError), (("none", 1), TypeError), (("dot", None), TypeError),
                            ("none", TypeError), (("none",), TypeError), ((1, None), TypeError), (None, TypeError)]:
            with self.assertRaises(kind):
                m.echo_shape(wrong)

    def test_enums(self):
        self.assertIs(m.echo_color(Color.DARK_BLUE), Color.DARK_BLUE)
        self.assertIs(m.echo_color(1), Color.GREEN)
        self.assertIs(Color(2), Color.DARK_BLUE)
        self.assertEqual((Color.RED, int(Color.GREEN), Color.DARK_BLUE + 1), (0, 1, 3))
        self.assertEqual(repr(Color.DARK_BLUE), "Color.DARK_BLUE")
        self.assertEqual(f"{Color.RED} {Color.RED:d}", "Color.RED 0")
        self.assertEqual(list(Color.__members__), ["RED", "GREEN", "DARK_BLUE"])
        self.assertEqual({Color.RED: "r"}[0], "r")
        self.assertIs(copy.deepcopy(Color.GREEN), Color.GREEN)
        for wrong, kind in [(3, ValueError), (-1, ValueError), (2**70, ValueError), ("RED", TypeError), (1.0, TypeError)]:
            with self.assertRaises(kind):
                m.echo_color(wrong)
            with self.assertRaises(kind):
                Color(wrong)
        with self.assertRaises(TypeError):
            Color(value=1)
        with self.assertRaises(TypeError):
            type("Sub", (Color,), {})

    def test_pickles(self):
        self.assertIs(pickle.loads(pickle.dumps(Color.GREEN)), Color.GREEN)

    def test_flags(self):
        self.assertEqual((Mode.READ, Mode.WRITE, Mode.RUN_TWICE), (1, 2, 4))
        for mode in range(8):
            self.assertEqual(m.echo_mode(mode), mode)
        for wrong, kind in [(8, ValueError), (-1, ValueError), (2**40, ValueError), ("READ", TypeError)]:
            with self.assertRaises(kind):
                m.echo_mode(wrong)
        with self.assertRaises(TypeError):
            Mode()

    def test_results_inside_of_values(self):
        for results in [(("ok", b"x"), ("ok", 7), ("ok", None), ("ok", None)),
                        (("err", Color.GREEN), ("err", None), ("err", "text"), ("err", None))]:
            self.assertEqual(m.echo_results(results), results)
        with self.assertRaises(ValueError):
            m.echo_results((("good", b"x"), ("ok", 7), ("ok", None), ("ok", None)))

    def test_options(self):
        self.assertEqual(m.perhaps(None, 1), "-1---")
        self.assertEqual(m.perhaps(3, 1, "ab", b"c", (5, 0)), "31215")
        self.assertEqual(m.perhaps(second=2, first=0, fifth=(4, 4)), "02--4")
        self.assertEqual(m.perhaps(None, 1, fourth=b"12"), "-1-2-")
        self.assertIsNone(m.perhaps(None, 9, "ab", b"c"))
        with self.assertRaisesRegex(TypeError, "missing required argument 'first'"):
            m.perhaps(second=1)

    def test_text(self):
        for text in ("", "a", "é\0\U0001f40d" * 1000):
            self.assertEqual(m.echo_string(text), text)
        with self.assertRaises(UnicodeEncodeError):
            m.echo_string("\udc80")
        for wrong, kind in [("ab", TypeError), ("", TypeError), (65, TypeError), ("\ud800", ValueError)]:
            with self.assertRaises(kind):
                m.echo_char(wrong)


class Arguments(unittest.TestCase):
    def test_bounds(self):
        bounds = {"b": (0, 255), "c": (-128, 127), "d": (0, 65535), "e": (-32768, 32767), "f": (0, 2**32 - 1),
                  "g": (-(2**31), 2**31 - 1), "h": (0, 2**64 - 1), "i": (-(2**63), 2**63 - 1)}
        right = dict(zip("abcdefghijk", SCALARS))
        for name, (least, most) in bounds.items():
            for value in (least, most):
                m.sum(**(right | {name: value}))
            for value in (least - 1, most + 1, 2**100, -(2**100)):
                with self.assertRaisesRegex(OverflowError, f"^{name} must be between {least} and {most}$"):
                    m.sum(**(right | {name: value}))
            for value in ("1", 1.0, None):
                with self.assertRaisesRegex(TypeError, f"^{name} must be an integer, not "):
                    m.sum(**(right | {name: value}))
        with self.assertRaisesRegex(OverflowError, "^j is too large for 32 bits$"):
            m.sum(**(right | {"j": 1e300}))
        with self.assertRaisesRegex(TypeError, "^k must be a number, not str$"):
            m.sum(**(right | {"k": "1"}))
        with self.assertRaisesRegex(OverflowError, r"^Point\.y must be between"):
            m.echo_place((1, 2**31))
        with self.assertRaisesRegex(TypeError, r"^v must be a tuple of 2: Point, not of 3$"):
            m.echo_place((1, 2, 3))
        with self.assertRaisesRegex(TypeError, r"^Lists\.words must be an iterable of items, not str$"):
            m.echo_lists(LISTS[:2] + ("words",) + LISTS[3:])

    def test_numbers_of_other_kinds(self):
        class Index:
            def __index__(self):
                return 7

        class Fails:
            def __index__(self):
                raise LookupError("of the argument")

            __bool__ = __float__ = __index__

        self.assertEqual(m.sum(1, True, Index(), 0, 0, 0, 0, 0, 0, Index(), 2), 18)
        for name in "abij":
            with self.assertRaisesRegex(LookupError, "of the argument"):
                m.sum(**(dict.fromkeys("abcdefghijk", 0) | {name: Fails()}))

    def test_how_many(self):
        for call in (lambda: m.nothing(1), lambda: m.nothing(a=1), lambda: m.echo_color(), lambda: m.echo_color(1, 2),
                     lambda: m.echo_color(v=1), lambda: m.join(b"", b""), lambda: m.join(b"", b"", "", ""),
                     lambda: m.join(b"", b"", "", left=b""), lambda: m.join(b"", b"", wrong=""), lambda: Thing(),
                     lambda: Thing("a", 1, 2), lambda: Thing("a", wrong=1), lambda: m.join(b"", b"", left="")):
            with self.assertRaises(TypeError):
                call()
        self.assertEqual(m.join(from_="-", right=b"r", left=b"l"), b"l-r")

    def test_signatures(self):
        self.assertEqual(str(inspect.signature(m.join)), "(left, right, from_)")
        self.assertEqual(str(inspect.signature(m.perhaps)), "(first, second, third=None, fourth=None, fifth=None)")
        self.assertEqual(str(inspect.signature(m.echo_color)), "(v, /)")
        self.assertEqual(str(inspect.signature(m.nothing)), "()")
        self.assertEqual(str(inspect.signature(Thing)), "(name, size=None)")
        self.assertEqual(str(inspect.signature(Thing.add)), "(self, /, value, times)")
        self.assertEqual(str(inspect.signature(Thing.join)), "(a, b)")
        self.assertEqual(m.sum.__doc__, "One of each.")
        self.assertEqual(Thing.rename.__doc__, "The old name.\n\nRaises ProbeMappingError.")
        self.assertIn("A thing with a name.\n\nThe size is", Thing.__doc__)
        self.assertEqual(Color.__doc__, "What it looks like.\n\n* RED: As blood.\n* GREEN\n* DARK_BLUE")
        self.assertEqual((m.Point.__doc__, m.Point.x.__doc__), ("A point.", "To the right."))

    def test_by_hand(self):
        if LOADED:
            return
        self.assertEqual(m.twice(value=21), 42)
        self.assertEqual(str(inspect.signature(m.twice)), "(value)")
        with self.assertRaisesRegex(OverflowError, "^value must be"):
            m.twice(2**16)
        self.assertEqual(Thing("abc").size(), 3)
        self.assertEqual(Thing("abc").grown(by=4), 7)
        self.assertEqual(str(inspect.signature(Thing.grown)), "(self, /, by)")
        with self.assertRaises(TypeError):
            Thing("abc").grown()


class Errors(unittest.TestCase):
    def test_payloads(self):
        self.assertEqual(m.refuse(("none", None)), "fine")
        for shape in SHAPES[1:]:
            with self.assertRaises(m.ProbeMappingError) as caught:
                m.refuse(shape)
            self.assertEqual(caught.exception.value, shape)
        self.assertIsNone(m.refuse_color(Color.GREEN))
        with self.assertRaisesRegex(m.ProbeMappingError, "^Color.RED$") as caught:
            m.refuse_color(Color.RED)
        self.assertIs(caught.exception.value, Color.RED)
        with self.assertRaisesRegex(m.ProbeMappingError, "^$") as caught:
            m.refuse_all()
        self.assertIsNone(caught.exception.value)
        self.assertEqual(m.try_outcome(True), b"good")
        with self.assertRaises(m.ProbeMappingError) as caught:
            m.try_outcome(0)
        self.assertIs(caught.exception.value, Color.DARK_BLUE)

    def test_pickles(self):
        with self.assertRaises(m.ProbeMappingError) as caught:
            m.try_outcome(0)
        again = pickle.loads(pickle.dumps(caught.exception))
        self.assertIs(again.value, Color.DARK_BLUE)

    def test_error_is_a_class(self):
        class Mine(m.ProbeMappingError):
            pass

        self.assertEqual(Mine("x").value, "x")
        self.assertTrue(issubclass(m.ProbeMappingError, Exception))


class Things(unittest.TestCase):
    def test_methods(self):
        thing = Thing("first", size=3)
        self.assertEqual((thing.name(), thing.size()), ("first", 3))
        self.assertEqual(thing.rename("second"), "first")
        with self.assertRaises(m.ProbeMappingError) as caught:
            thing.rename("")
        self.assertEqual((caught.exception.value, thing.name()), ("a name must not be empty", "second"))
        self.assertEqual(thing.add(2, times=5), 13)
        other = thing.copy()
        self.assertIs(type(other), Thing)
        self.assertEqual((other.name(), other.size()), ("second", 13))
        self.assertTrue(thing.same_as(thing))
        self.assertFalse(thing.same_as(other))

    def test_classes(self):
        for call in (Shelf, lambda: object.__new__(Thing), lambda: type("Sub", (Thing,), {}), lambda: Thing.name(Shelf.of([])),
                     lambda: Thing("a").same_as("a"), lambda: Thing("a").same_as(Shelf.of([])), lambda: pickle.dumps(Thing("a"))):
            with self.assertRaises(TypeError):
                call()
        with self.assertRaises((AttributeError, TypeError)):
            Thing.name = None
        with self.assertRaises(AttributeError):
            Thing("a").other = 1

    def test_given_away(self):
        a, b = Thing("a"), Thing("b")
        c = Thing.join(a, b)
        self.assertEqual(c.name(), "ab")
        for gone in (a, b):
            for call in (gone.name, lambda: Thing.join(c, gone), lambda: c.same_as(gone), lambda: gone.same_as(c)):
                with self.assertRaisesRegex(ValueError, "was given away"):
                    call()
        self.assertEqual(c.name(), "ab")
        with self.assertRaises(ValueError):
            Thing.join(c, c)
        self.assertEqual(c.name(), "ab")
        with self.assertRaises(m.ProbeMappingError) as caught:
            Thing.join(Thing(""), c)
        self.assertEqual(caught.exception.value.name(), "ab")

    def test_given_in_values(self):
        parcel = m.echo_parcel(("label", [Thing("x"), Thing("y")], Thing("z")))
        self.assertEqual([thing.name() for thing in parcel.items], ["x", "y"])
        self.assertEqual((parcel.label, parcel.first.name()), ("label", "z"))
        self.assertEqual(m.echo_parcel(("", [], None)), ("", [], None))
        self.assertEqual(m.echo_found(("nothing", None)), ("nothing", None))
        self.assertEqual(m.echo_found(("one", Thing("one")))[1].name(), "one")
        self.assertEqual([thing.name() for thing in m.echo_found(("many", map(Thing, "ab")))[1]], ["a", "b"])
        self.assertIsNone(m.echo_maybe())
        self.assertEqual(m.echo_maybe(Thing("t")).name(), "t")
        left, right = m.swap(Thing("l"), b=Thing("r"))
        self.assertEqual((left.name(), right.name()), ("r", "l"))
        with self.assertRaises(m.ProbeMappingError) as caught:
            m.fail_with([left, right])
        self.assertEqual([thing.name() for thing in caught.exception.value], ["r", "l"])

    def test_kept_when_another_argument_is_refused(self):
        a, b = Thing("a"), Thing("b")
        for call in (lambda: m.echo_parcel(("", [a, b], 1)), lambda: m.echo_parcel(("", [a, b, a], None)),
                     lambda: m.swap(a, 1), lambda: m.swap(1, a), lambda: m.swap(a, a), lambda: Shelf.of([a, None])):
            with self.assertRaises((TypeError, ValueError)):
                call()
            self.assertEqual((a.name(), b.name()), ("a", "b"))

    def test_lent(self):
        a, b = Thing("a"), Thing("bb")
        self.assertEqual(m.longest([a, b, a]), "bb")
        self.assertEqual(m.longest([a], b), "bb")
        self.assertIsNone(m.longest([]))
        with self.assertRaises(TypeError):
            m.longest([a, 1])
        self.assertEqual(m.swap(a, b)[1].name(), "a")

    def test_given_away_while_it_is_lent(self):
        class Gives:
            def __iter__(self):
                m.echo_maybe(a)
                return iter([a])

        a = Thing("a")
        with self.assertRaisesRegex(ValueError, "was given away"):
            m.longest(Gives())

        def lend_and_give():
            yield a
            m.echo_maybe(a)

        a = Thing("a")
        with self.assertRaisesRegex(ValueError, "was given away"):
            m.longest(lend_and_give())

    def test_one_of_another_interface(self):
        shelf = Shelf.of([Thing("low"), Thing("high")])
        self.assertEqual(shelf.take().name(), "high")
        self.assertEqual(shelf.take().name(), "low")
        self.assertIsNone(shelf.take())

    def test_dropped_with_the_last_reference(self):
        gc.collect()
        before = Thing.live()
        thing = Thing("a")
        shelf = Shelf.of([Thing("b"), Thing("c")])
        self.assertEqual(Thing.live(), before + 3)
        del thing
        self.assertEqual(Thing.live(), before + 2)
        del shelf
        self.assertEqual(Thing.live(), before)


class Modules(unittest.TestCase):
    def test_a_module_is_collected(self):
        def again():
            del sys.modules["probe_mapping"]
            import probe_mapping as fresh

            self.assertIsNot(fresh, m)
            fresh.kept = fresh.Thing("kept"), fresh.Color.RED, fresh.Point((1, 2))
            self.assertIs(fresh.echo_color(1), fresh.Color.GREEN)
            with self.assertRaises(TypeError):
                fresh.Thing("a").same_as(Thing("b"))

        try:
            again()
            gc.collect()
            before, live = len(gc.get_objects()), Thing.live()
            for _ in range(3):
                again()
            gc.collect()
            self.assertLess(len(gc.get_objects()), before + 20)
            self.assertEqual(Thing.live(), live)
        finally:
            sys.modules["probe_mapping"] = m


class FullMemory(unittest.TestCase):
    def test_with_ever_more_room(self):
        block = 4096
        big = (b"x" * 3000, list(range(500)), ["word" * 20] * 50, [(1, 2)] * 100, [b"y" * 100] * 20) + LISTS[5:]
        given = [Thing(str(i)) for i in range(20)]
        live = Thing.live()
        outcomes = set()
        for free in [0, 1, 2, 4, 8, 16, 24, 32, 64, 128]:
            hold, spare = [], [bytearray(block) for _ in range(free)]
            for size in (1 << 20, 1 << 16, block, 512):
                try:
                    while True:
                        hold.append(bytearray(size))
                except MemoryError:
                    pass
            spare.clear()
            try:
                outcome = m.echo_lists(big) == big
                parcel = m.echo_parcel(("", given, None))
                given = parcel.items
                del parcel
            except MemoryError:
                outcome = None
            hold.clear()
            outcomes.add(outcome)
            # Those that were given away and did not arrive are dropped.
            given = [thing for thing in given if is_there(thing)]
            self.assertEqual(Thing.live(), live - 20 + len(given))
            given += [Thing("new") for _ in range(20 - len(given))]
        self.assertLessEqual(outcomes, {True, None})
        self.assertEqual(m.echo_lists(big), big)


def is_there(thing):
    try:
        return bool(thing.name())
    except ValueError:
        return False


class Links(unittest.TestCase):
    """Only where the cap is a provider: elsewhere its trap is the program's end."""

    def test_a_trap_is_an_exception_at_once(self):
        if "dynlink" not in sys.argv:
            return
        thing = Thing("a")
        for _ in range(3):
            with self.assertRaises(pylon.LinkError) as caught:
                m.trap()
            self.assertEqual(caught.exception.code, "exec-trap")
            self.assertEqual(m.echo_color(1), Color.GREEN)
        with self.assertRaises(pylon.LinkError):
            thing.name()
        self.assertEqual(m.echo_lists(LISTS), LISTS)


class Leaks(unittest.TestCase):
    """Everything above again, by the thousand: nothing is left in Python, in the cap, or of handles."""

    def test_nothing_is_left(self):
        # Whatever class is unpickled, CPython keeps up to some hundred blocks of memory.
        left_out = ("test_signatures", "test_classes", "test_pickles")
        suite = [case(name) for case in (Values, Arguments, Errors, Things) for name in dir(case)
                 if name.startswith("test_") and name not in left_out]

        def run(times):
            for _ in range(times):
                for test in suite:
                    getattr(test, test._testMethodName)()
            gc.collect()

        run(5)
        blocks, live = sys.getallocatedblocks(), Thing.live()
        run(40)
        self.assertLess(sys.getallocatedblocks() - blocks, 20)
        self.assertEqual(Thing.live(), live)

    def test_memory_is_given_back(self):
        # More in all than the run has.
        data = b"x" * 60_000
        for _ in range(3000):
            m.join(data, data[:100], "-")
            m.zeros(60_000)
            m.echo_lists((data, [], ["w" * 10_000]) + LISTS[3:])
            m.echo_shape(("octets", data))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
