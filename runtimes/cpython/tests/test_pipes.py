"""Pipes within the program, and whether descriptors are to be passed on.

grants: a folder as /data
"""

import asyncio
import errno
import os
import select
import stat
import unittest

FULL = 64 * 1024


class Case(unittest.TestCase):
    def pipe(self, flags=0):
        ends = os.pipe2(flags)
        self.addCleanup(self.close, *ends)
        return ends

    def close(self, *ends):
        for end in ends:
            try:
                os.close(end)
            except OSError:
                pass

    def assertFails(self, number, function, *arguments):
        with self.assertRaises(OSError) as caught:
            function(*arguments)
        self.assertEqual(errno.errorcode.get(caught.exception.errno), errno.errorcode[number])


class Bytes(Case):
    def test_come_out_as_they_went_in(self):
        reader, writer = self.pipe()
        sent, received = b'', b''
        for size in (1, 4096, 40_000, 3, 60_000, 65_536):
            piece = bytes(i * 7 % 251 for i in range(size))
            self.assertEqual(os.write(writer, piece), size)
            sent += piece
            while len(received) < len(sent):
                received += os.read(reader, 5000)
        self.assertEqual(received, sent)

    def test_end_with_the_last_writer(self):
        reader, writer = self.pipe()
        another = os.dup(writer)
        os.write(writer, b'last')
        os.close(writer)
        self.assertEqual(os.read(reader, 10), b'last')
        self.assertFails(errno.EDEADLK, os.read, reader, 1)
        os.close(another)
        self.assertEqual(os.read(reader, 10), b'')

    def test_have_no_place_without_a_reader(self):
        reader, writer = self.pipe()
        os.close(reader)
        with self.assertRaises(BrokenPipeError):
            os.write(writer, b'x')

    def test_go_one_way(self):
        reader, writer = self.pipe()
        self.assertFails(errno.EBADF, os.write, reader, b'x')
        self.assertFails(errno.EBADF, os.read, writer, 1)
        self.assertFails(errno.ESPIPE, os.lseek, reader, 0, os.SEEK_CUR)

    def test_that_have_no_room(self):
        reader, writer = self.pipe(os.O_NONBLOCK)
        self.assertEqual(os.write(writer, bytes(FULL - 100)), FULL - 100)
        with self.assertRaises(BlockingIOError):
            os.write(writer, bytes(101))  # of so few it takes all or none
        self.assertEqual(os.write(writer, bytes(5000)), 100)
        os.set_blocking(writer, True)
        self.assertFails(errno.EDEADLK, os.write, writer, b'x')
        os.read(reader, 4096)
        self.assertEqual(os.write(writer, b'x'), 1)

    def test_as_files(self):
        reader, writer = self.pipe()
        with open(writer, 'w', closefd=False) as file:
            print('one', 'line', file=file)
        os.close(writer)
        with open(reader, closefd=False) as file:
            self.assertEqual(file.readlines(), ['one line\n'])


class Ends(Case):
    def test_are_pipes(self):
        reader, writer = self.pipe()
        told = os.fstat(reader)
        self.assertTrue(stat.S_ISFIFO(told.st_mode))
        self.assertTrue(os.path.samestat(told, os.fstat(writer)))
        self.assertFalse(os.path.samestat(told, os.fstat(self.pipe()[0])))
        self.assertFalse(os.isatty(reader))

    def test_are_polled(self):
        reader, writer = self.pipe()
        poll = select.poll()
        poll.register(reader, select.POLLIN)
        poll.register(writer, select.POLLOUT)
        self.assertEqual(poll.poll(0), [(writer, select.POLLOUT)])
        os.write(writer, bytes(FULL))
        self.assertEqual(poll.poll(), [(reader, select.POLLIN)])
        self.assertEqual(select.select([reader], [writer], []), ([reader], [], []))
        os.close(writer)
        self.assertEqual(poll.poll(0)[0], (reader, select.POLLIN | select.POLLHUP))
        os.read(reader, FULL)
        self.assertEqual(select.select([reader], [], [], 0), ([reader], [], []))

    def test_that_nobody_writes_to(self):
        reader, _ = self.pipe()
        self.assertFails(errno.EDEADLK, select.select, [reader], [], [])
        self.assertEqual(select.select([reader], [], [], 0.01), ([], [], []))

    def test_in_asyncio(self):
        async def echo():
            loop = asyncio.get_running_loop()
            reader, writer = os.pipe()
            stream = asyncio.StreamReader()
            come, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), open(reader, 'rb', 0))
            go, _ = await loop.connect_write_pipe(asyncio.Protocol, open(writer, 'wb', 0))
            go.write(b'one\n' + bytes(3 * FULL) + b'\n')
            lines = [await stream.readline(), await stream.readexactly(3 * FULL + 1)]
            go.close()
            lines.append(await stream.read())
            come.close()
            return lines

        self.assertEqual(asyncio.run(echo()), [b'one\n', bytes(3 * FULL) + b'\n', b''])


class Inherited(Case):
    def test_is_what_is_asked_for(self):
        with open('/data/f', 'w') as file:
            fd = file.fileno()
            self.assertFalse(os.get_inheritable(fd))
            os.set_inheritable(fd, True)
            self.assertTrue(os.get_inheritable(fd))
            copy = os.dup(fd)
            other = os.dup2(fd, 77)
            self.addCleanup(self.close, copy, other)
            self.assertEqual((os.get_inheritable(copy), os.get_inheritable(other)), (False, True))
        self.assertEqual([os.get_inheritable(fd) for fd in range(3)], [True] * 3)


if __name__ == '__main__':
    unittest.main()
