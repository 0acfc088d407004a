"""pygments: Python in colours, in HTML and for a terminal, a guess.

with: pygments
"""

from pygments import highlight
from pygments.formatters import HtmlFormatter, TerminalFormatter
from pygments.lexers import PythonLexer, get_lexer_by_name, guess_lexer

html = highlight('print("Hello World")', PythonLexer(), HtmlFormatter())
assert '<span class="nb">print</span>' in html and "Hello World" in html, html
assert "\x1b[" in highlight("def f(): pass", PythonLexer(), TerminalFormatter())
assert get_lexer_by_name("rust").name == "Rust"
assert guess_lexer("#!/usr/bin/python\nprint(1)").name == "Python"
assert ".highlight .k" in HtmlFormatter().get_style_defs(".highlight")
