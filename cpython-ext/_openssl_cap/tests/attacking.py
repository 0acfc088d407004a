"""What ssl says of peers (peers.py) that break the protocol: in pylon.wasm and, as a program, in a native CPython. It prints JSON then.

A case is a function with a name of what the peer does; it gets a version of TLS and returns what came of it: an exception for each
side that has one, or what was read.
"""

import json
import ssl
import sys

from peers import (
    ALERT,
    DATA,
    HANDSHAKE,
    TLS12,
    TLS13,
    Hello,
    both,
    client_hello,
    connected,
    flipped,
    path,
    record,
    records,
    server_hello,
    set_version,
    sides,
    speaking,
)

CASES = {}


def case(name, *arguments):
    def put(function):
        CASES[name] = lambda version: function(version, *arguments)
        return function

    return put


def to_both(name, data, end=False):
    """Data in place of a hello."""
    @case(f"{name}: to a server")
    def to_server(version):
        return sides(version)[1].given(data, end)

    @case(f"{name}: to a client")
    def to_client(version):
        client, _ = sides(version)
        client.given(b"")
        return client.given(data, end)


for name, data in {
    "nothing": b"",
    "half of a record's head": b"\x16\x03",
    "half of a record": record(HANDSHAKE, b"\1\0", length=100),
    "half of a message": record(HANDSHAKE, b"\1\0\1\0\3\3"),
}.items():
    to_both(f"{name}, and the end", data, True)
for name, data in {
    "HTTP": b"GET / HTTP/1.0\r\n\r\n",
    "HTTP to a proxy": b"CONNECT localhost:1 HTTP/1.1\r\n\r\n",
    "an answer of HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "SMTP": b"220 mail.example.test ESMTP ready\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "zeros": bytes(100),
    "ones": b"\xff" * 100,
    "SSL 2": bytes.fromhex("802e0100020015000000100100800200800300800400800500800600400700c0") + bytes(16),
    "a record of 16,385 bytes": record(HANDSHAKE, bytes(16385)),
    "a record of 18,433 bytes": record(HANDSHAKE, b"\1\0\0\0", length=18433),
    "a record of 65,535 bytes": record(HANDSHAKE, b"\1\0\0\0", length=65535),
    "an empty record": record(HANDSHAKE, b"") * 100,
    "a record of an unknown kind": record(99, b"abcd"),
    "a heartbeat": record(24, b"\1\x40\0"),
    "data": record(DATA, b"data"),
    "a change of the cipher": record(20, b"\1"),
    "two changes of the cipher": record(20, b"\1") * 2,
    "a change of the cipher to two": record(20, b"\2"),
    "a message of 16 MiB": record(HANDSHAKE, b"\1\xff\xff\xff" + bytes(1000)),
    "a certificate of 16 MiB": record(HANDSHAKE, b"\x0b\xff\xff\xff" + bytes(1000)),
    "an unknown message": record(HANDSHAKE, b"\x63\0\0\0"),
    "a request to begin anew": record(HANDSHAKE, bytes(4)),
    "five requests to begin anew": record(HANDSHAKE, bytes(4)) * 5,
    "the end of a handshake": record(HANDSHAKE, b"\x14\0\0\x0c" + bytes(12)),
    "half an alert": record(ALERT, b"\2"),
    "an alert of three bytes": record(ALERT, b"\2\x28\0"),
    "an alert of an unknown level": record(ALERT, b"\3\x28"),
    "a hello of no bytes": record(HANDSHAKE, b"\1\0\0\0"),
    "a server's hello of no bytes": record(HANDSHAKE, b"\2\0\0\0"),
    "ten warnings": record(ALERT, b"\1\x5a") * 10,
    "an end without a connection": record(ALERT, b"\1\0"),
}.items():
    to_both(name, data)
for number in range(0x0200, 0x0306):
    if number < 0x0202 or number > 0x02FE:
        to_both(f"a record of version {number:#06x}", record(HANDSHAKE, b"\2\0\0\0", number))
for number in *range(0, 121, 10), 20, 21, 22, 41, 42, 43, 44, 45, 46, 47, 48, 49, 51, 71, 80, 86, 109, 112, 116, 120, 200:
    @case(f"alert {number}", number)
    def alert(version, number):
        client, _ = sides(version)
        client.given(b"")
        return client.given(record(ALERT, bytes([2, number])))


