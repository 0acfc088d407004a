"""Tries to reach everything that a program could want of its host: grants.py PARAMETERS (JSON).

Prints a line of JSON an attempt: its subject, what it tries, the grants that give it, and how it went: "yes", or the
error. `cargo xtask test --audit` runs it with each kind of grant.
"""

import errno
import json
import os
import socket
import sys

PARAMETERS = json.loads(sys.argv[1])
GRANTED, OUTSIDE = PARAMETERS["granted"], PARAMETERS["outside"]
SECRET = "secret"
ATTEMPTS = []


class SomethingElse(Exception):
    """What came back is not what was wanted."""


def attempt(subject, title, given_by=""):
    """Registers a function that returns if what it tries works, with the grants that may let it."""

    def register(function):
        ATTEMPTS.append((subject, title, given_by.split(), function))

    return register


def want(found, wanted):
    if found != wanted:
        raise SomethingElse(f"{found!r}")


def read(path):
    with open(path) as file:
        return file.read()


def outcome(function):
    try:
        function()
    except OSError as error:
        # Some exceptions of sockets have no number of an error of the system.
        return errno.errorcode.get(error.errno, type(error).__name__)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it says how the attempt failed
        return type(error).__name__
    return "yes"


# Files


@attempt("files", "read a file in the folder", "dir ro root all")
def _():
    want(read(f"{GRANTED}/inside.txt"), "inside")


@attempt("files", "list the folder", "dir ro root all")
def _():
    want("inside.txt" in os.listdir(GRANTED), True)


@attempt("files", "make a file in the folder", "dir root all")
def _():
    with open(f"{GRANTED}/made.txt", "w") as file:
        file.write("made")


@attempt("files", "change a file in the folder", "dir root all")
def _():
    with open(f"{GRANTED}/changed.txt", "r+") as file:
        file.truncate(0)


@attempt("files", "remove a file in the folder", "dir root all")
def _():
    os.remove(f"{GRANTED}/removed.txt")


@attempt("files", "read a file outside by its path", "root all")
def _():
    want(read(f"{OUTSIDE}/secret.txt"), SECRET)


@attempt("files", "read a file outside by `..`", "root all")
def _():
    want(read(f"{GRANTED}/../outside/secret.txt"), SECRET)


@attempt("files", "read a file outside by a descriptor of the folder")
def _():
    folder = os.open(GRANTED, os.O_RDONLY)
    try:
        os.close(os.open("../outside/secret.txt", os.O_RDONLY, dir_fd=folder))
    finally:
        os.close(folder)


@attempt("files", "read a file outside by a link in the folder", "root all")
def _():
    want(read(f"{GRANTED}/link"), SECRET)


@attempt("files", "read a file outside by an absolute link in the folder")
def _():
    want(read(f"{GRANTED}/absolute-link"), SECRET)


@attempt("files", "read a file outside by a link that the program makes", "root all")
def _():
    path = f"{GRANTED}/own-link"
    os.symlink("../outside/secret.txt", path)
    try:
        want(read(path), SECRET)
    finally:
        os.remove(path)


@attempt("files", "write a file outside by a link in the folder", "root all")
def _():
    with open(f"{GRANTED}/link-to-write", "a") as file:
        file.write("written")


@attempt("files", "give a file outside a name in the folder", "root all")
def _():
    os.link(f"{OUTSIDE}/secret.txt", f"{GRANTED}/hard-link")
    os.remove(f"{GRANTED}/hard-link")


@attempt("files", "move a file of the folder outside", "root all")
def _():
    os.rename(f"{GRANTED}/moved.txt", f"{OUTSIDE}/moved.txt")
    os.rename(f"{OUTSIDE}/moved.txt", f"{GRANTED}/moved.txt")


@attempt("files", "read `/etc/passwd`", "root all")
def _():
    read("/etc/passwd")


@attempt("files", "wait for whoever writes to a pipe in the folder (FIFO)")
def _():
    read(f"{GRANTED}/pipe")


@attempt("files", "read composectl's environment in `/proc`", "proc")
def _():
    read("/proc/self/environ")


@attempt("files", "open composectl's memory in `/proc`", "proc")
def _():
    os.close(os.open("/proc/self/mem", os.O_RDWR))


@attempt("files", "list `/sys`")
def _():
    want(len(os.listdir("/sys")) > 0, True)


@attempt("files", "open a device (`/dev/tty`)")
def _():
    os.close(os.open("/dev/tty", os.O_RDWR))


@attempt("files", "read what composectl has open")
def _():
    for descriptor in range(3, 64):
        try:
            os.read(descriptor, 1)
        except OSError as error:
            last = error
        else:
            return
    raise last


# Environment


@attempt("environment", "a variable that is named", "env")
def _():
    want(os.environ["NAMED"], "named")


@attempt("environment", "another variable of composectl's", "inherit all")
def _():
    want(os.environ["AUDIT_SECRET"], SECRET)


@attempt("environment", "the name of the machine")
def _():
    want(socket.gethostname(), PARAMETERS["machine"])


# Network


def greeting(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        want(connection.recv(5), b"hello")


@attempt("network", "connect to the listed address and port", "net net-list all")
def _():
    greeting(PARAMETERS["listed"])


@attempt("network", "connect to another port of it", "net all")
def _():
    greeting(PARAMETERS["other"])


@attempt("network", "send a datagram to another port of it", "net all")
def _():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(5)
        sender.sendto(b"hello", ("127.0.0.1", PARAMETERS["datagrams"]))
        want(sender.recv(5), b"hello")


@attempt("network", "listen", "net all")
def _():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()


@attempt("network", "look a name up", "net all")
def _():
    socket.getaddrinfo("localhost", 80)


@attempt("network", "a socket of this machine's own (`AF_UNIX`)")
def _():
    socket.socket(getattr(socket, "AF_UNIX"))


# Processes


@attempt("processes", "start a program (`subprocess`)")
def _():
    import subprocess

    subprocess.run(["/bin/true"], check=True)


@attempt("processes", "start a program (`os.posix_spawn`)")
def _():
    os.posix_spawn("/bin/true", ["true"], {})


@attempt("processes", "become a program (`os.execv`)")
def _():
    os.execv("/bin/true", ["true"])


@attempt("processes", "run a shell (`os.system`)")
def _():
    want(os.system("true"), 0)


@attempt("processes", "split in two (`os.fork`)")
def _():
    os.fork()


@attempt("processes", "signal another process (`os.kill`)")
def _():
    os.kill(PARAMETERS["process"], 0)


@attempt("processes", "its own number is composectl's")
def _():
    want(os.getpid() == PARAMETERS["process"] or os.getppid() == PARAMETERS["process"], True)


@attempt("processes", "call native code (`ctypes`)")
def _():
    import ctypes

    ctypes.CDLL(None).getpid()


# Providers


@attempt("providers", "use one that the plan names", "plan")
def _():
    import zlib

    want(zlib.crc32(b"123456789"), 0xCBF43926)


@attempt("providers", "use one that the plan does not name")
def _():
    import crc32c

    want(crc32c.crc32c(b"123456789"), 0xE3069283)


for subject, title, given_by, function in ATTEMPTS:
    line = {"subject": subject, "title": title, "given_by": given_by, "outcome": outcome(function)}
    print(json.dumps(line), flush=True)
