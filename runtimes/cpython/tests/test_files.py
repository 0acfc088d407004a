"""Files, folders and descriptors, which runtimes/common/libc makes of what the host has.

grants: a folder as /data
"""

import errno
import io
import os
import shutil
import stat
import tarfile
import unittest


class Case(unittest.TestCase):
    def setUp(self):
        os.mkdir('/data/work')
        os.chdir('/data/work')
        self.addCleanup(shutil.rmtree, '/data/work')
        self.addCleanup(os.chdir, '/data')

    def assertFails(self, number, function, *arguments, **keywords):
        with self.assertRaises(OSError) as caught:
            function(*arguments, **keywords)
        name = errno.errorcode.get(caught.exception.errno)
        self.assertEqual(name, errno.errorcode[number])


class OneOffset(Case):
    def test_reading_and_writing_take_turns(self):
        with open('f', 'wb') as file:
            file.write(b'..........')
        with open('f', 'rb+', buffering=0) as file:
            file.write(b'AA')
            self.assertEqual(file.read(2), b'..')
            file.write(b'BB')
            self.assertEqual(file.read(2), b'..')
            file.write(b'CC')
        with open('f', 'rb') as file:
            self.assertEqual(file.read(), b'AA..BB..CC')

    def test_a_file_that_grows_is_read_on(self):
        with open('log', 'ab', buffering=0) as writer, open('log', 'rb', buffering=0) as raw, \
                open('log', 'rb') as buffered, open('log') as text:
            for line in b'', b'one\n', b'two\n':
                writer.write(line)
                self.assertEqual((raw.read(), buffered.read(), text.read().encode()), (line,) * 3)
                self.assertEqual((raw.read(), buffered.read(), text.read()), (b'', b'', ''))

    def test_append_mode_reads_too(self):
        with open('log', 'w') as file:
            file.write('one\n')
        with open('log', 'a+') as file:
            file.seek(0)
            self.assertEqual(file.read(), 'one\n')
        with open('log', 'ab+', buffering=0) as file:
            file.seek(0)
            self.assertEqual((file.read(2), file.tell()), (b'on', 2))

    def test_appending_writers_do_not_write_over_each_other(self):
        with open('log', 'ab', buffering=0) as one, open('log', 'ab', buffering=0) as other:
            for size in 10, 5000, 100_000:
                one.write(b'1' * size)
                other.write(b'2' * size)
        with open('log', 'rb') as file:
            self.assertEqual(file.read(), b''.join(b'1' * size + b'2' * size for size in (10, 5000, 100_000)))

    def test_a_seek_that_fails_does_not_move(self):
        with open('f', 'wb+', buffering=0) as file:
            file.write(b'abc')
            self.assertFails(errno.EINVAL, file.seek, -100, os.SEEK_END)
            self.assertEqual(file.tell(), 3)

    def test_beyond_four_gigabytes(self):
        with open('f', 'wb+', buffering=0) as file:
            file.seek(5_000_000_000)
            self.assertEqual((file.read(1), file.tell()), (b'', 5_000_000_000))


