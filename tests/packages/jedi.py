"""jedi: completions, inferred types, signatures of code.

with: jedi
grants: a folder as /data
"""

import os

os.environ["HOME"] = "/data"

import jedi

code = "import json\njson.lo"
assert [name.name for name in jedi.Script(code).complete(2, len("json.lo"))] == ["load", "loads"]
code = "class A:\n    def method(self, x, y=2): ...\na = A()\na.method("
script = jedi.Script(code)
assert script.infer(3, 0)[0].name == "A"
assert [p.name for p in script.get_signatures(4, len("a.method("))[0].params] == ["x", "y"]
interpreter = jedi.Interpreter("values.ap", [{"values": [1]}])
assert [name.name for name in interpreter.complete()] == ["append"]
