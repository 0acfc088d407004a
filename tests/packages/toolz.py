"""toolz: pipes, curried functions, groups.

with: toolz
"""

from toolz import compose, curry, frequencies, groupby, merge_with, pipe, sliding_window
from toolz.curried import filter, map

assert pipe(range(6), filter(lambda n: n % 2), map(lambda n: n * n), list) == [1, 9, 25]
assert groupby(len, ["cat", "mouse", "dog"]) == {3: ["cat", "dog"], 5: ["mouse"]}
assert compose(str, abs)(-1) == "1" and frequencies("aab") == {"a": 2, "b": 1}
add = curry(lambda x, y: x + y)
assert add(1)(2) == 3 and merge_with(sum, {"a": 1}, {"a": 2}) == {"a": 3}
assert list(sliding_window(2, [1, 2, 3])) == [(1, 2), (2, 3)]
