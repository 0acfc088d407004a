"""Kinds of certificates, most of them bad: those of x509-limbo and badssl.com, each a chain that is wrong in one way; more than one
way from a server to who is believed, as in BetterTLS, are in ways.py."""

import ssl

from pylon.crypto import generate_ec, generate_ed25519

import ways
from chains import FUTURE, PAST, Kind, usual
from issuing import (
    ALGORITHMS, ANY, CERTIFICATES, CLIENT, CODE, LISTS, SERVER, SIGNATURE, Certificate, Revoked, address, basic, constraints, der,
    directory, dns, dsa, key, mail, name, names, octets, oid, purposes, sequence, uri, usage, weak_rsa,
)

GARBAGE = False, b"\x30\x03\x02\x01"


def of_chains():
    yield usual("good")
    root, other = (Certificate(name, key(name), authority=True) for name in ("root", "other"))
    leaf = Certificate("leaf", key(), root)
    above = Certificate("authority", key("authority"), root, True)
    below = Certificate("leaf", key(), above)
    yield Kind("issued by the root", [leaf], [root], key())
    yield Kind("unknown issuer", [leaf], [other], key())
    yield Kind("unknown issuer, whose certificate is sent", [leaf, root], [other], key())
    yield Kind("unknown issuer of the same name", [leaf], [Certificate("root", key("other"), authority=True)], key())
    yield Kind("incomplete", [below], [root], key())
    yield Kind("the root is sent", [below, above, root], [root], key())
    yield Kind("in disorder", [below, other, above], [root], key())
    yield Kind("sent twice", [below, above, above, below], [root], key())
    yield Kind("an authority in between is believed", [below, above], [above], key())
    yield Kind("the leaf is believed", [below], [below], key())
    alone = Certificate("leaf", key())
    yield Kind("self-signed", [alone], [root], key())
    yield Kind("self-signed and believed", [alone], [alone], key())
    itself = Certificate("root", key("root"), authority=True, names=names(dns("localhost")))
    yield Kind("an authority as a server", [itself], [root], key("root"))
    one, two = (Certificate(subject, key(subject), authority=True) for subject in ("one", "two"))
    crossed = [Certificate("one", key("one"), two, True), Certificate("two", key("two"), one, True)]
    yield Kind("authorities that certify each other", [Certificate("leaf", key(), one), *crossed], [root], key())
    yield Kind("the same, with one of them believed", [Certificate("leaf", key(), two), *crossed], [one], key())
    yield usual("ten authorities", between=[{"subject": f"between {i}"} for i in range(9)])
    yield usual("signed by another key", {"signer": key("other")})
    yield usual("an authority signed by another key", authority={"signer": key("other")})
    yield usual("a damaged signature", {"damaged": True})
    yield usual("a damaged signature of an authority", authority={"damaged": True})
    yield usual("a damaged signature of the root", root={"damaged": True})
    yield usual("another issuer's name", {"issuer_name": "nobody"})
    yield usual("an issuer without a name", {"issuer_name": ""})


def of_times():
    for what in "leaf", "authority", "root":
        yield usual(f"expired: {what}", **{what: {"ends": PAST}})
        yield usual(f"not yet valid: {what}", **{what: {"begins": FUTURE}})
    yield usual("times of two digits", {"begins": "200101000000Z", "ends": "490101000000Z"})
    yield usual("times of two digits, expired", {"begins": "500101000000Z", "ends": "210101000000Z"})
    yield usual("a time that is none", {"ends": "21209901000000Z"})


