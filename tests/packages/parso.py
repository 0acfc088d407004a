"""parso: a tree of Python, with its errors, there and back.

with: parso
"""

import parso

module = parso.parse("hello + 1", version="3.13")
expression = module.children[0]
assert expression.get_code() == "hello + 1" and expression.children[0].value == "hello"
broken = "def f(:\n    pass\n"
grammar = parso.load_grammar()
tree = grammar.parse(broken)
assert tree.get_code() == broken
assert [error.message for error in grammar.iter_errors(tree)][0].startswith("SyntaxError")
