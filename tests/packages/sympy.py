"""sympy: algebra, calculus, equations, numbers.

with: sympy
"""

from sympy import Eq, Rational, cos, diff, expand, factor, integrate, limit, oo, pi, simplify, sin, solve, sqrt, symbols

x, y = symbols("x y")
assert expand((x + 1) ** 2) == x**2 + 2 * x + 1 and factor(x**2 - 1) == (x - 1) * (x + 1)
assert diff(sin(x) * x, x) == x * cos(x) + sin(x) and integrate(1 / x**2, (x, 1, oo)) == 1
assert solve(Eq(x**2, 2), x) == [-sqrt(2), sqrt(2)] and limit(sin(x) / x, x, 0) == 1
assert solve([x + y - 3, x - y - 1], [x, y]) == {x: 2, y: 1}
assert simplify(sin(x) ** 2 + cos(x) ** 2) == 1 and Rational(1, 3) + Rational(1, 6) == Rational(1, 2)
assert str(pi.evalf(30)) == "3.14159265358979323846264338328"
