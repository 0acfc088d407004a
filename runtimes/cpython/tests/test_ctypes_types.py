"""ctypes: types and memory of its own, and nothing foreign."""

import ctypes
import ctypes.util
import ctypes.wintypes
import struct
import unittest


class Types(unittest.TestCase):
    def test_sizes_are_those_of_the_platform(self):
        for kind, code in [(ctypes.c_byte, 'b'), (ctypes.c_short, 'h'), (ctypes.c_int, 'i'), (ctypes.c_long, 'l'),
                           (ctypes.c_longlong, 'q'), (ctypes.c_float, 'f'), (ctypes.c_double, 'd'), (ctypes.c_void_p, 'P'),
                           (ctypes.c_size_t, 'N'), (ctypes.c_bool, '?')]:
            self.assertEqual(ctypes.sizeof(kind), struct.calcsize(code))
        self.assertEqual(ctypes.c_int32(2**32 + 5).value, 5)
        self.assertEqual(ctypes.c_int8(200).value, -56)

    def test_structures(self):
        class Point(ctypes.Structure):
            _fields_ = [('tag', ctypes.c_char), ('x', ctypes.c_double), ('y', ctypes.c_int), ('bits', ctypes.c_uint, 3)]

        point = Point(b'p', 1.5, -2, 13)
        self.assertEqual((point.tag, point.x, point.y, point.bits), (b'p', 1.5, -2, 5))
        self.assertEqual((ctypes.sizeof(Point), ctypes.alignment(Point), Point.x.offset, Point.y.offset), (24, 8, 8, 16))
        self.assertEqual(struct.unpack('cdi', bytes(point)[:20]), (b'p', 1.5, -2))
        self.assertEqual(Point.from_buffer_copy(bytes(point)).y, -2)

        class Packed(ctypes.BigEndianStructure):
            _pack_ = 1
            _fields_ = [('a', ctypes.c_uint8), ('b', ctypes.c_uint32)]

        self.assertEqual(bytes(Packed(1, 0x02030405)), b'\1\2\3\4\5')

        class Either(ctypes.Union):
            _fields_ = [('number', ctypes.c_float), ('word', ctypes.c_uint32)]

        self.assertEqual(hex(Either(number=1.0).word), '0x3f800000')

    def test_arrays_and_buffers(self):
        numbers = (ctypes.c_int * 3)(1, 2, 3)
        self.assertEqual((list(numbers), bytes(numbers)), ([1, 2, 3], struct.pack('3i', 1, 2, 3)))
        store = bytearray(8)
        ctypes.c_uint16.from_buffer(store, 2).value = 0x1234
        self.assertEqual(store, bytes([0, 0, 0x34, 0x12, 0, 0, 0, 0]))
        buffer = ctypes.create_string_buffer(b'text', 10)
        self.assertEqual((buffer.value, len(buffer.raw)), (b'text', 10))
        self.assertEqual(ctypes.create_unicode_buffer('t\u20ac').value, 't\u20ac')

    def test_pointers_and_memory(self):
        number = ctypes.c_int(7)
        pointer = ctypes.pointer(number)
        pointer.contents.value += 1
        pointer[0] += 1
        self.assertEqual(number.value, 9)
        source, target = ctypes.create_string_buffer(b'source'), ctypes.create_string_buffer(10)
        self.assertEqual(ctypes.memmove(target, source, 4), ctypes.addressof(target))
        self.assertEqual(target.value, b'sour')
        ctypes.memset(target, ord('x'), 2)
        self.assertEqual(target.value, b'xxur')
        self.assertEqual(ctypes.string_at(target), b'xxur')
        self.assertEqual(ctypes.string_at(ctypes.addressof(target) + 2, 2), b'ur')
        self.assertEqual(ctypes.wstring_at(ctypes.create_unicode_buffer('wide'), 2), 'wi')
        bytes_of = ctypes.cast(ctypes.pointer(ctypes.c_uint32(0x01020304)), ctypes.POINTER(ctypes.c_ubyte * 4))
        self.assertEqual(list(bytes_of.contents), [4, 3, 2, 1])
        self.assertFalse(ctypes.POINTER(ctypes.c_int)())
        with self.assertRaises(TypeError):
            ctypes.cast(ctypes.pointer(number), ctypes.c_int * 2)


class Foreign(unittest.TestCase):
    def test_there_are_no_libraries(self):
        self.assertIsNone(ctypes.util.find_library('c'))
        for name in 'libc.so.6', '/data/x.so':
            with self.assertRaisesRegex(OSError, 'WASI has no shared libraries'):
                ctypes.CDLL(name)
        for library in ctypes.CDLL(None), ctypes.pythonapi:
            with self.assertRaises(AttributeError):
                library.printf

    def test_nothing_foreign_is_called(self):
        for address in 1, ctypes._memmove_addr, 0x7fffffff:
            with self.assertRaisesRegex(NotImplementedError, 'cannot call foreign functions'):
                ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(address)(1.0)
        with self.assertRaisesRegex(NotImplementedError, 'cannot make a function of C'):
            ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 1)


if __name__ == '__main__':
    unittest.main()
