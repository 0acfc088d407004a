"""aiohttp: over TLS, its client against a server of the machine, its server with clients of the machine.

with: aiohttp
grants: the network
grants: a folder as /data
grants: what tests share
beside: tests/beside/tls_peer.py
"""

import asyncio
import logging
import ssl
import unittest

import aiohttp
from aiohttp import web

from orders import certificates, order, order_async

PAGE = b"0123456789abcdef" * 4096


def context():
    return ssl.create_default_context(cafile="/data/ca.pem")

# What is said of connections that failed.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def setUpModule():
    certificates("/data")


class Client(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.address = f"https://127.0.0.1:{order(serve='python')['port']}"

    async def test_requests(self):
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context())) as session:
            for i in range(20):
                async with session.get(f"{self.address}/{i}") as answer:
                    self.assertEqual((answer.status, await answer.text()), (200, f"/{i}"))
            data = bytes(range(256)) * 2000
            async with session.post(self.address, data=data) as answer:
                self.assertEqual(await answer.read(), data)

            async def page():
                async with session.get(f"{self.address}/page") as answer:
                    return await answer.read()

            self.assertEqual(await asyncio.gather(*(page() for _ in range(10))), [PAGE] * 10)

    async def test_who_is_not_believed(self):
        async with aiohttp.ClientSession() as session:
            with self.assertRaises(aiohttp.ClientConnectorCertificateError):
                await session.get(self.address, ssl=ssl.create_default_context())
            with self.assertRaises(aiohttp.ServerFingerprintMismatch):
                await session.get(self.address, ssl=aiohttp.Fingerprint(b"0" * 32))


class Server(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        async def page(request):
            return web.Response(body=PAGE)

        async def echo(request):
            return web.Response(body=await request.read())

        async def talk(request):
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            async for message in socket:
                await socket.send_str(message.data[::-1])
            return socket

        app = web.Application()
        app.add_routes([web.get("/page", page), web.post("/", echo), web.get("/talk", talk)])
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        served.load_cert_chain("/data/server.pem")
        site = web.TCPSite(self.runner, "127.0.0.1", 0, ssl_context=served)
        await site.start()
        self.port = self.runner.addresses[0][1]

    async def asyncTearDown(self):
        await self.runner.cleanup()

    async def test_its_own_client(self):
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context())) as session:
            async with session.ws_connect(f"https://127.0.0.1:{self.port}/talk") as socket:
                for text in "one", "two" * 10_000:
                    await socket.send_str(text)
                    self.assertEqual(await socket.receive_str(), text[::-1])

    async def test_curl(self):
        if not (await order_async(has="curl"))["has"]:
            self.skipTest("the machine has no curl")
        command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--cacert", "CERTIFICATES/ca.pem"]
        done = await order_async(connect=[*command, f"https://127.0.0.1:{self.port}/page"])
        self.assertTrue(done["code"] == 0 and done["output"] == PAGE.decode(), done["errors"])
        done = await order_async(connect=["curl", "--silent", "--noproxy", "*", f"https://127.0.0.1:{self.port}/page"])
        self.assertEqual(done["code"], 60)


if __name__ == "__main__":
    unittest.main()
