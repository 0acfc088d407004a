"""lzma through the lzma cap: what CPython's own test_lzma does not ask.

That the slices in which data crosses into the component do not show, that errors come at the byte where they are, and
that nothing is kept in the component. Run inside pylon.wasm.

The loops of NothingIsKept would need more memory than there is if each turn kept its stream or its data.

grants: what tests share.
memory: 512M
"""

import lzma
import random
import sys
import unittest

import streams
from streams import SLICE, cut, mixed

MEMORY = 512 << 20
SMALL = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 16}]
RAW = {"format": lzma.FORMAT_RAW, "filters": SMALL}
FORMATS = [
    ({"preset": 0}, {}),
    ({"preset": 0, "check": lzma.CHECK_SHA256}, {"format": lzma.FORMAT_XZ}),
    ({"format": lzma.FORMAT_ALONE, "preset": 0}, {}),
    (RAW, RAW),
]


def small(data):
    return lzma.compress(data, filters=SMALL)


def packed_in(pieces, **how):
    packer = lzma.LZMACompressor(**how)
    return b"".join([packer.compress(piece) for piece in pieces] + [packer.flush()])


class TheModule(unittest.TestCase):
    def test_is_the_library_s_own(self):
        self.assertTrue(lzma.__file__.endswith("/lzma.py"))
        self.assertEqual(lzma.LZMACompressor.__module__, "_lzma")
        self.assertIn("_lzma", sys.builtin_module_names)

    def test_knows_all_checks(self):
        checks = [lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_CRC64, lzma.CHECK_SHA256]
        for check in range(-1, 20):
            self.assertIs(lzma.is_check_supported(check), check in checks)

    def test_knows_all_filters(self):
        data = mixed(10_000)
        for name in ("X86", "POWERPC", "IA64", "ARM", "ARMTHUMB", "SPARC", "DELTA"):
            filters = [{"id": getattr(lzma, f"FILTER_{name}")}] + SMALL
            packed = lzma.compress(data, filters=filters)
            self.assertEqual(lzma.decompress(packed), data)


class Reads:
    pack = staticmethod(small)
    unpack = staticmethod(lzma.decompress)
    reader = staticmethod(lzma.LZMADecompressor)


class Slices(Reads, streams.Slices, unittest.TestCase):
    """Sizes around the slice and the dictionary, where an error of one byte would be."""

    limits = [*streams.Slices.limits, SLICE - 257, SLICE - 256, SLICE - 255]
    sizes = [0, 1, 3, 4, 5, 255, 256, 257]
    sizes += [SLICE * n + d for n in (1, 2) for d in (-256, -1, 0, 1)] + [200_000]

    def test_round_trip(self):
        for data in (mixed(max(self.sizes)), random.Random(2).randbytes(max(self.sizes)), b"a" * max(self.sizes)):
            for size in self.sizes:
                for to, back in FORMATS:
                    with self.subTest(size=size, begins=data[:4], how=to):
                        packed = lzma.compress(data[:size], **to)
                        self.assertEqual(lzma.decompress(packed, **back), data[:size])

    def test_every_preset_that_memory_is_there_for(self):
        data = mixed(100_000)
        for level in range(8):
            for preset in (level, level | lzma.PRESET_EXTREME):
                self.assertEqual(lzma.decompress(lzma.compress(data, preset=preset)), data)

    def test_the_cuts_do_not_show(self):
        data = mixed(300_000)
        for to, back in FORMATS:
            whole = lzma.compress(data, **to)
            for size in (1000, SLICE - 1, SLICE, SLICE + 1, 99_981):
                self.assertEqual(packed_in(cut(data, size), **to), whole)
                reader = lzma.LZMADecompressor(**back)
                self.assertEqual(b"".join(reader.decompress(piece) for piece in cut(whole, size)), data)
                self.assertTrue(reader.eof)

    def test_one_byte_at_a_time_both_ways(self):
        data = mixed(3000)
        packed = packed_in(cut(data, 1))
        self.assertEqual(packed, lzma.compress(data))
        reader = lzma.LZMADecompressor()
        self.assertEqual(b"".join(reader.decompress(piece) for piece in cut(packed, 1)), data)
        self.assertTrue(reader.eof)

    def test_highly_compressible(self):
        data = bytes(48 * 1024 * 1024)
        packed = lzma.compress(data, preset=0)
        self.assertLess(len(packed), 20_000)
        self.assertEqual(lzma.decompress(packed), data)
        reader = lzma.LZMADecompressor()
        self.assertEqual(len(reader.decompress(packed, 1000)), 1000)
        self.assertFalse(reader.needs_input)


