"""The peers that attacking.py sets on ssl: two sides in one program, what they say in records, hellos that are taken apart and
changed, and a server that encrypts what it likes.
"""

import hmac
import os
import ssl
import struct

from judging import told

CERTIFICATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "certificates")
TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
ALERT, HANDSHAKE, DATA = 21, 22, 23


def path(name):
    return os.path.join(CERTIFICATES, name)


class Side:
    """One end, and what is on its way to it."""

    def __init__(self, context, server_side=False):
        self.input, self.output = ssl.MemoryBIO(), ssl.MemoryBIO()
        name = None if server_side else "localhost"
        self.tls = context.wrap_bio(self.input, self.output, server_side=server_side, server_hostname=name)

    def attempt(self, function, *arguments):
        """What it returns, or what is told of its exception."""
        try:
            result = function(*arguments)
            return result.decode("latin-1") if isinstance(result, bytes) else result
        except (OSError, ValueError) as error:
            return told(error)

    def given(self, data, end=False):
        """Goes on with its handshake."""
        self.input.write(data)
        if end:
            self.input.write_eof()
        return self.attempt(self.tls.do_handshake)

    def reads(self, data, end=False):
        self.input.write(data)
        if end:
            self.input.write_eof()
        return self.attempt(self.tls.read, 100)

    def says(self):
        return self.output.read()


def sides(version, client=lambda context: None, server=lambda context: None):
    contexts = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for context, change in zip(contexts, (client, server)):
        context.load_verify_locations(path("ca.pem"))
        context.minimum_version = context.maximum_version = version
        if context.protocol == ssl.PROTOCOL_TLS_SERVER:
            context.load_cert_chain(path("server.pem"))
            context.num_tickets = 0
        change(context)
    return Side(contexts[0]), Side(contexts[1], True)


def set_version(context, version):
    context.minimum_version = TLS12
    context.maximum_version = version
    context.minimum_version = version


def connected(version, **changes):
    client, server = sides(version, **changes)
    for _ in range(3):
        client.given(server.says())
        server.given(client.says())
    return client, server


def waits(outcome):
    return isinstance(outcome, dict) and outcome["class"] == "SSLWantReadError"


def both(client, server):
    """A handshake to its end, whatever that is for each."""
    one, other = client.given(b""), None
    for _ in range(4):
        if other is None or waits(other):
            other = server.given(client.says())
        if waits(one):
            one = client.given(server.says())
    # In TLS 1.3 the client is done before the server has seen all that it sends.
    return (client.reads(server.says()) if one is None else one), other


def record(kind, data, version=0x0303, length=None):
    return bytes([kind]) + version.to_bytes(2, "big") + (len(data) if length is None else length).to_bytes(2, "big") + data


def records(data):
    found = []
    while data:
        end = 5 + int.from_bytes(data[3:5], "big")
        found.append(data[:end])
        data = data[end:]
    return found


def flipped(data, at):
    data = bytearray(data)
    data[at] ^= 1
    return bytes(data)


# ---- Hellos, taken apart ----


class Hello:
    """A ClientHello or ServerHello in a record of its own, of which parts can be changed."""

    def __init__(self, data):
        self.kind = data[5]
        body, at = data[9:], 34
        self.version, self.random = body[:2], body[2:34]

        def part(size):
            nonlocal at
            length = int.from_bytes(body[at : at + size], "big")
            at += size + length
            return body[at - length : at]

        self.session = part(1)
        if self.kind == 1:
            self.ciphers, self.compression = part(2), part(1)
        else:
            self.ciphers, self.compression = body[at : at + 2], body[at + 2 : at + 3]
            at += 3
        rest, self.extensions = part(2), []
        while rest:
            length = int.from_bytes(rest[2:4], "big")
            self.extensions.append((int.from_bytes(rest[:2], "big"), rest[4 : 4 + length]))
            rest = rest[4 + length :]

    def data(self):
        def sized(size, value):
            return len(value).to_bytes(size, "big") + value

        lengths = (2, 1) if self.kind == 1 else (0, 0)
        parts = [sized(size, value) if size else value for size, value in zip(lengths, (self.ciphers, self.compression))]
        extensions = b"".join(number.to_bytes(2, "big") + sized(2, value) for number, value in self.extensions)
        body = self.version + self.random + sized(1, self.session) + b"".join(parts) + sized(2, extensions)
        return record(HANDSHAKE, bytes([self.kind]) + sized(3, body))

    def replace(self, number, value):
        self.extensions = [(kind, value if kind == number else old) for kind, old in self.extensions]

    def remove(self, number):
        self.extensions = [(kind, value) for kind, value in self.extensions if kind != number]


