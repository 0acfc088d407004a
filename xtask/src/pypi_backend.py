"""In place of what a source distribution is built by: pip asks that for metadata, although it only fetches. They are in PKG-INFO."""

import os
import re
import shutil


def prepare_metadata_for_build_wheel(folder, *_, **__):
    with open("PKG-INFO") as file:
        fields = dict(re.findall(r"^(Name|Version): (.*)$", file.read(), re.M))
    name = re.sub("[-_.]+", "_", fields["Name"])
    to = f"{name}-{fields['Version']}.dist-info"
    os.mkdir(os.path.join(folder, to))
    shutil.copy("PKG-INFO", os.path.join(folder, to, "METADATA"))
    return to


def __getattr__(name):
    """What a backend of the package's own takes from here. Requirements are asked for, too: there are none."""
    if name.startswith("__"):
        raise AttributeError(name)
    return lambda *_, **__: []
