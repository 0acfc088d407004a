"""Packs the granted folder /lib/python3.13 and unpacks it again as /data/lib."""

import tarfile

with tarfile.open("/data/lib.tar.gz", "w:gz") as archive:
    archive.add("/lib/python3.13", "lib")
with tarfile.open("/data/lib.tar.gz") as archive:
    archive.extractall("/data", filter="data")
