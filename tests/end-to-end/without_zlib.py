"""What a CPython without zlib does, in a pylon.wasm with crc32c and without zlib. Ends with an error if it does not."""

import binascii
import io
import sys
import tarfile
import zipfile

import crc32c

for name in "zlib", "gzip":
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        assert error.name == "zlib", error
    else:
        sys.exit(f"{name} can be imported")
file = io.BytesIO()
with zipfile.ZipFile(file, "w") as archive:
    archive.writestr("a", b"stored" * 100)
with zipfile.ZipFile(file) as archive:
    assert archive.read("a") == b"stored" * 100 and archive.testzip() is None
try:
    zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED)
except RuntimeError as error:
    assert "zlib" in str(error), error
else:
    sys.exit("zipfile compresses")
try:
    tarfile.open("a", "w:gz", io.BytesIO())
except tarfile.CompressionError:
    pass
else:
    sys.exit("tarfile compresses")
assert binascii.crc32(b"123456789") == 0xcbf43926
print(hex(crc32c.crc32c(b"123456789")))
