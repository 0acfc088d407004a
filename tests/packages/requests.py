"""requests: a session, its headers, a prepared request, JSON of a server of its own loop.

with: requests
"""

import io

import requests
from requests.adapters import BaseAdapter
from requests.models import Response


class Echo(BaseAdapter):
    """Answers without a network, with what it was sent."""

    def send(self, request, **_):
        response = Response()
        response.status_code, response.request, response.url = 200, request, request.url
        response.headers["Content-Type"] = "application/json; charset=utf-8"
        body = f'{{"url": "{request.url}", "agent": "{request.headers["User-Agent"]}"}}'
        response.raw = io.BytesIO(body.encode())
        response.encoding = "utf-8"
        return response

    def close(self):
        pass


session = requests.Session()
session.mount("echo://", Echo())
session.headers["User-Agent"] = "pylon"
answer = session.get("echo://host/get", params={"key1": "value1", "key2": ["a", "b"]})
answer.raise_for_status()
assert answer.status_code == requests.codes.ok
# Only addresses of the web are given a query by requests.
assert answer.json() == {"url": "echo://host/get", "agent": "pylon"}, answer.text
prepared = requests.Request("POST", "https://example.org/post", json={"a": 1}, params={"q": "x y"}).prepare()
assert prepared.url == "https://example.org/post?q=x+y"
assert prepared.headers["Content-Type"] == "application/json" and prepared.body == b'{"a": 1}'
try:
    requests.get("https://example.invalid/", timeout=1)
except requests.exceptions.ConnectionError:
    pass
else:
    raise AssertionError("a host was reached that nobody granted")
