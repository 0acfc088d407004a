"""Calls of a generated method with ints and of one that is written by hand, in turns. Prints JSON: seconds of a call, of each
turn."""

import json
import timeit

from probe_method import Counter

CALLS, TURNS = 200_000, 15

counter = Counter(0)
assert counter.add(3, 4) == 12 and counter.add_by_hand(3, 4) == 24
timers = {
    name: timeit.Timer("call(3, 4)", globals={"call": getattr(counter, method)})
    for name, method in [("generated", "add"), ("by_hand", "add_by_hand")]
}
seconds = {name: [] for name in timers}
for _ in range(TURNS):
    for name, timer in timers.items():
        seconds[name].append(timer.timeit(CALLS) / CALLS)
print(json.dumps(seconds))
