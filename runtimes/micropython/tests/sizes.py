# args: -X heapmax=64M
# A size beyond the memory, or beyond what 32 bits hold, is an error, whatever it is computed from: by a count, by many
# objects that are one, or by a width in a format.
import array, binascii, collections, framebuf, io, json, micropython, re, struct, uctypes

M = bytes(1 << 20)
S = "s" * (1 << 20)
E = [0] * (1 << 18)
T = tuple(E)


class Liar:
    # Says that it has another length than it has.
    def __init__(self, says, has):
        self.says = says
        self.has = has

    def __len__(self):
        return self.says

    def __iter__(self):
        return iter(range(self.has))


def star(*args, **kwargs):
    return len(args), len(kwargs)


def grown(kind):
    value = kind()
    while True:
        value.extend(M)


def check(what):
    try:
        result = eval(what)
    except (MemoryError, OverflowError, ValueError, IndexError) as error:
        print(type(error).__name__, "", what)
    else:
        result = repr(result)
        print(result if len(result) < 70 else "...", "", what)


for what in """
[0] * (1 << 30)
[0] * (1 << 29)
[0, 1] * 0x7fffffff
[0] * (1 << 64)
(0,) * (1 << 30)
(0, 1, 2) * 0x55555556
E * 4096
T * 4096
T * 4097
S * 4096
S * 4097
M * 4096
M * 4097
'ab' * 0x7fffffff
b'abc' * 0x55555556
4097 * M
len(bytearray(M) + M)
b''.join([M] * 4096)
b''.join([M] * 4097)
''.join([S] * 4097)
bytearray().join([M] * 4097)
S.join(['ab'] * 4097)
M.join(['ab'.encode()] * 4097)
S.replace('s', S)
S.replace('', S)
M.replace(b'\\0', M)
bytes(1 << 30)
bytes(0x7fffffff)
bytes(1 << 32)
bytes(-1)
bytearray(1 << 30)
bytearray(0x7fffffff)
bytearray(1 << 32)
bytearray(-1)
bytes(range(1 << 29))
array.array('d', Liar(1 << 29, 3))
grown(bytearray)
grown(lambda: array.array('I'))
collections.deque((), 0x3fffffff)
collections.deque((), 0x7fffffff)
collections.deque((), 1 << 32)
'%2147483647d' % 1
'%4294967297d' % 1
'%99999999999999999999s' % 'a'
'%*d' % (0x7fffffff, 1)
'%*d' % (1 << 31, 1)
'%.4294967297d' % 1
'%.2147483647d' % 1
'%.2147483647f' % 0.5
'%.2147483647e' % 1.5
'%.4294967297s' % 'abc'
'%.*s' % (0x7fffffff, 'abc')
'{:>9999999999}'.format(1)
'{:>4294967297}'.format('a')
'{:<{}}'.format(1, 0x7fffffff)
'{:.9999999999f}'.format(1.5)
'{:.9999999999}'.format('abc')
'{4294967297}'.format(1, 2)
'{:9999999999d}'.format(1)
'a'.center(0x7fffffff)
'a'.center(1 << 31)
'a'.center(-1)
'a b c'.rsplit(' ', 0x7fffffff)
'a b c'.rsplit(' ', 1)
'abc'.rsplit(S + S + S, 1)
'abc'.split(S + S + S)
struct.calcsize('4294967297B')
struct.calcsize('99999999999999999999s')
struct.calcsize('1073741824s')
struct.calcsize('2147483647B2147483647B')
struct.calcsize('1000000000b')
struct.calcsize('536870912q')
struct.pack('4294967297s', b'')
struct.pack('2147483647q')
struct.pack('1073741824x')
struct.unpack('1073741824B', b'')
struct.unpack('4294967296s', b'')
struct.unpack_from('B', b'abc', 0x7fffffff)
struct.unpack_from('4294967295sB', b'abc', 1)
struct.pack_into('B', bytearray(3), 0x7fffffff, 1)
struct.pack_into('2147483647B', bytearray(3), 2, 1)
1 << (1 << 31)
(1 << 1000000) << 0x3fffffff
(5).to_bytes(0x7fffffff, 'big')
int.from_bytes(M, 'big') == 0
M.hex(':') == '' 
list(range(0x7ffffffe, 0x7fffffff, 100))
io.BytesIO(0x7fffffff)
micropython.RingIO(0x7fffffff)
micropython.RingIO(-1)
micropython.RingIO(bytearray(0))
framebuf.FrameBuffer(bytearray(100), 65535, 65535, framebuf.RGB565)
framebuf.FrameBuffer(bytearray(100000), 65535, 8, framebuf.MONO_HLSB)
uctypes.sizeof({'a': (uctypes.ARRAY | 0, 0x1ffffff, {'b': (uctypes.ARRAY | 0, 0x1ffffff | uctypes.UINT64)})})
array.array('B', Liar(1, 20))
bytearray(Liar(0, 5))
bytearray(Liar(9, 5))
bytearray(Liar(-1, 5))
bytes(Liar(1 << 40, 5))
dict.fromkeys(Liar(-1, 3))
star(*Liar(-100, 3), *E[:100])
star(*Liar(1, 300), *E[:100], 1, 2, *(i for i in range(200)), *E[:7])
star(*(i for i in range(50)), *[0] * 100)
star(**{'a': 1}, **{'b%d' % i: 1 for i in range(50)})
[1, 2, 3, 4, 5, 6, 7][5::0x7fffffff]
[1, 2, 3][::-0x7fffffff]
[1, 2, 3][0x7fffffff:]
range(10)[::0x7fffffff]
list(range(-0x7fffffff, 0x7fffffff, 0x7fffffff))
re.match('(' * 200 + 'a' + ')' * 200, 'a')
json.loads('[' + '1,' * 30000 + '1]') == [1] * 30001
""".strip().split("\n"):
    check(what)

# A memoryview starts at most so far in its buffer as its word has bits, but nowhere else.
view = memoryview(bytearray(20 << 20))
view[16777216 - 1] = 7
print(view[10 << 20 :][(6 << 20) - 1 :][0])
try:
    print(view[10 << 20 :][10 << 20 :][0])
except OverflowError as error:
    print("OverflowError")
