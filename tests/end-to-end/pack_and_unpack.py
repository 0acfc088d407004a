"""Packs the granted folder /lib/python3.13 and unpacks it again as /work/lib."""

import tarfile

with tarfile.open("/work/lib.tar.gz", "w:gz") as archive:
    archive.add("/lib/python3.13", "lib")
with tarfile.open("/work/lib.tar.gz") as archive:
    archive.extractall("/work", filter="data")
