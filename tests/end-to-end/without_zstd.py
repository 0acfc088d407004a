"""What archives do in a pylon.wasm without zstd. Ends with an error if it is not what Python 3.14 does."""

import io
import shutil
import sys
import tarfile
import zipfile

PACKED = b"\x28\xb5\x2f\xfd and more"


def refused(error, call):
    try:
        call()
    except error as caught:
        return str(caught)
    sys.exit(f"nothing is raised where {error.__name__} should be")


for name in "compression.zstd", "backports.zstd", "_zstd":
    refused(ModuleNotFoundError, lambda: __import__(name))
for mode in "r:zst", "w:zst", "r|zst", "w|zst", "r|*":
    said = refused(tarfile.CompressionError, lambda: tarfile.open(fileobj=io.BytesIO(PACKED), mode=mode))
    assert said == "compression.zstd module is not available", said
assert "method zst" in refused(tarfile.ReadError, lambda: tarfile.open(fileobj=io.BytesIO(PACKED)))
said = refused(RuntimeError, lambda: zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_ZSTANDARD))
assert said == "Compression requires the (missing) compression.zstd module", said
assert "zstdtar" in refused(ValueError, lambda: shutil.make_archive("none", "zstdtar"))
assert "zstdtar" not in dict(shutil.get_archive_formats())
refused(shutil.ReadError, lambda: shutil.unpack_archive("none.tar.zst"))
