"""pyparsing: a grammar of sums, its results by name, the place of an error.

with: pyparsing
"""

import pyparsing as pp

integer = pp.Word(pp.nums).set_parse_action(lambda tokens: int(tokens[0]))
greeting = pp.Word(pp.alphas)("salutation") + "," + pp.Word(pp.alphas)("who") + "!"
found = greeting.parse_string("Hello, World!")
assert found.as_list() == ["Hello", ",", "World", "!"] and found.who == "World"
expression = pp.infix_notation(integer, [("*", 2, pp.OpAssoc.LEFT), ("+", 2, pp.OpAssoc.LEFT)])
assert expression.parse_string("1+2*(3+4)").as_list() == [[1, "+", [2, "*", [3, "+", 4]]]]
try:
    greeting.parse_string("Hello World")
except pp.ParseException as error:
    assert error.column == 7, error
else:
    raise AssertionError("a comma is missing")
