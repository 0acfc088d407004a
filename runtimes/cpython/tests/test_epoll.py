"""select.epoll."""

import os
import select
import socket
import unittest


class Epoll(unittest.TestCase):
    def setUp(self):
        self.one, self.other = socket.socketpair()
        self.addCleanup(self.one.close)
        self.addCleanup(self.other.close)
        self.epoll = select.epoll()
        self.addCleanup(self.epoll.close)

    def test_levels(self):
        self.epoll.register(self.one, select.EPOLLIN)
        self.assertEqual(self.epoll.poll(0.01), [])
        self.other.send(b'x')
        for _ in range(2):
            self.assertEqual(self.epoll.poll(1), [(self.one.fileno(), select.EPOLLIN)])
        self.epoll.modify(self.one, select.EPOLLOUT)
        self.assertEqual(self.epoll.poll(1), [(self.one.fileno(), select.EPOLLOUT)])
        self.epoll.unregister(self.one)
        self.assertEqual(self.epoll.poll(0), [])

    def test_edges(self):
        self.epoll.register(self.one, select.EPOLLIN | select.EPOLLET)
        self.other.send(b'x')
        self.assertEqual(self.epoll.poll(1), [(self.one.fileno(), select.EPOLLIN)])
        self.assertEqual(self.epoll.poll(0.01), [])
        self.one.recv(9)
        self.assertEqual(self.epoll.poll(0.01), [])
        self.other.send(b'y')
        self.assertEqual(self.epoll.poll(1), [(self.one.fileno(), select.EPOLLIN)])

    def test_once(self):
        self.epoll.register(self.one, select.EPOLLOUT | select.EPOLLONESHOT)
        self.assertEqual(len(self.epoll.poll(1)), 1)
        self.assertEqual(self.epoll.poll(0.01), [])
        self.epoll.modify(self.one, select.EPOLLOUT | select.EPOLLONESHOT)
        self.assertEqual(len(self.epoll.poll(1)), 1)

    def test_what_is_closed_is_forgotten(self):
        number = self.one.fileno()
        self.epoll.register(self.one, select.EPOLLOUT)
        self.one.close()
        self.assertEqual(self.epoll.poll(0.01), [])
        again = os.dup(self.other.fileno())
        self.assertEqual(again, number)
        self.epoll.register(again, select.EPOLLOUT)
        os.close(again)

    def test_errors(self):
        self.epoll.register(self.one)
        with self.assertRaises(FileExistsError):
            self.epoll.register(self.one)
        with self.assertRaises(FileNotFoundError):
            self.epoll.modify(self.other, select.EPOLLIN)
        with self.assertRaises(OSError):
            self.epoll.register(900)
        with self.assertRaises(OSError):
            self.epoll.register(self.epoll)

    def test_all_get_their_turn(self):
        for sock in self.one, self.other:
            self.epoll.register(sock, select.EPOLLOUT)
        turns = {self.epoll.poll(1, maxevents=1)[0][0] for _ in range(2)}
        self.assertEqual(turns, {self.one.fileno(), self.other.fileno()})


if __name__ == '__main__':
    unittest.main()
