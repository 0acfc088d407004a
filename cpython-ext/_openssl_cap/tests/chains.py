"""A kind of chain of certificates: what a server has, who is believed, and what the client asks for."""

from dataclasses import dataclass, field

from pylon.crypto import PrivateKey

from issuing import Certificate, key

PAST, FUTURE = "20210101000000Z", "21000101000000Z"


@dataclass
class Kind:
    """What a server has (`chain`, the leaf first, and the leaf's key), who is believed (`roots`), the lists of who is not any more, the
    host that the client asks for, more flags of verification, and `hostname_checks_common_name`."""

    name: str
    chain: list
    roots: list
    key: PrivateKey
    host: str = "localhost"
    lists: list = field(default_factory=list)
    flags: int = 0
    common_name: bool = True


def usual(kind, leaf={}, authority={}, root={}, *, leaf_key=None, host="localhost", lists=None, flags=0, between=(), common_name=True):
    """root, authority and leaf, changed. `between` are changes of more authorities above the leaf."""
    top = Certificate("root", key("root"), authority=True, **root)
    above = Certificate("authority", key("authority"), top, True, **authority)
    chain = [above]
    for changes in between:
        subject = changes.get("subject", "between")
        rest = {key: value for key, value in changes.items() if key != "subject"}
        above = Certificate(subject, key(f"between{len(chain)}"), above, True, **rest)
        chain.insert(0, above)
    leaf_key = leaf_key or key()
    leaf = Certificate(leaf.get("subject", "leaf"), leaf_key, above, **{k: v for k, v in leaf.items() if k != "subject"})
    made = lists(top, above, leaf) if lists else []
    return Kind(kind, [leaf, *chain], [top], leaf_key, host, made, flags, common_name)
