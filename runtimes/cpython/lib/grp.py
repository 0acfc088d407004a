"""The groups of the users: see pwd."""

from collections import namedtuple
from os import fsencode

struct_group = namedtuple('struct_group', 'gr_name gr_passwd gr_gid gr_mem')

_GROUPS = (struct_group('root', 'x', 0, []), struct_group('user', 'x', 1000, []))


def getgrgid(id):
    if not isinstance(id, int):
        raise TypeError(f'gid should be integer, not {type(id).__name__}')
    if id < -1:
        raise OverflowError('gid is less than minimum')
    if id >= 1 << 32:
        raise OverflowError('gid is greater than maximum')
    for group in _GROUPS:
        if group.gr_gid == id:
            return group
    raise KeyError(f'getgrgid(): gid not found: {id}')


def getgrnam(name):
    if not isinstance(name, str):
        raise TypeError(f"getgrnam() argument 'name' must be str, not {type(name).__name__}")
    if '\0' in name:
        raise ValueError('embedded null byte')
    fsencode(name)  # fails if no system could be asked for it
    for group in _GROUPS:
        if group.gr_name == name:
            return group
    raise KeyError(f'getgrnam(): name not found: {name!r}')


def getgrall():
    return list(_GROUPS)
