"""attrs: classes without boilerplate, validators, evolve.

with: attrs
always: it takes a second
"""

import attr
from attrs import asdict, define, evolve, field


@define
class Coordinates:
    x: int
    y: int = field(default=0, validator=attr.validators.ge(0))
    names: list = field(factory=list)


c = Coordinates(1, 2)
assert repr(c) == "Coordinates(x=1, y=2, names=[])"
assert c == Coordinates(1, 2) and c != Coordinates(2, 1)
assert asdict(c) == {"x": 1, "y": 2, "names": []}
assert evolve(c, x=5).x == 5
try:
    Coordinates(1, -1)
except ValueError as error:
    assert "'y' must be >= 0" in str(error), error
else:
    raise AssertionError("a validator let -1 through")
try:
    c.z = 1
except AttributeError:
    pass
else:
    raise AssertionError("a class with slots takes new attributes")
