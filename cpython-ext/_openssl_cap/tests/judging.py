"""What ssl says of chains of certificates: in pylon.wasm and, as a program, in a native CPython. It reads JSON and prints JSON then."""

import base64
import json
import os
import re
import ssl
import sys
import tempfile

# What create_default_context() asks for besides, since Python 3.13.
MODERN = {"usual": 0, "strict": ssl.VERIFY_X509_STRICT | 0x80000}


def pem(kind, der):
    return f"-----BEGIN {kind}-----\n{base64.encodebytes(der).decode()}-----END {kind}-----\n"


def described(kind):
    """A kind as what JSON has."""
    return {
        "name": kind.name,
        "chain": kind.key.to_pem().decode() + "".join(pem("CERTIFICATE", one.der) for one in kind.chain),
        "believed": "".join(pem("CERTIFICATE", one.der) for one in kind.roots) + "".join(pem("X509 CRL", one.der) for one in kind.lists),
        "host": kind.host,
        "flags": int(kind.flags),
        "common_name": kind.common_name,
    }


def told(error):
    """An exception: its class, the code and words of verification, library and reason, and the message without its line of C."""
    message = error.args[-1] if error.args else ""
    return {
        "class": type(error).__name__,
        "code": getattr(error, "verify_code", None),
        "words": getattr(error, "verify_message", None),
        "library": getattr(error, "library", None),
        "reason": getattr(error, "reason", None),
        "message": re.sub(r" ?\(_ssl\.c:\d+\)", "", str(message)),
    }


def shake_hands(client, server):
    left = [client, server]
    for _ in range(20):
        for side in list(left):
            try:
                side.do_handshake()
                left.remove(side)
            except ssl.SSLWantReadError:
                pass
    if left:
        raise AssertionError("they wait for each other")


def judged(described, folder, more):
    """None where the client believes the chain; else what failed: the certificates, the server's or the connection."""

    def file(name, text):
        path = os.path.join(folder, name)
        with open(path, "w") as written:
            written.write(text)
        return path

    stage = "who is believed"
    try:
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.verify_flags |= described["flags"] | more
        client.hostname_checks_common_name = described["common_name"]
        client.load_verify_locations(file("believed.pem", described["believed"]))
        stage = "what the server has"
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # What is weak it would not have itself.
        server.set_ciphers("DEFAULT:@SECLEVEL=0")
        server.load_cert_chain(file("chain.pem", described["chain"]))
        stage = "name"
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        one = client.wrap_bio(to_client, to_server, server_hostname=described["host"])
        stage = "handshake"
        shake_hands(one, server.wrap_bio(to_server, to_client, server_side=True))
    except (OSError, ValueError) as error:
        return {"stage": stage, **told(error)}
    return None


def all_judged(kinds, folder=None):
    """What is said of each, usually and strictly."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        return {kind["name"]: {how: judged(kind, scratch, flags) for how, flags in MODERN.items()} for kind in kinds}


if __name__ == "__main__":
    json.dump({"version": ssl.OPENSSL_VERSION, "judged": all_judged(json.load(sys.stdin))}, sys.stdout)
