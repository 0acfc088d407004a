"""Compiles Python modules into one blob and one table, for the data segment of python.wasm.

Run by the bootstrap interpreter (README.md), so no other Python is needed and the byte code is sure
to fit:

    bootstrap.wasm -X no_debug_ranges freeze.py --name NAME --output DIR [--exclude FILE] \
        [--installed DIR] TREE...

Every TREE is a folder of modules and packages; a later one adds to and replaces what an earlier one
has. Writes DIR/NAME.bin and DIR/frozen_NAME.c, which defines pylon_frozen_NAME and embeds NAME.bin
(compile it with -std=c23 and --embed-dir=DIR). --installed is the folder that the modules claim to
come from in __file__ and in tracebacks. The result depends on nothing else: same trees, same bytes.

The byte code keeps docstrings, asserts and line numbers. Columns (-X no_debug_ranges) are left out:
they only serve to underline source text, which a frozen module has none of. Modules that CPython
freezes itself (os, codecs, ...) are left to it.
"""

import _imp
import argparse
import marshal
import os
import sys

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


def compile_module(path, installed_path):
    """The packed byte code of a source file."""
    with open(path, 'rb') as file:
        source = file.read()
    code = compile(source, installed_path, 'exec', dont_inherit=True, optimize=0)
    # Marshalled twice: an object's references in the compiler's hands, which differ with what was
    # compiled before, decide about the bytes. Those of freshly loaded code don't.
    return _pylon_pack.pack(marshal.dumps(marshal.loads(marshal.dumps(code))))


def write(path, data):
    with open(path, 'wb') as file:
        file.write(data)


def main():
    parser = argparse.ArgumentParser(description='compile Python modules into a frozen table')
    parser.add_argument('--name', required=True)
    parser.add_argument('--output', required=True)
    parser.add_argument('--exclude')
    parser.add_argument('--installed', default='/lib/python3.13')
    parser.add_argument('trees', nargs='*', metavar='TREE')
    options = parser.parse_args()

    excluded = read_excluded(options.exclude) if options.exclude else set()
    modules = {}
    for tree in options.trees:
        if not os.path.isdir(tree):
            raise SystemExit(f'{tree}: no such folder')
        for name, package, path in find_modules(tree, excluded):
            if _imp.is_frozen(name):
                continue
            modules[name] = package, os.path.join(tree, path), f'{options.installed}/{path}'

    blob = bytearray()
    rows = []
    for name in sorted(modules):
        package, path, installed_path = modules[name]
        data = compile_module(path, installed_path)
        rows.append(f'    {{"{name}", blob + {len(blob)}, {len(data)}, {int(package)}}},\n')
        blob += data

    write(os.path.join(options.output, f'{options.name}.bin'), blob)
    if blob:
        embedded = ('static const unsigned char blob[] = {\n'
                    f'#embed "{options.name}.bin"\n'
                    '};\n\n')
    else:
        embedded = ''
    table = (f'// Written by runtimes/cpython/freeze.py: {len(rows)} modules.\n'
             '#include <Python.h>\n\n'
             f'{embedded}'
             f'const struct _frozen pylon_frozen_{options.name}[] = {{\n'
             f'{"".join(rows)}'
             '    {0, 0, 0, 0},\n'
             '};\n')
    write(os.path.join(options.output, f'frozen_{options.name}.c'), table.encode())
    print(f'{options.name}: {len(rows)} modules, {len(blob)} bytes')


if __name__ == '__main__':
    sys.exit(main())