def of_keys_and_digests():
    yield usual("RSA with 1024 bits", leaf_key=key("rsa 1024", weak_rsa, 1024))
    yield usual("RSA with 2048 bits", leaf_key=key("rsa 2048", weak_rsa, 2048))
    yield usual("a curve of 192 bits", leaf_key=key("P-192", generate_ec, "prime192v1"))
    yield usual("a curve of 521 bits", leaf_key=key("P-521", generate_ec, "P-521"))
    yield usual("Ed25519", leaf_key=key("Ed25519", generate_ed25519))
    weak = Certificate("weak", key("rsa 1024", weak_rsa, 1024), authority=True)
    yield Kind("an authority with 1024 bits", [Certificate("leaf", key(), weak)], [weak], key())
    yield usual("SHA-1", {"digest": "sha1"})
    yield usual("SHA-1 of an authority", authority={"digest": "sha1"})
    yield usual("SHA-1 of the root", root={"digest": "sha1"})
    root = Certificate("root", key("rsa 2048", weak_rsa, 2048), authority=True)
    yield Kind("MD5", [Certificate("leaf", key(), root, digest="md5")], [root], key())
    yield usual("DSA", leaf_key=key("DSA", dsa))
    for what, digest in ("an authority with DSA", "sha256"), ("an authority with DSA and SHA-1", "sha1"):
        root = Certificate("root", key("DSA", dsa), authority=True)
        yield Kind(what, [Certificate("leaf", key(), root, digest=digest)], [root], key())
    yield usual("two algorithms are said", {"outer": ALGORITHMS["EC", "sha384"]})


def of_versions_and_numbers():
    yield usual("version 1", {"version": 0})
    yield usual("version 1 of an authority", authority={"version": 0})
    yield usual("version 1 of the root", root={"version": 0})
    for what, number in ("zero", 0), ("negative", -5), ("of 21 bytes", 1 << 161):
        yield usual(f"a serial number: {what}", {"serial": number})


def of_authorities():
    short = {"basic": basic(True, 0)}
    yield usual("pathlen 0", authority=short)
    yield usual("pathlen 0, and one below", authority=short, between=[{}])
    yield usual("pathlen 0 of the root", root=short)
    yield usual("pathlen 0, and one below of the same name", authority=short, between=[{"subject": "authority"}])
    yield usual("pathlen 1, and one below", authority={"basic": basic(True, 1)}, between=[{}])
    yield usual("pathlen 1, and two below", authority={"basic": basic(True, 1)}, between=[{}, {"subject": "more"}])
    yield usual("pathlen -1", authority={"basic": basic(True, -1)})
    yield usual("pathlen of who is no authority", {"basic": basic(False, 0)})
    for what in "authority", "root":
        yield usual(f"no basic constraints: {what}", **{what: {"basic": None}})
        yield usual(f"no authority: {what}", **{what: {"basic": basic(False)}})
        yield usual(f"basic constraints that are not critical: {what}", **{what: {"basic": basic(True, critical=False)}})
        yield usual(f"no usage: {what}", **{what: {"usage": None}})
        yield usual(f"usage without signing certificates: {what}", **{what: {"usage": usage(SIGNATURE | LISTS)}})
        yield usual(f"no identifier of the key: {what}", **{what: {"subject_key": None}})
        yield usual(f"without a name: {what}", {"issuer_name": ""} if what == "authority" else {}, **{what: {"issuer_name": ""}})
    yield usual("a server as an authority", authority={"basic": basic(False), "usage": usage(SIGNATURE), "purposes": purposes(SERVER)})


def of_identifiers():
    wrong = False, sequence(der(0x80, bytes(20)))
    numbered = False, sequence(der(0xA1, der(0xA4, name("nobody"))), der(0x82, b"\x05"))
    for what in "leaf", "authority":
        yield usual(f"no identifier of the issuer's key: {what}", **{what: {"issuer_key": None}})
        yield usual(f"another identifier of the issuer's key: {what}", **{what: {"issuer_key": wrong}})
    yield usual("another issuer and serial number", {"issuer_key": numbered})
    yield usual("an identifier of the issuer's key that is critical", {"issuer_key": (True, sequence(der(0x80, bytes(20))))})
    yield usual("an identifier of the key that is critical", authority={"subject_key": (True, octets(bytes(20)))})


