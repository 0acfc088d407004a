"""more_itertools: chunks, windows, peeking.

with: more-itertools
"""

import more_itertools as mi

assert [list(part) for part in mi.chunked(range(7), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
assert list(mi.sliding_window("abcd", 2)) == [("a", "b"), ("b", "c"), ("c", "d")]
peek = mi.peekable([1, 2])
assert peek.peek() == 1 and list(peek) == [1, 2]
assert list(mi.collapse([[1, [2]], 3])) == [1, 2, 3]
assert mi.first_true([0, "", 5]) == 5 and mi.one(["x"]) == "x"
assert list(mi.divide(2, range(4))[1]) == [2, 3]
