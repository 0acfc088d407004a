"""attrs: its own tests, of its source distribution, under pytest.

with: attrs pytest hypothesis cloudpickle
source: attrs==26.1.0 sha256:d03ceb89cb322a8fd706d4fb91940737b6642aa36998fe130a9bc96c985eff32
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

own.run("attrs", 1370)
