"""Deep recursion in C code ends in an exception and leaves a working interpreter, never in a trap."""

import copy
import json
import pickle
import re
import sys
import unittest

DEEP = 100_000


def nested_list(depth):
    result = []
    for _ in range(depth):
        result = [result]
    return result


class Forwards:
    def __getattr__(self, name):
        return getattr(self, name + 'x')


class Equal:
    def __eq__(self, other):
        return self.value == other.value


class CallsItself:
    def __call__(self, *_):
        return sorted([1, 2], key=self)


class Recursion(unittest.TestCase):
    def check(self, function, *expected):
        with self.assertRaises(expected or RecursionError):
            function()
        self.assertEqual(json.loads('[[1]]'), [[1]])

    def test_json_arrays(self):
        self.check(lambda: json.loads('[' * DEEP))

    def test_json_objects(self):
        self.check(lambda: json.loads('{"a":' * DEEP))

    def test_json_dumps(self):
        self.check(lambda: json.dumps(nested_list(DEEP)))

    def test_repr(self):
        self.check(lambda: repr(nested_list(DEEP)))

    def test_compare(self):
        one, other = nested_list(DEEP), nested_list(DEEP)
        self.check(lambda: one == other)

    def test_compare_in_python(self):
        value = Equal()
        value.value = value
        self.check(lambda: value == value.value)

    def test_getattr(self):
        self.check(lambda: Forwards().x)

    def test_key_function(self):
        self.check(lambda: sorted([1, 2], key=CallsItself()))

    def test_pickle(self):
        self.check(lambda: pickle.dumps(nested_list(DEEP)))

    def test_deepcopy(self):
        self.check(lambda: copy.deepcopy(nested_list(DEEP)))

    def test_isinstance_of_nested_tuples(self):
        classes = ()
        for _ in range(DEEP):
            classes = (classes,)
        self.check(lambda: isinstance(1, classes))

    def test_parser(self):
        # 190 parentheses are fine, as in CPython; many more are an error of the program.
        self.assertEqual(eval('(' * 190 + '1' + ')' * 190), 1)
        self.check(lambda: eval('(' * 5000 + '1' + ')' * 5000), SyntaxError, MemoryError)
        self.check(lambda: eval('-' * DEEP + '1'), MemoryError, RecursionError)

    def test_compiler(self):
        self.check(lambda: compile('a' + '.b' * DEEP, '', 'exec'), MemoryError, RecursionError)
        self.check(lambda: compile('+'.join(['1'] * DEEP), '', 'eval'), MemoryError, RecursionError)
        self.check(lambda: compile('x' + '[0]' * DEEP, '', 'eval'), MemoryError, RecursionError)

    def test_regular_expression(self):
        self.assertIsNone(re.match('(a|b)*?c', 'ab' * DEEP))
        self.check(lambda: re.compile('(' * 5000 + ')' * 5000))

    def test_python_functions(self):
        def down(depth):
            return depth and down(depth - 1)
        self.assertEqual(down(sys.getrecursionlimit() - 200), 0)
        self.check(lambda: down(DEEP))

    def test_destructors(self):
        nested_list(10 * DEEP)
        chain = None
        for _ in range(DEEP):
            chain = Forwards()
            chain.__dict__['next'] = chain


if __name__ == '__main__':
    unittest.main()
