"""Writes the corpus of the zlib benchmark: usage: corpus.py OUTPUT SIZE CPYTHON_SOURCE WASM_FILE

A mix of what Python programs compress: text, code, data, tables of numbers, what does not compress at all and what is
nothing but repetition. The same sources give the same corpus.
"""

import json
import random
import struct
import sys
from pathlib import Path


def files(folder, pattern, size):
    """The first files below folder that match, up to size bytes."""
    parts = []
    for path in sorted(folder.glob(pattern)):
        data = path.read_bytes()
        parts.append(data[:size])
        size -= len(parts[-1])
        if size == 0:
            break
    return b"".join(parts)


def json_lines(size, rng):
    """Records as services log them."""
    lines = []
    while size > 0:
        record = {
            "id": rng.getrandbits(48),
            "time": f"2026-11-{rng.randrange(1, 31):02}T{rng.randrange(24):02}:{rng.randrange(60):02}:00Z",
            "level": rng.choice(["debug", "info", "info", "info", "warning", "error"]),
            "user": rng.choice(["ada", "grace", "edsger", "barbara", "donald"]),
            "seconds": round(rng.expovariate(20), 6),
            "tags": rng.sample(["cache", "network", "disk", "retry", "slow", "batch"], 2),
        }
        lines.append(json.dumps(record).encode() + b"\n")
        size -= len(lines[-1])
    return b"".join(lines)


def samples(size, rng):
    """A measured quantity that wanders, as 32-bit integers."""
    value = 0
    numbers = []
    for _ in range(size // 4):
        value += rng.randrange(-200, 201)
        numbers.append(value)
    return struct.pack(f"<{len(numbers)}i", *numbers)


def main(output, size, cpython, wasm):
    size = int(size)
    rng = random.Random(20261120)
    eighth = size // 8
    parts = [
        files(cpython / "Lib", "**/*.py", 2 * eighth),
        files(cpython, "[MOPI]*/*.[ch]", 2 * eighth),
        wasm.read_bytes()[-eighth:],
        json_lines(eighth, rng)[:eighth],
        samples(eighth, rng),
        rng.randbytes(eighth // 2),
    ]
    corpus = b"".join(parts)
    corpus += bytes(size - len(corpus))
    if len(corpus) != size:
        sys.exit(f"the corpus has {len(corpus)} bytes instead of {size}")
    output.write_bytes(corpus)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
