"""websockets: over TLS, client and server in one program, through the network.

with: websockets
grants: the network
grants: a folder as /data
grants: what tests share
beside: tests/beside/tls_peer.py
"""

import asyncio
import logging
import ssl
import unittest

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosedOK

from orders import certificates

# What is said of connections that failed.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def setUpModule():
    certificates("/data")


def client_context():
    return ssl.create_default_context(cafile="/data/ca.pem")


def server_context():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain("/data/server.pem")
    return context


async def echo(socket):
    async for message in socket:
        await socket.send(message)


class Websockets(unittest.IsolatedAsyncioTestCase):
    async def test_messages(self):
        messages = ["text", b"bytes", "long " * 100_000, bytes(range(256)) * 4000, "", b""]
        async with serve(echo, "127.0.0.1", 0, ssl=server_context(), max_size=None) as server:
            port = server.sockets[0].getsockname()[1]
            async with connect(f"wss://127.0.0.1:{port}", ssl=client_context(), max_size=None, proxy=None) as socket:
                for message in messages:
                    await socket.send(message)
                    self.assertEqual(await socket.recv(), message)
                await socket.ping()

    async def test_many_at_once(self):
        async with serve(echo, "127.0.0.1", 0, ssl=server_context()) as server:
            port = server.sockets[0].getsockname()[1]

            async def talk(number):
                async with connect(f"wss://127.0.0.1:{port}", ssl=client_context(), proxy=None) as socket:
                    for i in range(20):
                        await socket.send(f"{number} {i}")
                        self.assertEqual(await socket.recv(), f"{number} {i}")

            await asyncio.gather(*(talk(number) for number in range(10)))

    async def test_the_end(self):
        async def short(socket):
            await socket.close(reason="enough")

        async with serve(short, "127.0.0.1", 0, ssl=server_context()) as server:
            port = server.sockets[0].getsockname()[1]
            async with connect(f"wss://127.0.0.1:{port}", ssl=client_context(), proxy=None) as socket:
                with self.assertRaises(ConnectionClosedOK):
                    await socket.recv()

    async def test_who_is_not_believed(self):
        async with serve(echo, "127.0.0.1", 0, ssl=server_context()) as server:
            port = server.sockets[0].getsockname()[1]
            with self.assertRaises(ssl.SSLCertVerificationError):
                await connect(f"wss://127.0.0.1:{port}", ssl=ssl.create_default_context(), proxy=None)


if __name__ == "__main__":
    unittest.main()
