"""six: what differs between two versions of Python.

with: six
"""

import six
from six.moves import urllib

assert six.PY3 and not six.PY2
assert six.ensure_binary("ä") == "ä".encode() and six.text_type is str
assert urllib.parse.quote("a b") == "a%20b"


@six.python_2_unicode_compatible
@six.add_metaclass(type("Meta", (type,), {"name": lambda cls: cls.__name__.lower()}))
class Thing:
    def __str__(self):
        return "thing"


assert Thing.name() == "thing" and str(Thing()) == "thing"
