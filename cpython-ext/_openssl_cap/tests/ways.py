"""Kinds of certificates as BetterTLS has them: more than one way from a server to who is believed, some of them closed, and every
combination of names and of what constrains them."""

from itertools import product

from chains import FUTURE, PAST, Kind
from issuing import (
    CLIENT, LISTS, SIGNATURE, Certificate, address, basic, constraints, der, dns, key, names, purposes, usage,
)

# Why an authority's certificate is no way.
CLOSED = {
    "expired": {"ends": PAST},
    "not yet valid": {"begins": FUTURE},
    "for other names": {"constraints": constraints([dns("example.test")])},
    "for clients": {"purposes": purposes(CLIENT)},
    "no basic constraints": {"basic": None},
    "no authority": {"basic": basic(False)},
    "no signing of certificates": {"usage": usage(SIGNATURE | LISTS)},
    "SHA-1": {"digest": "sha1"},
    "a damaged signature": {"damaged": True},
    "an unknown critical extension": {"unknown": (True, der(5))},
}


def authority(subject, issuer=None, **changes):
    return Certificate(subject, key(subject), issuer, True, **changes)


def of_ways():
    one, two = authority("one"), authority("two")
    for why, changes in CLOSED.items():
        closed, open_ = authority("authority", one, **changes), authority("authority", two)
        leaf = Certificate("leaf", key(), open_)
        yield Kind(f"two ways, the first is closed: {why}", [leaf, closed, open_], [one, two], key())
        yield Kind(f"two ways, the second is closed: {why}", [leaf, open_, closed], [one, two], key())
        yield Kind(f"two ways, and who is believed at the end of the closed one: {why}", [leaf, closed, open_], [one], key())
        yield Kind(f"two ways, and who is believed at the end of the open one: {why}", [leaf, closed, open_], [two], key())
        itself = authority("authority")
        yield Kind(f"a closed way, from one who is believed: {why}", [leaf, closed], [one, itself], key())
        yield Kind(f"a closed way alone: {why}", [leaf, closed], [one, two], key())
    between = authority("authority", two, basic=basic(True, 0))
    short = authority("below", between)
    leaf = Certificate("leaf", key(), short)
    yield Kind("two ways, one is too long", [leaf, short, between, authority("authority", one)], [one, two], key())
    yield from of_crossings()


def of_crossings():
    """Authorities that certify each other, as when one begins and has to be believed by who knows another one."""
    old, new = authority("old", ends=PAST), authority("new")
    crossed = authority("new", old)
    below = authority("authority", new)
    leaf = Certificate("leaf", key(), below)
    yield Kind("a new root, certified by an old one that expired", [leaf, below, crossed], [new, old], key())
    yield Kind("the same, and the new one is not known", [leaf, below, crossed], [old], key())
    yield Kind("the same, and the old one is not known", [leaf, below, crossed], [new], key())
    expired = authority("new", authority("old"), ends=PAST)
    yield Kind("a new root, whose certificate by an old one expired", [leaf, below, expired], [new, authority("old")], key())
    # Of two that look the same, the one that is believed for longer.
    yield Kind("a root twice, expired and not", [leaf, below], [authority("new", ends=PAST), new], key())
    yield Kind("a root twice, not expired and expired", [leaf, below], [new, authority("new", ends=PAST)], key())
    home, bridge, away = authority("home"), authority("bridge"), authority("away")
    to_bridge, from_bridge = authority("bridge", home), authority("home", bridge)
    to_away, from_away = authority("away", bridge), authority("bridge", away)
    below = authority("authority", away)
    leaf = Certificate("leaf", key(), below)
    sent = [leaf, below, to_away, to_bridge]
    yield Kind("over a bridge", sent, [home], key())
    yield Kind("over a bridge with both directions", [*sent, from_bridge, from_away], [home], key())
    yield Kind("over a bridge with both directions, from behind", [leaf, from_away, from_bridge, to_bridge, to_away, below], [home], key())
    closed = authority("bridge", home, ends=PAST)
    yield Kind("over a bridge that is closed", [leaf, below, to_away, closed], [home], key())
    yield Kind("over a bridge that is closed, and another one", [leaf, below, to_away, closed, to_bridge], [home], key())


def of_limits():
    """Names of a server, in its subject and beside it, and what its authority's certificate permits and excludes."""
    hosts = {
        "a host": ("www.example.test", "www.other.test", dns("www.example.test"), dns("example.test"), dns("other.test")),
        "an address": (
            "127.0.0.1", "10.0.0.1", address(127, 0, 0, 1), address(127, 0, 0, 0, 255, 0, 0, 0), address(10, 0, 0, 0, 255, 0, 0, 0),
        ),
    }
    root = authority("root")
    for what, (host, elsewhere, general, limit, other) in hosts.items():
        subjects = {"leaf": "no name", host: "its name", elsewhere: "another name"}
        limits = {None: "nothing", limit: "it", other: "another"}
        for subject, named, permitted, excluded in product(subjects, (False, True), limits, limits):
            if permitted is None and excluded is None:
                continue
            allowed = constraints([permitted] if permitted else [], [excluded] if excluded else [])
            above = authority("authority", root, constraints=allowed)
            leaf = Certificate(subject, key(), above, names=names(general) if named else None)
            where = f"{subjects[subject]} in its subject, {'its name' if named else 'none'} beside it"
            said = f"limits: {what}, {where}; permitted: {limits[permitted]}, excluded: {limits[excluded]}"
            yield Kind(said, [leaf, above], [root], key(), host)