@case("the end after the client's hello")
def cut_hello(version):
    client, server = sides(version)
    client.given(b"")
    server.given(client.says())
    data = server.says()
    return client.given(data[: len(data) - 7], True)


@case("the end after the server's flight")
def cut_flight(version):
    client, server = sides(version)
    client.given(b"")
    server.given(client.says())
    return server.given(b"", True)


@case("the end without a word")
def cut_connection(version):
    client, server = connected(version)
    return client.reads(b"", True), server.reads(b"", True), client.attempt(client.tls.unwrap)


@case("the end within a record")
def cut_record(version):
    client, server = connected(version)
    client.tls.write(b"a secret")
    return server.reads(client.says()[:-3], True)


@case("the end as agreed")
def closed(version):
    client, server = connected(version)
    client.attempt(client.tls.unwrap)
    said = client.says()
    return server.reads(said), server.attempt(server.tls.read), server.attempt(server.tls.unwrap), server.attempt(server.tls.write, b"x")


@case("the end while the other one waits for it")
def close_and_cut(version):
    client, _ = connected(version)
    client.attempt(client.tls.unwrap)
    client.input.write_eof()
    return client.attempt(client.tls.unwrap), client.attempt(client.tls.read)


@case("data after the end as agreed")
def data_after_close(version):
    client, server = connected(version)
    client.tls.write(b"before")
    before = client.says()
    client.attempt(client.tls.unwrap)
    end = client.says()
    return server.reads(end + before), server.attempt(server.tls.read)


def of_a_record(name, change):
    @case(f"{name}: to a server")
    def to_server(version):
        client, server = connected(version)
        client.tls.write(b"a secret")
        return server.reads(change(client.says())), server.attempt(server.tls.read), server.attempt(server.tls.write, b"x")

    @case(f"{name}: to a client")
    def to_client(version):
        client, server = connected(version)
        server.tls.write(b"a secret")
        return client.reads(change(server.says())), client.attempt(client.tls.read)


for name, change in {
    "a record as it is": lambda data: data,
    "a record that is changed": lambda data: flipped(data, 7),
    "a record whose tag is changed": lambda data: flipped(data, -1),
    "a record of another kind": lambda data: flipped(data, 0),
    "a record of another version": lambda data: flipped(data, 2),
    "a record of no version": lambda data: flipped(data, 1),
    "a record twice": lambda data: data * 2,
    "a record that is too long": lambda data: data[:3] + b"\x48\x00" + bytes(0x4800),
    "a record with half a tag": lambda data: data[:3] + b"\0\x09" + data[5:14],
    "an empty record": lambda data: data[:3] + b"\0\0" + data,
    "a plain record": lambda data: record(DATA, b"plain"),
    "a plain alert": lambda data: record(ALERT, b"\2\x28"),
    "a plain end": lambda data: record(ALERT, b"\1\0"),
    "a plain hello": lambda data: record(HANDSHAKE, b"\1\0\0\0"),
    "a plain change of the cipher": lambda data: record(20, b"\1") + data,
    "a plain heartbeat": lambda data: record(24, b"\1\x40\0"),
}.items():
    of_a_record(name, change)


@case("records in another order")
def order(version):
    client, server = connected(version)
    client.tls.write(b"one")
    first = client.says()
    client.tls.write(b"two")
    return server.reads(client.says() + first)


