"""Fetches a source distribution as this machine's pip finds it, and runs nothing of it: source.py NAME VERSION TO.

pip itself can only fetch one by building what it says of itself, which is code of the package. Who asked for it compares its hash.
"""

import sys

try:
    from pip._internal.commands import create_command
    from pip._vendor.packaging.utils import canonicalize_name
except ImportError as error:
    sys.exit(f'this pip is not known: {error}')

name, version, to = sys.argv[1:]
command = create_command('download')
options, _ = command.parse_args([])
with command.main_context():
    session = command.get_default_session(options)
    finder = command._build_package_finder(options=options, session=session, ignore_requires_python=True)
    links = [candidate.link for candidate in finder.find_all_candidates(canonicalize_name(name))
             if str(candidate.version) == version and candidate.link.filename.endswith('.tar.gz')]
    if not links:
        sys.exit(f'there is no source distribution of {name} {version}')
    response = session.get(links[0].url_without_fragment, headers={'Accept-Encoding': 'identity'})
    response.raise_for_status()
with open(to, 'wb') as file:
    file.write(response.content)
