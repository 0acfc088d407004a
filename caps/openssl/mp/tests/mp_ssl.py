"""ssl: both ends in one program, over streams in memory. Both know the certificates of cpython-ext/_openssl_cap/tests."""

import io
import ssl

AUTHORITY = b"""
-----BEGIN CERTIFICATE-----
MIIBujCCAWGgAwIBAgIUFXqbaazH4OTcxkrdO5E07yuuxKYwCgYIKoZIzj0EAwIw
KjEUMBIGA1UECgwLcHlsb24gdGVzdHMxEjAQBgNVBAMMCWF1dGhvcml0eTAgFw0y
NjExMjkxNzU3MDJaGA8yMTI2MTEwNTE3NTcwMlowKjEUMBIGA1UECgwLcHlsb24g
dGVzdHMxEjAQBgNVBAMMCWF1dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABD2Xs0rEUrvS55bNioFxHnDuFtsa9A1vYuuJOmUoCHoI04846ZKvgdFytdqk
EO7G/CEbUgS49zX4mEIawzh7o+6jYzBhMB0GA1UdDgQWBBQkyXThz5g1vZ2vDA31
jbW4xMLY9jAfBgNVHSMEGDAWgBQkyXThz5g1vZ2vDA31jbW4xMLY9jAPBgNVHRMB
Af8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAKBggqhkjOPQQDAgNHADBEAiALl+ZJ
OhWeQYB9eql76OVI6eLvG182SSPMAPUJyuwLeAIgaHO18hreaulKQcYtHIA+X9Q3
3VPx4MvNg0eSCuahoAc=
-----END CERTIFICATE-----
"""
KEY = b"""
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIO334Ggqb5n5Ge/JfQht/pkfM0ogmueqeCL0UdaXFAdAoAoGCCqGSM49
AwEHoUQDQgAEqV+vlKNGWShbSc9Tv12zNUBRgNVrcH/IdB3HDYtl9FU+Pxo5zqGz
Gtcb16VafUx55NH5PWx4u89FTBYiGi+HvA==
-----END EC PRIVATE KEY-----
"""
CERTIFICATE = b"""
-----BEGIN CERTIFICATE-----
MIIBujCCAWCgAwIBAgIBAjAKBggqhkjOPQQDAjAqMRQwEgYDVQQKDAtweWxvbiB0
ZXN0czESMBAGA1UEAwwJYXV0aG9yaXR5MCAXDTI2MTEyOTE3NTcwMloYDzIxMjYx
MTA1MTc1NzAyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggq
hkjOPQMBBwNCAASpX6+Uo0ZZKFtJz1O/XbM1QFGA1Wtwf8h0HccNi2X0VT4/GjnO
obMa1xvXpVp9THnk0fk9bHi7z0VMFiIaL4e8o4GKMIGHMAkGA1UdEwQCMAAwDgYD
VR0PAQH/BAQDAgeAMB0GA1UdDgQWBBT7JCkvYZFyZOJFEMXih6TH9Q/geTAfBgNV
HSMEGDAWgBQkyXThz5g1vZ2vDA31jbW4xMLY9jAqBgNVHREEIzAhgglsb2NhbGhv
c3SCDiouZXhhbXBsZS50ZXN0hwR/AAABMAoGCCqGSM49BAMCA0gAMEUCIHRwcEOe
oOlnzJKqZF/afb5qFxh+iDc9NBz9+OHHfoa4AiEAi01PyKQ6poWdikwr8ekdAv1+
Ru4PRdkGtU2cRp6dvOA=
-----END CERTIFICATE-----
"""


class End(io.IOBase):
    """One end of a pipe: what is not there yet would block, and so would what does not fit."""

    ROOM = 30_000

    def __init__(self):
        self.incoming = bytearray()
        self.other = None
        self.closed = False

    def readinto(self, buffer):
        if not self.incoming:
            return 0 if self.other.closed else None
        count = min(len(buffer), len(self.incoming), 1000)
        buffer[:count] = self.incoming[:count]
        self.incoming = self.incoming[count:]
        return count

    def write(self, data):
        count = min(len(data), self.ROOM - len(self.other.incoming))
        if count == 0:
            return None
        self.other.incoming += bytes(data[:count])
        return count

    def ioctl(self, request, argument):
        if request == 4:
            self.closed = True
        return 0


def pipe():
    one, other = End(), End()
    one.other, other.other = other, one
    return one, other


def contexts():
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=AUTHORITY)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(CERTIFICATE, KEY)
    return client, server


