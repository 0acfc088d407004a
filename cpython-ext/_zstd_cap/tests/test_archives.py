"""`.zst` in tarfile, zipfile and shutil, as Python 3.14 has it. Run inside pylon.wasm.

grants: a folder as /data.
"""

import base64
import io
import os
import shutil
import sys
import tarfile
import unittest
import zipfile
from unittest import mock

from compression import zstd

TREE = {"tree/one": b"made by tar --zstd\n", "tree/two": bytes(3000)}
# By GNU tar and the zstd command.
PACKED = base64.b64decode(
    "KLUv/QRYvQQA0oUSGIC36YgMV7kN4HY7A9MjQmuxrXAHMkIqA5t0QgcpJHFkcijFlkozBAwPJbAahzY1AH+H/nGAFIgr73epTAg91juzuf85"
    "6b8F4sodAP0PejAG1AEQgkGaAbIAmUAFHaDBHyAoC2Tw5ZK2kwC4dNWDxyoM1EAAygNnBE4YFBKYhgAYLoF0AEgHK34+gBUAHCuX2QkUAeKI"
    "h9c="
)
# The same archive in two frames, the second with a checksum.
FRAMES = base64.b64decode(
    "KLUv/QRYTQMAAgQMErClOSQw+qFJNFtv0o3IIgwoGaOmzlRTvur8nzCQO8z7xSCJojZaRdP9zYD/kjvMFgDkAYKCQAJfLmk7CYBLVz14rMJA"
    "DQSgPHBG4IRBIYFpCIDhEkgHgHSw4ucDWAHAsXKZnUAR7+G0oyi1L/0EWDUDAMQDAABtYWRlIGJ5IHRhciAtLXpzdGQKAHRyZWUvdHdvADAw"
    "MDA2NDQwMDA1NjcxMDcxMAAgMHVzdGFyADAwDwAnAPBQYIJYH8CaDuZKAAADHM5iJg81ws1iABwrl0EwHelAZQrAAvO6lAs="
)
# By the zipfile of backports.zstd.
ZIP = base64.b64decode(
    "UEsDBD8AAABdAAAAIQB8XK74GQAAABAAAAADAAAAb25lKLUv/QBYgQAAbWFkZSBieSB6aXBmaWxlClBLAwQ/AAAAXQAAACEADVuG2hIAAAC4"
    "CwAAAwAAAHR3byi1L/0AWE0AABAAAAEAs/MBFlBLAQI/Az8AAABdAAAAIQB8XK74GQAAABAAAAADAAAAAAAAAAAAAACAAQAAAABvbmVQSwEC"
    "PwM/AAAAXQAAACEADVuG2hIAAAC4CwAAAwAAAAAAAAAAAAAAgAE6AAAAdHdvUEsFBgAAAAACAAIAYgAAAG0AAAAAAA=="
)


def reads(tar):
    return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


def written(mode, **arguments):
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode=mode, **arguments) as tar:
        for name, content in TREE.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return memory.getvalue()


class Tar(unittest.TestCase):
    def test_reads_what_others_made(self):
        for packed, modes in (PACKED, ("r", "r:*", "r:zst", "r|zst", "r|*")), (FRAMES, ("r", "r:*", "r:zst")):
            for mode in modes:
                with self.subTest(mode=mode), tarfile.open(fileobj=io.BytesIO(packed), mode=mode) as tar:
                    self.assertEqual(reads(tar), TREE)

    def test_writes_what_can_be_read(self):
        words = zstd.train_dict([name.encode() + content for name, content in TREE.items()] * 30, 500)
        for mode in "w:zst", "x:zst", "w|zst":
            with self.subTest(mode=mode):
                packed = written(mode)
                self.assertTrue(packed.startswith(PACKED[:4]))
                for reading in "r", "r|zst":
                    with tarfile.open(fileobj=io.BytesIO(packed), mode=reading) as tar:
                        self.assertEqual(reads(tar), TREE)
        for arguments in {"level": 19}, {"options": {zstd.CompressionParameter.checksum_flag: 1}}, {"zstd_dict": words}:
            packed = written("w:zst", **arguments)
            arguments.pop("level", 0)
            arguments.pop("options", 0)
            with tarfile.open(fileobj=io.BytesIO(packed), mode="r:zst", **arguments) as tar:
                self.assertEqual(reads(tar), TREE)

    def test_files_by_name(self):
        with tarfile.open("/data/by-name.tar.zst", "w:zst") as tar:
            tar.add(__file__, "this")
        with open(__file__, "rb") as file:
            this = file.read()
        with tarfile.open("/data/by-name.tar.zst") as tar:
            self.assertEqual(reads(tar), {"this": this})
        self.assertTrue(tarfile.is_tarfile("/data/by-name.tar.zst"))
        self.assertRaises(FileExistsError, tarfile.open, "/data/by-name.tar.zst", "x:zst")

    def test_refuses(self):
        for data in b"", b"not zstd at all", PACKED[:50], PACKED[:5] + bytes(100), zstd.compress(b"no tar" * 1000):
            with self.subTest(data=data[:20]):
                self.assertRaises(tarfile.ReadError, tarfile.open, fileobj=io.BytesIO(data), mode="r:zst")
                self.assertRaises(tarfile.ReadError, tarfile.open, fileobj=io.BytesIO(data), mode="r|zst")
        self.assertRaises(ValueError, tarfile.open, "/data/none.tar.zst", "a:zst")
        self.assertRaises(TypeError, written, "w:zst", level="high")
        self.assertFalse(os.path.exists("/data/none.tar.zst"))

    def test_closes_its_file_and_no_other(self):
        broken = io.BytesIO(b"not zstd at all")
        self.assertRaises(tarfile.ReadError, tarfile.open, fileobj=broken, mode="r:zst")
        self.assertFalse(broken.closed)
        memory = io.BytesIO(PACKED)
        with tarfile.open(fileobj=memory, mode="r:zst") as tar:
            packed = tar.fileobj
        self.assertTrue(packed.closed)
        self.assertFalse(memory.closed)


