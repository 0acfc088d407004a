"""Objects of C that are nested 50,000 deep: what passes a request on ends in RecursionError or in a result, what is
dropped is gone, and the interpreter goes on. Native CPython 3.13 dies of some of these."""

import collections
import copy
import csv
import functools
import gc
import io
import itertools
import operator
import sys
import types
import typing
import unittest
import weakref

DEPTH = 50_000


def nest(wrap, value, depth=DEPTH):
    for _ in range(depth):
        value = wrap(value)
    return value


def same(value):
    return value


class Nesting(unittest.TestCase):
    def check(self, function, *also):
        """`function` returns, or raises RecursionError, or one of `also`; then all is well."""
        try:
            function()
        except (RecursionError, *also):
            pass
        self.assertEqual(list(map(len, [[], [1]])), [0, 1])
        self.assertEqual(hash((1, (2,))), hash((1, (2,))))

    def test_iterators(self):
        wraps = {
            'map': lambda it: map(same, it),
            'map of a function of C': lambda it: map(abs, it),
            'map of two': lambda it: map(max, it, itertools.repeat(0)),
            'filter': lambda it: filter(None, it),
            'zip': zip,
            'enumerate': enumerate,
            'chain': itertools.chain,
            'chain.from_iterable': lambda it: itertools.chain.from_iterable(iter([it])),
            'islice': lambda it: itertools.islice(it, 10),
            'cycle': itertools.cycle,
            'accumulate': itertools.accumulate,
            'takewhile': lambda it: itertools.takewhile(operator.truth, it),
            'dropwhile': lambda it: itertools.dropwhile(operator.not_, it),
            'filterfalse': lambda it: itertools.filterfalse(operator.not_, it),
            'compress': lambda it: itertools.compress(it, itertools.repeat(1)),
            'selectors': lambda it: itertools.compress(itertools.repeat(1), it),
            'starmap': lambda it: itertools.starmap(tuple, zip(it)),
            'pairwise': itertools.pairwise,
            'batched': lambda it: itertools.batched(it, 1),
            'tee': lambda it: itertools.tee(map(abs, it))[0],
            'groupby': itertools.groupby,
            'zip_longest': itertools.zip_longest,
            'reader': csv.reader,
            'generator expression': lambda it: (item for item in it),
        }
        for name, wrap in wraps.items():
            with self.subTest(name):
                self.check(lambda: next(nest(wrap, iter([1, 2, 3]))), TypeError, csv.Error)

    def test_a_few_levels_are_fine(self):
        self.assertEqual(list(nest(lambda it: map(abs, it), iter([-1, 2]), 2000)), [1, 2])
        self.assertEqual(list(nest(itertools.chain, iter('ab'), 2000)), ['a', 'b'])
        self.assertEqual(nest(types.MappingProxyType, {1: 2}, 2000)[1], 2)
        self.assertIsInstance(hash(nest(lambda value: (value,), 1, 2000)), int)

    def test_hashes(self):
        wraps = {
            'tuple': (lambda value: (value,), 1),
            'frozenset': (lambda value: frozenset([value]), 1),
            'slice': (slice, 1),
            'argument of an alias': (lambda value: list[value], int),
            'origin of an alias': (lambda value: types.GenericAlias(value, int), list),
            'method': (lambda value: types.MethodType(value, 1), len),
            'namedtuple': (collections.namedtuple('Named', 'value'), 1),
            'proxy': (types.MappingProxyType, {}),
        }
        for name, (wrap, value) in wraps.items():
            with self.subTest(name):
                self.check(lambda: hash(nest(wrap, value)), TypeError)

    def test_calls(self):
        def partial(function):
            outer = functools.partial(len)
            outer.__setstate__((function, (), {}, {}))
            return outer

        def sorted_by(depth):
            key, value = len, [1]
            for _ in range(depth):
                key, value = functools.partial(sorted, key=key), [value]
            return key(value)

        calls = {
            'method': lambda: nest(lambda f: types.MethodType(f, 1), max)(1),
            'method-wrapper': lambda: nest(lambda f: f.__call__, same)(1),
            'method-wrapper of C': lambda: nest(lambda f: f.__call__, len)([]),
            'partial': lambda: nest(partial, len)([]),
            'alias': lambda: nest(lambda f: types.GenericAlias(f, int), list)(),
            'lru_cache': lambda: nest(functools.lru_cache, same, 5000)(1),
            'sorted': lambda: sorted_by(DEPTH),
        }
        for name, call in calls.items():
            with self.subTest(name):
                self.check(call)

    def test_attributes(self):
        def alias(value):
            value = list[value]
            value.__parameters__
            return value

        def plain_static(function):
            method = staticmethod(function)
            method.__dict__.clear()
            return method

        variable = typing.TypeVar('T')
        gets = {
            'method': lambda: nest(lambda f: types.MethodType(f, 1), len).nothing,
            'alias': lambda: nest(lambda f: types.GenericAlias(f, int), list).nothing,
            'parameters': lambda: nest(lambda value: list[value], variable).__parameters__,
            'substitution': lambda: nest(alias, variable)[int],
            'name of a property': lambda: nest(property, same).__name__,
            'abstract property': lambda: nest(property, same).__isabstractmethod__,
            'abstract method': lambda: nest(plain_static, same).__isabstractmethod__,
            'closed': lambda: nest(lambda raw: io.BufferedReader(raw, 1), io.BytesIO()).closed,
        }
        for name, get in gets.items():
            with self.subTest(name):
                self.check(get, AttributeError)

    def test_mapping_proxies(self):
        proxy = nest(types.MappingProxyType, {1: 2})
        for use in (len, iter, list, repr, str, bool, reversed, dict, lambda p: p[1], lambda p: 1 in p,
                    lambda p: p.get(1), lambda p: p.keys(), lambda p: p | {}, lambda p: {} | p,
                    lambda p: p == {}, lambda p: p.copy()):
            self.check(lambda: use(proxy))

    def test_delegating_generators(self):
        def delegate(inner):
            yield from inner

        def leaf():
            yield 1
            yield 2

        class Waits:
            def __await__(self):
                yield 1

        async def awaits(inner):
            await inner

        def started(wrap, inner):
            # The interpreter learns that these are generators, and then calls them without recursion in C.
            for _ in range(20):
                next(delegate(delegate(leaf())))
                awaits(awaits(Waits())).send(None)
            outer = nest(wrap, inner)
            try:
                outer.send(None)
            except RecursionError:
                pass
            return outer

        limit, hook = sys.getrecursionlimit(), sys.unraisablehook
        sys.setrecursionlimit(10 ** 6)
        # A generator that is too deep to be closed when it is dropped is told about there.
        sys.unraisablehook = lambda _: None
        try:
            for wrap, inner in (delegate, leaf), (awaits, Waits):
                for use in (lambda g: g.send(None), lambda g: g.throw(KeyError), lambda g: g.close(),
                            lambda g: g.throw(GeneratorExit), lambda g: None):
                    self.check(lambda: use(started(wrap, inner())), KeyError, StopIteration, GeneratorExit)
        finally:
            sys.setrecursionlimit(limit)
            sys.unraisablehook = hook

    def test_closing_a_generator_of_an_iterator_that_fails_to(self):
        class Fails:
            def __iter__(self):
                return self

            def __next__(self):
                return 1

            def close(self):
                raise KeyError('close')

        generator = (lambda: (yield from Fails()))()
        next(generator)
        self.assertRaises(KeyError, generator.close)

    def test_deallocation(self):
        class Plain:
            def __init__(self, value):
                self.value = value

        class Slots:
            __slots__ = 'value', '__weakref__'

            def __init__(self, value):
                self.value = value

        dropped = 0

        class Finalized(Plain):
            def __del__(self):
                nonlocal dropped
                dropped += 1

        def with_cause(value):
            error = ValueError()
            error.__cause__ = value
            return error

        wraps = [
            lambda v: [v], lambda v: (v,), lambda v: {1: v}, lambda v: frozenset([v]), slice, Plain, Slots, Finalized,
            lambda v: collections.deque([v]), lambda v: collections.defaultdict(None, {1: v}),
            lambda v: collections.OrderedDict({1: v}), lambda v: functools.partial(print, v),
            lambda v: types.MethodType(len, (v,)), lambda v: list[v], operator.itemgetter, property, staticmethod,
            lambda v: operator.methodcaller('x', v), lambda v: types.SimpleNamespace(a=v), types.CellType,
            lambda v: lambda: v, lambda v: [v].append, lambda v: {1: v}.values(), lambda v: iter([v]),
            lambda v: enumerate([v]), lambda v: map(v, []), lambda v: (item for item in [v]),
            lambda v: types.MappingProxyType({1: v}), functools.cmp_to_key(print), with_cause,
            lambda v: same.__code__.replace(co_consts=(v,)),
        ]
        for wrap in wraps:
            nest(wrap, None, 4 * DEPTH)
        self.assertEqual(dropped, 4 * DEPTH)

    def test_weak_references_of_what_waits_to_be_dropped(self):
        class Link:
            def __init__(self, following):
                self.following = following

        called = []
        inner = Link(None)
        reference = weakref.ref(inner, called.append)
        chain = nest(Link, inner)
        del inner
        self.assertIsNotNone(reference())
        del chain
        self.assertIsNone(reference())
        self.assertEqual(called, [reference])

    def test_cycles(self):
        class Link:
            pass

        for make in (lambda v: operator.methodcaller('x', v), operator.itemgetter, lambda v: functools.partial(print, v),
                     lambda v: collections.deque([v]), lambda v: map(print, [v]), lambda v: zip([v])):
            link = Link()
            link.value = make(link)
            reference = weakref.ref(link)
            del link
            gc.collect()
            self.assertIsNone(reference())

    def test_elements(self):
        from xml.etree import ElementTree
        from xml.parsers import expat
        deep = ElementTree.fromstring('<a>' * DEPTH + '</a>' * DEPTH)
        self.check(lambda: copy.deepcopy(deep))
        self.check(lambda: ElementTree.tostring(deep))
        parser = expat.ParserCreate()
        parser.ElementDeclHandler = lambda name, model: None
        model = '(a,' * DEPTH + 'b' + ')' * DEPTH
        self.check(lambda: parser.Parse(f'<!DOCTYPE r [<!ELEMENT r {model}>]><r/>', True))


if __name__ == '__main__':
    unittest.main()
