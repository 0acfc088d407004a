"""Times a module that compresses over a file: usage: codec_speed.py zlib|bz2 CORPUS. Prints JSON, times in seconds."""

import importlib
import json
import sys
from time import perf_counter

LEVELS = {"zlib": 6, "bz2": 9}


def timed(function, argument):
    begun = perf_counter()
    result = function(argument)
    return perf_counter() - begun, result


def main(name, path):
    codec = importlib.import_module(name)
    with open(path, "rb") as file:
        corpus = file.read()
    compress, decompress = [], []
    for _ in range(2):
        seconds, packed = timed(lambda data: codec.compress(data, LEVELS[name]), corpus)
        compress.append(seconds)
    for _ in range(5):
        seconds, unpacked = timed(codec.decompress, packed)
        decompress.append(seconds)
        if unpacked != corpus:
            sys.exit("what was unpacked is not what was packed")
    print(
        json.dumps(
            {
                "library": f"{name} {getattr(codec, 'ZLIB_RUNTIME_VERSION', '')}".rstrip(),
                "compressed": len(packed),
                "compress": compress,
                "decompress": decompress,
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in LEVELS:
        sys.exit(__doc__)
    main(*sys.argv[1:])
