"""pyparsing: its own tests, of its source distribution, under pytest.

with: pyparsing pytest railroad-diagrams jinja2
source: pyparsing==3.3.3 sha256:928ae7e20211f3b6f3915a72f06a0cfd29ab9d24279dd6346b6b1a7146397d36
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

own.run("pyparsing", 2070)
