"""pyyaml: documents there and back, tags that are not safe.

with: pyyaml
"""

import yaml

text = """
invoice: 34843
date: 2001-01-23
bill-to: &id001
  given: Chris
  lines: |
    458 Walkman Dr.
    Suite #292
ship-to: *id001
"""
data = yaml.safe_load(text)
assert data["date"].isoformat() == "2001-01-23" and data["ship-to"] is data["bill-to"]
assert data["bill-to"]["lines"] == "458 Walkman Dr.\nSuite #292\n"
assert yaml.safe_load(yaml.safe_dump(data)) == data
assert yaml.dump({"b": [1, 2], "a": None}) == "a: null\nb:\n- 1\n- 2\n"
try:
    yaml.safe_load("!!python/object/apply:os.getcwd []")
except yaml.constructor.ConstructorError:
    pass
else:
    raise AssertionError("a document calls functions")
# libyaml is native code.
assert not yaml.__with_libyaml__
