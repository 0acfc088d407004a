"""What a generated module makes of callbacks, whatever the mode of linkage: questions as arguments, answers as results."""

import gc
import inspect
import sys
import unittest
import weakref

LOADED = "load" in sys.argv
if LOADED:
    # Made of what the provider says of its contract, by a pylon.wasm that has never seen that.
    import pylon

    sys.modules["probe_asking"] = pylon.load("probe-asking")

import probe_asking
from asking_program import Program
from probe_asking import Mode, ProbeAskingError, Trouble, answer_program


class Asking(unittest.TestCase):
    def setUp(self):
        self.program = Program()
        self.addCleanup(answer_program, answer_program(self.program))

    def test_values(self):
        self.assertEqual(probe_asking.text("aé\U0001f600"), "\U0001f600éa")
        self.assertEqual(self.program.asked, "aé\U0001f600")
        self.assertEqual(probe_asking.text(""), "")
        self.assertEqual(probe_asking.data(b"\x00abc"), b"cba\x00")
        self.assertIs(type(self.program.asked), bytes)
        self.assertEqual(probe_asking.data(bytes(200_000)), bytes(200_000))
        self.assertEqual(probe_asking.items([("a", 1), ("bé", 2)]), [("aa", 2), ("bébé", 3)])
        self.assertEqual(self.program.asked[1].name, "bé")
        self.assertEqual(probe_asking.items([]), [])
        self.assertEqual(probe_asking.heaviest([("a", 1), ("b", 7), ("c", 3)]), ("b", 7))
        self.assertEqual([probe_asking.maybe(it) for it in (None, 0, 5)], ["None", None, "5"])
        for shape in [("dot", None), ("line", 0.5), ("label", "here"), ("path", b"\x01\x02")]:
            self.assertEqual(probe_asking.drawn(shape, Mode.READ), (shape, Mode.READ | Mode.WRITE))
            self.assertEqual(self.program.asked, (shape, Mode.READ))
        self.assertEqual(probe_asking.attempt(2**60), 3 * 2**60)
        self.assertEqual(probe_asking.find("me"), ["me", "", "ME"])
        self.assertIsNone(probe_asking.note(255, Trouble.TIRED))
        self.assertEqual(self.program.asked, (255, Trouble.TIRED))
        self.assertIs(self.program.asked[1], Trouble.TIRED)
        self.assertEqual(probe_asking.sum(1, 2), 3)

    def error_of(self, function, *args):
        with self.assertRaises(ProbeAskingError) as caught:
            function(*args)
        return caught.exception.value

    def test_errors_of_the_contract_go_through_the_cap(self):
        self.assertIs(self.error_of(probe_asking.attempt, -1), Trouble.TIRED)
        self.assertEqual(self.error_of(probe_asking.find, "nobody"), "nobody is there")
        self.assertIsNone(self.error_of(probe_asking.stop))
        self.program.stop = lambda: None
        answer_program(self.program)
        self.assertIsNone(probe_asking.stop())

    def with_answer(self, name, function, *args):
        setattr(self.program, name, function)
        answer_program(self.program)
        return getattr(probe_asking, name)(*args)

    def test_wrong_answers(self):
        for name, args, answer, error, text in [
            ("text", [""], 5, TypeError, "the answer of Program.text must be a str"),
            ("text", [""], "\ud800", UnicodeEncodeError, "surrogates"),
            ("data", [b""], "text", TypeError, "bytes-like"),
            ("items", [[]], [("a", -1)], OverflowError, "Item.weight"),
            ("items", [[]], [("a", 1), ("b",)], TypeError, "the answer of Program.items"),
            ("items", [[]], None, TypeError, "iterable"),
            ("heaviest", [[]], ("kept", "x"), TypeError, "Item.weight"),
            ("maybe", [1], b"", TypeError, "the answer of Program.maybe"),
            ("drawn", [("dot", None), 0], (("cube", None), 0), ValueError, "cube"),
            ("drawn", [("dot", None), 0], (("dot", None), 4), ValueError, "Mode"),
            ("attempt", [1], -1, OverflowError, "the answer of Program.attempt"),
            ("find", ["x"], ["kept", 1], TypeError, "the answer of Program.find"),
            ("sum", [1, 2], 2**32, OverflowError, "the answer of Program.sum"),
        ]:
            with self.subTest(name, answer=answer), self.assertRaisesRegex(error, text):
                self.with_answer(name, lambda *args, answer=answer: answer, *args)

    def test_wrong_errors(self):
        def fails(value):
            raise ProbeAskingError(value)

        with self.assertRaisesRegex(TypeError, "the answer of Program.attempt"):
            self.with_answer("attempt", lambda value: fails("text"), 1)
        with self.assertRaisesRegex(ValueError, "Trouble"):
            self.with_answer("attempt", lambda value: fails(7), 1)
        with self.assertRaisesRegex(TypeError, "the answer of Program.find"):
            self.with_answer("find", lambda name: fails(None), "x")

    def test_exceptions(self):
        def fails(*args):
            raise LookupError(args)

        for name, args in [
            ("text", ["a"]),
            ("items", [[("a", 1)]]),
            ("maybe", [1]),
            ("attempt", [1]),
            ("note", [1, 0]),
            ("sum", [1, 2]),
        ]:
            with self.subTest(name), self.assertRaises(LookupError):
                self.with_answer(name, fails, *args)
        with self.assertRaises(TypeError):
            self.with_answer("sum", lambda: 3, 1, 2)
        self.assertEqual(self.with_answer("sum", lambda a, b: a, 1, 2), 1)

    def test_who_answers(self):
        other = Program()
        self.assertIs(answer_program(other), self.program)
        probe_asking.maybe(7)
        self.assertEqual((self.program.asked, other.asked), (None, 7))
        with self.assertRaisesRegex(AttributeError, "text"):
            answer_program(object())
        self.assertIs(answer_program(None), other)
        with self.assertRaisesRegex(RuntimeError, r"nothing answers program.sum\(\)"):
            probe_asking.sum(1, 2)
        with self.assertRaisesRegex(RuntimeError, "nothing answers program.attempt"):
            probe_asking.attempt(1)
        self.assertIsNone(answer_program(self.program))
        self.assertIn("sum(a, b)", answer_program.__doc__)
        self.assertIn("A text for a text.", answer_program.__doc__)
        self.assertEqual((answer_program.__name__, answer_program.__module__), ("answer_program", "probe_asking"))
        self.assertEqual(str(inspect.signature(answer_program)), "(answers, /)")

    def test_an_answer_may_ask_and_change_who_answers(self):
        class Once(Program):
            def sum(inner, a, b):
                answer_program(self.program)
                return probe_asking.sum(a, b) * 10

        answer_program(Once())
        self.assertEqual(probe_asking.sum(1, 2), 30)
        self.assertEqual(probe_asking.sum(1, 2), 3)

    def test_exceptions_are_of_the_call_in_which_they_were_raised(self):
        class Nested(Program):
            caught = ()

            def sum(inner, a, b):
                if a > 0:
                    try:
                        probe_asking.sum(a - 1, b)
                    except LookupError as error:
                        inner.caught += error.args
                    raise LookupError(a)
                raise LookupError(a)

        program = Nested()
        answer_program(program)
        with self.assertRaises(LookupError) as caught:
            probe_asking.sum(3, 0)
        self.assertEqual((caught.exception.args, program.caught), ((3,), (0, 1, 2)))

    def test_endless_questions(self):
        class Endless(Program):
            def sum(inner, a, b):
                return probe_asking.sum(a + 1, b)

        answer_program(Endless())
        with self.assertRaises(RuntimeError):
            probe_asking.sum(1, 0)
        answer_program(self.program)
        self.assertEqual(probe_asking.sum(1, 2), 3)

    @unittest.skipUnless(LOADED, "a module that is imported stays")
    def test_a_loaded_module_goes_with_who_answers(self):
        module = pylon.load("probe-asking")
        program = Program()
        program.module = module
        module.answer_program(program)
        self.assertEqual(module.sum(1, 2), 3)
        self.assertEqual(probe_asking.sum(3, 4), 7)
        gone = weakref.ref(program)
        del module, program
        gc.collect()
        self.assertIsNone(gone())

    @unittest.skipUnless(LOADED, "nothing is described to a module that is imported")
    def test_a_wrong_description_of_questions_is_a_module_or_an_error(self):
        import _pylon_linker
        import _pylon_load

        def places(value, key):
            yield value, key
            if type(value[key]) is list:
                for index in range(len(value[key])):
                    yield from places(value[key], index)

        description = _pylon_linker.link("probe-asking").describe()
        outcomes = {}
        for holder, key in list(places(description, "callbacks")):
            right = holder[key]
            for wrong in (None, 3, 10**9, "own", "u8", [], [["function"] * 6]):
                holder[key] = wrong
                try:
                    module = _pylon_load.made("probe-asking", _pylon_linker.link("probe-asking"), description)
                except pylon.LinkError as error:
                    outcome = error.code
                else:
                    if hasattr(module, "answer_program"):
                        module.answer_program(None)
                    with self.assertRaises((RuntimeError, pylon.LinkError)):
                        module.sum(1, 2)
                    outcome = "made"
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
            holder[key] = right
        self.assertEqual({"made", "internal-error"}, outcomes.keys())

    def test_nothing_is_kept(self):
        items = [("name", 1), ("x" * 100, 2)]

        def ask(times):
            for _ in range(times):
                probe_asking.text("some text")
                probe_asking.items(items)
                probe_asking.drawn(("label", "text"), 0)
                probe_asking.find("me")
                self.error_of(probe_asking.find, "nobody")
                self.error_of(probe_asking.attempt, -1)
                try:
                    probe_asking.heaviest([])
                except ValueError:
                    pass
                answer_program(Program())

        def grown(times):
            blocks = sys.getallocatedblocks()
            ask(times)
            gc.collect()
            return abs(sys.getallocatedblocks() - blocks)

        ask(2000)
        gc.collect()
        pages = probe_asking.pages()
        # A block a call would be there in each round.
        self.assertLess(min(grown(4000) for _ in range(3)), 100)
        self.assertEqual(probe_asking.pages(), pages)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
