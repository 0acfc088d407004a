"""bz2 through the bz2 cap: what CPython's own test_bz2 does not ask.

That the slices in which data crosses into the component do not show, that errors come at the byte where they are, and
that nothing is kept in the component. Run inside pylon.wasm.

The loops of NothingIsKept would need more memory than there is if each turn kept its stream or its data.

grants: what tests share.
memory: 512M
"""

import bz2
import random
import sys
import unittest

import streams
from streams import SLICE, cut, mixed

MEMORY = 512 << 20


def packed_in(pieces, level):
    packer = bz2.BZ2Compressor(level)
    return b"".join([packer.compress(piece) for piece in pieces] + [packer.flush()])


class TheModule(unittest.TestCase):
    def test_is_the_library_s_own(self):
        self.assertTrue(bz2.__file__.endswith("/bz2.py"))
        self.assertEqual(bz2.BZ2Compressor.__module__, "_bz2")
        self.assertIn("_bz2", sys.builtin_module_names)


class Reads:
    reader = staticmethod(bz2.BZ2Decompressor)
    unpack = staticmethod(bz2.decompress)

    def pack(self, data):
        return bz2.compress(data, 1)


class Slices(Reads, streams.Slices, unittest.TestCase):
    """Sizes around the slice and the block, where an error of one byte would be."""

    limits = [*streams.Slices.limits, 99_981]
    sizes = [0, 1, 3, 4, 5, 254, 255, 256, 259]
    sizes += [SLICE * n + d for n in (1, 2) for d in (-1, 0, 1)] + [99_980, 99_981, 99_982, 100_000, 200_000]

    def test_round_trip(self):
        for data in (mixed(max(self.sizes)), random.Random(2).randbytes(max(self.sizes)), b"a" * max(self.sizes)):
            for size in self.sizes:
                with self.subTest(size=size, begins=data[:4]):
                    packed = bz2.compress(data[:size], 1)
                    self.assertEqual(bz2.decompress(packed), data[:size])

    def test_every_level(self):
        data = mixed(1_000_000)
        for level in range(1, 10):
            packed = bz2.compress(data, level)
            self.assertEqual(packed[:4], b"BZh%d" % level)
            self.assertEqual(bz2.decompress(packed), data)

    def test_the_cuts_do_not_show(self):
        data = mixed(300_000)
        whole = bz2.compress(data, 1)
        for size in (1000, SLICE - 1, SLICE, SLICE + 1, 99_981):
            self.assertEqual(packed_in(cut(data, size), 1), whole)
            reader = bz2.BZ2Decompressor()
            self.assertEqual(b"".join(reader.decompress(piece) for piece in cut(whole, size)), data)
            self.assertTrue(reader.eof)

    def test_one_byte_at_a_time_both_ways(self):
        data = mixed(3000)
        packed = packed_in(cut(data, 1), 9)
        self.assertEqual(packed, bz2.compress(data))
        reader = bz2.BZ2Decompressor()
        self.assertEqual(b"".join(reader.decompress(piece) for piece in cut(packed, 1)), data)
        self.assertTrue(reader.eof)

    def test_highly_compressible(self):
        data = bytes(48 * 1024 * 1024)  # one block is up to 45 MB of them
        packed = bz2.compress(data)
        self.assertLess(len(packed), 200)
        self.assertEqual(bz2.decompress(packed), data)
        reader = bz2.BZ2Decompressor()
        self.assertEqual(len(reader.decompress(packed, 1000)), 1000)
        self.assertFalse(reader.needs_input)


class Errors(Reads, streams.Errors, unittest.TestCase):
    error = OSError
    cut_off = ValueError
    damage = (OSError, ValueError)  # ValueError: ended early

    def feed(self, data):
        """The index of the byte at which a stream fails; the bytes until then."""
        reader = bz2.BZ2Decompressor()
        out = b""
        for at in range(len(data)):
            try:
                out += reader.decompress(data[at:at + 1])
            except OSError as error:
                self.assertEqual(str(error), "Invalid data stream")
                return at, out
        return None, out

    def test_come_at_the_byte_where_they_are(self):
        data = mixed(1000)
        packed = bz2.compress(data)
        for at, byte in [(0, b"C"), (1, b"X"), (2, b"0"), (3, b"0"), (3, b":"), (4, b"2"), (9, b"X")]:
            broken = packed[:at] + byte + packed[at + 1:]
            self.assertEqual(self.feed(broken), (at, b""), (at, byte))
        # The checksum of the stream is its last 4 bytes, behind up to 7 bits.
        broken = packed[:-1] + bytes([packed[-1] ^ 0x80])
        self.assertEqual(self.feed(broken), (len(packed) - 1, data))

    def test_a_wrong_checksum_of_a_block(self):
        packed = bytearray(bz2.compress(mixed(1000)))
        packed[10] ^= 1
        with self.assertRaisesRegex(OSError, "Invalid data stream"):
            bz2.decompress(packed)

    def test_a_broken_stream_stays_broken(self):
        packed = bytearray(bz2.compress(mixed(50_000)))
        for at in range(0, len(packed) - 4, 997):
            packed[at] ^= 0x55
            reader = bz2.BZ2Decompressor()
            with self.assertRaises(OSError):
                reader.decompress(packed)
            for rest in (b"", bytes(1000), packed):
                try:
                    reader.decompress(rest)
                except (OSError, ValueError):  # ValueError in 3.13.15
                    continue
                self.fail("it goes on")
            packed[at] ^= 0x55

    def test_levels_out_of_range(self):
        for level in (0, 10, -1, 2**31 - 1, -(2**31)):
            with self.subTest(level=level), self.assertRaises(ValueError):
                bz2.BZ2Compressor(level)


class NothingIsKept(unittest.TestCase):
    def test_streams_are_dropped(self):
        packed = bz2.compress(b"data")
        for _ in range(MEMORY // 7_000_000):  # a compressor has 7.6 MB
            bz2.BZ2Compressor()
        for _ in range(MEMORY // 3_000_000):  # a decompressor has 3.7 MB once it has begun
            bz2.BZ2Decompressor().decompress(packed, 1)

    def test_failures_are_dropped(self):
        broken = bz2.compress(b"data")[:-1] + b"\xff"
        for _ in range(MEMORY // 3_000_000):
            with self.assertRaises(OSError):
                bz2.decompress(broken)
        for _ in range(20_000):
            with self.assertRaises(ValueError):
                bz2.BZ2Compressor(0)
            with self.assertRaises(OSError):
                bz2.BZ2Decompressor().decompress(b"broken")

    def test_room_for_output_is_freed(self):
        packed = bz2.compress(b"small", 1)
        for _ in range(MEMORY // 50_000):  # each step leaves room for 64 KiB of output
            bz2.BZ2Decompressor().decompress(packed[:3])

    def test_data_is_freed(self):
        data = bytes(64 * 1024 * 1024)
        packed = bz2.compress(data)
        for _ in range(MEMORY // len(data) + 6):
            self.assertEqual(len(bz2.decompress(packed)), len(data))
        packer = bz2.BZ2Compressor(1)
        for _ in range(4):
            packer.compress(data)


if __name__ == "__main__":
    unittest.main()
