"""Says what manifest.py files freeze, by MicroPython's own tools/manifestfile.py.

Run by the bootstrap interpreter (xtask/src/micropython/manifest.rs):

    list_manifest.py --micropython DIR --port DIR [--board DIR] --output DIR MANIFEST...

Writes DIR/modules.json, a list of objects in the order of the names:

    name    of the module's file as MicroPython sees it: pkg/x.py
    from    the file that it is made of, for messages; below $(MPY_DIR) and $(PORT_DIR) with that name
    level   the manifest's `opt`, for mpy-cross -O; null where it gives none

and DIR/modules/<name>, the sources. A manifest that runs twice, or a file that is frozen twice from the
same place, counts once.
"""

import argparse
import json
import os
import sys


def fail(message):
    raise SystemExit(str(message))


def evaluate(manifestfile, options):
    """All files that the manifests freeze."""
    variables = {
        'MPY_DIR': options.micropython,
        'PORT_DIR': options.port,
        'BOARD_DIR': options.board,
        # A repository of its own, which MicroPython's archive does not have.
        'MPY_LIB_DIR': None,
    }
    manifest = manifestfile.ManifestFile(manifestfile.MODE_FREEZE, variables)
    for path in options.manifests:
        try:
            manifest.execute(path)
        except manifestfile.ManifestFileError as error:
            hint = ''
            if 'not found in any known library' in str(error):
                hint = ('\nhint: require() looks into micropython-lib, which is not part of the sources; '
                        'put the package beside the manifest and write package(..), or add_library(..)')
            elif 'No such file' in str(error) or 'Cannot stat' in str(error):
                hint = ('\nhint: a manifest sees the .py files of its own folder, $(MPY_DIR) and '
                        '$(PORT_DIR); hidden folders are left out')
            fail(f'{error}{hint}')
    return manifest.files()


def source(path, metadata):
    """A module's text, with the version that its package declares, as upstream's tagged_py_file has it."""
    with open(path, encoding='utf-8') as file:
        text = file.read()
    if metadata.version and '__version__ =' not in text:
        text += f'\n\n__version__ = {metadata.version!r}\n'
    return text


def shown(path, options):
    for name, folder in (('MPY_DIR', options.micropython), ('PORT_DIR', options.port)):
        if path.startswith(folder + '/'):
            return f'$({name}){path[len(folder):]}'
    return path


def main():
    parser = argparse.ArgumentParser(description='say what manifests freeze')
    parser.add_argument('--micropython', required=True)
    parser.add_argument('--port', required=True)
    parser.add_argument('--board')
    parser.add_argument('--output', required=True)
    parser.add_argument('manifests', nargs='+', metavar='MANIFEST')
    options = parser.parse_args()

    sys.path.insert(0, os.path.join(options.micropython, 'tools'))
    import manifestfile

    # Manifests change the folder and come back to it.
    os.chdir(options.output)
    modules = {}
    for file in evaluate(manifestfile, options):
        path = os.path.normpath(file.full_path)
        name = os.path.normpath(file.target_path)
        if file.kind == manifestfile.KIND_FREEZE_MPY:
            fail(f'{path}: is compiled already; freeze its source')
        known = modules.get(name)
        if known and known[0] != path:
            fail(f'{name} is frozen twice: from {shown(known[0], options)} and from {shown(path, options)}')
        modules[name] = path, file.opt, file.metadata

    listed = []
    for name, (path, level, metadata) in sorted(modules.items()):
        copy = os.path.join(options.output, 'modules', name)
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        try:
            text = source(path, metadata)
        except UnicodeDecodeError as error:
            fail(f'{path}: is not UTF-8: {error}')
        with open(copy, 'w', encoding='utf-8') as file:
            file.write(text)
        listed.append({'name': name, 'from': shown(path, options), 'level': level})
    with open(os.path.join(options.output, 'modules.json'), 'w', encoding='utf-8') as file:
        json.dump(listed, file, indent=1)


if __name__ == '__main__':
    main()
