"""markupsafe: its own tests, of its source distribution, under pytest.

with: markupsafe pytest
source: markupsafe==3.0.4 sha256:2e9ad7dd851bf45fab9f75cbff4cb493fee9979e8d8c7c9c3ee119022518edd6
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

own.run("markupsafe", 39)
