"""What ssl says of peers that break the protocol (attacking.py), beside attacks.md and the machine's own Python. Run inside pylon.wasm.

grants: the network
grants: what tests share
beside: tests/beside/tls_peer.py
memory: 256M
"""

import json
import os
import unittest

from attacking import all_outcomes
from orders import order

HEAD = """# What `ssl` says of peers that break the protocol

`test_attacks.py` plays them (`attacking.py`), compares this page, and compares each exception, its class, library, reason and message,
with the machine's own Python. What stands behind a semicolon came of the next call, or of the other side; `done` is a handshake that
went well, `waits` is `SSLWantReadError`. Each hello, record or flight is one of TLS 1.2 or of TLS 1.3.

| what the peer does | TLS 1.2 | TLS 1.3 |
|---|---|---|
"""

# What is another version's or another build's OpenSSL.
OTHERWISE = {
    "a plain change of the cipher: to a client": "a client of OpenSSL 3.2 or newer lets it pass until it sends again",
    "a client's hello with compression alone": "OpenSSL 3.2 has another word",
    "a client's hello with a key that is zero": "OpenSSL 3.5 asks for a key of another group, which it prefers",
    "a server's hello with compression": "there is no compression in this build",
}


def in_short(outcome):
    if isinstance(outcome, (list, tuple)):
        return "; ".join(map(in_short, outcome))
    if outcome is None:
        return "done"
    if not isinstance(outcome, dict):
        return f"`{outcome}`"
    if outcome["class"] == "SSLWantReadError":
        return "waits"
    return " ".join(filter(None, (outcome["class"], outcome["reason"])))


def agree(ours, theirs):
    """Whether they say the same, but for what changed in OpenSSL's words."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(agree, ours, theirs))
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return ours == theirs
    if ours["reason"] == "RECORD_LAYER_FAILURE":
        # Since 3.2 that is the last word of whatever the record layer refuses.
        return theirs["class"] == ours["class"] and theirs["library"] in ("SSL", None)
    words = [said["message"].replace("ssl/tls alert", "sslv3 alert").rpartition("] ")[2] for said in (ours, theirs)]
    same = all(ours[what] == theirs[what] for what in ("class", "code", "library"))
    # Not all versions of Python know all names of reasons.
    return same and words[0] == words[1] and theirs["reason"] in (ours["reason"], None)


class Attacks(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.ours = json.loads(json.dumps(all_outcomes()))

    def test_page(self):
        rows = [f"| {name} | {in_short(both['TLSv1_2'])} | {in_short(both['TLSv1_3'])} |\n" for name, both in self.ours.items()]
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "attacks.md")) as file:
            self.assertEqual(file.read(), HEAD + "".join(rows))

    def test_native(self):
        done = order(connect=["python", "-B", "CERTIFICATES/../attacking.py"])
        self.assertEqual(done["code"], 0, done["errors"])
        theirs = json.loads(done["output"])
        if theirs["python"] < [3, 13]:
            self.skipTest("before 3.13 Python told ends of another kind from one another")
        for name, both in self.ours.items():
            for version, outcome in both.items():
                other = theirs["outcomes"][name][version]
                if name not in OTHERWISE and not agree(outcome, other):
                    with self.subTest(name, version=version, against=theirs["openssl"]):
                        self.assertEqual(outcome, other)


if __name__ == "__main__":
    unittest.main()
