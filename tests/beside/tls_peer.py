"""The machine's side of TLS: servers that a program in pylon.wasm connects to, and clients that connect to it.

Prints the port at which it takes orders, and ends with its standard input. An order is a line of JSON, and so is the answer:

    {"serve": "python"}                           an HTTPS server by Python's ssl: {"port": 12345}
    {"serve": "openssl"}                          one by `openssl s_server -HTTP`, which has the file /page
    {"serve": "echo"}                             what is sent comes back
    {"connect": ["openssl", ..], "input": ""}     runs a program with this input: {"code": 0, "output": ""}
    {"has": "curl"}                               whether there is such a program: {"has": true}
    {"certificates": true}                        the tests' certificates: {"ca.pem": "-----BEGIN .."}

CERTIFICATES is the folder of certificates, in arguments and by default the tests'.
"""

import http.server
import json
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
CERTIFICATES = os.path.join(HERE, "../../cpython-ext/_openssl_cap/tests/certificates")
SERVER = os.path.join(CERTIFICATES, "server.pem")
PAGE = b"0123456789abcdef" * 4096


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(SERVER)
    made.load_verify_locations(os.path.join(CERTIFICATES, "ca.pem"))
    made.verify_mode = ssl.CERT_OPTIONAL
    made.set_alpn_protocols(["http/1.1"])
    return made


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-TLS", self.connection.version())
        self.send_header("X-Client", dict(sum(self.connection.getpeercert().get("subject", ()), ())).get("commonName", "-")
                         if self.connection.getpeercert() else "-")
        self.send_header("X-Connection", str(self.client_address[1]))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(PAGE if self.path == "/page" else self.path.encode())

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(body)

    def log_message(self, *_):
        pass


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """TLS is begun in the connection's own thread: who does not shake hands holds nobody up."""

    daemon_threads = True
    tls = context()

    def get_request(self):
        connection, address = super().get_request()
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def finish_request(self, request, address):
        try:
            request.do_handshake()
            super().finish_request(request, address)
        except (OSError, ssl.SSLError):
            pass

    def handle_error(self, *_):
        pass


PROCESSES = []
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
FOLDER = tempfile.TemporaryDirectory()


def serve(kind):
    if kind != "openssl":
        server = Server(("127.0.0.1", 0), Web if kind == "python" else Echo)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return {"port": server.server_address[1]}
    with open(os.path.join(FOLDER.name, "page"), "wb") as file:
        file.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
    for _ in range(5):
        # s_server takes no port 0.
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", SERVER, "-key", SERVER, "-HTTP"]
        process = subprocess.Popen(command, cwd=FOLDER.name, text=True, **PIPES)
        PROCESSES.append(process)
        for line in process.stdout:
            if line.startswith("ACCEPT"):
                threading.Thread(target=process.stdout.read, daemon=True).start()
                return {"port": port}
    return {"error": "openssl s_server does not start"}


def read(name):
    with open(os.path.join(CERTIFICATES, name)) as file:
        return file.read()


def connect(command, given):
    command = [part.replace("CERTIFICATES", CERTIFICATES) for part in command]
    if command[0] == "python":
        command[0] = sys.executable
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=300, errors="replace")
    return {"code": done.returncode, "output": done.stdout, "errors": done.stderr}


class Orders(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            order = json.loads(line)
            if "serve" in order:
                answer = serve(order["serve"])
            elif "certificates" in order:
                answer = {name: read(name) for name in ("ca.pem", "client.pem", "server.pem")}
            elif "has" in order:
                answer = {"has": order["has"] == "python" or shutil.which(order["has"]) is not None}
            else:
                answer = connect(order["connect"], order.get("input", ""))
            self.wfile.write(json.dumps(answer).encode() + b"\n")


class TakesOrders(socketserver.ThreadingTCPServer):
    daemon_threads = True


orders = TakesOrders(("127.0.0.1", 0), Orders)
threading.Thread(target=orders.serve_forever, daemon=True).start()
print(orders.server_address[1], flush=True)
sys.stdin.read()
for process in PROCESSES:
    process.kill()
    process.wait()
FOLDER.cleanup()
