"""Sockets and asyncio streams over the loopback.

grants: the network
"""

import asyncio
import errno
import os
import select
import selectors
import socket
import time
import unittest


def pair():
    """A connection of TCP, both ends."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        one = socket.create_connection(server.getsockname())
        return one, server.accept()[0]


def fill(sock):
    """Sends until there is no room, and returns how many bytes."""
    sock.setblocking(False)
    sent = 0
    try:
        while True:
            sent += sock.send(b'x' * 65536)
    except BlockingIOError:
        return sent


def drain(sock):
    got = 0
    while data := sock.recv(1 << 16):
        got += len(data)
    return got


class Sockets(unittest.TestCase):
    def test_both_ways(self):
        one, other = pair()
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

    def test_a_connection_that_was_asked_for_is_waited_for(self):
        with socket.create_server(('127.0.0.1', 0)) as server:
            for use in (lambda sock: sock.recv(9)), (lambda sock: sock.sendall(b'hello')):
                with socket.socket() as sock:
                    sock.setblocking(False)
                    self.assertIn(sock.connect_ex(server.getsockname()), (0, errno.EINPROGRESS))
                    sock.setblocking(True)
                    connection = server.accept()[0]
                    with connection:
                        connection.sendall(b'hello')
                        self.assertIn(use(sock), (b'hello', None))
            with socket.socket() as sock:
                sock.setblocking(False)
                sock.connect_ex(server.getsockname())
                # There is nothing, whether the connection is there or not.
                for _ in range(100):
                    with self.assertRaises(BlockingIOError):
                        sock.recv(1)
            with self.assertRaises(OSError) as raised:
                server.recv(1)
            self.assertEqual(raised.exception.errno, errno.ENOTCONN)
        with socket.socket() as sock, self.assertRaises(OSError) as raised:
            sock.recv(1)
        self.assertEqual(raised.exception.errno, errno.ENOTCONN)

    def test_an_address_that_is_named_again(self):
        one, other = pair()
        with one, other:
            self.assertEqual(one.sendto(b'there', ('127.0.0.2', 9)), 5)
            self.assertEqual(other.recv(9), b'there')

    def test_ipv6(self):
        self.assertTrue(socket.has_ipv6)
        self.assertFalse(socket.has_dualstack_ipv6())
        try:
            server = socket.create_server(('::1', 0), family=socket.AF_INET6)
        except OSError as error:
            self.assertEqual(errno.errorcode[error.errno], 'EADDRNOTAVAIL')
            self.skipTest('the host has no IPv6')
        with server, socket.create_connection(server.getsockname()[:2]) as client:
            connection, address = server.accept()
            with connection:
                self.assertEqual((address, len(address)), (client.getsockname(), 4))
                connection.sendall(b'by six')
                self.assertEqual(client.recv(10), b'by six')

    def test_ipv6_numbers_with_a_scope(self):
        self.assertEqual(socket.getaddrinfo('fe80::1%2', 80, type=socket.SOCK_STREAM)[0][4], ('fe80::1', 80, 0, 2))
        with self.assertRaises(socket.gaierror):
            socket.getaddrinfo('fe80::1%', 80, flags=socket.AI_NUMERICHOST)

    def test_ipv6_datagrams(self):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
            try:
                one.bind(('::1', 0))
            except OSError as error:
                self.assertEqual(errno.errorcode[error.errno], 'EADDRNOTAVAIL')
                self.skipTest('the host has no IPv6')
            other.sendto(b'hello', one.getsockname())
            data, address = one.recvfrom(10)
            self.assertEqual((data, address[0]), (b'hello', '::1'))

    def test_refused(self):
        with socket.create_server(('127.0.0.1', 0)) as server:
            address = server.getsockname()
        with self.assertRaises(OSError):
            socket.create_connection(address, timeout=2).close()


def readable(*sockets, seconds=0.05):
    return [sockets.index(sock) for sock in select.select(sockets, [], [], seconds)[0]]


class Readiness(unittest.TestCase):
    def test_a_connection_is_readable_when_something_came(self):
        one, other = pair()
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
        one, other = pair()
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
        one, other = pair()
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
        pairs = [pair() for _ in range(40)]
        with selectors.DefaultSelector() as selector:
            for number, (one, other) in enumerate(pairs):
                other.send(b'x')
                selector.register(one, selectors.EVENT_READ, number)
            for one, _ in pairs:
                readable(one, seconds=5)
            ready = sorted(key.data for key, _ in selector.select(5))
        for both in pairs:
            for sock in both:
                sock.close()
        self.assertEqual(ready, list(range(40)))

    def test_a_copy_of_a_descriptor_has_what_was_looked_at(self):
        one, other = pair()
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

    def test_a_service_that_has_to_be_a_number(self):
        for host in '127.0.0.1', 'localhost':
            with self.assertRaises(socket.gaierror) as raised:
                socket.getaddrinfo(host, 'http', flags=socket.AI_NUMERICSERV)
            self.assertEqual(raised.exception.errno, socket.EAI_NONAME)

    def test_names_of_the_host_itself(self):
        self.assertEqual(socket.gethostbyaddr('127.0.0.1'), ('localhost', [], ['127.0.0.1']))
        self.assertEqual(socket.gethostbyname_ex('127.0.0.1'), ('127.0.0.1', [], ['127.0.0.1']))
        name, aliases, addresses = socket.gethostbyname_ex('localhost')
        self.assertEqual((name, aliases), ('localhost', []))
        self.assertIn('127.0.0.1', addresses)
        self.assertEqual(socket.getnameinfo(('127.0.0.1', 80), 0), ('localhost', 'http'))
        numbers = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
        self.assertEqual(socket.getnameinfo(('127.0.0.1', 80), numbers), ('127.0.0.1', '80'))

    def test_other_addresses_have_no_names(self):
        with self.assertRaises(socket.herror) as raised:
            socket.gethostbyaddr('192.0.2.1')
        self.assertEqual(raised.exception.args, (1, 'Unknown host'))
        self.assertEqual(socket.getnameinfo(('192.0.2.1', 80), 0), ('192.0.2.1', 'http'))
        with self.assertRaises(socket.gaierror) as raised:
            socket.getnameinfo(('192.0.2.1', 9), socket.NI_NAMEREQD)
        self.assertEqual(raised.exception.errno, socket.EAI_NONAME)
        self.assertEqual(socket.getfqdn('192.0.2.1'), '192.0.2.1')
        with self.assertRaises(socket.gaierror):
            socket.gethostbyname_ex('name.invalid')

    def test_queues_of_any_length(self):
        for backlog in 0, -1, 1, 2**31 - 1:
            with socket.socket() as server:
                server.bind(('127.0.0.1', 0))
                server.listen(backlog)
                with socket.create_connection(server.getsockname()) as client:
                    connection, _ = server.accept()
                    with connection:
                        client.sendall(b'come')
                        self.assertEqual(connection.recv(4), b'come')

    def test_what_is_looked_at_stays(self):
        one, other = pair()
        with one, other:
            other.sendall(b'bytes')
            self.assertEqual(one.recv(2, socket.MSG_PEEK), b'by')
            self.assertEqual(one.recv(9), b'bytes')
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.bind(('127.0.0.1', 0))
            sock.sendto(b'one', sock.getsockname())
            self.assertEqual(sock.recvfrom(2, socket.MSG_PEEK), (b'on', sock.getsockname()))
            self.assertEqual(sock.recv(9), b'one')

    def test_messages_of_a_connection(self):
        one, other = pair()
        with one, other:
            self.assertEqual(one.sendmsg([b'in', b'', b' several ', b'places']), 17)
            self.assertEqual(other.recvmsg(2, 0, socket.MSG_PEEK), (b'in', [], 0, None))
            buffers = [bytearray(2), bytearray(0), bytearray(9), bytearray(100)]
            self.assertEqual(other.recvmsg_into(buffers, 0, socket.MSG_DONTWAIT), (17, [], 0, None))
            self.assertEqual([bytes(buffer).rstrip(b'\0') for buffer in buffers], [b'in', b'', b' several ', b'places'])
            with self.assertRaises(BlockingIOError):
                other.recvmsg(1, 0, socket.MSG_DONTWAIT)
            with self.assertRaises(OSError) as raised:
                one.sendmsg([b'x'], [(socket.SOL_SOCKET, 1, b'data')])
            self.assertEqual(raised.exception.errno, errno.EOPNOTSUPP)
            one.close()
            self.assertEqual(other.recvmsg(10), (b'', [], 0, None))

    def test_a_message_that_is_larger_than_what_is_taken(self):
        one, other = pair()
        with one, other:
            one.setblocking(False)
            parts = [bytes([number]) * 100_000 for number in range(200)]
            sent = one.sendmsg(parts)
            self.assertLess(0, sent)
            self.assertLess(sent, 20_000_000)
            one.shutdown(socket.SHUT_WR)
            got = bytearray()
            while data := other.recvmsg(1 << 20)[0]:
                got += data
            self.assertEqual(got, b''.join(parts)[:sent])

    def test_messages_as_datagrams(self):
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.bind(('127.0.0.1', 0))
            address = sock.getsockname()
            sock.sendmsg([b'in ', b'two'], [], 0, address)
            sock.sendmsg([], [], 0, address)
            sock.sendmsg([b'whole'], [], 0, address)
            self.assertEqual(sock.recvmsg(4, 0, socket.MSG_PEEK), (b'in t', [], socket.MSG_TRUNC, address))
            self.assertEqual(sock.recvmsg(4), (b'in t', [], socket.MSG_TRUNC, address))
            self.assertEqual(sock.recvmsg(4), (b'', [], 0, address))
            self.assertEqual(sock.recvmsg(5), (b'whole', [], 0, address))
            sock.settimeout(0.01)
            with self.assertRaises(TimeoutError):
                sock.recvmsg(1)

    def test_broadcasts_are_off(self):
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            self.assertEqual(sock.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST), 0)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 0)
            with self.assertRaises(OSError) as raised:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            self.assertEqual(raised.exception.errno, errno.ENOPROTOOPT)

    def test_two_servers_on_one_port_are_refused_as_where_that_is_unknown(self):
        self.assertFalse(hasattr(socket, 'SO_REUSEPORT'))

        async def serve():
            await asyncio.start_server(lambda reader, writer: None, '127.0.0.1', 0, reuse_port=True)

        with self.assertRaisesRegex(ValueError, 'reuse_port not supported'):
            asyncio.run(serve())


class Closing(unittest.TestCase):
    """What was sent is not lost, and who closes does not wait for who reads."""

    def test_of_what_is_full(self):
        one, other = pair()
        with other:
            sent = fill(one)
            begun = time.monotonic()
            one.close()
            self.assertLess(time.monotonic() - begun, 5)
            self.assertEqual(drain(other), sent)

    def test_of_one_direction(self):
        one, other = pair()
        with one, other:
            sent = fill(one)
            one.shutdown(socket.SHUT_WR)
            self.assertEqual(drain(other), sent)

    def test_of_many(self):
        pairs = [pair() for _ in range(20)]
        sent = [fill(one) for one, _ in pairs]
        for one, _ in pairs:
            one.close()
        self.assertEqual([drain(other) for _, other in pairs], sent)
        for _, other in pairs:
            other.close()

    def test_of_a_transport(self):
        async def main(leave):
            one, other = pair()
            _, writer = await asyncio.open_connection(sock=one)
            writer.write(b'x' * (1 << 24))
            begun = time.monotonic()
            leave(writer)
            other.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                pass
            self.assertLess(time.monotonic() - begun, 5)

        for leave in (lambda writer: writer.close()), (lambda writer: writer.transport.abort()):
            asyncio.run(main(leave))


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
