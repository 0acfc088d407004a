"""click: its own tests, of its source distribution, under pytest.

with: click pytest
source: click==8.5.1 sha256:9bbfada76703fd1d784b83eea012e3e8c6a001a876543ef104fa56aaaeb072b4
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

# Pagers, which are processes, are 2.5 % of all.
own.run("click", 2350, at_most=0.03)
