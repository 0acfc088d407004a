"""Times `import crc32c` over 64 bytes. Prints JSON: nanoseconds of one call, and of an empty loop."""

import json
from time import perf_counter_ns

from crc32c import crc32c


def best(work, calls=2000, batches=100):
    """The shortest batch, a call of it, in nanoseconds."""
    shortest = None
    for _ in range(batches):
        begun = perf_counter_ns()
        work(calls)
        elapsed = perf_counter_ns() - begun
        shortest = elapsed if shortest is None else min(shortest, elapsed)
    return shortest / calls


def checksums(calls):
    for _ in range(calls):
        crc32c(data)


def nothing(calls):
    for _ in range(calls):
        pass


data = bytes(range(64))
crc32c(data)
print(json.dumps({"call": best(checksums), "loop": best(nothing)}))
