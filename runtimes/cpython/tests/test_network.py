"""Sockets and asyncio streams over the loopback.

grants: the network
"""

import asyncio
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