class Zip(unittest.TestCase):
    def test_reads_what_others_made(self):
        with zipfile.ZipFile(io.BytesIO(ZIP)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.read("one"), b"made by zipfile\n")
            self.assertEqual(archive.read("two"), bytes(3000))
            self.assertIn("compress_type=zstd", repr(archive.infolist()[0]))

    def test_writes_what_can_be_read(self):
        for level in None, -5, 0, 19:
            memory = io.BytesIO()
            with zipfile.ZipFile(memory, "w", zipfile.ZIP_ZSTANDARD, compresslevel=level) as archive:
                archive.writestr("zeros", bytes(1_000_000))
                with archive.open("pieces", "w") as member:
                    for number in range(1000):
                        member.write(b"%d, " % number)
                archive.writestr("deflated", b"text", zipfile.ZIP_DEFLATED, 6)
            with zipfile.ZipFile(memory) as archive:
                self.assertIsNone(archive.testzip())
                self.assertEqual(archive.read("zeros"), bytes(1_000_000))
                self.assertEqual(archive.read("pieces"), b"".join(b"%d, " % number for number in range(1000)))
                with archive.open("zeros") as member:
                    self.assertEqual(member.read(10) + member.read1(10), bytes(20))
                    member.seek(999_990)
                    self.assertEqual(member.read(), bytes(10))
                member = archive.getinfo("zeros")
                self.assertEqual((member.compress_type, member.extract_version, member.create_version), (93, 63, 63))
                self.assertLess(member.compress_size, 1000)

    def test_refuses(self):
        at = ZIP.index(PACKED[:4]) + 8
        damaged = ZIP[:at] + bytes([ZIP[at] ^ 0xFF]) + ZIP[at + 1:]
        with zipfile.ZipFile(io.BytesIO(damaged)) as archive:
            self.assertRaises((zstd.ZstdError, zipfile.BadZipFile), archive.read, "one")


class Shutil(unittest.TestCase):
    def test_packs_and_unpacks(self):
        os.makedirs("/data/from/tree")
        for name, content in TREE.items():
            with open(f"/data/from/{name}", "wb") as file:
                file.write(content)
        made = shutil.make_archive("/data/packed", "zstdtar", "/data/from", "tree")
        self.assertEqual(made, "/data/packed.tar.zst")
        with open(made, "rb") as file:
            self.assertTrue(file.read().startswith(PACKED[:4]))
        shutil.copy(made, "/data/packed.tzst")
        for name in made, "/data/packed.tzst":
            shutil.rmtree("/data/to", ignore_errors=True)
            shutil.unpack_archive(name, "/data/to", filter="data")
            for file in TREE:
                with open(f"/data/to/{file}", "rb") as unpacked:
                    self.assertEqual(unpacked.read(), TREE[file])

    def test_formats(self):
        self.assertIn("zstdtar", dict(shutil.get_archive_formats()))
        self.assertIn(("zstdtar", [".tar.zst", ".tzst"], "zstd'ed tar-file"), shutil.get_unpack_formats())


class WithoutTheCap(unittest.TestCase):
    """As if it had been left out (WITH_ZSTD=0)."""

    def setUp(self):
        missing = mock.patch.dict(sys.modules, {"compression": None, "compression.zstd": None})
        missing.start()
        self.addCleanup(missing.stop)

    def test_tar(self):
        for mode in "r:zst", "w:zst", "x:zst", "r|zst", "w|zst", "r|*":
            with self.assertRaisesRegex(tarfile.CompressionError, "^compression.zstd module is not available$"):
                tarfile.open(fileobj=io.BytesIO(PACKED), mode=mode)
        with self.assertRaisesRegex(tarfile.ReadError, "method zst: CompressionError"):
            tarfile.open(fileobj=io.BytesIO(PACKED))

    def test_zip(self):
        missing = r"^Compression requires the \(missing\) compression.zstd module$"
        with self.assertRaisesRegex(RuntimeError, missing):
            zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_ZSTANDARD)
        with zipfile.ZipFile(io.BytesIO(ZIP)) as archive, self.assertRaisesRegex(RuntimeError, missing):
            archive.read("one")


class Names(unittest.TestCase):
    def test_those_of_the_package(self):
        from backports.zstd import register_shutil, tarfile as its_tarfile, zipfile as its_zipfile

        register_shutil(tar=True, zip=False)
        self.assertIs(its_tarfile, tarfile)
        self.assertIs(its_zipfile, zipfile)


if __name__ == "__main__":
    unittest.main()
