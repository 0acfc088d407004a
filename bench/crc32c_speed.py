"""Times `import crc32c` over 64 MiB. Prints JSON, times in seconds; bench/crc32c_native.c prints the same."""

import json
from time import perf_counter

import crc32c

data = bytes(range(256)) * (64 * 1024 * 1024 // 256)
seconds = []
for _ in range(5):
    begun = perf_counter()
    value = crc32c.crc32c(data)
    seconds.append(perf_counter() - begun)
print(json.dumps({"crc32c": value, "seconds": seconds}))
