"""Users where a host knows none: the one that a program is, whom os.getuid() tells, at home in `/`; and root, who has what
nobody granted.
"""

from collections import namedtuple
from os import fsencode

struct_passwd = namedtuple('struct_passwd', 'pw_name pw_passwd pw_uid pw_gid pw_gecos pw_dir pw_shell')

_USERS = (struct_passwd('root', 'x', 0, 0, '', '/', '/bin/sh'), struct_passwd('user', 'x', 1000, 1000, '', '/', '/bin/sh'))


def getpwuid(uid, /):
    if not isinstance(uid, int):
        raise TypeError(f'uid should be integer, not {type(uid).__name__}')
    for user in _USERS:
        if user.pw_uid == uid:
            return user
    raise KeyError(f'getpwuid(): uid not found: {uid}')


def getpwnam(name, /):
    if not isinstance(name, str):
        raise TypeError(f'getpwnam() argument must be str, not {type(name).__name__}')
    if '\0' in name:
        raise ValueError('embedded null byte')
    fsencode(name)  # fails if no system could be asked for it
    for user in _USERS:
        if user.pw_name == name:
            return user
    raise KeyError(f'getpwnam(): name not found: {name!r}')


def getpwall():
    return list(_USERS)
