"""requests: over TLS, with urllib3, against servers of the machine, Python's and `openssl s_server`.

with: requests urllib3
always: it takes three seconds
grants: the network
grants: a folder as /data
grants: what tests share
beside: tests/beside/tls_peer.py
"""

import io
import ssl
import unittest

import requests
import urllib3

from orders import certificates, order

AUTHORITY = "/data/ca.pem"
PAGE = b"0123456789abcdef" * 4096


def setUpModule():
    certificates("/data")


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = order(serve="python")["port"]
        cls.address = f"https://127.0.0.1:{cls.port}"

    def setUp(self):
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = AUTHORITY
        self.addCleanup(self.session.close)

    def test_one_connection(self):
        answers = [self.session.get(f"{self.address}/{i}") for i in range(50)]
        self.assertEqual([answer.text for answer in answers], [f"/{i}" for i in range(50)])
        self.assertEqual(len({answer.headers["X-Connection"] for answer in answers}), 1)
        self.assertEqual(answers[0].headers["X-TLS"], "TLSv1.3")

    def test_by_name(self):
        self.assertEqual(self.session.get(f"https://localhost:{self.port}/page").content, PAGE)

    def test_s_server(self):
        if not order(has="openssl")["has"]:
            self.skipTest("the machine has no openssl")
        port = order(serve="openssl")["port"]
        for _ in range(3):
            self.assertEqual(self.session.get(f"https://127.0.0.1:{port}/page").content, PAGE)

    def test_bodies(self):
        data = bytes(range(256)) * 2000
        self.assertEqual(self.session.post(self.address, data=data).content, data)
        pieces = (data[at : at + 7000] for at in range(0, len(data), 7000))
        self.assertEqual(self.session.post(self.address, data=pieces).content, data)
        self.assertEqual(self.session.post(self.address, data=io.BytesIO(data)).content, data)
        self.assertEqual(self.session.post(self.address, json={"a": [1]}).json(), {"a": [1]})
        with self.session.get(f"{self.address}/page", stream=True) as answer:
            self.assertEqual(b"".join(answer.iter_content(1000)), PAGE)

    def test_clients_certificates(self):
        self.assertEqual(self.session.get(self.address).headers["X-Client"], "-")
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(self.address, verify=AUTHORITY, cert="/data/client.pem")
            self.assertEqual(answer.headers["X-Client"], "client")

    def test_who_is_not_believed(self):
        # certifi's authorities are believed by default, and these are none of them.
        with self.assertRaisesRegex(requests.exceptions.SSLError, "CERTIFICATE_VERIFY_FAILED.*self-signed certificate"):
            self.session.get(self.address, verify=True)
        with self.assertWarns(urllib3.exceptions.InsecureRequestWarning):
            self.assertEqual(self.session.get(f"{self.address}/x", verify=False).text, "/x")

    def test_urllib3(self):
        with urllib3.PoolManager(ca_certs=AUTHORITY, ssl_minimum_version=ssl.TLSVersion.TLSv1_3) as pool:
            answer = pool.request("GET", f"{self.address}/page")
            self.assertEqual((answer.status, answer.data), (200, PAGE))
            self.assertEqual(pool.request("GET", f"{self.address}/json").headers["X-TLS"], "TLSv1.3")
        with urllib3.PoolManager(ca_certs=AUTHORITY, ssl_maximum_version=ssl.TLSVersion.TLSv1_2) as pool:
            self.assertEqual(pool.request("GET", self.address).headers["X-TLS"], "TLSv1.2")
        for more in {"assert_hostname": "other.test"}, {"assert_fingerprint": "00" * 32}:
            with urllib3.PoolManager(ca_certs=AUTHORITY, retries=False, **more) as pool:
                with self.assertRaises(urllib3.exceptions.SSLError):
                    pool.request("GET", self.address)


if __name__ == "__main__":
    unittest.main()
