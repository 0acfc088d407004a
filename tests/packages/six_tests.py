"""six: its own tests, of its source distribution, under pytest.

with: six pytest
source: six==1.17.0 sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

own.run("six", 180)
