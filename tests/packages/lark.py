"""lark: a calculator by its grammar.

with: lark
"""

from lark import Lark, Transformer, UnexpectedInput, v_args

grammar = """
    ?start: sum
    ?sum: product | sum "+" product -> add | sum "-" product -> sub
    ?product: atom | product "*" atom -> mul | product "/" atom -> div
    ?atom: NUMBER -> number | "-" atom -> neg | "(" sum ")"
    %import common.NUMBER
    %import common.WS_INLINE
    %ignore WS_INLINE
"""


@v_args(inline=True)
class Calculate(Transformer):
    from operator import add, mul, neg, sub, truediv as div

    number = float


for parser in "lalr", "earley":
    calculator = Lark(grammar, parser=parser)
    assert Calculate().transform(calculator.parse("1 + 2 * (3 - -4) / 2")) == 8
    try:
        calculator.parse("1 + ")
    except UnexpectedInput:
        pass
    else:
        raise AssertionError("half a sum is one")
