"""python-dateutil: its own tests, of its source distribution, under pytest.

with: python-dateutil pytest hypothesis freezegun
source: python-dateutil==2.9.0.post0 sha256:37dd54208da7e1cd875388217d5e00ebd4179249f90fb72437e91a35459a0ad3
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

own.run("python-dateutil", 2000)