for name, change in {
    "no versions that are supported": lambda hello: hello.remove(43),
    "versions that nobody supports": lambda hello: hello.replace(43, b"\2\x7f\x7f"),
    "an empty list of versions": lambda hello: hello.replace(43, b"\0"),
    "an old version": lambda hello: (hello.remove(43), setattr(hello, "version", b"\3\1")),
    "SSL 3": lambda hello: (hello.remove(43), setattr(hello, "version", b"\3\0")),
    "no ciphers": lambda hello: setattr(hello, "ciphers", b""),
    "half a cipher": lambda hello: setattr(hello, "ciphers", hello.ciphers + b"\0"),
    "weak ciphers": lambda hello: setattr(hello, "ciphers", b"\0\x05\0\x0a\0\x2f\0\0"),
    "compression": lambda hello: setattr(hello, "compression", b"\1\0"),
    "compression alone": lambda hello: setattr(hello, "compression", b"\1"),
    "a session of 33 bytes": lambda hello: setattr(hello, "session", bytes(33)),
    "an extension twice": lambda hello: hello.extensions.append(hello.extensions[0]),
    "an unknown extension": lambda hello: hello.extensions.insert(0, (0x1234, b"x")),
    "no extensions": lambda hello: setattr(hello, "extensions", []),
    "no groups": lambda hello: hello.remove(10),
    "an unknown group": lambda hello: hello.replace(10, b"\0\2\x7f\x7f"),
    "half a list of groups": lambda hello: hello.replace(10, b"\0\4\0\x1d"),
    "no algorithms of signatures": lambda hello: hello.remove(13),
    "SHA-1 alone": lambda hello: hello.replace(13, b"\0\2\2\3"),
    "no keys": lambda hello: hello.remove(51),
    "a key of no group": lambda hello: hello.replace(51, b"\0\5\x7f\x7f\0\1x"),
    "a key that is zero": lambda hello: hello.replace(51, b"\0\x24\0\x1d\0\x20" + bytes(32)),
    "half a key": lambda hello: hello.replace(51, b"\0\x24\0\x1d\0\x20" + bytes(12)),
    "a name of zeros": lambda hello: hello.replace(0, b"\0\x07\0\0\4a\0bc"),
    "an empty name": lambda hello: hello.replace(0, b"\0\3\0\0\0"),
    "two names": lambda hello: hello.replace(0, b"\0\x08\0\0\1a\0\0\1b"),
    "a damaged name": lambda hello: hello.replace(0, b"\0\xff\0"),
}.items():
    @case(f"a client's hello with {name}", change)
    def client_s(version, change):
        return client_hello(version, change)[2]

for name, change in {
    "an old version": lambda hello: (hello.remove(43), setattr(hello, "version", b"\3\1")),
    "SSL 3": lambda hello: (hello.remove(43), setattr(hello, "version", b"\3\0")),
    "a version of tomorrow": lambda hello: setattr(hello, "version", b"\3\5"),
    "a version that was not offered": lambda hello: hello.replace(43, b"\3\5"),
    "no version that is supported": lambda hello: hello.remove(43),
    "a cipher that was not offered": lambda hello: setattr(hello, "ciphers", b"\0\x05"),
    "an unknown cipher": lambda hello: setattr(hello, "ciphers", b"\x7f\x7f"),
    "no cipher": lambda hello: setattr(hello, "ciphers", b"\0\0"),
    "compression": lambda hello: setattr(hello, "compression", b"\1"),
    "another session": lambda hello: setattr(hello, "session", bytes(32)),
    "a session of 33 bytes": lambda hello: setattr(hello, "session", bytes(33)),
    "an extension that was not asked for": lambda hello: hello.extensions.append((16, b"\0\3\2h2")),
    "an unknown extension": lambda hello: hello.extensions.append((0x1234, b"x")),
    "an extension twice": lambda hello: hello.extensions.append(hello.extensions[0]),
    "no key": lambda hello: hello.remove(51),
    "a key of no group": lambda hello: hello.replace(51, b"\x7f\x7f\0\1x"),
    "a key that is zero": lambda hello: hello.replace(51, b"\0\x1d\0\x20" + bytes(32)),
    "half a key": lambda hello: hello.replace(51, b"\0\x1d\0\x20" + bytes(12)),
    "a mark of a downgrade to 1.2": lambda hello: setattr(hello, "random", hello.random[:24] + b"DOWNGRD\1"),
    "a mark of a downgrade to 1.1": lambda hello: setattr(hello, "random", hello.random[:24] + b"DOWNGRD\0"),
    "a request to try again": lambda hello: setattr(
        hello, "random", bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    ),
}.items():
    @case(f"a server's hello with {name}", change)
    def server_s(version, change):
        return server_hello(version, change)


@case("a client's hello that is a fallback from TLS 1.3")
def fallback(version):
    client, server = sides(TLS12, server=lambda context: setattr(context, "maximum_version", version))
    client.given(b"")
    hello = Hello(client.says())
    hello.ciphers += b"\x56\0"
    said = server.given(hello.data())
    return said, client.given(server.says())


@case("a client's hello, from which TLS 1.3 was taken out on its way")
def downgraded(version):
    client, server = sides(version, *[lambda context: setattr(context, "minimum_version", TLS12)] * 2)
    client.given(b"")
    hello = Hello(client.says())
    hello.remove(43)
    said = server.given(hello.data())
    return said, client.given(server.says())