def of_usages():
    yield usual("usage: none", {"usage": None})
    yield usual("usage: no bit", {"usage": usage(0)})
    yield usual("usage: lists alone", {"usage": usage(LISTS)})
    yield usual("usage: signs certificates, and is no authority", {"usage": usage(SIGNATURE | CERTIFICATES)})
    yield usual("purposes: none are named", {"purposes": None})
    for what, which in ("any", [ANY]), ("clients", [CLIENT]), ("code", [CODE]), ("both", [CLIENT, SERVER]), ("an empty list", []):
        yield usual(f"purposes: {what}", {"purposes": purposes(*which)})
    yield usual("purposes: critical", {"purposes": purposes(SERVER, critical=True)})
    for what in "authority", "root":
        for purpose in SERVER, CLIENT, ANY:
            label = {SERVER: "servers", CLIENT: "clients", ANY: "any"}[purpose]
            yield usual(f"purposes of the {what}: {label}", **{what: {"purposes": purposes(purpose)}})


def of_extensions():
    for what in "leaf", "authority", "root":
        yield usual(f"an unknown extension: {what}", **{what: {"unknown": (False, der(5))}})
        yield usual(f"an unknown critical extension: {what}", **{what: {"unknown": (True, der(5))}})
    yield usual("an extension twice", {"twice": ["names"]})
    yield usual("an extension twice: authority", authority={"twice": ["basic"]})
    for which in "names", "basic", "usage", "purposes", "issuer_key", "subject_key":
        yield usual(f"damaged: {which}", {which: GARBAGE})
    for which in "basic", "constraints", "policies", "policy_constraints":
        yield usual(f"damaged: {which} of an authority", authority={which: GARBAGE})
    yield usual("a policy that is critical", {"policies": (True, sequence(sequence(oid("1.3.6.1.4.1.99999.2"))))})
    explicit = True, sequence(der(0x80, b"\x00"))
    yield usual("a policy is asked for, and none there", authority={"policy_constraints": explicit})
    yield usual("the same, with policies checked", authority={"policy_constraints": explicit}, flags=0x80)
    yield usual("no policy may be any", authority={"any_policy": (True, b"\x02\x01\x00")})


def of_names():
    host = "www.example.test"
    for what, general, asked in (
        ("the same", dns(host), host),
        ("in capitals", dns(host.upper()), host),
        ("asked for in capitals", dns(host), host.upper()),
        ("another", dns("other.test"), host),
        ("of the domain above", dns("example.test"), host),
        ("of a domain below", dns("a." + host), host),
        ("with a dot behind", dns(host + "."), host),
        ("with a dot before", dns(".example.test"), host),
        ("asked for with a dot behind", dns(host), host + "."),
        ("a wildcard", dns("*.example.test"), host),
        ("a wildcard, for two labels", dns("*.example.test"), "a." + host),
        ("a wildcard, for its domain", dns("*.example.test"), "example.test"),
        ("a wildcard within a label", dns("w*w.example.test"), host),
        ("a wildcard behind a label's begin", dns("w*.example.test"), host),
        ("a wildcard that is not the first label", dns("www.*.test"), host),
        ("two wildcards", dns("*.*.test"), host),
        ("a wildcard of a top-level domain", dns("*.test"), "example.test"),
        ("a wildcard alone", dns("*"), "localhost"),
        ("a wildcard in an international label", dns("xn--*.example.test"), "xn--a.example.test"),
        ("an international label", dns("xn--bcher-kva.example.test"), "xn--bcher-kva.example.test"),
        ("an international label asked for as text", dns("xn--bcher-kva.example.test"), "b\u00fccher.example.test"),
        ("an international label under a wildcard", dns("*.example.test"), "xn--bcher-kva.example.test"),
        ("UTF-8", dns("b\u00fccher.example.test".encode()), "b\u00fccher.example.test"),
        ("an underscore", dns("a_b.example.test"), "a_b.example.test"),
        ("zero in it", dns(b"www.example.test\0.evil.test"), host),
        ("zero behind it", dns(b"www.example.test\0"), host),
        ("empty", dns(""), host),
        ("a space before", dns(" " + host), host),
        ("an address as a name", dns("127.0.0.1"), "127.0.0.1"),
        ("an address", address(127, 0, 0, 1), "127.0.0.1"),
        ("another address", address(127, 0, 0, 2), "127.0.0.1"),
        ("an address of five bytes", address(127, 0, 0, 1, 0), "127.0.0.1"),
        ("an address of version 6", address(*bytes(15), 1), "::1"),
        ("an address of version 6, asked for at length", address(*bytes(15), 1), "0:0:0:0:0:0:0:1"),
        ("an address of version 4 within one of 6", address(*bytes(10), 255, 255, 127, 0, 0, 1), "127.0.0.1"),
        ("a mail address", mail("x@www.example.test"), host),
        ("a URI", uri("https://www.example.test/"), host),
        ("a directory name", directory(host), host),
    ):
        yield usual(f"a name: {what}", {"names": names(general)}, host=asked)
    yield usual("a name: no names, a common one", {"subject": "localhost", "names": None})
    yield usual("a name: no names, another common one", {"subject": "other.test", "names": None})
    yield usual("a name: no names, and common ones do not count", {"subject": "localhost", "names": None}, common_name=False)
    yield usual("a name: a common one beside others", {"subject": host, "names": names(dns("other.test"))}, host=host)
    yield usual("a name: a common one beside a URI", {"subject": host, "names": names(uri("https://x.test/"))}, host=host)
    yield usual("a name: an address as a common one", {"subject": "127.0.0.1", "names": None}, host="127.0.0.1")
    yield usual("a name: no names at all", {"subject": "", "names": None})
    yield usual("a name: no subject", {"subject": ""})
    yield usual("a name: no subject, critical", {"subject": "", "names": names(dns("localhost"), critical=True)})
    yield usual("a name: an empty list", {"names": names()})
    yield usual("a name: the last of a thousand", {"names": names(*(dns(f"{i}.example.test") for i in range(999)), dns("localhost"))})


