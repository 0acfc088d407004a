"""httpx: over h11 and TLS, with and without asyncio, against servers of the machine.

with: httpx
grants: the network
grants: a folder as /data
grants: what tests share
beside: tests/beside/tls_peer.py
"""

import asyncio
import ssl
import unittest

import httpx

from orders import certificates, order

PAGE = b"0123456789abcdef" * 4096


def setUpModule():
    certificates("/data")


def context():
    return ssl.create_default_context(cafile="/data/ca.pem")


class Httpx(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.address = f"https://127.0.0.1:{order(serve='python')['port']}"

    def test_one_connection(self):
        with httpx.Client(verify=context(), trust_env=False) as client:
            answers = [client.get(f"{self.address}/{i}") for i in range(20)]
            self.assertEqual([answer.text for answer in answers], [f"/{i}" for i in range(20)])
            self.assertEqual(len({answer.headers["X-Connection"] for answer in answers}), 1)
            self.assertEqual(answers[0].http_version, "HTTP/1.1")
            data = bytes(range(256)) * 2000
            self.assertEqual(client.post(self.address, content=data).content, data)
            pieces = (data[at : at + 7000] for at in range(0, len(data), 7000))
            self.assertEqual(client.post(self.address, content=pieces).content, data)
            with client.stream("GET", f"{self.address}/page") as answer:
                self.assertEqual(b"".join(answer.iter_bytes()), PAGE)

    def test_s_server(self):
        if not order(has="openssl")["has"]:
            self.skipTest("the machine has no openssl")
        port = order(serve="openssl")["port"]
        self.assertEqual(httpx.get(f"https://127.0.0.1:{port}/page", verify=context(), trust_env=False).content, PAGE)

    def test_who_is_not_believed(self):
        with self.assertRaisesRegex(httpx.ConnectError, "CERTIFICATE_VERIFY_FAILED"):
            httpx.get(self.address, trust_env=False)

    def test_clients_certificates(self):
        with_one = context()
        with_one.load_cert_chain("/data/client.pem")
        self.assertEqual(httpx.get(self.address, verify=with_one, trust_env=False).headers["X-Client"], "client")

    def test_many_at_once(self):
        async def all_of_them():
            async with httpx.AsyncClient(verify=context(), trust_env=False) as client:
                return await asyncio.gather(*(client.get(f"{self.address}/{i}") for i in range(10)))

        answers = asyncio.run(all_of_them())
        self.assertEqual([answer.text for answer in answers], [f"/{i}" for i in range(10)])
        self.assertGreater(len({answer.headers["X-Connection"] for answer in answers}), 1)

    def test_nobody_is_believed_asynchronously(self):
        async def ask():
            async with httpx.AsyncClient(trust_env=False) as client:
                await client.get(self.address)

        with self.assertRaisesRegex(httpx.ConnectError, "CERTIFICATE_VERIFY_FAILED"):
            asyncio.run(ask())


if __name__ == "__main__":
    unittest.main()