class Descriptors(Case):
    def test_calls_that_fail_harm_nothing(self):
        fd = os.open('f', os.O_WRONLY | os.O_CREAT)
        folder = os.open('.', os.O_RDONLY)
        for _ in range(50):
            os.listdir('.')
            self.assertFails(errno.EBADF, os.pread, fd, 4, 0)
            self.assertFails(errno.EBADF, os.read, fd, 4)
            self.assertFails(errno.EISDIR, os.read, folder, 4)
            self.assertFails(errno.EISDIR, os.pread, folder, 4, 0)
        os.close(fd)
        os.close(folder)
        for call in os.read, os.lseek, os.write:
            with self.subTest(call=call.__name__):
                arguments = {os.read: (fd, 1), os.lseek: (fd, 0, 0), os.write: (fd, b'x')}[call]
                self.assertFails(errno.EBADF, call, *arguments)

    def test_dup_shares_the_offset(self):
        fd = os.open('f', os.O_RDWR | os.O_CREAT)
        copy = os.dup(fd)
        os.write(fd, b'abc')
        os.write(copy, b'def')
        os.close(fd)
        os.lseek(copy, 1, os.SEEK_SET)
        self.assertEqual(os.read(copy, 10), b'bcdef')
        os.close(copy)
        self.assertFails(errno.EBADF, os.read, copy, 1)

    def test_dup2_redirects(self):
        kept = os.dup(1)
        fd = os.open('f', os.O_RDWR | os.O_CREAT)
        try:
            self.assertEqual(os.dup2(fd, 1), 1)
            os.write(1, b'redirected')
        finally:
            os.dup2(kept, 1)
            os.close(kept)
        self.assertEqual(os.pread(fd, 20, 0), b'redirected')
        self.assertEqual(os.dup2(fd, 100), 100)
        self.assertEqual(os.pread(100, 2, 0), b're')
        os.close(100)
        os.close(fd)
        self.assertFails(errno.EBADF, os.dup2, fd, 101)
        self.assertFails(errno.EBADF, os.dup, -1)

    def test_vectors(self):
        fd = os.open('f', os.O_RDWR | os.O_CREAT)
        self.assertEqual(os.writev(fd, [b'ab', b'', b'cde']), 5)
        parts = [bytearray(1), bytearray(3), bytearray(9)]
        self.assertEqual(os.preadv(fd, parts, 0), 5)
        self.assertEqual([bytes(part) for part in parts], [b'a', b'bcd', b'e' + bytes(8)])
        self.assertEqual(os.pwritev(fd, [b'X', b'Y'], 1), 2)
        os.lseek(fd, 0, os.SEEK_SET)
        self.assertEqual(os.readv(fd, parts), 5)
        self.assertEqual(bytes(parts[1]), b'XYd')
        os.close(fd)

    def test_truncating_what_is_not_open_for_writing(self):
        open('f', 'w').close()
        fd = os.open('f', os.O_RDONLY)
        self.assertFails(errno.EINVAL, os.ftruncate, fd, 0)
        os.close(fd)

    def test_many(self):
        fds = [os.open('f', os.O_RDWR | os.O_CREAT) for _ in range(500)]
        self.assertEqual(len(set(fds)), 500)
        for fd in fds:
            os.close(fd)
        self.assertEqual(os.open('f', os.O_RDONLY), min(fds))
        os.close(min(fds))

    def test_synchronized_writing(self):
        fd = os.open('f', os.O_RDWR | os.O_CREAT | os.O_SYNC)
        self.assertEqual(os.write(fd, b'abc'), 3)
        os.close(fd)


class Names(Case):
    def test_the_empty_path_is_nothing(self):
        self.assertFalse(os.path.exists('') or os.path.isdir(''))
        for function in os.listdir, os.stat, os.chdir, os.mkdir, os.unlink, os.rmdir, open:
            with self.subTest(function=function.__name__):
                self.assertFails(errno.ENOENT, function, '')

    def test_a_path_that_is_too_long(self):
        # A program, such as tarfile before it follows a link, has to know that from what is not there.
        open('f', 'w').close()
        for path in '/data/' + './' * 2045 + 'x', '/' + 'd/' * 3000, 'd/' * 3000, '/' + 'n' * 300:
            for function in (
                os.stat, os.lstat, os.listdir, os.mkdir, os.rmdir, os.unlink, os.readlink, os.chdir, open,
                lambda path: open(path, 'w'), lambda path: os.rename(path, 'f'),
                lambda path: os.symlink('f', path), os.utime,
            ):
                with self.subTest(length=len(path), function=function):
                    self.assertFails(errno.ENAMETOOLONG, function, path)

    def test_parent_folders_are_resolved_in_the_current_folder(self):
        os.mkdir('t')
        for _ in range(2000):
            os.chdir('t')
            os.chdir('..')
        self.assertEqual(os.getcwd(), '/data/work')
        os.chdir('t/.././t//../../work')
        self.assertEqual(os.getcwd(), '/data/work')

    def test_parent_of_a_link_is_where_it_leads(self):
        os.makedirs('a/b')
        os.symlink('a/b', 'link')
        self.assertEqual(sorted(os.listdir('link/..')), ['b'])
        os.chdir('link')
        os.chdir('..')
        self.assertEqual(os.listdir('.'), ['b'])

    def test_paths_that_leave_a_granted_folder_and_come_back(self):
        open('f', 'w').close()
        for path in '/data/../data/work/f', '../../data/work/f', '/../data/work/f', '/data/work/../../data/work/f':
            self.assertTrue(os.path.exists(path), path)

    def test_a_slash_says_that_it_is_a_folder(self):
        open('f', 'w').close()
        self.assertFails(errno.ENOTDIR, os.stat, 'f/')

    def test_number_of_an_entry(self):
        os.mkdir('t')
        open('f', 'w').close()
        for entry in os.scandir('.'):
            self.assertEqual(entry.inode(), os.stat(entry.name).st_ino)
            self.assertNotEqual(entry.inode(), 0)

    def test_listing_while_removing(self):
        for number in range(300):
            open(f'name{number}', 'w').close()
        with os.scandir('.') as entries:
            for entry in entries:
                os.unlink(entry)
        self.assertEqual(os.listdir('.'), [])

    def test_by_descriptor(self):
        os.mkdir('t')
        fd = os.open('t', os.O_RDONLY)
        open('t/f', 'w').close()
        self.assertEqual(os.listdir(fd), ['f'])
        self.assertEqual(os.stat('f', dir_fd=fd).st_size, 0)
        self.assertEqual([files for _, _, files, _ in os.fwalk('t')], [['f']])
        os.unlink('f', dir_fd=fd)
        os.close(fd)

    def test_the_current_folder_by_descriptor(self):
        os.makedirs('t/in')
        above, granted, t = (os.open(path, os.O_RDONLY) for path in ('/', '/data', 't'))
        inner = os.open('in', os.O_RDONLY, dir_fd=t)
        for fd, path in (inner, '/data/work/t/in'), (above, '/'), (t, '/data/work/t'), (granted, '/data'):
            os.fchdir(fd)
            self.assertEqual(os.getcwd(), path)
        os.chdir(inner)
        self.assertEqual(os.getcwd(), '/data/work/t/in')
        os.chdir('/data/work')
        with open('f', 'w') as file:
            self.assertFails(errno.ENOTDIR, os.fchdir, file.fileno())
        os.rename('t', 'elsewhere')
        self.assertFails(errno.ENOENT, os.fchdir, t)
        os.mkdir('t')
        self.assertFails(errno.ENOENT, os.fchdir, t)
        self.assertEqual(os.getcwd(), '/data/work')
        for fd in above, granted, t, inner:
            os.close(fd)
        self.assertFails(errno.EBADF, os.fchdir, t)

    def test_modes_are_those_of_a_usual_umask(self):
        open('f', 'w').close()
        os.mkdir('t')
        os.symlink('f', 'link')
        self.assertEqual([oct(os.lstat(path).st_mode) for path in ('f', 't', 'link')], ['0o100644', '0o40755', '0o120777'])
        with tarfile.open('x.tar', 'w') as archive:
            archive.add('f')
        with tarfile.open('x.tar') as archive:
            self.assertEqual(archive.getmember('f').mode, 0o644)
        self.assertEqual([os.access('f', mode) for mode in (os.R_OK, os.W_OK, os.X_OK)], [True, True, False])
        self.assertTrue(os.access('t', os.X_OK))