def of_constraints():
    local, loopback = dns("localhost"), address(127, 0, 0, 0, 255, 0, 0, 0)
    at_home = {"names": names(local, address(127, 0, 0, 1))}
    for what, limits, leaf in (
        ("permitted", constraints([local]), {}),
        ("another is permitted", constraints([dns("example.test")]), {}),
        ("excluded", constraints(excluded=[local]), {}),
        ("another is excluded", constraints(excluded=[dns("example.test")]), {}),
        ("permitted and excluded", constraints([local], [local]), {}),
        ("not critical", constraints([dns("example.test")], critical=False), {}),
        ("a name below", constraints([dns("test")]), {"names": names(dns("a.test"), local)}),
        ("one name of two", constraints([local]), {"names": names(local, dns("a.test"))}),
        ("below a permitted domain", constraints([dns("example.test"), local]), {"names": names(local, dns("a.example.test"))}),
        ("a dot before", constraints([dns(".example.test"), local]), {"names": names(local, dns("a.example.test"))}),
        ("a dot before, and the domain itself", constraints([dns(".example.test"), local]), {"names": names(local, dns("example.test"))}),
        ("everything is excluded", constraints(excluded=[dns("")]), {}),
        ("a wildcard below an excluded domain", constraints(excluded=[dns("a.test")]), {"names": names(local, dns("*.a.test"))}),
        ("a wildcard above an excluded name", constraints(excluded=[dns("b.a.test")]), {"names": names(local, dns("*.a.test"))}),
        ("an address is permitted", constraints([loopback]), at_home),
        ("another address is permitted", constraints([address(10, 0, 0, 0, 255, 0, 0, 0)]), at_home),
        ("an address is excluded", constraints(excluded=[loopback]), at_home),
        ("an address without a mask", constraints([address(127, 0, 0, 1)]), at_home),
        ("a directory name is permitted", constraints([directory("leaf")]), {}),
        ("another directory name is permitted", constraints([directory("other")]), {}),
        ("a directory name is excluded", constraints(excluded=[directory("leaf")]), {}),
        ("a mail address is permitted, and there is none", constraints([mail("example.test")]), {}),
        ("another mail address is permitted", constraints([mail("example.test")]), {"names": names(local, mail("x@other.test"))}),
        ("a URI is permitted", constraints([uri("example.test")]), {"names": names(local, uri("https://example.test/"))}),
        ("a URI is excluded", constraints(excluded=[uri("example.test")]), {"names": names(local, uri("https://example.test/"))}),
        ("a kind that nobody knows", constraints([der(0x88, b"\x2a\x03")]), {"names": names(local, der(0x88, b"\x2a\x03"))}),
        ("a minimum", constraints([local], more=der(0x80, b"\x01")), {}),
        ("nothing in them", constraints(), {}),
    ):
        yield usual(f"constraints: {what}", leaf, {"constraints": limits})
    for what, common_name in (
        ("a common name", "www.example.test"), ("a common name of one label", "localhost"), ("a common name with spaces", "who is it"),
    ):
        limits = {"constraints": constraints([dns("other.test")])}
        yield usual(f"constraints: {what}", {"subject": common_name, "names": None}, limits, host=common_name)
    yield usual("constraints: of the root", root={"constraints": constraints([dns("example.test")])})
    yield usual("constraints: in the leaf", {"constraints": constraints([local])})
    many = names(*(dns(f"{i}.example.test") for i in range(2000)), local)
    limits = constraints(excluded=[dns(f"{i}.test") for i in range(2000)])
    yield usual("constraints: four million comparisons", {"names": many}, {"constraints": limits})


