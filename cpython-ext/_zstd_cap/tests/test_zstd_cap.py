"""compression.zstd over the zstd cap: what the table of differential.toml does not ask.

That the slices in which data crosses into the component do not show, that errors come at the byte where they are, files,
and that nothing is kept in the component. Run inside pylon.wasm.

The loops of NothingIsKept would need more memory than there is if each turn kept its stream or its data.

grants: what tests share.
memory: 512M
"""

import gc
import importlib
import io
import random
import unittest

import backports.zstd
from compression import zstd
import streams
from streams import SLICE, cut, mixed

MEMORY = 512 << 20
CHECKSUM = {zstd.CompressionParameter.checksum_flag: 1}


class TheModule(unittest.TestCase):
    def test_has_two_names(self):
        for name in (*zstd.__all__, "FrameInfo"):
            self.assertIs(getattr(backports.zstd, name), getattr(zstd, name))
        self.assertEqual(zstd.ZstdError.__module__, "compression.zstd")

    def test_has_the_others_of_its_package_beside_it(self):
        data = b"some and some " * 100
        for name in "bz2", "gzip", "lzma", "zlib":
            module = importlib.import_module(f"compression.{name}")
            self.assertEqual(module.decompress(module.compress(data)), data)

    def test_classes_are_immutable(self):
        for kind in zstd.ZstdCompressor, zstd.ZstdDecompressor, zstd.ZstdDict:
            with self.assertRaises(TypeError):
                kind.something = 1

    def test_errors_of_parameters_name_them(self):
        level = zstd.CompressionParameter.strategy
        with self.assertRaisesRegex(ValueError, r"compression parameter 'strategy' received an illegal value 10; the valid"):
            zstd.ZstdCompressor(options={level: 10})
        with self.assertRaisesRegex(ValueError, r"invalid compression parameter 'unknown parameter \(key 1006\)'"):
            zstd.ZstdCompressor(options={1006: 1})
        with self.assertRaisesRegex(ValueError, "illegal compression level 100; the valid range is"):
            zstd.ZstdCompressor(100)


class Reads:
    unpack = staticmethod(zstd.decompress)
    reader = staticmethod(zstd.ZstdDecompressor)

    def pack(self, data):
        return zstd.compress(data, options=CHECKSUM)


class Slices(Reads, streams.Slices, unittest.TestCase):
    """Sizes around the slice and the block, where an error of one byte would be."""

    sizes = [0, 1, 3, 4, 255, 256] + [SLICE * n + d for n in (1, 2) for d in (-1, 0, 1)] + [200_000]

    def test_round_trip(self):
        for data in (mixed(max(self.sizes)), random.Random(2).randbytes(max(self.sizes)), b"a" * max(self.sizes)):
            for size in self.sizes:
                for how in ({"level": 1}, {"level": 12}, {"options": CHECKSUM}):
                    with self.subTest(size=size, begins=data[:4], how=how):
                        packed = zstd.compress(data[:size], **how)
                        self.assertEqual(zstd.get_frame_info(packed).decompressed_size, size)
                        self.assertEqual(zstd.get_frame_size(packed), len(packed))
                        self.assertEqual(zstd.decompress(packed), data[:size])

    def test_in_pieces_both_ways(self):
        data = mixed(300_000)
        for size in (1, 1000, SLICE - 1, SLICE, SLICE + 1):
            part = data[:5000] if size == 1 else data
            packer = zstd.ZstdCompressor()
            packed = b"".join([packer.compress(piece) for piece in cut(part, size)] + [packer.flush()])
            reader = zstd.ZstdDecompressor()
            self.assertEqual(b"".join(reader.decompress(piece) for piece in cut(packed, size)), part)
            self.assertTrue(reader.eof)

    def test_highly_compressible(self):
        data = bytes(48 * 1024 * 1024)
        packed = zstd.compress(data)
        self.assertLess(len(packed), 10_000)
        self.assertEqual(zstd.decompress(packed), data)


