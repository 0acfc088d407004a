"""What ssl says of each kind of certificate (kinds.py), beside kinds.md and the machine's own Python. Run inside pylon.wasm.

grants: the network
grants: a folder as /data
grants: what tests share
beside: tests/beside/tls_peer.py
memory: 256M
"""

import json
import os
import unittest

from judging import all_judged, described
from kinds import all_kinds
from orders import order

HEAD = """# What `ssl` says of certificates

Kinds of them as x509-limbo and badssl.com have them: chains that are wrong in one way, and some that are not; and as BetterTLS has them: more
than one way to who is believed, and every combination of names and what constrains them. `test_kinds.py` makes them
(`kinds.py`, `ways.py`), compares this page, and compares each exception, its class, code, words and message, with the machine's own Python.
*Usually* is an `SSLContext`; *strictly* is with `VERIFY_X509_STRICT` and `VERIFY_X509_PARTIAL_CHAIN`, as `create_default_context()` has it
since Python 3.13. A number is `verify_code` of an `SSLCertVerificationError`.

| kind | usually | strictly |
|---|---|---|
"""

# What OpenSSL says of it since 3.6, and before.
NOT_YET = "certificate is not yet valid or the system clock is incorrect", "certificate is not yet valid"


def in_short(outcome):
    if outcome is None:
        return "believed"
    if outcome["code"] is not None:
        return f"{outcome['code']} {outcome['words']}"
    return f"{outcome['class']}: {outcome['message']}"


class Kinds(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.kinds = [described(kind) for kind in all_kinds()]
        cls.ours = all_judged(cls.kinds, "/data")

    def test_names_are_different(self):
        self.assertEqual(len(self.ours), len(self.kinds))

    def test_page(self):
        rows = [f"| {name} | {in_short(both['usual'])} | {in_short(both['strict'])} |\n" for name, both in self.ours.items()]
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "kinds.md")) as file:
            self.assertEqual(file.read(), HEAD + "".join(rows))

    def test_native(self):
        command = ["python", "-B", "CERTIFICATES/../judging.py"]
        done = order(connect=command, input=json.dumps(self.kinds))
        self.assertEqual(done["code"], 0, done["errors"])
        theirs = json.loads(done["output"])
        ours = json.loads(json.dumps(self.ours).replace(*NOT_YET))
        theirs["judged"] = json.loads(json.dumps(theirs["judged"]).replace(*NOT_YET))
        for name, outcome in ours.items():
            with self.subTest(name, against=theirs["version"]):
                self.assertEqual(outcome, theirs["judged"][name])


if __name__ == "__main__":
    unittest.main()
