"""jinja2: its own tests, of its source distribution, under pytest.

with: jinja2 pytest trio
source: jinja2==3.1.6 sha256:0137fb05990d35f1275a587e9aee6d56da821fc83491a0fb838183be43f66d6d
grants: a folder as /data
grants: the network
"""

import sys
import types

sys.path.insert(0, "/tests/suites")
import own

try:
    import trio
except ImportError:
    # Two files of tests import it, whose tests are for asyncio, too.
    sys.modules["trio"] = types.SimpleNamespace(run=None)


def serves(item):
    return not hasattr(item, "callspec") or "trio" not in item.callspec.id


own.run("jinja2", 880, serves=serves)
