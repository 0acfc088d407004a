"""h11: both sides of a request, fed by hand.

with: h11
"""

import h11

client, server = h11.Connection(h11.CLIENT), h11.Connection(h11.SERVER)
sent = client.send(h11.Request(method="GET", target="/", headers=[("Host", "example.org")]))
sent += client.send(h11.EndOfMessage())
assert sent == b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
server.receive_data(sent)
assert server.next_event().target == b"/" and isinstance(server.next_event(), h11.EndOfMessage)
back = server.send(h11.Response(status_code=200, headers=[("Content-Length", "2")]))
back += server.send(h11.Data(data=b"ok")) + server.send(h11.EndOfMessage())
client.receive_data(back)
assert client.next_event().status_code == 200 and client.next_event().data == b"ok"
assert isinstance(client.next_event(), h11.EndOfMessage)
assert client.our_state is h11.DONE and client.their_state is h11.DONE
try:
    client.send(h11.Data(data=b"more"))
except h11.LocalProtocolError:
    pass
else:
    raise AssertionError("what is done goes on")
