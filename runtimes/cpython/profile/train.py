"""What the interpreter that counts runs: programs that call for what programs call for, and then write.py.

    PYTHONPATH=training.zip counting.wasm -B -Pm train PROFILE

Everything is done by count and none of it by time or by chance, so that the same interpreter counts the same. What is hot here is
made fast, at the expense of what is not: what gets slower by a profile belongs into a training.
"""

import sys
import time

# Who looks at a clock sees always the same.
time.time = time.monotonic = time.perf_counter = lambda: 1.0
time.time_ns = time.monotonic_ns = time.perf_counter_ns = lambda: 10 ** 9

import _pylon_profile
import write
from training import algorithms, library, objects, texts, values

# How the interpreter starts, and in which order folders list their files.
_pylon_profile.forget()
for part in texts, values, objects, library, algorithms:
    part.run()
write.write(sys.argv[1])
