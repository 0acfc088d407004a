"""Sockets and asyncio streams over the loopback.

grants: the network
"""

import asyncio
import os
import select
import selectors
import socket
import unittest


class Sockets(unittest.TestCase):
    def test_socketpair(self):
        one, other = socket.socketpair()
        with one, other:
            one.sendall(b'to')
            self.assertEqual(other.recv(10), b'to')
            other.sendall(b'fro')
            self.assertEqual(one.recv(10), b'fro')

    def test_states_in_which_wasi_libc_aborts(self):
        with socket.socket() as sock:
            self.assertIn('socket.socket', repr(sock))
            sock.setblocking(False)
            with socket.create_server(('127.0.0.1', 0)) as server:
                try:
                    sock.connect(server.getsockname())
                except BlockingIOError:
                    pass
                self.assertIn('socket.socket', repr(sock))
        with socket.socket() as sock, self.assertRaises(OSError):
            sock.getpeername()

    def test_refused(self):
        with socket.create_server(('127.0.0.1', 0)) as server:
            address = server.getsockname()
        with self.assertRaises(OSError):
            socket.create_connection(address, timeout=2).close()


def readable(*sockets, seconds=0.05):
    return [sockets.index(sock) for sock in select.select(sockets, [], [], seconds)[0]]


class Readiness(unittest.TestCase):
    def test_a_connection_is_readable_when_something_came(self):
        one, other = socket.socketpair()
        with one, other:
            for _ in range(3):
                self.assertEqual(readable(one, other), [])
                one.send(b'request')
                self.assertEqual(readable(one, other, seconds=5), [1])
                self.assertEqual(other.recv(3), b'req')
                self.assertEqual(readable(one, other), [1])
                self.assertEqual(other.recv(100), b'uest')
                self.assertEqual(readable(one, other), [])

    def test_nothing_is_lost_of_what_was_looked_at(self):
        one, other = socket.socketpair()
        data = os.urandom(20_000)
        with one, other:
            one.sendall(data)
            got = b''
            while len(got) < len(data):
                self.assertEqual(readable(other, seconds=5), [0])
                self.assertEqual(other.recv(1, socket.MSG_PEEK), data[len(got):len(got) + 1])
                got += other.recv(3000)
            self.assertEqual(got, data)

    def test_the_end_is_readable(self):
        one, other = socket.socketpair()
        with other:
            one.send(b'last')
            one.close()
            self.assertEqual(readable(other, seconds=5), [0])
            self.assertEqual(other.recv(100), b'last')
            for _ in range(2):
                self.assertEqual(readable(other, seconds=5), [0])
                self.assertEqual(other.recv(100), b'')

    def test_datagrams(self):
        one, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        with one, other:
            one.bind(('127.0.0.1', 0))
            other.bind(('127.0.0.1', 0))
            self.assertEqual(readable(one, other), [])
            one.sendto(b'first', other.getsockname())
            one.sendto(b'second', other.getsockname())
            for expected in b'first', b'second':
                self.assertEqual(readable(one, other, seconds=5), [1])
                self.assertEqual(other.recvfrom(100), (expected, one.getsockname()))
            self.assertEqual(readable(one, other), [])

    def test_who_is_ready_does_not_hide_others(self):
        pairs = [socket.socketpair() for _ in range(40)]
        with selectors.DefaultSelector() as selector:
            for number, (one, other) in enumerate(pairs):
                other.send(b'x')
                selector.register(one, selectors.EVENT_READ, number)
            for one, _ in pairs:
                readable(one, seconds=5)
            ready = sorted(key.data for key, _ in selector.select(5))
        for pair in pairs:
            for sock in pair:
                sock.close()
        self.assertEqual(ready, list(range(40)))

    def test_a_copy_of_a_descriptor_has_what_was_looked_at(self):
        one, other = socket.socketpair()
        with one, other:
            one.send(b'data')
            self.assertEqual(readable(other, seconds=5), [0])
            with other.dup() as copy:
                self.assertEqual(copy.recv(10), b'data')
                self.assertEqual(readable(other), [])

    def test_numbers_need_no_permission_to_look_names_up(self):
        found = socket.getaddrinfo('127.0.0.1', 80, type=socket.SOCK_STREAM)
        self.assertEqual(found, [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, '', ('127.0.0.1', 80))])
        self.assertEqual(socket.getaddrinfo(None, 8000, socket.AF_INET, socket.SOCK_DGRAM)[0][4], ('127.0.0.1', 8000))
        with self.assertRaises(socket.gaierror):
            socket.getaddrinfo('name.invalid', 1, flags=socket.AI_NUMERICHOST)


class Streams(unittest.TestCase):
    def test_echo(self):
        async def handle(reader, writer):
            writer.write((await reader.readline()).upper())
            await writer.drain()
            writer.close()

        async def main():
            server = await asyncio.start_server(handle, '127.0.0.1', 0)
            async with server:
                port = server.sockets[0].getsockname()[1]
                reader, writer = await asyncio.open_connection('127.0.0.1', port)
                writer.write(b'hello\n')
                answer = await asyncio.wait_for(reader.read(100), 5)
                writer.close()
                return answer

        self.assertEqual(asyncio.run(main()), b'HELLO\n')


if __name__ == '__main__':
    unittest.main()
