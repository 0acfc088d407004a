"""Fuzzing the contract: any calls in any order, with any arguments, and handshakes in which anything may happen to what is sent.

Nothing but the exceptions of the contract comes of it, and OpenSSL is well afterwards: what it computes of a vector is right, and a
handshake succeeds. The same numbers are the same calls; by hand others, and more of them:

    cargo xtask run --dir cpython-ext/_openssl_cap/tests::/tests:ro --max-memory 256M \\
        --env PYLON_FUZZ_ROUNDS=1000000 --env PYLON_FUZZ_SEED=7 -- /tests/test_random_calls.py

Run inside pylon.wasm.

memory: 256M
"""

import os
import random
import unittest

import _openssl_cap as cap

from pairs import CERTIFICATES, path

ROUNDS = int(os.environ.get("PYLON_FUZZ_ROUNDS", 6000))
SEED = int(os.environ.get("PYLON_FUZZ_SEED", 1))

# What is made and by what, and what is done with it. Kinds of arguments are methods of Arguments.
FUNCTIONS = """
hash_of name bytes length; hmac_of name bytes bytes; pbkdf2 name bytes bytes few length; hkdf name bytes bytes bytes length
scrypt bytes bytes cost few few memory length; argon2 two bytes bytes bytes bytes work length; random_bytes length
random_add bytes part; find_algorithm name; find_cipher cipher; object_of_text text flag; object_of_nid number
Hash.create name; MacContext.create code bytes; CipherContext.create cipher one key iv flag
Key.generate kind; Key.decode file password; Key.decode_public file; Certificate.decode file; Certificate.decode_all file
Context.create two; Session.decode file; Connection.create a_context flag server flag
"""
METHODS = {
    "Hash": "update bytes; output length; squeeze length; copy",
    "MacContext": "update bytes; output; size; copy",
    "CipherContext": "associate bytes; update bytes; expect_tag bytes; finish; tag length",
    "Key": "encode one password; encode_public one; details; equals a_key; sign bytes how; verify bytes bytes how; derive a_key;"
    "encrypt bytes one name; decrypt bytes one name",
    "Certificate": "encode; details; subject_line; public_key; equals a_certificate; hash_code",
    "Context": "set_options number; options; set_minimum_version version; set_maximum_version version; set_security_level few;"
    "set_ciphers suites; set_suites suites; suites; set_groups groups; set_dh_parameters file; set_protocols bytes;"
    "set_verify_mode few; verify_mode; set_verify_flags number; set_host_flags number; add_authorities file; authorities;"
    "store_content; use_certificates file; use_key file password; set_tickets few; set_later_authentication flag;"
    "set_identity_hint text; statistics; set_notices notices",
    "Session": "id; begun; lifetime; has_ticket; ticket_lifetime; encode",
    "Connection": "feed bytes; feed_end; take_output length; handshake; send some; receive length; shutdown; failure; verdict;"
    "pending; question; answer_name alert; answer_key text bytes; answer_issuers; set_context a_context; take_keys;"
    "take_messages; version; suite; shared_suites; group; protocol; peer_certificate; peer_chain; verified_chain;"
    "channel_binding; export_key text bytes length; session; set_session a_session; session_reused; request_certificate",
}


def calls(text):
    return [tuple(call.split()) for call in text.replace("\n", ";").split(";") if call.strip()]


def corpus():
    """Keys, certificates and lists, PEM and DER."""
    texts = []
    for name in sorted(os.listdir(CERTIFICATES)):
        if name.endswith((".pem", ".key")):
            with open(os.path.join(CERTIFICATES, name), "rb") as file:
                texts.append(file.read())
    server = texts[[b"EC PRIVATE KEY" in text for text in texts].index(True)]
    texts.append(cap.Key.decode(server).encode(cap.Encoding.DER))
    texts.append(cap.Key.decode(server).encode_public(cap.Encoding.DER))
    texts += [one.encode() for one in cap.Certificate.decode_all(texts[-3])[:1]] if b"CERT" in texts[-3] else []
    return texts


