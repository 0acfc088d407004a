"""A cap in C++: exceptions, objects that are destroyed on their way, static constructors, memory that runs out."""

import gc
import sys
import unittest

import probe_cxx
from probe_cxx import ProbeCxxError, Thing, answer_program


class Program:
    def answer(self, value):
        if value == 13:
            raise ProbeCxxError("not that one")
        if value == 14:
            raise LookupError("of the program")
        if value > 100:  # once more, in the middle of the call
            return probe_cxx.asked(value - 100, 3)
        return value * 2


class Cxx(unittest.TestCase):
    def setUp(self):
        self.addCleanup(answer_program, answer_program(Program()))
        self.alive = probe_cxx.alive()

    def tearDown(self):
        gc.collect()
        self.assertEqual(probe_cxx.alive(), self.alive)

    def test_static_constructors_ran_once_and_those_of_a_file_in_their_order(self):
        for _ in range(2):
            notes = probe_cxx.started()
            self.assertEqual(sorted(notes), ["first of another file", "of this file", "second of another file", "shared"])
            self.assertLess(notes.index("first of another file"), notes.index("second of another file"))
            self.assertLess(notes.index("shared"), notes.index("of this file"))
        self.assertEqual([probe_cxx.made() for _ in range(3)], [1, 1, 1])

    def test_who_catches(self):
        for kind, caught in {
            "trouble": "trouble: of ours",
            "number": "int: 42",
            "object": "object: 7",
            "library": "logic_error",
            "cast": "bad_cast",
            "function": "bad_function_call",
            "nested": "outer of inner",
            "again": "trouble: again",
            "later": "trouble: later",
            "unlocking": "trouble: unlocking",
            "nothing": "nobody",
        }.items():
            with self.subTest(kind):
                self.assertEqual([probe_cxx.thrown(kind) for _ in range(50)], [caught] * 50)

    def test_what_the_library_throws_is_a_value(self):
        self.assertEqual(probe_cxx.number(" -42 apples"), -42)
        for text, said in {"apples": "no number", "9" * 20: "out of range"}.items():
            with self.assertRaises(ProbeCxxError) as raised:
                probe_cxx.number(text)
            self.assertEqual(raised.exception.value, said)

    def test_objects_on_the_way_are_destroyed(self):
        for depth in (0, 1, 100, 1000):
            self.assertEqual(probe_cxx.unwound(depth), depth + 1)

    def test_an_error_of_the_program_is_thrown_through_the_cap(self):
        self.assertEqual(probe_cxx.asked(4, 20), 8)
        self.assertEqual(probe_cxx.asked(104, 20), 8)
        for value in (13, 113):
            with self.assertRaises(ProbeCxxError) as raised:
                probe_cxx.asked(value, 20)
            self.assertEqual(raised.exception.value, "not that one")
        with self.assertRaisesRegex(LookupError, "of the program"):
            probe_cxx.asked(14, 20)
        self.assertEqual(probe_cxx.asked(4, 20), 8)

    def test_containers_and_streams(self):
        text = "The end of the beginning of THE end"
        self.assertEqual(probe_cxx.counted(text), [("beginning", 1), ("end", 2), ("of", 2), ("the", 3)])
        self.assertEqual(probe_cxx.counted(""), [])

    def test_a_constructor_may_fail(self):
        things = [Thing.make(f"number {i}") for i in range(50)]
        self.assertEqual(probe_cxx.alive(), self.alive + 50)
        for _ in range(50):
            with self.assertRaises(ProbeCxxError) as raised:
                Thing.make("")
            self.assertEqual(raised.exception.value, "no name")
        self.assertEqual(things[49].name(), "number 49")
        self.assertEqual(probe_cxx.alive(), self.alive + 50)

    def test_memory_that_is_full_is_an_exception(self):
        counts = [probe_cxx.filled() for _ in range(3)]
        self.assertGreater(min(counts), 10)
        self.assertGreater(min(counts) * 1.1, max(counts))  # all of it was given back
        self.assertEqual(probe_cxx.thrown("nested"), "outer of inner")


@unittest.skipIf("embed" in sys.argv, "it ends the program")
class Uncaught(unittest.TestCase):
    def test_an_exception_that_nobody_catches_ends_the_provider(self):
        with self.assertRaises(RuntimeError):
            probe_cxx.escaped()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
