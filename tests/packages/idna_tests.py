"""idna: its own tests, of its source distribution, under pytest.

with: idna pytest hypothesis
source: idna==3.20 sha256:a7db850025b95ded1eae8a46181a1a6c56c92c96f0e2b005d9ff8dc0210cab44
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

own.run("idna", 6400)