class Dictionaries(unittest.TestCase):
    samples = [b'%d: {"name": "user %d", "mail": "u%d@example.org"}' % (n, n * 7, n * 31) * 3 for n in range(400)]

    def test_trained(self):
        trained = zstd.train_dict(self.samples, 3000)
        finalized = zstd.finalize_dict(zstd.ZstdDict(b"".join(self.samples[:9]), is_raw=True), self.samples, 4000, 5)
        for dictionary in trained, finalized:
            packed = zstd.compress(self.samples[3], zstd_dict=dictionary)
            self.assertLess(len(packed), len(zstd.compress(self.samples[3])))
            self.assertEqual(zstd.get_frame_info(packed).dictionary_id, dictionary.dict_id)
            self.assertEqual(zstd.decompress(packed, dictionary), self.samples[3])
            with self.assertRaisesRegex(zstd.ZstdError, "Unable to decompress Zstandard data: Dictionary mismatch"):
                zstd.decompress(packed)

    def test_damaged(self):
        damaged = zstd.ZstdDict(bytes.fromhex("37a430ec4d000000") + bytes(100), is_raw=True)
        text = "Failed to create a ZSTD_[CD]Dict instance from Zstandard dictionary content"
        # libzstd's own words, though there is memory.
        lack = "Allocation error : not enough memory"
        for call, said in (
            (lambda: zstd.ZstdCompressor(zstd_dict=damaged.as_digested_dict), text),
            (lambda: zstd.compress(b"some", zstd_dict=damaged), "^Unable to compress Zstandard data: " + lack),
            (lambda: zstd.ZstdDecompressor(damaged), text),
            (lambda: zstd.ZstdDecompressor(damaged.as_undigested_dict),
             "^Unable to load Zstandard dictionary or prefix for decompression: " + lack),
        ):
            self.assertRaisesRegex(zstd.ZstdError, said, call)
        # As a prefix it is any bytes.
        packed = zstd.compress(b"some", zstd_dict=damaged.as_prefix)
        self.assertEqual(zstd.decompress(packed, damaged.as_prefix), b"some")

    def test_lives_as_long_as_it_is_used(self):
        content = mixed(5000)
        for use in ("as_digested_dict", "as_undigested_dict", "as_prefix"):
            dictionary = zstd.ZstdDict(content, is_raw=True)
            packer = zstd.ZstdCompressor(zstd_dict=getattr(dictionary, use))
            reader = zstd.ZstdDecompressor(getattr(dictionary, use))
            del dictionary
            gc.collect()
            zstd.ZstdDict(bytes(5000), is_raw=True)  # where the content was, if it is gone
            packed = packer.compress(content) + packer.flush()
            self.assertLess(len(packed), 100)
            self.assertEqual(reader.decompress(packed), content)


class Files(unittest.TestCase):
    def test_binary(self):
        data = mixed(300_000)
        memory = io.BytesIO()
        with zstd.ZstdFile(memory, "w", level=5) as file:
            self.assertEqual(file.write(data[:1000]), 1000)
            file.flush()
            self.assertEqual(zstd.ZstdDecompressor().decompress(memory.getvalue()), data[:1000])
            file.write(memoryview(data)[1000:])
            self.assertEqual(file.tell(), len(data))
        self.assertTrue(file.closed)
        memory.seek(0)
        with zstd.open(memory) as file:
            self.assertEqual(file.read(10), data[:10])
            self.assertEqual(file.peek(1)[:1], data[10:11])
            self.assertEqual(file.seek(-5, io.SEEK_END), len(data) - 5)
            self.assertEqual(file.read(), data[-5:])
            file.seek(100)
            self.assertEqual(file.read1(50), data[100:150])
            with self.assertRaises(io.UnsupportedOperation):
                file.write(b"x")
        with self.assertRaises(ValueError):
            file.read()

    def test_text(self):
        memory = io.BytesIO()
        with zstd.open(memory, "wt", encoding="utf-8", newline="\n") as file:
            file.write("eins\nzwei\näöü\n")
        memory.seek(0)
        with zstd.open(memory, "rt", encoding="utf-8") as file:
            self.assertEqual(list(file), ["eins\n", "zwei\n", "äöü\n"])

    def test_wrong_arguments(self):
        for wrong, error in (
            (lambda: zstd.ZstdFile(io.BytesIO(), "rw"), ValueError),
            (lambda: zstd.ZstdFile(io.BytesIO(), 5), ValueError),
            (lambda: zstd.ZstdFile(io.BytesIO(), "r", level=3), TypeError),
            (lambda: zstd.ZstdFile(io.BytesIO(), "w", level="3"), TypeError),
            (lambda: zstd.ZstdFile(io.BytesIO(), "w", options=3), TypeError),
            (lambda: zstd.ZstdFile(5), TypeError),
            (lambda: zstd.open(io.BytesIO(), "rbt"), ValueError),
            (lambda: zstd.open(io.BytesIO(), "rb", encoding="utf-8"), ValueError),
        ):
            self.assertRaises(error, wrong)


