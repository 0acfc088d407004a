"""h11: its own tests, of its source distribution, under pytest.

with: h11 pytest
source: h11==0.16.0 sha256:4e35b956cf45792e4caa5885e69fba00bdbc6ffafbfa020300e549b208ee5ff1
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

# Of 78 tests two start threads, which are 2.6 %.
own.run("h11", 76, at_most=0.03)
