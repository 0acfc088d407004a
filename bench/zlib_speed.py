"""Times `import zlib` over a file: usage: zlib_speed.py CORPUS. Prints JSON, times in seconds."""

import json
import sys
import zlib
from time import perf_counter

LEVEL = 6


def timed(function, argument):
    begun = perf_counter()
    result = function(argument)
    return perf_counter() - begun, result


def main(path):
    with open(path, "rb") as file:
        corpus = file.read()
    compress, decompress = [], []
    for _ in range(2):
        seconds, packed = timed(lambda data: zlib.compress(data, LEVEL), corpus)
        compress.append(seconds)
    for _ in range(5):
        seconds, unpacked = timed(zlib.decompress, packed)
        decompress.append(seconds)
        if unpacked != corpus:
            sys.exit("what was unpacked is not what was packed")
    print(
        json.dumps(
            {
                "version": zlib.ZLIB_RUNTIME_VERSION,
                "compressed": len(packed),
                "compress": compress,
                "decompress": decompress,
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
