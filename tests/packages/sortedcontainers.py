"""sortedcontainers: lists, dicts and sets in order.

with: sortedcontainers
"""

from sortedcontainers import SortedDict, SortedList, SortedSet

numbers = SortedList([3, 1, 2])
numbers.add(0)
assert list(numbers) == [0, 1, 2, 3] and numbers.bisect(2) == 3 and numbers.pop() == 3
assert list(SortedDict({"b": 2, "a": 1}).items()) == [("a", 1), ("b", 2)]
assert SortedSet("hello")[1] == "h" and list(SortedSet([2, 1]) | {0}) == [0, 1, 2]
