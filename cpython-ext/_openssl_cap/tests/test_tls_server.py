"""A server with TLS in pylon.wasm, and clients of the machine: `openssl s_client`, curl, Python. Run inside pylon.wasm.

grants: the network
grants: what tests share
beside: tests/beside/tls_peer.py
memory: 256M
"""

import asyncio
import logging
import os
import ssl
import unittest

from orders import order_async

CERTIFICATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "certificates")
PAGE = "0123456789abcdef" * 4096

# What it says of connections that failed.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)

IN_PYTHON = """
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
context.load_cert_chain(sys.argv[2])
session = None
for _ in range(2):
    with socket.create_connection(("127.0.0.1", int(sys.argv[3]))) as plain:
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as secured:
            secured.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            received = b""
            while data := secured.recv(10_000):
                received += data
            print(secured.version(), len(received), secured.session_reused)
            session = secured.session
"""


class Server(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(os.path.join(CERTIFICATES, "server.pem"))
        self.context.load_verify_locations(os.path.join(CERTIFICATES, "ca.pem"))
        self.context.verify_mode = ssl.CERT_OPTIONAL
        self.context.set_alpn_protocols(["http/1.1"])
        self.seen = []
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.context)
        self.port = self.server.sockets[0].getsockname()[1]

    async def asyncTearDown(self):
        self.server.close()

    async def serve(self, reader, writer):
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            secured = writer.get_extra_info("ssl_object")
            names = [name for part in (secured.getpeercert() or {}).get("subject", ()) for _, name in part]
            self.seen.append((request.split(b" ")[0], secured.version(), secured.selected_alpn_protocol(), names))
            writer.write(f"HTTP/1.0 200 OK\r\nContent-Length: {len(PAGE)}\r\n\r\n{PAGE}".encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ssl.SSLError, ConnectionError):
            pass
        writer.close()

    async def run_beside(self, *command, given=""):
        if not (await order_async(has=command[0]))["has"]:
            self.skipTest(f"the machine has no {command[0]}")
        return await order_async(connect=command, input=given)

    async def curl(self, *arguments):
        return await self.run_beside("curl", "--silent", "--show-error", "--noproxy", "*", *arguments)

    async def test_curl(self):
        address = f"https://localhost:{self.port}/"
        for version, arguments in ("TLSv1.3", ()), ("TLSv1.2", ("--tls-max", "1.2")):
            done = await self.curl("--cacert", "CERTIFICATES/ca.pem", *arguments, address)
            self.assertTrue(done["code"] == 0 and done["output"] == PAGE, done["errors"])
            self.assertEqual(self.seen.pop(), (b"GET", version, "http/1.1", []))
        done = await self.curl("--cacert", "CERTIFICATES/ca.pem", "--cert", "CERTIFICATES/client.pem", address)
        self.assertEqual((done["code"], self.seen.pop()[3]), (0, ["client"]), done["errors"])
        # It does not believe who signed the certificate.
        done = await self.curl("--cacert", "CERTIFICATES/alien.pem", address)
        self.assertEqual((done["code"], self.seen), (60, []), done["errors"])

    async def s_client(self, *arguments, given="GET / HTTP/1.0\r\n\r\n"):
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-CAfile", "CERTIFICATES/ca.pem"]
        command += ["-verify_return_error", "-ign_eof", "-servername", "localhost"]
        return await self.run_beside(*command, *arguments, given=given)

    async def test_s_client(self):
        for version, argument in ("TLSv1.3", "-tls1_3"), ("TLSv1.2", "-tls1_2"):
            done = await self.s_client(argument)
            self.assertEqual(done["code"], 0, done["errors"])
            self.assertTrue(PAGE in done["output"], done["errors"])
            self.assertIn("Verify return code: 0 (ok)", done["output"])
            self.assertEqual(self.seen.pop(), (b"GET", version, None, []))
        done = await self.s_client("-cert", "CERTIFICATES/client.pem", "-key", "CERTIFICATES/client.pem")
        self.assertEqual(self.seen.pop()[3], ["client"], done["errors"])

    async def test_each_suite_that_s_client_asks_for(self):
        for suite in "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256":
            done = await self.s_client("-ciphersuites", suite)
            self.assertIn(f"Cipher is {suite}", done["output"])
            self.assertTrue(PAGE in done["output"], done["errors"])
        for suite in "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384":
            done = await self.s_client("-tls1_2", "-cipher", suite)
            self.assertIn(f"Cipher is {suite}", done["output"])
            self.assertTrue(PAGE in done["output"], done["errors"])

    async def test_renegotiation_is_refused(self):
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-CAfile", "CERTIFICATES/ca.pem", "-tls1_2"]
        done = await self.run_beside(*command, given="R\n")
        self.assertIn("RENEGOTIATING", done["output"] + done["errors"])
        self.assertIn("no renegotiation", done["errors"])
        self.assertEqual(self.seen, [])

    async def test_who_speaks_too_old_a_version(self):
        done = await self.s_client("-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0")
        self.assertNotEqual(done["code"], 0)
        self.assertEqual(self.seen, [])

    async def test_python(self):
        # Sessions are taken up in TLS 1.2 alone: there they are known when the handshake is over.
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        certificates = "CERTIFICATES/ca.pem", "CERTIFICATES/client.pem"
        done = await self.run_beside("python", "-c", IN_PYTHON, *certificates, str(self.port))
        length = len(PAGE) + len(f"HTTP/1.0 200 OK\r\nContent-Length: {len(PAGE)}\r\n\r\n")
        self.assertEqual(done["output"].splitlines(), [f"TLSv1.2 {length} False", f"TLSv1.2 {length} True"], done["errors"])


if __name__ == "__main__":
    unittest.main()
