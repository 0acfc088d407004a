"""tqdm: a bar on a stream, its rate, without a thread of its own.

with: tqdm
"""

import io

from tqdm import tqdm, trange

# The monitor is a thread.
tqdm.monitor_interval = 0
shown = io.StringIO()
assert sum(tqdm(range(100), file=shown, ncols=60)) == 4950
assert "100%" in shown.getvalue() and "100/100" in shown.getvalue(), shown.getvalue()
with tqdm(total=10, file=shown, desc="Parts") as bar:
    for _ in range(2):
        bar.update(5)
assert "Parts: 100%" in shown.getvalue()
assert list(trange(3, file=shown)) == [0, 1, 2]
