"""Random programs over sockets of this machine: sockets.py FOLDER FIRST COUNT. (The folder is not used.)

Prints a line a program. Everything is sent to the program itself, and nothing is asked before it has had time to come.
"""

import os
import select
import selectors
import socket
import sys

sys.path.insert(0, os.path.dirname(__file__))
from lcg import Random, attempt  # noqa: E402

SOON = 0.05


def tcp_pair(listener):
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    return [client, server]


def udp_pair():
    pair = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for one in pair:
        one.bind(("127.0.0.1", 0))
    pair[0].connect(pair[1].getsockname())
    pair[1].connect(pair[0].getsockname())
    return pair


def readable(sock, seconds):
    return bool(select.select([sock], [], [], seconds)[0])


class Program:
    """A pair of sockets, and how many bytes or datagrams each has been sent and has not received yet."""

    def __init__(self, random, pair, stream):
        self.random = random
        self.pair = pair
        self.stream = stream
        self.waiting = [[], []]
        self.shut = [False, False]

    def send(self, side):
        data = self.random.bytes(300) or b"."
        if self.random.below(12) == 0:
            data *= 100
        if self.shut[side]:
            return None
        if self.stream:
            self.pair[side].sendall(data)
        else:
            data = data[:1000]
            self.pair[side].send(data)
        self.waiting[1 - side].append(data)
        readable(self.pair[1 - side], 1)
        return len(data)

    def receive(self, side):
        waiting = self.waiting[side]
        if not waiting and not self.shut[1 - side]:
            return "nothing", readable(self.pair[side], SOON / 10)
        most = 1 + self.random.below(400)
        sock = self.pair[side]
        flags = socket.MSG_PEEK if self.random.below(5) == 0 else 0
        if not self.stream:
            got = sock.recv(most, flags)
            if not flags:
                waiting.pop(0)
            return got
        whole = b"".join(waiting)
        if flags:
            got = sock.recv(1, flags)
            return got, got == whole[:1]
        got = b""
        while len(got) < min(most, len(whole)):
            got += sock.recv(min(most, len(whole)) - len(got))
        if not whole:
            got = sock.recv(most)
        waiting[:] = [whole[len(got):]] if whole[len(got):] else []
        return got

    def ask(self, side):
        how = self.random.below(4)
        sock = self.pair[side]
        expected = bool(self.waiting[side]) or (self.stream and self.shut[1 - side])
        seconds = 1 if expected else SOON / 10
        if how == 0:
            return "select", readable(sock, seconds), bool(select.select([], [sock], [], seconds)[1])
        if how == 1 and hasattr(select, "poll"):
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            return "poll", [event & select.POLLIN for _, event in poll.poll(seconds * 1000)]
        if how == 2:
            with selectors.DefaultSelector() as selector:
                selector.register(self.pair[0], selectors.EVENT_READ, 0)
                selector.register(self.pair[1], selectors.EVENT_READ, 1)
                both = [bool(self.waiting[i]) or (self.stream and self.shut[1 - i]) for i in range(2)]
                if any(both):
                    readable(self.pair[both.index(True)], 1)
                return "selector", sorted(key.data for key, _ in selector.select(SOON / 10))
        sock.setblocking(False)
        try:
            return "peek", attempt(lambda: sock.recv(1, socket.MSG_PEEK)) if not expected else None
        finally:
            sock.setblocking(True)

    def step(self):
        side, kind = self.random.below(2), self.random.below(10)
        if kind < 4:
            return "send", side, self.send(side)
        if kind < 7:
            return "receive", side, self.receive(side)
        if kind == 9 and self.stream and not self.shut[side] and self.random.below(3) == 0:
            self.pair[side].shutdown(socket.SHUT_WR)
            self.shut[side] = True
            readable(self.pair[1 - side], 1)
            return "shutdown", side
        return "ask", side, self.ask(side)


def main():
    first, count = int(sys.argv[2]), int(sys.argv[3])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for seed in range(first, first + count):
            random = Random(seed)
            stream = random.below(4) > 0
            pair = tcp_pair(listener) if stream else udp_pair()
            program = Program(random, pair, stream)
            said = [program.step() for _ in range(4 + random.below(16))]
            said.append([attempt(sock.close) for sock in pair])
            print(seed, "tcp" if stream else "udp", said)


main()
