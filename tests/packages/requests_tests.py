"""requests: its own tests without those that need servers in threads, of its source distribution, under pytest.

with: requests pytest
source: requests==2.34.2 sha256:f288924cae4e29463698d6d60bc6a4da69c89185ad1e0bcc4104f584e960b9ed
grants: a folder as /data
grants: the network
"""

import sys

sys.path.insert(0, "/tests/suites")
import own

servers = {"httpbin", "httpbin_secure", "nosan_server"}
threads = "tests/test_lowlevel.py", "tests/test_testserver.py"
# They need an address of the internet that does not answer.
internet = "test_connect_timeout", "test_total_timeout_connect"


def serves(item):
    elsewhere = item.nodeid.startswith(threads) or getattr(item, "originalname", "") in internet
    return not elsewhere and not servers & set(getattr(item, "fixturenames", ()))


own.run("requests", 380, serves=serves)
