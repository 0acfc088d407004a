"""Ints of one digit come from a list of those that were freed (patch 0048)."""

import gc
import unittest

# More than a list keeps.
MANY = 500


class Text(int):
    """An int that is none to the list, since it is larger."""

    note = "mine"


class Ints(unittest.TestCase):
    def test_what_is_used_again_has_a_value_of_its_own(self):
        for turn in range(5):
            first = 1000 * turn + 1000
            ints = [first + number for number in range(MANY)]
            kept = ints[::3]
            del ints
            others = [-first - number for number in range(MANY)]
            self.assertEqual(kept, list(range(first, first + MANY, 3)))
            self.assertEqual(others, list(range(-first, -first - MANY, -1)))

    def test_ints_that_had_more_digits(self):
        large = 10**40
        for number in range(1000, 1000 + MANY):
            small = large + number - large
            self.assertEqual((small, small * large // large), (number, number))
            del small
        self.assertEqual([number << 40 >> 40 for number in range(MANY)], list(range(MANY)))

    def test_ints_of_a_class_of_their_own(self):
        for number in range(1000, 1000 + MANY):
            one = Text(number)
            one.more = number
            self.assertEqual((one, one + 1, one.note, one.more), (number, number + 1, "mine", number))
            self.assertIs(type(one), Text)
            del one
            self.assertIs(type(number * 3), int)

    def test_a_collection_empties_the_list(self):
        kept = [number * 1000 for number in range(MANY)]
        for _ in range(3):
            [number + 1 for number in kept]
            gc.collect()
            self.assertEqual(sum(kept), 1000 * MANY * (MANY - 1) // 2)


if __name__ == "__main__":
    unittest.main()
