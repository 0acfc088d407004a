"""nginx as a server of this machine with TLS: the machine's own, or Debian's package, which is unpacked and not installed."""

import os
import shutil
import socket
import subprocess
import time

CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log stderr error;
events {{ worker_connections 64; }}
http {{
    log_format connection '$connection'; access_log {folder}/connections connection;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; scgi_temp_path {folder};
    uwsgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port} ssl; ssl_certificate {chain}; ssl_certificate_key {chain};
        location / {{ return 200 '{body}'; }}
    }}
}}
"""


def find(folder):
    """The program, which is kept in the folder if it has to be fetched; None where it cannot be had."""
    unpacked = os.path.join(folder, "usr/sbin/nginx")
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin") or unpacked
    try:
        if not os.path.exists(program):
            os.makedirs(folder, exist_ok=True)
            fetched = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run(["apt-get", "download", "nginx"], **fetched)
            package = next(name for name in os.listdir(folder) if name.endswith(".deb"))
            subprocess.run(["dpkg-deb", "--extract", package, "."], **fetched)
        subprocess.run([program, "-v"], check=True, stderr=subprocess.DEVNULL)
    except (OSError, StopIteration, subprocess.CalledProcessError):
        return None
    return program


class Nginx:
    """Serves a body over TLS. `folder` is for what it writes, `chain` a file with its key and certificates."""

    def __init__(self, program, folder, chain, body):
        self.name = subprocess.run([program, "-v"], stderr=subprocess.PIPE, text=True).stderr.split()[-1]
        self.log = os.path.join(folder, "connections")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        file = os.path.join(folder, "nginx.conf")
        with open(file, "w") as written:
            written.write(CONFIGURATION.format(folder=folder, port=self.port, chain=os.path.abspath(chain), body=body))
        self.process = subprocess.Popen([program, "-e", "stderr", "-c", file])
        self.wait()

    def wait(self):
        """Until it listens."""
        for _ in range(200):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        raise SystemExit("nginx does not start")

    def stop(self):
        """How many connections had requests."""
        self.process.terminate()
        self.process.wait()
        with open(self.log) as file:
            return len(set(file))
