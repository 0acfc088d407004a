"""tornado: an application, asked by its own client over loopback.

with: tornado
grants: the network
"""

import asyncio

import tornado.httpclient
import tornado.web


class Main(tornado.web.RequestHandler):
    async def get(self, name):
        await asyncio.sleep(0)
        self.write({"hello": name})


async def main():
    application = tornado.web.Application([(r"/hello/(.*)", Main)])
    server = application.listen(0, "127.0.0.1")
    port = next(iter(server._sockets.values())).getsockname()[1]
    client = tornado.httpclient.AsyncHTTPClient()
    answer = await client.fetch(f"http://127.0.0.1:{port}/hello/world")
    assert answer.code == 200 and answer.body == b'{"hello": "world"}', answer.body
    try:
        await client.fetch(f"http://127.0.0.1:{port}/none")
    except tornado.httpclient.HTTPClientError as error:
        assert error.code == 404
    else:
        raise AssertionError("404 is no error")
    server.stop()


asyncio.run(main())
