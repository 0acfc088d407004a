"""ssl against peers that lie, and ten thousand handshakes: an exception of ssl's each time, and memory is flat. Run inside
pylon.wasm.

grants: what tests share.
memory: 64M
slow: each byte of four handshakes is cut off and changed
"""

import os
import random
import ssl
import unittest

CERTIFICATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "certificates")
VERSIONS = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def contexts(version=ssl.TLSVersion.TLSv1_3):
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(os.path.join(CERTIFICATES, "ca.pem"))
    client.maximum_version = version
    client.load_cert_chain(os.path.join(CERTIFICATES, "client.pem"))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(os.path.join(CERTIFICATES, "server.pem"))
    server.load_verify_locations(os.path.join(CERTIFICATES, "ca.pem"))
    server.verify_mode = ssl.CERT_REQUIRED
    return client, server


class Side:
    """One side of a connection, by itself."""

    def __init__(self, context, server_side):
        self.input, self.output = ssl.MemoryBIO(), ssl.MemoryBIO()
        name = None if server_side else "localhost"
        self.tls = context.wrap_bio(self.input, self.output, server_side=server_side, server_hostname=name)

    def given(self, data):
        """Goes on with this input. Whether the handshake is over."""
        self.input.write(data)
        try:
            self.tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False


class EachByte(unittest.TestCase):
    def first_flight(self, both, to):
        """A side that waits for input, and what the other one has for it."""
        client, server = Side(both[0], False), Side(both[1], True)
        client.given(b"")
        hello = client.output.read()
        if to == 1:
            return server, hello
        server.given(hello)
        return client, server.output.read()

    def each(self):
        for version in VERSIONS:
            both = contexts(version)
            for to in 0, 1:
                _, data = self.first_flight(both, to)
                for at in range(len(data)):
                    yield at, *self.first_flight(both, to)

    def test_input_that_ends(self):
        for at, side, data in self.each():
            # Signatures are not all of one length.
            self.assertFalse(side.given(data[: min(at, len(data) - 1)]))
            side.input.write_eof()
            with self.assertRaises(ssl.SSLEOFError):
                side.tls.do_handshake()

    def test_input_that_is_changed(self):
        for at, side, data in self.each():
            changed = bytearray(data)
            changed[at % len(data)] ^= 1 << at % 8
            with self.assertRaises(ssl.SSLError):
                # Who notices nothing waits for the other side, which will.
                side.given(bytes(changed))
                side.input.write_eof()
                side.tls.do_handshake()
                if side.tls.version() == "TLSv1.3":
                    side.tls.read(1)

    def test_random_input(self):
        numbers = random.Random(1)
        for version in VERSIONS:
            both = contexts(version)
            for round in range(1500):
                side, _ = self.first_flight(both, round % 2)
                kind = numbers.choice((20, 21, 22, 23, numbers.randrange(256)))
                length = numbers.choice((0, 1, 4, 100, 5000))
                data = bytes([kind, 3, numbers.randrange(5)]) + length.to_bytes(2, "big") + numbers.randbytes(length)
                with self.assertRaises(ssl.SSLError):
                    side.given(numbers.choice((data, data * 3, numbers.randbytes(length + 5))))
                    side.input.write_eof()
                    side.tls.do_handshake()


class WithoutEnd(unittest.TestCase):
    """Peers that never come to the point."""

    def refused(self, side, data):
        with self.assertRaises(ssl.SSLError) as caught:
            for _ in range(1000):
                side.given(data)
        self.assertNotIsInstance(caught.exception, ssl.SSLWantReadError)

    def test_before_the_handshake(self):
        for data in (
            bytes([22, 3, 3, 0, 0]),                                # records without anything in them
            bytes([21, 3, 3, 0, 2, 1, 90]),                         # warnings
            bytes([20, 3, 3, 0, 1, 1]),                             # changes of the cipher
            bytes([22, 3, 3, 0, 4, 0, 0, 0, 0]),                    # requests to begin anew
        ):
            for version in VERSIONS:
                both = contexts(version)
                server = Side(both[1], True)
                self.refused(server, data)

    def test_a_message_of_sixteen_megabytes(self):
        for kind in 1, 2, 11:
            for to in 0, 1:
                side = Side(contexts()[to], to == 1)
                side.given(b"")
                self.refused(side, bytes([22, 3, 3, 0x40, 0, kind, 0xFF, 0xFF, 0xFF]) + bytes(0x4000 - 4))


class Handshakes(unittest.TestCase):
    def test_ten_thousand(self):
        client, server = contexts()
        names = []
        server.sni_callback = lambda side, name, context: names.append(name) if len(names) < 10 else None
        session = None
        for round in range(10_000):
            to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
            one = client.wrap_bio(to_client, to_server, server_hostname="localhost", session=session)
            other = server.wrap_bio(to_server, to_client, server_side=True)
            for _ in range(3):
                for side in one, other:
                    try:
                        side.do_handshake()
                    except ssl.SSLWantReadError:
                        pass
            one.write(b"data")
            self.assertEqual(other.read(10), b"data")
            other.write(b"back")
            self.assertEqual(one.read(10), b"back")
            # Nine of ten take up the session of the one before.
            session = one.session if round % 10 else None


if __name__ == "__main__":
    unittest.main()