class Arguments:
    """Arguments by the names of their kinds, and what there is to call."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.corpus = corpus()
        self.names = [one.name for one in cap.algorithms()] + ["", "nothing", "x" * 300, "sha\0256", "ß"]
        self.ciphers = [one.name for one in cap.ciphers()] + ["", "AES-128-CCM", "NULL"]
        self.things = {kind: [] for kind in METHODS}

    def __call__(self, kind):
        return getattr(self, kind)()

    def name(self):
        return self.random.choice(self.names)

    def cipher(self):
        return self.random.choice(self.ciphers)

    def bytes(self):
        return self.random.randbytes(self.random.choice((0, 0, 1, 7, 16, 16, 32, 64, 100, 300, 5000, 65_536)))

    def some(self):
        return self.bytes() or b"x"

    def key(self):
        return self.random.randbytes(self.random.choice((0, 8, 16, 16, 24, 32, 32, 64)))

    def iv(self):
        return self.random.randbytes(self.random.choice((0, 8, 12, 12, 16, 16, 128, 129)))

    def length(self):
        return self.random.choice((0, 1, 4, 12, 16, 20, 100, 1000, 65_536, 65_537, 0xFFFFFFFF))

    def number(self):
        return self.random.choice((0, 1, 2, 672, self.random.getrandbits(31), 0xFFFFFFFF))

    def few(self):
        return self.random.choice((0, 1, 2, 3, 4, 5))

    def two(self):
        return self.random.randrange(3)

    def one(self):
        return self.random.randrange(2)

    def flag(self):
        return self.random.random() < 0.5

    def part(self):
        return self.random.random()

    def cost(self):
        return self.random.choice((0, 1, 2, 3, 16, 1 << 63))

    def memory(self):
        return self.random.choice((0, 1, 100_000))

    def work(self):
        return self.few(), self.random.choice((0, 7, 8, 16, 100)), self.few()

    def code(self):
        kind = self.random.choice(("hmac", "cmac", "kmac128", "kmac256", "poly1305", "siphash"))
        value = {"hmac": self.name, "cmac": self.cipher, "siphash": self.few, "poly1305": lambda: None}
        return kind, value.get(kind, self.bytes)()

    def kind(self):
        return self.random.choice((("ec", "P-256"), ("ec", self.name()), ("other", "ED25519"), ("other", self.name()), ("rsa", 9)))

    def how(self):
        return self.random.choice((None, "sha256", self.name())), self.one()

    def password(self):
        return self.random.choice((None, None, b"", b"secret", b"x" * 2000))

    def text(self):
        return self.random.choice(("", "SHA256", "1.2.840.113549", "EXPORTER-x", "é" * 100, "a\0b"))

    def server(self):
        return self.random.choice((None, "localhost", "127.0.0.1", "x" * 300, "a\0b", ""))

    def suites(self):
        return self.random.choice(("ALL", "DEFAULT:@SECLEVEL=0", "PSK", "", "TLS_AES_128_GCM_SHA256", "nothing", "x" * 5000))

    def groups(self):
        return self.random.choice(("X25519", "P-256:X25519MLKEM768", "", "nothing", ":::"))

    def version(self):
        return self.random.choice((0, 0x0301, 0x0303, 0x0304, 0x0305))

    def notices(self):
        return self.random.randrange(64)

    def alert(self):
        return self.random.choice((None, 0, 49, 255))

    def file(self):
        """What there is to read, mostly damaged."""
        return self.damaged(self.random.choice(self.corpus))

    def damaged(self, data):
        data = bytearray(data)
        for _ in range(self.random.choice((0, 1, 1, 2, 8))):
            if not data:
                break
            at = self.random.randrange(len(data))
            match self.random.randrange(5):
                case 0:
                    data[at] ^= 1 << self.random.randrange(8)
                case 1:
                    data[at] = self.random.randrange(256)
                case 2:
                    del data[at : at + self.random.choice((1, 2, 50))]
                case 3:
                    data[at:at] = data[: self.random.choice((1, 2, 50))]
                case 4:
                    del data[at:]
        return bytes(data)

    def __getattr__(self, name):
        """`a_key`: one of the keys that there are."""
        if not name.startswith("a_"):
            raise AttributeError(name)
        return lambda: self.random.choice(self.things[name[2:].capitalize()])


class RandomCalls(unittest.TestCase):
    FUNCTIONS = calls(FUNCTIONS)
    METHODS = {kind: calls(text) for kind, text in METHODS.items()}

    def keep(self, arguments, value):
        for one in value if isinstance(value, list) else [value]:
            things = arguments.things.get(type(one).__name__)
            if things is not None:
                things.append(one)
                if len(things) > 6:
                    things.pop(arguments.random.randrange(7))

    def well(self):
        digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        self.assertEqual(cap.hash_of("sha256", b"abc", 0).hex(), digest)

    def test_any_calls(self):
        arguments = Arguments(SEED)
        right = 0
        for round in range(ROUNDS):
            there = [kind for kind, things in arguments.things.items() if things]
            if not there or arguments.random.random() < 0.25:
                receiver, (name, *kinds) = cap, arguments.random.choice(self.FUNCTIONS)
            else:
                kind = arguments.random.choice(there)
                receiver, (name, *kinds) = arguments.random.choice(arguments.things[kind]), arguments.random.choice(self.METHODS[kind])
            for part in name.split("."):
                receiver = getattr(receiver, part)
            try:
                given = [arguments(kind) for kind in kinds]
            except IndexError:
                continue
            try:
                self.keep(arguments, receiver(*given))
                right += 1
            except (cap.OpensslError, MemoryError):
                pass
            except Exception as error:
                error.add_note(f"round {round}: {name}({', '.join(repr(one)[:80] for one in given)})")
                raise
            if round % 500 == 0:
                self.well()
        self.well()
        # It is not that everything is refused.
        self.assertGreater(right, ROUNDS // 5)


class RandomHandshakes(unittest.TestCase):
    """Two connections between which messages are damaged, lost, sent twice and held back, and that do as they like."""

    def contexts(self, arguments):
        made = []
        for side in cap.Side.CLIENT, cap.Side.SERVER:
            context = cap.Context.create(side)
            with open(path("ca.pem"), "rb") as file:
                context.add_authorities(file.read())
            with open(path("server.pem"), "rb") as file:
                pem = file.read()
            context.use_certificates(pem)
            context.use_key(pem)
            if arguments.flag():
                context.set_maximum_version(0x0303)
            if arguments.flag():
                context.set_verify_mode(arguments.few() & 3)
            context.set_notices(arguments.notices())
            made.append(context)
        return made

    def step(self, arguments, connection, data):
        match arguments.random.randrange(12):
            case 0:
                connection.send(arguments.some())
            case 1:
                connection.shutdown()
            case 2:
                connection.receive(arguments.random.choice((0, 1, 1000)))
            case 3:
                connection.answer_name(arguments.alert())
                connection.answer_key("me", arguments.key())
                connection.answer_issuers()
            case 4:
                connection.feed_end()
            case 5:
                connection.take_keys(), connection.take_messages(), connection.peer_chain(), connection.session()
            case _:
                connection.feed(data)
                connection.handshake()

    def test_any_handshakes(self):
        arguments = Arguments(SEED + 1)
        finished = 0
        for round in range(max(ROUNDS // 20, 100)):
            # Each round draws its own numbers: how long a signature is, which differs, does not change the next.
            arguments.random.seed(f"{SEED} {round}")
            honest = arguments.random.random() < 0.3
            contexts = self.contexts(arguments)
            sides = [cap.Connection.create(contexts[i], i == 1, None if i else "localhost", arguments.flag()) for i in (0, 1)]
            under_way = [b"", b""]
            for _ in range(30):
                here = arguments.random.randrange(2)
                data, under_way[here] = under_way[here], b""
                if not honest and data:
                    data = arguments.damaged(data) if arguments.flag() else arguments.random.choice((data, b"", data * 2))
                try:
                    if honest:
                        sides[here].feed(data)
                        finished += sides[here].handshake().outcome == cap.Outcome.DONE
                    else:
                        self.step(arguments, sides[here], data)
                    under_way[1 - here] += sides[here].take_output(1 << 20)
                except cap.OpensslError:
                    pass
        self.assertGreater(finished, 10)


if __name__ == "__main__":
    unittest.main()
