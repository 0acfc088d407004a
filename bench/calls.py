"""Times the calls of a table: calls.py [--native] TABLE CORPUS SCRATCH [ROW..], all of them or those that are named.

Prints JSON: the name of each row with seconds of one call, as often as it was measured, and what its note says. The
table is TOML, described in docs/reference/xtask.md; `corpus` is what the file CORPUS has, `folder` where TABLE is, and `scratch` the folder
SCRATCH, which may be written to. With `--native` rows that have a statement of this name are timed by that.
"""

import json
import os
import sys
import tomllib
from statistics import geometric_mean
from time import perf_counter

# A measurement takes at least so many seconds, of so many calls as that takes; there are as many as fit into the
# second number, but not more than the third.
SHORTEST = 0.05
TOGETHER = 3
MEASUREMENTS = 5


def timer(call, names):
    """A function that makes the call so many times and says how long that took."""
    source = f"def timed(times):\n begun = perf_counter()\n for _ in times:\n  {call}\n return perf_counter() - begun"
    exec(source, names)
    return names["timed"]


def measured(call, names):
    timed = timer(call, names)
    calls = 1
    while (seconds := timed(range(calls))) < SHORTEST:
        calls = max(2 * calls, int(1.2 * calls * SHORTEST / max(seconds, 1e-9)))
    taken = [seconds]
    while len(taken) < MEASUREMENTS and sum(taken) < TOGETHER:
        taken.append(timed(range(calls)))
    return [seconds / calls for seconds in taken]


def measured_each(call, items, names):
    """One number for the same call of many things, each of which is a name in it: the geometric mean of the shortest times."""
    return [geometric_mean([min(measured(call, names | {"item": item})) for item in items])]


def main(is_native, table, path, scratch, *wanted):
    folder = os.path.dirname(os.path.abspath(table))
    with open(table, "rb") as file:
        table = tomllib.load(file)
    with open(path, "rb") as file:
        names = {"corpus": file.read(), "folder": folder, "scratch": scratch, "perf_counter": perf_counter}
    exec(table["setup"], names)
    rows = {}
    for row in table["rows"]:
        if wanted and row["name"] not in wanted:
            continue
        call = row.get("native", row["call"]) if is_native else row["call"]
        seconds = measured_each(call, eval(row["each"], names), names) if "each" in row else measured(call, names)
        rows[row["name"]] = {"seconds": seconds, "note": str(eval(row.get("note", "''"), names))}
    print(json.dumps(rows))


if __name__ == "__main__":
    is_native = sys.argv[1:2] == ["--native"]
    arguments = sys.argv[1 + is_native :]
    if len(arguments) < 3:
        sys.exit(__doc__)
    main(is_native, *arguments)
