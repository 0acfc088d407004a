"""Programs that are nested deep are compiled where native CPython 3.13 compiles them, and are an error where it says so;
never a trap."""

import ast
import marshal
import symtable
import unittest

PLACE = {'lineno': 1, 'col_offset': 0, 'end_lineno': 1, 'end_col_offset': 0}
LOAD, STORE = ast.Load(), ast.Store()

# What native CPython 3.13 compiles, with 6,000 of a kind.
LONG = 6000
COMPILED = {
    'sum': '+'.join(['a'] * LONG),
    'attributes': 'a' + '.b' * LONG,
    'calls': 'a' + '()' * LONG,
    'calls of methods': 'a' + '.b()' * (LONG // 2),
    'keywords': 'a' + '(k=1)' * LONG,
    'stars': 'a' + '(*b)' * LONG,
    'subscripts': 'a' + '[0]' * LONG,
    'slices': 'a' + '[0:b]' * LONG,
    'elif': 'if 1: pass\n' + 'elif 1: pass\n' * 4500,
    'deletion': 'del a' + '.b' * LONG,
    'assignment': 'a' + '.b' * LONG + ' += 1',
    'decorator': '@a' + '.b' * LONG + '\ndef f(): pass',
    'pattern': 'match a:\n case a' + '.b' * LONG + ': pass',
    'annotation': 'from __future__ import annotations\nx: a' + '.b' * LONG,
}

# What has an end in the parser, or in the limits of the language, or is compiled.
ENDLESS = {
    'sum': '+'.join(['a'] * 100_000),
    'attributes': 'a' + '.b' * 100_000,
    'calls': 'a' + '()' * 100_000,
    'elif': 'if 1: pass\n' + 'elif 1: pass\n' * 20_000,
    'not': 'not ' * 20_000 + 'a',
    'minus': '-' * 20_000 + 'a',
    'await': 'async def f(): ' + '-await ' * 20_000 + 'a',
    'conditional': 'a if b else ' * 20_000 + 'a',
    'lambda': 'lambda: ' * 20_000 + 'a',
    'power': '**'.join(['a'] * 20_000),
    'comparison': '<'.join(['a'] * 20_000),
    'and': ' and '.join(['a'] * 20_000),
    'targets': ' = '.join(['a'] * 20_000),
    'strings': ' '.join(['f"{a}"'] * 20_000),
    'loops': '[a ' + 'for a in b ' * 5_000 + ']',
    'many loops': '[a ' + 'for a in b ' * 100_000 + ']',
    'annotation': 'from __future__ import annotations\nx: ' + '+'.join(['a'] * 100_000),
}


def name(context=LOAD):
    return ast.Name('a', context, **PLACE)


def arguments():
    return ast.arguments([], [], None, [], [], None, [])


EXPRESSIONS = {
    'minus': lambda v: ast.UnaryOp(ast.USub(), v, **PLACE),
    'list': lambda v: ast.List([v], LOAD, **PLACE),
    'dict': lambda v: ast.Dict([None], [v], **PLACE),
    'set': lambda v: ast.Set([v], **PLACE),
    'lambda': lambda v: ast.Lambda(arguments(), v, **PLACE),
    'element': lambda v: ast.ListComp(v, [ast.comprehension(name(STORE), name(), [], 0)], **PLACE),
    'element of two': lambda v: ast.ListComp(v, [ast.comprehension(name(STORE), name(), [], 0)] * 2, **PLACE),
    'iterable': lambda v: ast.GeneratorExp(name(), [ast.comprehension(name(STORE), v, [], 0)], **PLACE),
    'f-string': lambda v: ast.JoinedStr([ast.FormattedValue(v, -1, None, **PLACE)], **PLACE),
    'and': lambda v: ast.BoolOp(ast.And(), [name(), v], **PLACE),
    'comparison': lambda v: ast.Compare(v, [ast.Lt()], [name()], **PLACE),
    'call': lambda v: ast.Call(v, [], [], **PLACE),
    'argument': lambda v: ast.Call(name(), [v], [], **PLACE),
    'keyword': lambda v: ast.Call(name(), [], [ast.keyword('k', v, **PLACE)], **PLACE),
    'star': lambda v: ast.List([ast.Starred(v, LOAD, **PLACE)], LOAD, **PLACE),
    'slice': lambda v: ast.Subscript(name(), ast.Slice(v, None, None, **PLACE), LOAD, **PLACE),
    'named': lambda v: ast.NamedExpr(name(STORE), v, **PLACE),
    'conditional': lambda v: ast.IfExp(name(), name(), v, **PLACE),
}
STATEMENTS = {
    'if': lambda v: ast.If(name(), [v], [], **PLACE),
    'else': lambda v: ast.If(name(), [ast.Pass(**PLACE)], [v], **PLACE),
    'while': lambda v: ast.While(name(), [v], [], **PLACE),
    'try': lambda v: ast.Try([v], [ast.ExceptHandler(None, None, [ast.Pass(**PLACE)], **PLACE)], [], [], **PLACE),
    'except': lambda v: ast.Try([name_statement()], [ast.ExceptHandler(None, None, [v], **PLACE)], [], [], **PLACE),
    'with': lambda v: ast.With([ast.withitem(name())], [v], **PLACE),
    'match': lambda v: ast.Match(name(), [ast.match_case(ast.MatchAs(None, None, **PLACE), None, [v])], **PLACE),
}
PATTERNS = {
    'sequence': lambda v: ast.MatchSequence([v], **PLACE),
    'or': lambda v: ast.MatchOr([ast.MatchValue(ast.Constant(1, **PLACE), **PLACE), v], **PLACE),
    'class': lambda v: ast.MatchClass(name(), [v], [], [], **PLACE),
    'mapping': lambda v: ast.MatchMapping([ast.Constant(1, **PLACE)], [v], None, **PLACE),
}


def name_statement():
    return ast.Expr(name(), **PLACE)


def nest(wrap, value, depth):
    for _ in range(depth):
        value = wrap(value)
    return value


class Depth(unittest.TestCase):
    def check(self, function, *also):
        try:
            function()
        except (RecursionError, MemoryError, SyntaxError, *also):
            pass
        self.assertEqual(eval('1 + 1'), 2)

    def test_compiled(self):
        for kind, source in COMPILED.items():
            with self.subTest(kind):
                compile(source, '', 'exec')

    def test_a_long_sum_is_right(self):
        self.assertEqual(eval('+'.join(['a'] * LONG), {'a': 1}), LONG)

    def test_endless(self):
        for kind, source in ENDLESS.items():
            with self.subTest(kind):
                self.check(lambda: compile(source, '', 'exec'))
                self.check(lambda: ast.parse(source))

    def test_trees(self):
        for depth in 1000, 9000, 50_000:
            for kind, wrap in EXPRESSIONS.items():
                if kind == 'lambda' and depth == 9000:
                    continue  # Scopes in scopes take time that grows with the square.
                with self.subTest(kind, depth=depth):
                    tree = ast.Expression(nest(wrap, name(), depth))
                    self.check(lambda: compile(tree, '', 'eval'))
            for kind, wrap in STATEMENTS.items():
                with self.subTest(kind, depth=depth):
                    tree = ast.Module([nest(wrap, ast.Pass(**PLACE), depth)], [])
                    self.check(lambda: compile(tree, '', 'exec'))
            for kind, wrap in PATTERNS.items():
                with self.subTest(kind, depth=depth):
                    case = ast.match_case(nest(wrap, ast.MatchAs(None, None, **PLACE), depth), None, [name_statement()])
                    tree = ast.Module([ast.Match(name(), [case], **PLACE)], [])
                    self.check(lambda: compile(tree, '', 'exec'))

    def test_comprehensions_have_as_many_handlers_as_there_is_room_for(self):
        for depth in range(1, 60):
            source = '[' * depth + 'a' + ' for a in b]' * depth
            with self.subTest(depth=depth):
                self.check(lambda: compile(source, '', 'exec'))
                self.check(lambda: compile(f'def f(b):\n yield {source}, lambda: a', '', 'exec'))
        self.assertEqual(eval('[' * 15 + 'a' + ' for a in b]' * 15, {'b': [1]}), nest(lambda v: [v], 1, 15))

    def test_constants(self):
        for wrap in (lambda v: (v,), lambda v: frozenset([v])):
            constant = nest(wrap, 1, 50_000)
            code = self.test_constants.__code__
            self.check(lambda: compile(ast.Expression(ast.Constant(constant, **PLACE)), '', 'eval'))
            self.check(lambda: code.replace(co_consts=(constant,)))
            self.check(lambda: code.replace(co_consts=(constant,)) == code.replace(co_consts=(constant,)))
            self.check(lambda: hash(code.replace(co_consts=(constant,))))
            self.check(lambda: marshal.dumps(constant), ValueError)
        self.check(lambda: marshal.loads(b'[\x01\0\0\0' * 50_000 + b'N'), ValueError)

    def test_tools(self):
        for source in 'a' + '.b' * LONG, '+'.join(['1'] * LONG), '-' * 50_000 + '1':
            self.check(lambda: ast.dump(ast.parse(source)))
            self.check(lambda: ast.unparse(ast.parse(source)))
            self.check(lambda: ast.literal_eval(source), ValueError)
            self.check(lambda: symtable.symtable(source, '', 'exec'))

    def test_where_the_stack_is_used_already(self):
        def down():
            try:
                eval('down()', {'down': down})
            except RecursionError:
                pass
            # On the way up, ever more can be compiled.
            for source in '+'.join(['a'] * 1000), '-' * 2000 + 'a', 'if 1: pass\n' + 'elif 1: pass\n' * 1000:
                try:
                    compile(source, '', 'exec')
                except (RecursionError, MemoryError):
                    pass
            nonlocal levels
            levels += 1
            if levels > 20:
                raise StopIteration

        levels = 0
        self.assertRaises(StopIteration, down)


if __name__ == '__main__':
    unittest.main()
