"""Callbacks of a cap into Python, whatever the mode of linkage."""

import gc
import random
import sys
import traceback
import unittest

import probe_sort
import pylon


def less(a, b):
    return a < b


class Callbacks(unittest.TestCase):
    def test_order(self):
        items = random.Random(1).sample(range(1000), 300)
        self.assertEqual(probe_sort.sorted(items, less), sorted(items))
        self.assertEqual(probe_sort.sorted([], less), [])
        self.assertEqual(probe_sort.sorted("cab", lambda a, b: a > b), ["c", "b", "a"])

    def test_exception_arrives_at_the_outer_caller(self):
        def fails(a, b):
            raise LookupError("of the callback")

        try:
            probe_sort.sorted([2, 1], fails)
        except LookupError as error:
            self.assertEqual(str(error), "of the callback")
            frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        self.assertEqual(frames, ["test_exception_arrives_at_the_outer_caller", "fails"])
        self.assertEqual(probe_sort.sorted([2, 1], less), [1, 2])

    def test_answer_of_another_kind(self):
        class NoTruth:
            def __bool__(self):
                raise TypeError("neither true nor false")

        with self.assertRaisesRegex(TypeError, "neither"):
            probe_sort.sorted([2, 1], lambda a, b: NoTruth())
        with self.assertRaises(TypeError):
            probe_sort.sorted([2, 1], None)
        with self.assertRaises(TypeError):
            probe_sort.sorted([2, 1], lambda: True)
        with self.assertRaises(SystemExit):
            probe_sort.sorted([2, 1], lambda a, b: sys.exit(3))

    def test_sort_inside_of_a_sort(self):
        def by_inner_sort(a, b):
            return probe_sort.sorted([a, b], less)[0] == a and a != b

        self.assertEqual(probe_sort.sorted([3, 1, 2], by_inner_sort), [1, 2, 3])

    def test_inner_exception_that_is_caught_is_none_of_the_outer_sort(self):
        def catches(a, b):
            with self.assertRaises(ZeroDivisionError):
                probe_sort.sorted([a, b], lambda a, b: 1 // 0)
            return a < b

        self.assertEqual(probe_sort.sorted([3, 1, 2], catches), [1, 2, 3])

    def test_inner_exception_passes_all_sorts(self):
        def deeper(depth):
            if depth == 0:
                raise KeyError("at the bottom")
            return bool(probe_sort.sorted([depth, depth], lambda a, b: deeper(depth - 1)))

        with self.assertRaisesRegex(KeyError, "at the bottom"):
            deeper(5)

    def nest(self, depth):
        """How deep sorts were inside of each other when it ended."""
        deepest = 0

        def deeper(left):
            nonlocal deepest
            deepest = max(deepest, depth - left)
            if left > 0:
                probe_sort.sorted([1, 2], lambda a, b: deeper(left - 1))

        try:
            deeper(depth)
        except RecursionError as error:
            self.assertIn("callbacks inside of each other", str(error))
        except pylon.LinkError as error:
            # Over dynlink it is the plan that says how deep.
            self.assertEqual(error.code, "exec-busy")
        return deepest

    def test_too_deep_is_an_error(self):
        self.assertEqual(self.nest(5), 5)
        limit = self.nest(1000)
        self.assertIn(limit, range(6, 200))
        self.assertEqual(self.nest(1000), limit)
        self.assertEqual(probe_sort.sorted([2, 1], less), [1, 2])

    def test_memory_is_flat(self):
        def sort(times):
            calls = 0

            def counts(a, b):
                nonlocal calls
                calls += 1
                return a < b

            while calls < times:
                probe_sort.sorted([5, 3, 4, 1, 2], counts)
                try:
                    probe_sort.sorted([2, 1], lambda a, b: 1 // 0)
                except ZeroDivisionError:
                    pass
            return calls

        sort(10_000)
        gc.collect()
        pages, blocks = probe_sort.pages(), sys.getallocatedblocks()
        self.assertGreaterEqual(sort(100_000), 100_000)
        gc.collect()
        self.assertEqual(probe_sort.pages(), pages)
        self.assertLess(abs(sys.getallocatedblocks() - blocks), 100)


if __name__ == "__main__":
    unittest.main()
