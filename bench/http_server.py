"""A server on this machine: prints its port and its name; at the end of its standard input, how many connections it had.

http_server.py [CHAIN FOLDER]: over TLS if it is given CHAIN, a file with key and certificates. It is nginx then, if that can be had,
which is kept in FOLDER; else Python's.
"""

import os
import ssl
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# The folder is the checkout's.
sys.dont_write_bytecode = True
import nginx  # noqa: E402

BODY = "x" * 1000


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One segment an answer: what is measured is the client.
    wbufsize = -1
    connections = 0

    def setup(self):
        Handler.connections += 1
        super().setup()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY.encode())

    def log_message(self, *_):
        pass


class Python:
    def __init__(self, chain=None):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if chain:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.port, self.name = server.server_port, "Python's http.server"

    def stop(self):
        return Handler.connections


def main(chain=None, folder=None):
    program = nginx.find(os.path.join(folder, "nginx")) if chain else None
    with tempfile.TemporaryDirectory() as scratch:
        server = nginx.Nginx(program, scratch, chain, BODY) if program else Python(chain)
        print(server.port, server.name, flush=True)
        sys.stdin.read()
        print(server.stop())


if __name__ == "__main__":
    main(*sys.argv[1:])