for name, client, server in (
    ("no version in common", lambda context: set_version(context, TLS12), lambda context: set_version(context, TLS13)),
    ("no version in common, the other way", lambda context: set_version(context, TLS13), lambda context: set_version(context, TLS12)),
    (
        "no cipher in common",
        lambda context: (set_version(context, TLS12), context.set_ciphers("ECDHE+CHACHA20")),
        lambda context: (set_version(context, TLS12), context.set_ciphers("ECDHE+AESGCM")),
    ),
    ("no group in common", lambda context: context.set_ecdh_curve("secp384r1"), lambda context: context.set_ecdh_curve("prime256v1")),
    ("a certificate is asked for", lambda context: None, lambda context: setattr(context, "verify_mode", ssl.CERT_REQUIRED)),
    (
        "a certificate of nobody's",
        lambda context: context.load_cert_chain(path("alien.pem")),
        lambda context: setattr(context, "verify_mode", ssl.CERT_REQUIRED),
    ),
    (
        "an expired certificate of a client",
        lambda context: context.load_cert_chain(path("expired.pem")),
        lambda context: setattr(context, "verify_mode", ssl.CERT_REQUIRED),
    ),
    (
        "a certificate that is for clients",
        lambda context: context.load_cert_chain(path("client.pem")),
        lambda context: context.load_cert_chain(path("client.pem")),
    ),
    ("no protocol in common", lambda context: context.set_alpn_protocols(["a"]), lambda context: context.set_alpn_protocols(["b"])),
):
    @case(name, client, server)
    def unwilling(version, client, server):
        return both(*sides(version, client, server))


def from_behind(all):
    """In reverse. What is encrypted in TLS 1.2 begins with any byte, which would be taken for the kind of a message: one that none has."""
    first = all[-1]
    return [first[:5] + b"\x63" + first[6:] if first[0] == HANDSHAKE else first, *all[-2::-1]]


def of_the_flight(name, change):
    @case(f"a server's flight {name}")
    def flight(version):
        client, server = sides(version)
        client.given(b"")
        server.given(client.says())
        return client.given(b"".join(change(records(server.says()))))

    @case(f"a client's flight {name}")
    def flight_back(version):
        client, server = sides(version)
        client.given(b"")
        server.given(client.says())
        client.given(server.says())
        return server.given(b"".join(change(records(client.says()))))


for name, change in {
    "without its first record": lambda all: all[1:],
    "without its last record": lambda all: all[:-1] + [record(ALERT, b"\2\x28")],
    "from behind": from_behind,
    "with a record twice": lambda all: all[:1] + all,
    "with the last record changed": lambda all: all[:-1] + [flipped(all[-1], -1)],
    "with a plain end of a handshake": lambda all: all[:-1] + [record(HANDSHAKE, b"\x14\0\0\x0c" + bytes(12))],
    "with data in it": lambda all: all[:1] + [record(DATA, bytes(100))] + all[1:],
    "with an empty record in it": lambda all: all[:1] + [record(HANDSHAKE, b"")] + all[1:],
    "with 40 changes of the cipher in it": lambda all: all[:1] + [record(20, b"\1")] * 40 + all[1:],
    "with a heartbeat in it": lambda all: all[:1] + [record(24, b"\1\x40\0")] + all[1:],
}.items():
    of_the_flight(name, change)


ASKS, REFUSES, ENDS = (HANDSHAKE, b"\0\0\0\0"), (ALERT, b"\1\x64"), (ALERT, b"\1\0")
for name, said in {
    "asks for another handshake": [ASKS],
    "asks for another handshake, and refuses it": [ASKS, REFUSES],
    "asks for another handshake, and goes on": [ASKS, (DATA, b"data")],
    "asks for another handshake, and ends": [ASKS, ENDS],
    "asks for another handshake forty times": [ASKS] * 40,
    "refuses a handshake that nobody asked for": [REFUSES],
}.items():
    @case(f"a server that {name}", said)
    def asked(version, said):
        client, speaks = speaking(version)
        outcomes = [client.reads(speaks(*one)) for one in said]
        answers = [f"answers {one[0]}" for one in records(client.says())]
        return outcomes[-1], *answers, client.attempt(client.tls.write, b"x")


def all_outcomes():
    return {name: {version.name: outcome(version) for version in (TLS12, TLS13)} for name, outcome in CASES.items()}


if __name__ == "__main__":
    version = {"python": sys.version_info[:2], "openssl": ssl.OPENSSL_VERSION}
    json.dump({**version, "outcomes": all_outcomes()}, sys.stdout)
