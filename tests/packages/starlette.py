"""starlette: an application of coroutines and functions, asked as ASGI does.

with: starlette
"""

import asyncio
import json

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route


async def homepage(request):
    return JSONResponse({"hello": request.query_params.get("name", "world")})


async def item(request):
    return PlainTextResponse(f"{request.path_params['number']} {(await request.body()).decode()}")


def plain(request):
    return PlainTextResponse(f"a function at {request.url.path}")


app = Starlette(
    routes=[Route("/", homepage), Route("/plain", plain), Route("/items/{number:int}", item, methods=["POST"])],
)


async def ask(method, path, query=b"", body=b""):
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": [], "http_version": "1.1"}
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


async def main():
    status, body = await ask("GET", "/", b"name=ada")
    assert status == 200 and json.loads(body) == {"hello": "ada"}
    assert await ask("POST", "/items/7", body=b"x") == (200, b"7 x")
    assert await ask("GET", "/plain") == (200, b"a function at /plain")
    assert await ask("GET", "/nowhere") == (404, b"Not Found")
    assert (await ask("DELETE", "/"))[0] == 405


asyncio.run(main())
