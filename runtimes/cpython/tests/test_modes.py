"""Modes and owners, which are remembered as long as the program runs; links to absolute paths.

grants: a folder as /data
"""

import errno
import os
import pathlib
import shutil
import stat
import tempfile
import unittest


class Case(unittest.TestCase):
    def setUp(self):
        os.mkdir('/data/work')
        os.chdir('/data/work')
        self.addCleanup(shutil.rmtree, '/data/work')
        self.addCleanup(os.chdir, '/data')

    def mode(self, path):
        return stat.S_IMODE(os.stat(path).st_mode)

    def assertFails(self, number, function, *arguments):
        with self.assertRaises(OSError) as caught:
            function(*arguments)
        self.assertEqual(errno.errorcode.get(caught.exception.errno), errno.errorcode[number])


class Given(Case):
    def test_is_told_whatever_the_name(self):
        pathlib.Path('f').write_text('')
        os.chmod('f', 0o751)
        os.link('f', 'other')
        os.rename('f', 'g')
        self.assertEqual((self.mode('g'), self.mode('other')), (0o751, 0o751))
        with open('other') as file:
            self.assertEqual(stat.S_IMODE(os.fstat(file.fileno()).st_mode), 0o751)
            os.fchmod(file.fileno(), 0o600)
        self.assertEqual(self.mode('g'), 0o600)
        shutil.copy('g', 'copy')
        self.assertEqual(self.mode('copy'), 0o600)

    def test_is_gone_with_the_file(self):
        for remove in os.remove, lambda name: os.replace('new', name):
            for name in 'f', 'new':
                pathlib.Path(name).write_text('')
            os.chmod('f', 0o400)
            remove('f')
            # A file system is free to give a new one the number of one that is gone.
            for i in range(20):
                pathlib.Path(f'again{i}').write_text('')
            self.assertEqual({self.mode(f'again{i}') for i in range(20)}, {0o644})

    def test_by_many(self):
        for i in range(300):
            os.close(os.open(f'f{i}', os.O_CREAT | os.O_WRONLY, 0o600 | i % 64))
        for i in range(0, 300, 3):
            os.remove(f'f{i}')
        for i in range(300):
            if i % 3:
                self.assertEqual(self.mode(f'f{i}'), (0o600 | i % 64) & ~0o022)

    def test_where_nothing_is(self):
        self.assertFails(errno.ENOENT, os.chmod, 'f', 0o600)
        self.assertFails(errno.EROFS, os.chmod, '/', 0o700)

    def test_when_it_is_made(self):
        before = os.umask(0o027)
        try:
            os.mkdir('folder')
            os.close(os.open('f', os.O_CREAT | os.O_WRONLY))
            pathlib.Path('plain').write_text('')
            os.close(os.open('plain', os.O_CREAT | os.O_WRONLY, 0o600))
        finally:
            os.umask(before)
        self.assertEqual([self.mode(name) for name in ('folder', 'f', 'plain')], [0o750, 0o750, 0o640])
        with tempfile.NamedTemporaryFile(dir='.') as file, tempfile.TemporaryDirectory(dir='.') as folder:
            self.assertEqual((self.mode(file.name), self.mode(folder)), (0o600, 0o700))

    def test_holds_for_the_owner(self):
        pathlib.Path('f').write_text('kept')
        os.chmod('f', 0o400)
        self.assertFails(errno.EACCES, open, 'f', 'w')
        self.assertEqual(pathlib.Path('f').read_text(), 'kept')
        self.assertEqual([os.access('f', mode) for mode in (os.R_OK, os.W_OK, os.X_OK)], [True, False, False])
        os.chmod('f', 0o200)
        self.assertFails(errno.EACCES, open, 'f')
        os.mkdir('folder')
        os.rename('f', 'folder/f')
        os.chmod('folder', 0o500)
        self.assertFails(errno.EACCES, os.remove, 'folder/f')
        self.assertFails(errno.EACCES, os.mkdir, 'folder/new')
        self.assertFails(errno.EACCES, open, 'folder/new', 'w')
        os.chmod('folder', 0o700)
        os.remove('folder/f')


class Owners(Case):
    def test_cannot_be_changed(self):
        pathlib.Path('f').write_text('')
        os.chown('f', os.getuid(), -1)
        shutil.chown('f', 'user', 'user')
        self.assertFails(errno.EPERM, os.chown, 'f', 0, 0)
        self.assertFails(errno.ENOENT, os.chown, 'g', -1, -1)


class AbsoluteLinks(Case):
    def test_lead_to_what_they_name(self):
        os.makedirs('a/b')
        pathlib.Path('a/f').write_text('here')
        for link, target, text in [
            ('l', '/data/work/a/f', 'a/f'), ('a/b/l', '/data/work/a/f', '../f'), ('a/l', '/data/work/a', '../a'),
            ('a/b/up', '/data', '../../../.'),
        ]:
            os.symlink(target, link)
            self.assertEqual(os.readlink(link), text)
            self.assertEqual(os.path.realpath(link), target)
        self.assertEqual(pathlib.Path('a/b/l').read_text(), 'here')
        pathlib.Path('to_come').symlink_to('/data/work/nothing_yet')
        self.assertFalse(os.path.exists('to_come'))
        pathlib.Path('nothing_yet').write_text('come')
        self.assertEqual(pathlib.Path('to_come').read_text(), 'come')

    def test_that_cannot_be_made(self):
        self.assertFails(errno.EPERM, os.symlink, '/elsewhere', 'l')
        os.mkdir('a')
        os.symlink('a', 'by_link')
        self.assertFails(errno.EPERM, os.symlink, '/data/work/f', 'by_link/l')


if __name__ == '__main__':
    unittest.main()
