"""toolz: its own tests, of its source distribution, under pytest.

with: toolz pytest
source: toolz==1.2.0 sha256:9667a038e9d6ecba37995e26cb2f59ec6420b6ad8dd9677de59db9b956b08490
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

own.run("toolz", 191)