def pair(client, server, name="localhost"):
    one, other = pipe()
    return (
        client.wrap_socket(one, server_hostname=name, do_handshake_on_connect=False),
        server.wrap_socket(other, server_side=True, do_handshake_on_connect=False),
    )


def through(sender, receiver, data):
    received = b""
    sent = 0
    while len(received) < len(data):
        if sent < len(data):
            sent += sender.write(data[sent:]) or 0
        received += receiver.read(5000) or b""
    assert received == data


def raises(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return error
    raise AssertionError("it raises nothing")


client, server = contexts()
assert client.verify_mode == ssl.CERT_REQUIRED and server.verify_mode == ssl.CERT_NONE

# Both ways, of any length.
one, other = pair(client, server)
for length in 1, 100, 16_384, 16_385, 100_000:
    data = bytes(range(256)) * (length // 256 + 1)
    through(one, other, data[:length])
    through(other, one, data[:length])
assert one.cipher() == ("TLS_CHACHA20_POLY1305_SHA256", "TLSv1.3"), one.cipher()
assert one.getpeercert(True)[:2] == b"\x30\x82" and other.getpeercert(True) is None
raises(NotImplementedError, one.getpeercert, False)

# Lines, and the end.
one.write(b"first\nsecond\n")
assert other.readline() == b"first\n" and other.readline() == b"second\n"
one.close()
assert other.read(10) == b""
raises(OSError, one.read, 1)
one.close()
other.close()

# What ends without having been ended.
one, other = pipe()
secured = client.wrap_socket(one, server_hostname="localhost", do_handshake_on_connect=False)
assert secured.read(1) is None
other.closed = True
raises(OSError, secured.read, 1)

# Who is not believed.
one, other = pair(client, server, "other.test")
one.write(b"x")
other.read(1)
assert "ostname mismatch" in str(raises(ValueError, one.read, 1))
nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
one, other = pair(nobody, server)
one.write(b"x")
other.read(1)
assert "unable to get local issuer" in str(raises(ValueError, one.read, 1))
raises(OSError, other.read, 1)
raises(ValueError, client.wrap_socket, pipe()[0])
nobody.verify_mode = ssl.CERT_NONE
through(*pair(nobody, server), b"data")

# Clients that have to say who they are.
server.verify_mode = ssl.CERT_REQUIRED
server.load_verify_locations(cadata=AUTHORITY)
one, other = pair(client, server)
one.write(b"x")
other.read(1)
one.read(1)
raises(OSError, other.read, 1)
client.load_cert_chain(CERTIFICATE, KEY)
one, other = pair(client, server)
through(one, other, b"data")
assert other.getpeercert(True) == one.getpeercert(True)
server.verify_mode = ssl.CERT_NONE

# Ciphers.
assert client.get_ciphers()[0] == "TLS_CHACHA20_POLY1305_SHA256"
client.set_ciphers(["TLS_AES_128_GCM_SHA256"])
one, other = pair(client, server)
through(one, other, b"data")
assert one.cipher()[0] == "TLS_AES_128_GCM_SHA256"
raises(ValueError, client.set_ciphers, ["nothing"])

# What is no certificate, key or file.
for wrong in b"", b"text", CERTIFICATE[:300], KEY:
    raises(ValueError, client.load_verify_locations, None, wrong)
    raises(ValueError, server.load_cert_chain, wrong, KEY)
raises(ValueError, server.load_cert_chain, CERTIFICATE, b"text")
raises(OSError, server.load_cert_chain, "/nowhere.pem", KEY)
raises(TypeError, server.load_cert_chain, 1, KEY)
raises(ValueError, ssl.SSLContext, 2)
raises(TypeError, ssl.SSLContext)

# DER, and the function of old.
import binascii

lines = CERTIFICATE.strip().split(b"\n")
der = binascii.a2b_base64(b"".join(lines[1:-1]))
key = binascii.a2b_base64(b"".join(KEY.strip().split(b"\n")[1:-1]))
one, other = pipe()
served = ssl.wrap_socket(other, server_side=True, key=key, cert=der, do_handshake=False)
asking = ssl.wrap_socket(one, cert_reqs=ssl.CERT_REQUIRED, cadata=AUTHORITY, server_hostname="localhost", do_handshake=False)
through(asking, served, b"data")

# A thousand leave memory flat.
client, server = contexts()
for _ in range(1000):
    one, other = pair(client, server)
    one.write(b"x")
for _ in range(100):
    through(*pair(client, server), b"data")

print("OK")
