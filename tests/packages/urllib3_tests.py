"""urllib3: its own tests without those that need servers of its own, of its source distribution, under pytest.

with: urllib3 pytest h2 pysocks idna
source: urllib3==2.8.0 sha256:63bf2ead4c879426ebf22ef2a781eeb4aa3b4ae798a0435506f8687fd5bb9b63
grants: a folder as /data
grants: the network
"""

import pathlib
import sys
import types

sys.path.insert(0, "/tests/suites")
import own


class Absent(types.ModuleType):
    """A module that is here for its names."""

    HAS_IPV6 = False
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


# The project's servers are threads, with certificates that native code makes.
for name in "trustme", "dummyserver", *(f"dummyserver.{part}" for part in "app asgi_proxy hypercornserver socketserver testcase".split()):
    sys.modules[name] = Absent(name)

files = {f"test/{file.name}" for file in pathlib.Path("/source/test").glob("test_*.py")} - {"test/test_ssltransport.py"}
left_out = {
    # It reads a certificate of theirs.
    "test_ca_certs_default_cert_required",
    # A host closes no sooner than what was written is taken, and here nobody takes it.
    "test_wait_for_read_write",
}
# A host takes more than the system does, and hands it on meanwhile: what was full a moment ago need not be any more.
left_out |= {f"test_wait_for_socket[{each}wait_for_socket]" for each in ("", "poll_", "select_")}
own.run("urllib3", 1450, sorted(files), serves=lambda item: item.name not in left_out)
