"""Orders to the program that the test has beside it on the machine (`beside:` in its docstring), by lines of JSON."""

import asyncio
import json
import os
import socket

_connection = None


def order(**what):
    """Its answer. It takes one order after the other."""
    global _connection
    if _connection is None:
        host, port = os.environ["PYLON_TEST_BESIDE"].split(":")
        _connection = socket.create_connection((host, int(port))).makefile("rw")
    _connection.write(json.dumps(what) + "\n")
    _connection.flush()
    answer = json.loads(_connection.readline())
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer


def certificates(folder):
    """Those of tests, of `tests/beside/tls_peer.py`, as files in a folder: ca.pem, server.pem, client.pem."""
    for name, text in order(certificates=True).items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)


async def order_async(**what):
    """The same from a coroutine, while others go on."""
    host, port = os.environ["PYLON_TEST_BESIDE"].split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 24)
    writer.write(json.dumps(what).encode() + b"\n")
    answer = json.loads(await reader.readline())
    writer.close()
    return answer