class ReadOnly(Case):
    """/tests is granted for reading."""

    def test_is_a_read_only_file_system(self):
        here = '/tests/test_files.py'
        for function, arguments in (
            (open, ('/tests/new', 'w')), (open, (here, 'r+')), (os.mkdir, ('/tests/new',)), (os.unlink, (here,)),
            (os.rename, (here, '/tests/new')), (os.rename, (here, '/data/work/new')), (os.utime, (here,)),
            (os.symlink, ('x', '/tests/new')), (os.truncate, (here, 0)),
        ):
            with self.subTest(function=function.__name__, arguments=arguments):
                self.assertFails(errno.EROFS, function, *arguments)
        self.assertFalse(os.access(here, os.W_OK))

    def test_what_is_there_is_told_first(self):
        here = '/tests/test_files.py'
        self.assertFails(errno.EEXIST, os.mkdir, '/tests')
        self.assertFails(errno.EEXIST, os.mkdir, here)
        self.assertFails(errno.EEXIST, open, here, 'x')
        self.assertFails(errno.EISDIR, open, '/tests', 'w')
        self.assertFails(errno.ENOENT, os.unlink, '/tests/missing')
        self.assertFails(errno.ENOENT, open, '/tests/missing/new', 'r+')

    def test_also_by_descriptor(self):
        fd = os.open('/tests', os.O_RDONLY)
        self.assertFails(errno.EROFS, os.mkdir, 'new', dir_fd=fd)
        os.close(fd)


