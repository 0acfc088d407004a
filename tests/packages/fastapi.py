"""fastapi: an application on pydantic 1, of coroutines and functions, validated, with its schema.

with: fastapi<0.100 pydantic<2
"""

import asyncio
import json

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    name: str
    price: float


@app.get("/items/{item_id}")
async def read_item(item_id: int, q: str | None = None):
    if item_id == 404:
        raise HTTPException(404, "gone")
    return {"item_id": item_id, "q": q}


@app.post("/items/")
async def create_item(item: Item):
    return {**item.dict(), "taxed": item.price * 2}


def opened():
    rooms = ["hall"]
    yield rooms
    rooms.clear()


@app.get("/rooms/{name}")
def room(name: str, rooms: list = Depends(opened)):
    return {"there": name in rooms}


async def ask(method, path, query=b"", body=None):
    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": headers, "http_version": "1.1"}
    sent = []

    async def receive():
        return {"type": "http.request", "body": json.dumps(body).encode() if body else b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], json.loads(b"".join(message.get("body", b"") for message in sent))


async def main():
    assert await ask("GET", "/items/5", b"q=x") == (200, {"item_id": 5, "q": "x"})
    assert await ask("GET", "/items/404") == (404, {"detail": "gone"})
    status, problem = await ask("GET", "/items/foo")
    assert status == 422 and problem["detail"][0]["loc"] == ["path", "item_id"]
    assert await ask("POST", "/items/", body={"name": "a", "price": 1.5}) == (200, {"name": "a", "price": 1.5, "taxed": 3.0})
    assert await ask("GET", "/rooms/hall") == (200, {"there": True})
    status, schema = await ask("GET", "/openapi.json")
    assert status == 200 and "/items/{item_id}" in schema["paths"]


asyncio.run(main())