def of_revocation():
    leaf_alone, all_of_them = ssl.VERIFY_CRL_CHECK_LEAF, ssl.VERIFY_CRL_CHECK_CHAIN
    for what, made in (
        ("not listed", lambda root, above, leaf: [Revoked(above)]),
        ("listed", lambda root, above, leaf: [Revoked(above, [leaf])]),
        ("no list", None),
        ("another's list", lambda root, above, leaf: [Revoked(root)]),
        ("an expired list", lambda root, above, leaf: [Revoked(above, ends=PAST)]),
        ("a list of the future", lambda root, above, leaf: [Revoked(above, begins=FUTURE)]),
        ("a list without an end", lambda root, above, leaf: [Revoked(above, ends=None)]),
        ("a damaged list", lambda root, above, leaf: [Revoked(above, damaged=True)]),
        ("a list signed by another key", lambda root, above, leaf: [Revoked(above, signer=key("other"))]),
        ("an unknown critical extension", lambda root, above, leaf: [Revoked(above, [leaf], unknown=True)]),
        ("a list without a number", lambda root, above, leaf: [Revoked(above, number=None)]),
        ("an expired list, and listed", lambda root, above, leaf: [Revoked(above, [leaf], ends=PAST)]),
        (
            "an older list, and listed in a newer one",
            lambda root, above, leaf: [Revoked(above), Revoked(above, [leaf], begins=PAST, number=2)],
        ),
    ):
        yield usual(f"revocation: {what}", lists=made, flags=leaf_alone)
    no_lists = {"usage": usage(CERTIFICATES)}
    one = lambda root, above, leaf: [Revoked(above)]
    yield usual("revocation: who may sign no lists", authority=no_lists, lists=one, flags=leaf_alone)
    yield usual("revocation: an authority's list is missing", lists=one, flags=all_of_them)
    both = lambda root, above, leaf: [Revoked(above), Revoked(root, [above])]
    yield usual("revocation: an authority is listed", lists=both, flags=all_of_them)
    neither = lambda root, above, leaf: [Revoked(above), Revoked(root)]
    yield usual("revocation: nobody of the chain is listed", lists=neither, flags=all_of_them)
    yield usual("revocation: listed, and nobody asks", lists=lambda root, above, leaf: [Revoked(above, [leaf])])


def all_kinds():
    for group in (
        of_chains, of_times, of_keys_and_digests, of_versions_and_numbers, of_authorities, of_identifiers, of_usages, of_extensions,
        of_names, of_constraints, of_revocation, ways.of_ways, ways.of_limits,
    ):
        yield from group()
