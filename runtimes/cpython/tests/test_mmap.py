"""mmap: a copy of a file in memory, that is written back.

grants: a folder as /data
"""

import mmap
import os
import re
import unittest

NAME = '/data/mapped'


class MapTest(unittest.TestCase):
    def setUp(self):
        with open(NAME, 'wb') as file:
            file.write(b'Hello Python!\nsecond line\n')

    def content(self):
        with open(NAME, 'rb') as file:
            return file.read()

    def test_as_the_documentation_has_it(self):
        with open(NAME, 'r+b') as file:
            mm = mmap.mmap(file.fileno(), 0)
            self.assertEqual(mm.readline(), b'Hello Python!\n')
            self.assertEqual(mm[:5], b'Hello')
            mm[6:] = b' world!' + mm[13:]
            mm.seek(0)
            self.assertEqual(mm.readline(), b'Hello  world!\n')
            self.assertEqual(self.content()[:13], b'Hello Python!')
            mm.close()
        self.assertEqual(self.content(), b'Hello  world!\nsecond line\n')

    def test_flush_and_the_end_of_a_map_write(self):
        with open(NAME, 'r+b') as file:
            mm = mmap.mmap(file.fileno(), 5)
        mm[0] = ord('J')
        mm.flush()
        self.assertEqual(self.content()[:6], b'Jello ')
        mm[4:5] = b'y'
        del mm
        self.assertEqual(self.content()[:6], b'Jelly ')

    def test_what_is_read_only_or_a_copy_stays_so(self):
        with open(NAME, 'r+b') as file:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mm:
                with self.assertRaises(TypeError):
                    mm[0] = 1
                self.assertTrue(memoryview(mm).readonly)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as mm:
                mm[:5] = b'12345'
            with mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE) as mm:
                mm[:5] = b'12345'
        self.assertEqual(self.content()[:5], b'Hello')

    def test_memory_without_a_file(self):
        with mmap.mmap(-1, 13) as mm:
            mm.write(b'Hello world!')
            mm.write_byte(10)
            with self.assertRaises(ValueError):
                mm.write(b'x')
            self.assertEqual((len(mm), mm.tell(), mm.find(b'world', 0), mm.rfind(b'o')), (13, 13, 6, -1))
            mm.move(0, 6, 5)
            self.assertEqual(mm[:5], b'world')

    def test_buffers_are_lent_and_keep_it_open(self):
        mm = mmap.mmap(-1, 4)
        view = memoryview(mm)
        view[:2] = b'ab'
        with self.assertRaises(BufferError):
            mm.close()
        with self.assertRaises(BufferError):
            mm.resize(8)
        view.release()
        self.assertEqual(re.search(b'b', mm).span(), (1, 2))
        mm.resize(8)
        self.assertEqual(bytes(mm), b'ab' + bytes(6))
        mm.close()
        self.assertTrue(mm.closed)
        with self.assertRaises(ValueError):
            mm[0]

    def test_size_and_resize_of_a_file(self):
        with open(NAME, 'r+b') as file, mmap.mmap(file.fileno(), 5) as mm:
            self.assertEqual((len(mm), mm.size()), (5, 26))
            mm.resize(10)
            mm[5:10] = b'-----'
        self.assertEqual(self.content(), b'Hello-----')

    def test_what_cannot_be_mapped(self):
        with open(NAME, 'r+b') as file:
            for args, expected in [((file.fileno(), 27), ValueError), ((file.fileno(), -1), OverflowError),
                                   ((-1, 0), OSError), ((0, 1), OSError)]:
                with self.subTest(args), self.assertRaises(expected):
                    mmap.mmap(*args)
            with self.assertRaises(ValueError):
                mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ, access=mmap.ACCESS_READ)
            os.truncate(NAME, 0)
            with self.assertRaises(ValueError):
                mmap.mmap(file.fileno(), 0)


if __name__ == '__main__':
    unittest.main()
