"""packaging: versions, specifiers, requirements, markers.

with: packaging
"""

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

assert Version("1.0a5") < Version("1.0") < Version("1.0.post1")
assert Version("2.1") in SpecifierSet(">=2,<3,!=2.0.*")
requirement = Requirement('name[extra]>=2; python_version > "3"')
assert requirement.name == "name" and requirement.extras == {"extra"} and requirement.marker.evaluate()
assert Marker("sys_platform == 'wasi'").evaluate()
assert canonicalize_name("Foo._Bar") == "foo-bar"
try:
    Version("one")
except InvalidVersion:
    pass
else:
    raise AssertionError("one is no version")
