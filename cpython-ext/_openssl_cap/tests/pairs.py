"""What tests of ssl share: a client and a server in one program, over MemoryBIO."""

import os
import ssl

CERTIFICATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "certificates")


def path(name):
    return os.path.join(CERTIFICATES, name)


def client_context(authority="ca.pem"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authority:
        context.load_verify_locations(path(authority))
    return context


def server_context(chain="server.pem"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path(chain))
    return context


class Pair:
    """A client and a server, and what is under way between them."""

    def __init__(self, client=None, server=None, name="localhost", session=None):
        self.to_server, self.to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = client or client_context()
        server = server or server_context()
        self.client = client.wrap_bio(self.to_client, self.to_server, server_hostname=name, session=session)
        self.server = server.wrap_bio(self.to_server, self.to_client, server_side=True)

    def both(self, client, server):
        """Calls both until both are done; what they return."""
        left = {"client": client, "server": server}
        results = {}
        for _ in range(30):
            for side in list(left):
                try:
                    results[side] = left[side]()
                    del left[side]
                except ssl.SSLWantReadError:
                    pass
            if not left:
                return results["client"], results["server"]
        raise AssertionError("they wait for each other")

    def handshake(self):
        self.both(self.client.do_handshake, self.server.do_handshake)
        return self

    def close(self):
        self.both(self.client.unwrap, self.server.unwrap)

    def through(self, data):
        """Sends data to the server and back."""
        self.client.write(data)
        back = b""
        while len(back) < len(data):
            self.server.write(self.server.read(20_000))
            back += self.client.read(1 << 20)
        return back
