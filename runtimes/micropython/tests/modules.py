# A look into each module of the image: that it is there, and does what it is for.
import array, binascii, cmath, collections, deflate, errno, framebuf, gc, hashlib, heapq, io, json, math, micropython
import os, platform, random, re, select, struct, sys, time, uctypes, vfs, websocket

print(array.array("h", [1, -2]), binascii.hexlify(b"\xff\x00"), binascii.crc32(b"123456789"))
print(binascii.b2a_base64(b"text"), binascii.unhexlify("00ff"), cmath.sqrt(-1))
print(collections.namedtuple("P", "x y")(1, 2), collections.OrderedDict(a=1), list(collections.deque((1, 2), 5)))

packed = io.BytesIO()
with deflate.DeflateIO(packed, deflate.ZLIB) as stream:
    stream.write(b"text " * 100)
print(len(packed.getvalue()) < 50)
with deflate.DeflateIO(io.BytesIO(packed.getvalue())) as stream:
    print(stream.read() == b"text " * 100)

print(errno.errorcode[errno.ENOENT], gc.isenabled(), gc.mem_free() > 0)
buffer = framebuf.FrameBuffer(bytearray(8), 8, 8, framebuf.MONO_HLSB)
buffer.line(0, 0, 7, 7, 1)
print([buffer.pixel(i, i) for i in range(8)])
print(binascii.hexlify(hashlib.sha256(b"abc").digest())[:16])
heap = [5, 2, 8]
heapq.heapify(heap)
print(heapq.heappop(heap), json.loads('{"a": [1, 2.5, null, "\\u00fc"]}'), json.dumps([1, "a", None]))
print(math.isclose(math.sin(math.pi / 6), 0.5), math.gamma(5), math.floor(-1.5), micropython.opt_level())
print(os.sep, len(os.urandom(4)), os.getenv("NOTHING", "default"))
print(platform.platform().split("-")[0], sys.platform, sys.byteorder, sys.maxsize, sys.implementation.name)
random.seed(3)
first = [random.randint(0, 99) for _ in range(5)]
random.seed(3)
print(first == [random.randint(0, 99) for _ in range(5)], 0 <= random.random() < 1)
print(re.match(r"(\w+)@(\w+)", "me@here").group(2), re.sub("a+", "b", "caat"), re.compile("[,;]").split("a,b;c"))
print(struct.pack("<hIq", -1, 2, 3), struct.unpack(">d", b"\x40\x09\x21\xfb\x54\x44\x2d\x18"), select.POLLIN)
layout = {"a": 0 | uctypes.UINT16, "b": (2 | uctypes.ARRAY, 2 | uctypes.UINT8)}
view = uctypes.struct(uctypes.addressof(b"\x01\x02\x03\x04"), layout, uctypes.LITTLE_ENDIAN)
print(view.a, list(view.b), vfs.VfsPosix, hasattr(vfs, "VfsRom"), websocket.websocket)
print(1 << 100, 2**0.5, 1e300 * 10, 10**20 // 3, -7 // 2, -7 % 3, f"{1 / 3:.4f}", "{:>5}|{:x}".format("a", 255))
print("ü€😀"[1:], len("ü€😀"), "ü€😀".encode(), "straße".upper(), ord("😀"))
print({1, 2} | {3}, dict(a=1, b=2), list(range(3)) + list("ab"), (lambda *a, k=1: (a, k))(1, k=2))
if (n := 5) > 3:
    print("walrus", n)
