"""Resolves requirements for pylon.wasm by this machine's pip: `cargo xtask run --with`.

Standard input is JSON: {"python": "3.13.5", "requirements": ["requests>=2"], "constraints": ["idna==3.10"]}. So is the
result, on standard output: [{"name", "version", "wheel", "sha256", "extras", "dependencies"}]. pip itself speaks on
standard error; exit code 1 if it finds no answer.

pip has flags for another platform's tags, but none for the markers of another platform, and it prefers native code to
Python. Both are answered here: markers are those of WASI, and native wheels of Linux are candidates only where a version has
no pure one. Whether such a one serves is decided by whoever reads the result.
"""

import json
import os
import sys
import tempfile
import urllib.parse

try:
    from pip._internal.cli.main import main as pip
    from pip._internal.models import target_python
    from pip._internal.utils.compatibility_tags import get_supported
    from pip._vendor.packaging import markers
    from pip._vendor.packaging.requirements import Requirement
    from pip._vendor.packaging.utils import canonicalize_name
except ImportError as error:
    sys.exit(f'this pip is not known: {error}')

wanted = json.load(sys.stdin)
python = wanted['python']
minor = '.'.join(python.split('.')[:2])

ENVIRONMENT = {
    'implementation_name': 'cpython',
    'implementation_version': python,
    'os_name': 'posix',
    'platform_machine': 'wasm32',
    'platform_release': '0.0.0',
    'platform_system': 'wasi',
    'platform_version': '0.0.0',
    'python_full_version': python,
    'platform_python_implementation': 'CPython',
    'python_version': minor,
    'sys_platform': 'wasi',
}
LINUX = [f'manylinux_2_{minor}_x86_64' for minor in range(40, 4, -1)]
LINUX += ['manylinux2014_x86_64', 'manylinux2010_x86_64', 'manylinux1_x86_64']


def supported(**_):
    version = minor.replace('.', '')
    tags = get_supported(version=version, platforms=['any'], impl='py', abis=['none'])
    tags += get_supported(version=version, platforms=['any', *LINUX], impl='cp', abis=[f'cp{version}', 'abi3', 'none'])
    return list(dict.fromkeys(tags))


def resolve():
    """What pip would install, as its report has it."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, 'report.json')
        constraints = os.path.join(folder, 'constraints.txt')
        with open(constraints, 'w') as file:
            file.write('\n'.join(wanted['constraints']))
        code = pip(['install', '--quiet', '--dry-run', '--ignore-installed', '--report', report, '--only-binary=:all:',
                    '--python-version', python, '--target', folder, '--constraint', constraints, *wanted['requirements']])
        if code:
            sys.exit(1)
        with open(report) as file:
            return json.load(file)['install']


def dependencies(requires, extras):
    """The requirements among `requires` that hold with these extras."""
    for requirement in map(Requirement, requires):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({'extra': extra}) for extra in extras or ['']):
            yield requirement


def main():
    target_python.get_supported = supported
    markers.default_environment = lambda: dict(ENVIRONMENT)
    packages = {}
    for item in resolve():
        metadata, download = item['metadata'], item['download_info']
        packages[canonicalize_name(metadata['name'])] = {
            'version': metadata['version'],
            'wheel': urllib.parse.unquote(download['url'].rpartition('/')[2]),
            'sha256': download['archive_info']['hashes']['sha256'],
            'requires': metadata.get('requires_dist', []),
            'extras': set(),
            'dependencies': set(),
        }
    # Which extras of a package are wanted depends on those who want it, and so on.
    todo = list(map(Requirement, wanted['requirements']))
    seen = set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        asked = (name, frozenset(requirement.extras))
        if asked in seen:
            continue
        seen.add(asked)
        package = packages[name]
        package['extras'] |= requirement.extras
        for needed in dependencies(package['requires'], package['extras']):
            package['dependencies'].add(canonicalize_name(needed.name))
            todo.append(needed)
    result = []
    for name, package in sorted(packages.items()):
        del package['requires']
        result.append({'name': name, **{key: sorted(value) if isinstance(value, set) else value
                                        for key, value in package.items()}})
    json.dump(result, sys.stdout)


main()