class Errors(Reads, streams.Errors, unittest.TestCase):
    error = cut_off = zstd.ZstdError
    damage = (zstd.ZstdError, MemoryError)  # a window of up to 2 GiB

    def test_come_at_the_byte_where_they_are(self):
        data = mixed(1000)
        packed = zstd.compress(data, options=CHECKSUM)
        for at in (0, len(packed) - 1):
            broken = bytearray(packed)
            broken[at] ^= 0xF0
            reader = zstd.ZstdDecompressor()
            for index in range(len(broken)):
                try:
                    reader.decompress(broken[index:index + 1])
                except zstd.ZstdError:
                    break
            self.assertEqual(index, at)

    def test_a_stream_can_be_used_after_an_error(self):
        data = mixed(1000)
        packed = zstd.compress(data)
        reader = zstd.ZstdDecompressor()
        for _ in range(3):
            with self.assertRaises(zstd.ZstdError):
                reader.decompress(b"not a frame at all")
        self.assertEqual(reader.decompress(packed), data)

    def test_have_the_text_of_the_library(self):
        # Literals by a table that no block before has brought.
        without_table = bytes.fromhex("28b52ffd2005250000030000000000")
        with self.assertRaisesRegex(zstd.ZstdError, "^Unable to decompress Zstandard data: Dictionary is corrupted$"):
            zstd.decompress(without_table)

    def test_no_size_of_a_skippable_frame_is_one(self):
        for size in (0, 1, 2**31 - 1, 2**31, *range(2**32 - 130, 2**32)):
            reader = zstd.ZstdDecompressor()
            begun = bytes.fromhex("502a4d18") + size.to_bytes(4, "little")
            for piece in begun[:5], begun[5:], b"", b"some" * (size > 1), b"":
                if not reader.eof:
                    self.assertEqual(reader.decompress(piece), b"")
            self.assertEqual((reader.eof, reader.needs_input), (size == 0, size > 0), size)


class NothingIsKept(unittest.TestCase):
    def test_streams_are_dropped(self):
        packed = zstd.compress(bytes(1_000_000))
        for _ in range(MEMORY // 1_000_000):
            zstd.ZstdCompressor().compress(b"begun", zstd.ZstdCompressor.FLUSH_BLOCK)
            zstd.ZstdDecompressor().decompress(packed, 1)

    def test_failures_are_dropped(self):
        for _ in range(20_000):
            with self.assertRaises(ValueError):
                zstd.ZstdCompressor(100)
            with self.assertRaises(zstd.ZstdError):
                zstd.ZstdDecompressor().decompress(b"not a frame at all")
            with self.assertRaises(ValueError):
                zstd.ZstdDict(bytes(1000))

    def test_failures_with_dictionaries_are_dropped(self):
        damaged = zstd.ZstdDict(bytes.fromhex("37a430ec4d000000") + bytes(100), is_raw=True)
        for _ in range(2000):
            for call in zstd.ZstdDecompressor, lambda words: zstd.compress(b"some", zstd_dict=words):
                with self.assertRaises(zstd.ZstdError):
                    call(damaged)
            with self.assertRaises(zstd.ZstdError):
                zstd.train_dict([b"too little"], 1000)

    def test_dictionaries_are_dropped(self):
        content = mixed(1_000_000)
        for _ in range(MEMORY // 1_000_000):
            dictionary = zstd.ZstdDict(content, is_raw=True)
            zstd.ZstdCompressor(zstd_dict=dictionary.as_digested_dict)
            zstd.ZstdDecompressor(dictionary)

    def test_data_is_freed(self):
        data = bytes(64 * 1024 * 1024)
        packed = zstd.compress(data)
        for _ in range(MEMORY // len(data) + 6):
            self.assertEqual(len(zstd.decompress(packed)), len(data))


if __name__ == "__main__":
    unittest.main()
