"""black: a file in its form, what is no Python.

with: black
"""

import black

assert black.format_str("x = {  'a':1, }\nprint( x )", mode=black.Mode()) == 'x = {\n    "a": 1,\n}\nprint(x)\n'
try:
    black.format_str("def f(:", mode=black.Mode())
except black.InvalidInput as error:
    assert "annot parse" in str(error)
else:
    raise AssertionError("that is no Python")
