"""httpx: a client, synchronous and not, over transports of its own.

with: httpx
"""

import asyncio

import httpx


def answer(request):
    if request.url.path == "/teapot":
        return httpx.Response(418)
    return httpx.Response(200, json={"q": dict(request.url.params), "agent": request.headers["user-agent"]})


with httpx.Client(transport=httpx.MockTransport(answer), headers={"user-agent": "pylon"}) as client:
    got = client.get("https://www.example.org/", params={"a": "1"})
    assert got.status_code == 200 and got.json() == {"q": {"a": "1"}, "agent": "pylon"}
    try:
        client.get("https://www.example.org/teapot").raise_for_status()
    except httpx.HTTPStatusError as error:
        assert error.response.status_code == 418
    else:
        raise AssertionError("418 is no error")


async def main():
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        both = await asyncio.gather(*(client.get(f"https://h/?n={n}") for n in range(3)))
    assert [each.json()["q"]["n"] for each in both] == ["0", "1", "2"]


asyncio.run(main())
try:
    httpx.get("http://127.0.0.1:9/", timeout=1)
except httpx.ConnectError:
    pass
else:
    raise AssertionError("an address was reached that nobody granted")