def client_hello(version, change):
    """A server that is told a changed hello, and the client that sent it."""
    client, server = sides(version)
    client.given(b"")
    hello = Hello(client.says())
    change(hello)
    return client, server, server.given(hello.data())


def server_hello(version, change):
    client, server = sides(version)
    client.given(b"")
    server.given(client.says())
    first, *rest = records(server.says())
    hello = Hello(first)
    change(hello)
    return client.given(hello.data() + b"".join(rest))


# ---- A server that asks for another handshake, which OpenSSL's cannot be told to do ----

SHARED = b"a key that both know"


def prf(secret, label, seed, length):
    """RFC 5246, section 5."""
    out, link = b"", label + seed
    while len(out) < length:
        link = hmac.digest(secret, link, "sha256")
        out += hmac.digest(secret, link + label + seed, "sha256")
    return out[:length]


def chacha20(key, counter, nonce):
    """A block: RFC 8439, section 2.3."""
    start = struct.unpack("<16I", b"expand 32-byte k" + key + counter.to_bytes(4, "little") + nonce)
    state = list(start)
    columns = [(i, i + 4, i + 8, i + 12) for i in range(4)]
    diagonals = [(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4) for i in range(4)]
    for a, b, c, d in (columns + diagonals) * 10:
        for to, more, mixed, left in (a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7):
            state[to] = (state[to] + state[more]) & 0xFFFFFFFF
            word = state[mixed] ^ state[to]
            state[mixed] = (word << left | word >> 32 - left) & 0xFFFFFFFF
    return struct.pack("<16I", *((one + other) & 0xFFFFFFFF for one, other in zip(start, state)))


def sealed(key, nonce, data, more):
    """Up to 64 bytes encrypted, and what they and more are authenticated with: RFC 8439, section 2.8."""
    encrypted = bytes(one ^ other for one, other in zip(data, chacha20(key, 1, nonce)))
    once = chacha20(key, 0, nonce)
    r, s = int.from_bytes(once[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, int.from_bytes(once[16:32], "little")
    padded = b"".join(part + bytes(-len(part) % 16) for part in (more, encrypted)) + struct.pack("<QQ", len(more), len(encrypted))
    sum = 0
    for at in range(0, len(padded), 16):
        sum = (sum + int.from_bytes(padded[at : at + 16] + b"\1", "little")) * r % (2**130 - 5)
    return encrypted + ((sum + s) % 2**128).to_bytes(16, "little")


def speaking(version):
    """A client, and what makes records of its server: in TLS 1.2 they are encrypted by what follows from a key that both know. In TLS
    1.3 they are plain, and no client may take them."""
    if version == TLS13:
        return connected(version)[0], record

    def change(context):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("PSK-CHACHA20-POLY1305")
        context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET
        if context.protocol == ssl.PROTOCOL_TLS_CLIENT:
            context.set_psk_client_callback(lambda hint: ("client", SHARED))
        else:
            context.set_psk_server_callback(lambda identity: SHARED)

    client, server = sides(version, change, change)
    client.given(b"")
    hello = client.says()
    server.given(hello)
    answer = server.says()
    client.given(answer)
    server.given(client.says())
    if outcome := client.given(server.says()):
        raise AssertionError(outcome)
    client_random, server_random = Hello(hello).random, Hello(answer).random
    length = len(SHARED).to_bytes(2, "big")
    secret = prf(length + bytes(len(SHARED)) + length + SHARED, b"master secret", client_random + server_random, 48)
    keys = prf(secret, b"key expansion", server_random + client_random, 2 * 32 + 2 * 12)
    key, iv = keys[32:64], int.from_bytes(keys[76:], "big")
    sent = 1

    def encrypted(kind, data):
        nonlocal sent
        nonce = (iv ^ sent).to_bytes(12, "big")
        more = sent.to_bytes(8, "big") + record(kind, data)[:5]
        sent += 1
        return record(kind, sealed(key, nonce, data, more))

    return client, encrypted
