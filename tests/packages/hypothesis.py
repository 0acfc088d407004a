"""hypothesis: properties that hold, one that does not, made small.

with: hypothesis<6.140
grants: a folder as /data
"""

from hypothesis import HealthCheck, given, settings, strategies as st

settings.register_profile("here", database=None, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("here")


@given(st.lists(st.integers()))
def test_twice_reversed(numbers):
    assert list(reversed(list(reversed(numbers)))) == numbers


test_twice_reversed()
found = []


@given(st.integers())
def test_small(number):
    found.append(number)
    assert number < 1000


try:
    test_small()
except AssertionError:
    assert found[-1] == 1000, found[-5:]
else:
    raise AssertionError("all numbers are below 1000")
