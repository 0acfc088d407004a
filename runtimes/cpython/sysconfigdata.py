"""Writes the module in which sysconfig finds the build's Makefile and pyconfig.h variables.

Run by the bootstrap interpreter:

    bootstrap.wasm sysconfigdata.py --build DIR --output DIR [--replace TEXT=BY ...]

Writes OUTPUT/_sysconfigdata_<abi>_<platform>_<multiarch>.py, to be frozen with the standard library.
Each --replace takes a path of the build machine out of the values, in the order given, so that the
result is the same on every machine.
"""

import argparse
import os
import pprint
import sys
import sysconfig
from sysconfig.__main__ import _parse_makefile


def main():
    parser = argparse.ArgumentParser(description='write the _sysconfigdata module')
    parser.add_argument('--build', required=True)
    parser.add_argument('--output', required=True)
    parser.add_argument('--replace', action='append', default=[], metavar='TEXT=BY')
    options = parser.parse_args()

    variables = _parse_makefile(os.path.join(options.build, 'Makefile'), {})
    with open(os.path.join(options.build, 'pyconfig.h'), encoding='utf-8') as file:
        sysconfig.parse_config_h(file, variables)
    for replacement in options.replace:
        text, equals, by = replacement.rpartition('=')
        if not text:
            raise SystemExit(f'--replace {replacement}: want TEXT=BY')
        for key, value in variables.items():
            if isinstance(value, str):
                variables[key] = value.replace(text, by)

    name = sysconfig._get_sysconfigdata_name()
    with open(os.path.join(options.output, name + '.py'), 'w', encoding='utf-8') as file:
        file.write('# system configuration generated and used by the sysconfig module\n'
                   f'build_time_vars = {pprint.pformat(variables)}\n')
    print(name)


if __name__ == '__main__':
    sys.exit(main())
