"""Pairs of sockets within the program, without a network."""

import asyncio
import errno
import os
import select
import selectors
import socket
import stat
import unittest


class Pairs(unittest.TestCase):
    def setUp(self):
        self.one, self.other = socket.socketpair()
        self.addCleanup(self.one.close)
        self.addCleanup(self.other.close)

    def test_both_ways(self):
        self.one.sendall(b'there')
        self.other.sendall(b'back')
        self.assertEqual(self.other.recv(9, socket.MSG_PEEK), b'there')
        self.assertEqual(self.other.recv(2), b'th')
        self.assertEqual(self.other.recv(9), b'ere')
        self.assertEqual(self.one.recv(9), b'back')

    def test_messages(self):
        self.assertEqual(self.one.sendmsg([b'th', b'ere']), 5)
        self.assertEqual(self.other.recvmsg(2), (b'th', [], 0, None))
        buffers = [bytearray(1), bytearray(4)]
        self.assertEqual(self.other.recvmsg_into(buffers), (3, [], 0, None))
        self.assertEqual(buffers, [b'e', b're\0\0'])
        self.one.setblocking(False)
        self.assertEqual(self.one.sendmsg([bytes(50_000)] * 3), 65536)
        with self.assertRaises(BlockingIOError):
            self.one.sendmsg([b'x', b'y'])

    def test_one_way_is_shut(self):
        self.one.shutdown(socket.SHUT_WR)
        self.assertEqual(self.other.recv(9), b'')
        self.other.sendall(b'still')
        self.assertEqual(self.one.recv(9), b'still')
        with self.assertRaises(BrokenPipeError):
            self.one.send(b'x')

    def test_that_is_full(self):
        self.one.setblocking(False)
        with self.assertRaises(BlockingIOError):
            while True:
                self.one.send(bytes(10_000))
        self.assertEqual(select.select([self.other], [self.one], [], 0), ([self.other], [], []))
        self.other.recv(65536)
        self.assertEqual(select.select([self.other], [self.one], [], 0), ([], [self.one], []))

    def test_nobody_comes(self):
        for wait in (lambda: self.one.recv(1), lambda: select.select([self.one], [], [])):
            with self.assertRaises(OSError) as caught:
                wait()
            self.assertEqual(caught.exception.errno, errno.EDEADLK)
        with selectors.DefaultSelector() as selector, self.assertRaises(RuntimeError):
            selector.register(self.one, selectors.EVENT_READ)
            selector.select()

    def test_a_time_limit(self):
        self.one.settimeout(0.01)
        with self.assertRaises(TimeoutError):
            self.one.recv(1)

    def test_what_it_is(self):
        self.assertTrue(stat.S_ISSOCK(os.fstat(self.one.fileno()).st_mode))
        self.assertEqual(self.one.getsockname(), ('127.0.0.1', 0))
        self.assertEqual(self.one.getpeername(), ('127.0.0.1', 0))
        self.assertEqual(self.one.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE), socket.SOCK_STREAM)
        with socket.socket(fileno=os.dup(self.one.fileno())) as copy:
            self.assertEqual((copy.family, copy.type), (self.one.family, self.one.type))
        with self.assertRaises(OSError):
            self.one.listen()
        with self.assertRaises(OSError):
            socket.socketpair(type=socket.SOCK_DGRAM)

    def test_streams_over_it(self):
        async def main():
            reader, writer = await asyncio.open_connection(sock=self.one)
            other_reader, other_writer = await asyncio.open_connection(sock=self.other)
            data = bytes(range(256)) * 4096
            writer.write(data)
            self.assertEqual(await other_reader.readexactly(len(data)), data)
            other_writer.close()
            self.assertEqual(await reader.read(), b'')
            writer.close()

        asyncio.run(main())


if __name__ == '__main__':
    unittest.main()
