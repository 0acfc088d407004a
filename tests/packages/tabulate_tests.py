"""tabulate: its own tests, of its source distribution, under pytest.

with: tabulate pytest wcwidth
source: tabulate==0.10.0 sha256:e2cfde8f79420f6deeffdeda9aaec3b6bc5abce947655d17ac662b126e48a60d
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

# Of 303 tests seven start processes, which are 2.3 %.
own.run("tabulate", 296, at_most=0.03)
