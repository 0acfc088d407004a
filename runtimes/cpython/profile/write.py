"""Writes what the interpreter counted as a profile for clang's -fprofile-use.

The format is LLVM's indexed profile in version 7, which all later ones read (InstrProf.h, InstrProfWriter.cpp,
OnDiskHashTable.h): a header, a summary, and a hash table from names of functions to counters. All numbers are
little-endian, of 64 bits where nothing else is said.

Functions that were never called are left out: to clang they are then functions of which nothing is known, and not
functions that may be slow.
"""

import _md5
import _pylon_profile
from struct import pack, unpack

MAGIC = b'\xfflprofi\x81'
RAW_VERSION = 10
INDEXED_VERSION = 7
# The upper bits of a version say how code was instrumented, here as in the profile.
VERSION_MASK = (1 << 56) - 1
# Loops that do a step a letter: with counts clang makes less of them than without.
UNCOUNTED = (b'ascii_decode', b'unicode_decode_utf8', b'unicode_count_impl', b'asciilib_count', b'asciilib_fastsearch',
             b'ucs1lib_fastsearch')
# Millionths of all that was counted. The summary has for each the smallest count of the most frequent blocks that make it up.
CUTOFFS = (10000, 100000, 200000, 300000, 400000, 500000, 600000, 700000, 800000, 900000, 950000, 990000, 999000,
           999900, 999990, 999999)


def hash_of(name):
    return unpack('<Q', _md5.md5(name).digest()[:8])[0]


def split_names(section):
    """Names of all functions, from pieces: two lengths in LEB128, of which the second is 0, and names with \\1 between."""
    def length():
        nonlocal at
        number = shift = 0
        while True:
            byte = section[at]
            at += 1
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    at = 0
    names = set()
    while at < len(section):
        if section[at] == 0:
            at += 1  # between pieces
            continue
        size, packed = length(), length()
        if packed:
            raise SystemExit('write.py: names of functions are compressed: -enable-name-compression=false is not given')
        names.update(section[at:at + size].split(b'\1'))
        at += size
    return names


def value_data(kinds, sites, names_by_address):
    """What was seen at the sites of a function: nothing for most."""
    records = []
    at = 0
    for kind, count in enumerate(kinds):
        own = (sites or ())[at:at + count]
        at += count
        if not any(own):
            continue
        if kind == 0:
            own = [[(names_by_address.get(value, 0), seen) for value, seen in site] for site in own]
        # clang looks at the most frequent ones.
        own = [sorted(site, key=lambda pair: (-pair[1], pair[0])) for site in own]
        header = pack('<II', kind, count) + bytes(map(len, own))
        records.append(header + bytes(-len(header) % 8) + b''.join(pack('<QQ', *pair) for site in own for pair in site))
    body = b''.join(records)
    return pack('<II', 8 + len(body), len(records)) + body


def summary(functions):
    """How counts are spread, by which clang tells hot code from cold."""
    frequencies = {}
    for counters in functions:
        for count in counters:
            frequencies[count] = frequencies.get(count, 0) + 1
    total = sum(count * blocks for count, blocks in frequencies.items())
    entries = []
    rest = sorted(frequencies.items(), reverse=True)
    at = reached = blocks = smallest = 0
    for cutoff in CUTOFFS:
        while reached < total * cutoff // 1000000 and at < len(rest):
            smallest, number = rest[at]
            reached += smallest * number
            blocks += number
            at += 1
        entries.append(pack('<QQQ', cutoff, smallest, blocks))
    fields = (
        len(functions),
        sum(map(len, functions)),
        max(counters[0] for counters in functions),
        max(frequencies),
        max((max(counters[1:], default=0) for counters in functions)),
        total,
    )
    return pack('<QQ6Q', len(fields), len(entries), *fields) + b''.join(entries)


def table(records, base):
    """The hash table, to stand at `base`, and where its buckets are listed."""
    size = 1
    while size < len(records) * 4 // 3:
        size *= 2
    buckets = [[] for _ in range(size)]
    for name, data in sorted(records.items()):
        key = hash_of(name)
        buckets[key & (size - 1)].append(pack('<QQQ', key, len(name), len(data)) + name + data)
    out = bytearray()
    places = []
    for bucket in buckets:
        places.append(base + len(out) if bucket else 0)
        if bucket:
            out += pack('<H', len(bucket)) + b''.join(bucket)
    out += bytes(-(base + len(out)) % 8)
    listed = base + len(out)
    out += pack('<QQ', size, len(records)) + pack(f'<{size}Q', *places)
    return bytes(out), listed


def write(path):
    """Writes everything that was counted so far to the file `path`."""
    version, names, functions = _pylon_profile.take()
    if version & VERSION_MASK != RAW_VERSION:
        raise SystemExit(f'write.py: clang counts as of version {version & VERSION_MASK}, this knows {RAW_VERSION}; '
                         'PYLON_GUIDED=0 builds CPython without a profile')
    names = {hash_of(name): name for name in split_names(names)}
    by_address = {address: name for name, _, address, *_ in functions if address}
    records = {}
    counted = []
    for name, control_flow, _, counters, kinds, sites in functions:
        counters = unpack(f'<{len(counters) // 8}Q', counters)
        if not any(counters) or names[name].rpartition(b';')[2] in UNCOUNTED:
            continue
        counted.append(counters)
        data = pack(f'<QQ{len(counters)}Q', control_flow, len(counters), *counters)
        # A function in a header is one of each file that includes it, under one name; of different flow if macros differ.
        records[names[name]] = records.get(names[name], b'') + data + value_data(kinds, sites, by_address)
    spread = summary(counted)
    base = 5 * 8 + len(spread)
    hashed, listed = table(records, base)
    flags = version & ~VERSION_MASK
    with open(path, 'wb') as file:
        # The third field is not used, and the fourth names MD5.
        file.write(MAGIC + pack('<QQQQ', INDEXED_VERSION | flags, 0, 0, listed) + spread + hashed)
    print(f'{len(records)} of {len(functions)} functions were called')
