"""What the tests of compressors have in common: data, what any of them must do, and a stream that is longer than memory."""

import random
import zlib

SLICE = 64 * 1024  # of what crosses into a component
PIECE = 1 << 20
PIECES = 4096


def mixed(length, seed=1):
    """Bytes that compress to about half."""
    noise = random.Random(seed)
    pieces = []
    size = 0
    while size < length:
        piece = noise.randbytes(noise.randrange(1, 400))
        if noise.random() < 0.5:
            piece = piece[:8] * (len(piece) // 8 + 1)
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)[:length]


def cut(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)]


class Slices:
    """Tests for a unittest.TestCase, which has `pack(data)`, `unpack(packed)` and `reader()`: slices do not show."""

    limits = [100, SLICE - 1, SLICE, SLICE + 1]

    def test_max_length_is_kept(self):
        data = mixed(250_000)
        packed = self.pack(data)
        for limit in (*self.limits, len(data)):
            reader = self.reader()
            out = [reader.decompress(packed, limit)]
            while not reader.eof:
                self.assertFalse(reader.needs_input)
                out.append(reader.decompress(b"", limit))
            self.assertLessEqual(max(map(len, out)), limit)
            self.assertEqual(b"".join(out), data)

    def test_a_byte_at_a_time_out_of_a_large_input(self):
        # The input is not copied into the component for each byte: that would be 64 KiB x 100,000.
        data = mixed(100_000)
        reader = self.reader()
        out = [reader.decompress(self.pack(data) + bytes(100 * SLICE), 1)]
        while not reader.eof:
            out.append(reader.decompress(b"", 1))
        self.assertEqual(b"".join(out), data)
        self.assertEqual(reader.unused_data, bytes(100 * SLICE))

    def test_bytes_after_the_end_are_handed_back(self):
        data = mixed(2 * SLICE)
        packed = self.pack(data)
        for surplus in (b"x", bytes(SLICE), mixed(5 * SLICE)):
            reader = self.reader()
            self.assertEqual(reader.decompress(packed + surplus), data)
            self.assertTrue(reader.eof)
            self.assertFalse(reader.needs_input)
            self.assertEqual(reader.unused_data, surplus)
            with self.assertRaises(EOFError):
                reader.decompress(b"more")

    def test_many_streams_in_one(self):
        parts = [mixed(size, size) for size in (0, 1, 1000, SLICE, 150_000)]
        self.assertEqual(self.unpack(b"".join(map(self.pack, parts))), b"".join(parts))


class Errors:
    """The same for what is damaged. Beside those it has the exceptions `error`, of what is no stream; `cut_off`, of one that
    lacks its end; and `damage`, all that may come of other bits."""

    def test_damage_is_an_error_or_seen_by_nobody(self):
        noise = random.Random(3)
        data = mixed(20_000)
        packed = self.pack(data)
        for _ in range(500):
            broken = bytearray(packed)
            for _ in range(noise.randrange(1, 4)):
                broken[noise.randrange(len(broken))] ^= 1 << noise.randrange(8)
            try:
                self.assertEqual(self.unpack(broken), data)
            except self.damage:
                pass

    def test_a_truncated_stream(self):
        packed = self.pack(mixed(1000))
        for size in (1, 4, 10, len(packed) - 1):
            with self.assertRaises(self.cut_off):
                self.unpack(packed[:size])
            reader = self.reader()
            reader.decompress(packed[:size])
            self.assertTrue(reader.needs_input)
            self.assertFalse(reader.eof)

    def test_an_error_leaves_the_others_alone(self):
        data = mixed(150_000)
        packed = self.pack(data)
        good = self.reader()
        begun = good.decompress(packed[:60_000])
        for _ in range(10):
            with self.assertRaises(self.error):
                self.unpack(b"not a stream at all")
        self.assertEqual(begun + good.decompress(packed[60_000:]), data)


def four_gib():
    """Mostly what compresses well, for the sake of time, and some noise."""
    noise = random.Random(1)
    zeros = bytes(PIECE - 256)
    for _ in range(PIECES):
        yield noise.randbytes(256) + zeros


class FourGiB:
    """A test for a unittest.TestCase, which has `compressor()` and `decompressor()`."""

    def test_through_both_ways(self):
        packer, reader = self.compressor(), self.decompressor()
        put = got = length = 0

        def read(packed):
            nonlocal got, length
            out = reader.decompress(packed, PIECE)
            while out:
                got = zlib.crc32(out, got)
                length += len(out)
                out = b"" if reader.eof else reader.decompress(b"", PIECE)

        for piece in four_gib():
            put = zlib.crc32(piece, put)
            read(packer.compress(piece))
        read(packer.flush())
        self.assertTrue(reader.eof)
        self.assertEqual((length, got), (PIECE * PIECES, put))
