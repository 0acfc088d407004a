"""ssl over sockets: asyncio's client and server, start_tls, and blocking sockets, in one program. Run inside pylon.wasm.

grants: the network
memory: 256M
"""

import asyncio
import logging
import os
import socket
import ssl
import unittest

CERTIFICATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "certificates")
DATA = bytes(i % 251 for i in range(300_000))


def client_context():
    return ssl.create_default_context(cafile=os.path.join(CERTIFICATES, "ca.pem"))


def server_context():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.path.join(CERTIFICATES, "server.pem"))
    return context


async def echo(reader, writer):
    try:
        while data := await reader.read(10_000):
            writer.write(data)
            await writer.drain()
    except ssl.SSLError:
        pass
    writer.close()


# What it says of connections that failed.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)


class Asyncio(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=server_context())
        self.port = self.server.sockets[0].getsockname()[1]

    async def asyncTearDown(self):
        self.server.close()

    async def talk(self, reader, writer):
        sent = asyncio.create_task(self.send(writer))
        self.assertEqual(await reader.readexactly(len(DATA)), DATA)
        await sent

    async def send(self, writer):
        writer.write(DATA)
        await writer.drain()

    async def test_client_and_server(self):
        connections = [
            await asyncio.open_connection("127.0.0.1", self.port, ssl=client_context(), server_hostname="localhost")
            for _ in range(5)
        ]
        self.assertEqual(connections[0][1].get_extra_info("ssl_object").version(), "TLSv1.3")
        self.assertEqual(connections[0][1].get_extra_info("peercert")["subject"], ((("commonName", "localhost"),),))
        await asyncio.gather(*(self.talk(*connection) for connection in connections))
        for _, writer in connections:
            writer.close()
            await writer.wait_closed()

    async def test_wrong_name(self):
        with self.assertRaises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("127.0.0.1", self.port, ssl=client_context(), server_hostname="other.test")

    async def test_no_tls_there(self):
        async def plain(reader, writer):
            writer.write(b"220 hello\r\n")
            writer.close()

        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", port, ssl=client_context(), server_hostname="localhost")
        server.close()

    async def test_start_tls(self):
        async def upgraded(reader, writer):
            self.assertEqual(await reader.readline(), b"STARTTLS\n")
            writer.write(b"go\n")
            await writer.drain()
            await writer.start_tls(server_context())
            await echo(reader, writer)

        server = await asyncio.start_server(upgraded, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"STARTTLS\n")
        self.assertEqual(await reader.readline(), b"go\n")
        await writer.start_tls(client_context(), server_hostname="localhost")
        await self.talk(reader, writer)
        writer.close()
        server.close()


class Sockets(unittest.TestCase):
    def pair(self):
        """Two connected sockets with TLS on them, not shaken hands yet."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            one = socket.create_connection(listener.getsockname())
            other, _ = listener.accept()
        for sock in one, other:
            sock.setblocking(False)
            self.addCleanup(sock.close)
        client = client_context().wrap_socket(one, server_hostname="localhost", do_handshake_on_connect=False)
        server = server_context().wrap_socket(other, server_side=True, do_handshake_on_connect=False)
        self.addCleanup(client.close)
        self.addCleanup(server.close)
        return client, server

    def both(self, *calls):
        left = list(calls)
        results = {}
        while left:
            for call in list(left):
                try:
                    results[call] = call()
                    left.remove(call)
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
        return [results[call] for call in calls]

    def shaken(self):
        client, server = self.pair()
        self.both(client.do_handshake, server.do_handshake)
        return client, server

    def test_what_does_not_block(self):
        client, server = self.shaken()
        with self.assertRaises(ssl.SSLWantReadError):
            client.recv(1)
        received = bytearray()
        sent = 0
        while len(received) < len(DATA):
            if sent < len(DATA):
                try:
                    sent += client.send(DATA[sent:])
                except ssl.SSLWantWriteError:
                    pass
            try:
                received += server.recv(20_000)
            except ssl.SSLWantReadError:
                pass
        self.assertEqual(received, DATA)

    def test_the_socket_goes_on_without_tls(self):
        client, server = self.shaken()
        plain_client, plain_server = self.both(client.unwrap, server.unwrap)
        plain_client.send(b"plain")
        plain_server.setblocking(True)
        self.assertEqual(plain_server.recv(100), b"plain")

    def test_timeouts(self):
        client, server = self.shaken()
        client.settimeout(0.05)
        with self.assertRaisesRegex(TimeoutError, "The read operation timed out"):
            client.recv(1)
        fresh, _ = self.pair()
        fresh.settimeout(0.05)
        with self.assertRaisesRegex(TimeoutError, r"^_ssl\.c:1000: The handshake operation timed out$"):
            fresh.do_handshake()
        with self.assertRaisesRegex(TimeoutError, "^The read operation timed out$"):
            client.unwrap()

    def test_clean_and_unclean_ends(self):
        client, server = self.shaken()
        server.setblocking(True)
        client.setblocking(True)
        try:
            server.settimeout(0.05)
            server.unwrap()
        except TimeoutError:
            pass
        self.assertEqual(client.recv(10), b"")
        client, server = self.shaken()
        server.close()
        client.setblocking(True)
        self.assertEqual(client.recv(10), b"")
        client, server = self.shaken()
        client.suppress_ragged_eofs = False
        server.close()
        client.setblocking(True)
        with self.assertRaises(ssl.SSLEOFError):
            client.recv(10)


if __name__ == "__main__":
    unittest.main()