class Above(Case):
    def test_root_lists_what_was_granted(self):
        self.assertEqual(sorted(os.listdir('/')), ['data', 'tests'])
        self.assertTrue(stat.S_ISDIR(os.stat('/').st_mode))
        self.assertEqual(os.stat('/..').st_ino, os.stat('/').st_ino)
        os.chdir('/')
        self.assertEqual(os.getcwd(), '/')
        self.assertIn('work', os.listdir('data'))
        self.assertTrue([where for where, _, _ in os.walk('/') if where == '/data/work'])

    def test_cannot_be_changed(self):
        for function, arguments in (
            (os.mkdir, ('/new',)), (open, ('/new', 'w')), (os.rmdir, ('/',)), (os.symlink, ('x', '/new')),
            (os.utime, ('/',)), (os.unlink, ('/dev/null',)),
        ):
            with self.subTest(function=function.__name__):
                self.assertFails(errno.EROFS, function, *arguments)
        self.assertFails(errno.EEXIST, os.mkdir, '/')
        self.assertFails(errno.EEXIST, os.mkdir, '/data')
        self.assertFails(errno.EISDIR, open, '/', 'w')
        self.assertFails(errno.ENOENT, open, '/missing')
        self.assertFails(errno.ENOENT, os.mkdir, '/missing/new')
        self.assertFails(errno.EINVAL, os.readlink, '/')

    def test_by_descriptor(self):
        fd = os.open('/', os.O_RDONLY)
        self.assertEqual(sorted(os.listdir(fd)), ['data', 'tests'])
        self.assertEqual(os.fstat(fd).st_ino, os.stat('/').st_ino)
        self.assertEqual(os.stat('data', dir_fd=fd).st_ino, os.stat('/data').st_ino)
        self.assertFails(errno.EISDIR, os.read, fd, 1)
        os.close(fd)

    def test_null_device(self):
        self.assertIn('null', os.listdir('/dev'))
        self.assertTrue(stat.S_ISCHR(os.stat(os.devnull).st_mode))
        with open(os.devnull, 'rb+', buffering=0) as null:
            self.assertEqual((null.write(b'abc'), null.read(10)), (3, b''))
        with open(os.devnull, 'w') as null:
            print('nothing', file=null)
            self.assertFails(errno.EBADF, os.read, null.fileno(), 1)
        self.assertFails(errno.ENOTDIR, os.stat, '/dev/null/x')

    def test_other_devices(self):
        with open('/dev/urandom', 'rb') as device:
            self.assertEqual(len({device.read(1000), device.read(1000)}), 2)
        with open('/dev/zero', 'rb', buffering=0) as device:
            self.assertEqual(device.read(1000), bytes(1000))
        with open('/dev/full', 'wb', buffering=0) as device:
            self.assertFails(errno.ENOSPC, device.write, b'x')
        self.assertEqual(os.path.samestat(os.stat('/dev/stdout'), os.fstat(1)), True)
        reader, writer = os.pipe()
        kept = os.dup(1)
        os.dup2(writer, 1)
        try:
            with open('/dev/stdout', 'w') as file:
                file.write('by its name')
        finally:
            os.dup2(kept, 1)
        os.close(kept)
        self.assertEqual(os.read(reader, 100), b'by its name')
        os.close(reader)
        os.close(writer)

    def test_a_name_that_no_host_has(self):
        self.assertFalse(os.path.exists(b'/data/\xff'))
        self.assertFails(errno.ENOENT, open, b'/data/\xff')
        self.assertFails(errno.EILSEQ, open, b'/data/\xff', 'w')

    def test_reading_is_what_is_done_without_saying_so(self):
        fd = os.open('f', os.O_CREAT)
        self.assertEqual(os.read(fd, 1), b'')
        os.close(fd)

    def test_a_descriptor_that_is_none(self):
        for call in os.get_blocking, lambda fd: os.set_blocking(fd, True), lambda fd: os.fpathconf(fd, 'PC_NAME_MAX'):
            self.assertFails(errno.EBADF, call, 1234)
        self.assertFails(errno.ENOENT, os.pathconf, '/data/nothing', 'PC_NAME_MAX')
        self.assertEqual(os.pathconf('/data', 'PC_NAME_MAX'), 255)
        self.assertGreater(os.sysconf('SC_OPEN_MAX'), 1000)


class Volumes(Case):
    def test_tell_what_is_known(self):
        open('f', 'w').close()
        for path in '.', 'f', os.getcwd():
            told = os.statvfs(path)
            self.assertEqual((told.f_bsize, told.f_frsize, told.f_namemax), (4096, 4096, 255))
            self.assertFalse(told.f_flag & os.ST_RDONLY)
            self.assertEqual((told.f_blocks, told.f_bfree, told.f_files), (0, 0, 0))
        with open('f') as file:
            self.assertEqual(os.statvfs(file.fileno()), os.fstatvfs(file.fileno()))
        self.assertTrue(os.statvfs(os.__file__).f_flag & os.ST_RDONLY)
        with self.assertRaises(FileNotFoundError):
            os.statvfs('missing')
        with self.assertRaises(OSError):
            os.fstatvfs(99)

    def test_have_no_size(self):
        with self.assertRaises(OSError) as raised:
            shutil.disk_usage('.')
        self.assertEqual(raised.exception.errno, errno.ENOTSUP)


class Streams(Case):
    def test_buffers_are_as_large_as_elsewhere(self):
        with open('f', 'wb') as file:
            file.write(b'x' * 10)
            self.assertEqual(os.stat('f').st_size, 0)
        with open('f', 'rb') as file:
            self.assertIsInstance(file, io.BufferedReader)
            file.read(1)
            self.assertEqual(os.lseek(file.fileno(), 0, os.SEEK_CUR), 10)


if __name__ == '__main__':
    unittest.main()