class Errors(Reads, streams.Errors, unittest.TestCase):
    error = cut_off = damage = lzma.LZMAError

    def feed(self, data):
        """The index of the byte at which a stream fails, and how; the bytes until then."""
        reader = lzma.LZMADecompressor()
        out = b""
        for at in range(len(data)):
            try:
                out += reader.decompress(data[at:at + 1])
            except lzma.LZMAError as error:
                return at, str(error), out
        return None, None, out

    def test_come_at_the_byte_where_they_are(self):
        data = mixed(1000)
        packed = lzma.compress(data, check=lzma.CHECK_CRC32)
        corrupt, unknown = "Corrupt input data", "Input format not supported by decoder"
        cases = [
            (7, 11, corrupt, b""),  # the header, which has a checksum
            (8, 11, corrupt, b""),  # that checksum
            (len(packed) - 1, len(packed) - 1, corrupt, data),  # the magic of the footer
        ]
        for at, fails_at, text, out in cases:
            broken = bytearray(packed)
            broken[at] ^= 0xF0
            self.assertEqual(self.feed(broken), (fails_at, text, out), at)
        # This could be .lzma, until the size of its dictionary.
        self.assertEqual(self.feed(b"?" + packed[1:]), (4, unknown, b""))

    def test_a_wrong_check_of_the_data(self):
        data = mixed(1000)
        for check, size in ((lzma.CHECK_CRC32, 4), (lzma.CHECK_CRC64, 8), (lzma.CHECK_SHA256, 32)):
            packed = bytearray(lzma.compress(data, check=check, filters=SMALL))
            # Behind the check are the index, of 8 or 12 bytes, and the footer, of 12.
            index = 4 * (int.from_bytes(packed[-8:-4], "little") + 1)
            packed[-12 - index - size] ^= 1
            with self.assertRaisesRegex(lzma.LZMAError, "Corrupt input data"):
                lzma.decompress(packed)

    def test_a_broken_stream_stays_broken(self):
        packed = bytearray(small(mixed(50_000)))
        for at in range(0, len(packed) - 4, 997):
            packed[at] ^= 0x55
            reader = lzma.LZMADecompressor()
            with self.assertRaises(lzma.LZMAError):
                reader.decompress(packed)
            for rest in (b"", bytes(1000), packed):
                with self.assertRaises(lzma.LZMAError):
                    reader.decompress(rest)
            packed[at] ^= 0x55

    def test_options_out_of_range(self):
        for bad in ({"lc": 5}, {"lc": 4, "lp": 1}, {"pb": 5}, {"dict_size": 4095}, {"dict_size": 2**32 - 1},
                    {"mode": 3}, {"mf": 5}, {"nice_len": 274}, {"nice_len": 1}):
            with self.subTest(bad), self.assertRaisesRegex(lzma.LZMAError, "Invalid or unsupported options"):
                lzma.LZMACompressor(filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, **bad}])
        for preset in (10, 2**31 - 1, 2**32 - 1):
            with self.assertRaises(lzma.LZMAError):
                lzma.LZMACompressor(preset=preset)
        with self.assertRaisesRegex(lzma.LZMAError, "Unsupported integrity check"):
            lzma.LZMACompressor(check=2)

    def test_memory_limits(self):
        data = mixed(10_000)
        packed = lzma.compress(data, preset=6)  # a dictionary of 8 MiB
        for how in (lzma.FORMAT_AUTO, lzma.FORMAT_XZ):
            with self.assertRaisesRegex(lzma.LZMAError, "Memory usage limit exceeded"):
                lzma.decompress(packed, how, memlimit=8 << 20)
            self.assertEqual(lzma.decompress(packed, how, memlimit=9 << 20), data)


class NothingIsKept(unittest.TestCase):
    def test_streams_are_dropped(self):
        packed = lzma.compress(b"data", preset=6)
        for _ in range(MEMORY // 90_000_000 + 3):  # a compressor has 94 MiB
            lzma.LZMACompressor(preset=6)
        for _ in range(MEMORY // 8_000_000):  # a decompressor has 8 MiB once it has begun
            lzma.LZMADecompressor().decompress(packed, 1)

    def test_failures_are_dropped(self):
        broken = lzma.compress(b"data", preset=6)[:-1] + b"\xff"
        for _ in range(MEMORY // 8_000_000):
            with self.assertRaises(lzma.LZMAError):
                lzma.decompress(broken)
        for _ in range(20_000):
            with self.assertRaises(lzma.LZMAError):
                lzma.LZMACompressor(preset=10)
            with self.assertRaises(lzma.LZMAError):
                lzma.LZMADecompressor().decompress(b"not a stream at all")

    def test_properties_are_freed(self):
        for _ in range(20_000):
            encoded = lzma._encode_filter_properties({"id": lzma.FILTER_LZMA1})
            lzma._decode_filter_properties(lzma.FILTER_LZMA1, encoded)
            with self.assertRaises(lzma.LZMAError):
                lzma._decode_filter_properties(lzma.FILTER_LZMA1, bytes(1000))

    def test_room_for_output_is_freed(self):
        packed = small(b"small")
        for _ in range(MEMORY // 50_000):  # each step leaves room for 63 KiB of output
            lzma.LZMADecompressor().decompress(packed[:3])

    def test_data_is_freed(self):
        data = bytes(64 * 1024 * 1024)
        packed = small(data)
        for _ in range(MEMORY // len(data) + 6):
            self.assertEqual(len(lzma.decompress(packed)), len(data))
        packer = lzma.LZMACompressor(filters=SMALL)
        for _ in range(4):
            packer.compress(data)


if __name__ == "__main__":
    unittest.main()
