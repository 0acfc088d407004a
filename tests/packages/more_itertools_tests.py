"""more-itertools: its own tests, of its source distribution, under pytest.

with: more-itertools pytest
source: more-itertools==11.2.1 sha256:cbf08fd0af284dc69718b9b76a8e6203df624d70209ea511e4219d350c856f63
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

own.run("more-itertools", 755)
