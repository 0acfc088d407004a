"""ssl through the openssl cap: both ends in one program, over MemoryBIO. Run inside pylon.wasm.

The loops of NothingIsKept would need more memory than there is if each turn kept its connection.

grants: a folder as /data
memory: 256M
"""

import os
import shutil
import ssl
import tempfile
import unittest
import unittest.mock

import _openssl_cap
import _ssl

CERTIFICATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "certificates")


def path(name):
    return os.path.join(CERTIFICATES, name)


def client_context(authority="ca.pem"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authority:
        context.load_verify_locations(path(authority))
    return context


def server_context(chain="server.pem"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path(chain))
    return context


class Pair:
    """A client and a server, and what is under way between them."""

    def __init__(self, client=None, server=None, name="localhost", session=None):
        self.to_server, self.to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = client or client_context()
        server = server or server_context()
        self.client = client.wrap_bio(self.to_client, self.to_server, server_hostname=name, session=session)
        self.server = server.wrap_bio(self.to_server, self.to_client, server_side=True)

    def both(self, client, server):
        """Calls both until both are done; what they return."""
        left = {"client": client, "server": server}
        results = {}
        for _ in range(30):
            for side in list(left):
                try:
                    results[side] = left[side]()
                    del left[side]
                except ssl.SSLWantReadError:
                    pass
            if not left:
                return results["client"], results["server"]
        raise AssertionError("they wait for each other")

    def handshake(self):
        self.both(self.client.do_handshake, self.server.do_handshake)
        return self

    def close(self):
        self.both(self.client.unwrap, self.server.unwrap)

    def through(self, data):
        """Sends data to the server and back."""
        self.client.write(data)
        back = b""
        while len(back) < len(data):
            self.server.write(self.server.read(20_000))
            back += self.client.read(1 << 20)
        return back


class Connections(unittest.TestCase):
    def test_versions(self):
        for version, name in (ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3"):
            client = client_context()
            client.maximum_version = version
            pair = Pair(client)
            self.assertIsNone(pair.client.version())
            pair.handshake()
            self.assertEqual((pair.client.version(), pair.server.version()), (name, name))
            self.assertEqual(pair.client.cipher(), pair.server.cipher())
            self.assertIn(pair.client.cipher(), pair.server.shared_ciphers())
            self.assertIsNone(pair.client.shared_ciphers())
            for size in (1, 100, 16_384, 16_385, 200_000):
                data = bytes(i % 251 for i in range(size))
                self.assertEqual(pair.through(data), data)
            pair.close()

    def test_chacha_comes_first(self):
        self.assertEqual(Pair().handshake().client.cipher()[0], "TLS_CHACHA20_POLY1305_SHA256")
        client = client_context()
        client.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assertIn("CHACHA20", Pair(client).handshake().client.cipher()[0])

    def test_each_suite_and_group(self):
        for suite in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"):
            client = client_context()
            client.maximum_version = ssl.TLSVersion.TLSv1_2
            client.set_ciphers(suite)
            pair = Pair(client).handshake()
            self.assertEqual(pair.client.cipher()[0], suite)
            self.assertEqual(pair.through(b"data"), b"data")
        for group in ("X25519", "secp256r1", "secp384r1", "X25519MLKEM768"):
            client = client_context()
            client._cap.set_groups(group)
            pair = Pair(client).handshake()
            self.assertEqual(pair.client._sslobj._cap.group().lower(), group.lower())

    def test_nothing_is_read_beyond_the_end(self):
        pair = Pair().handshake()
        pair.client.write(b"last")
        with self.assertRaises(ssl.SSLWantReadError):
            pair.client.unwrap()
        pair.to_server.write(b"plain text")
        self.assertEqual(pair.server.read(100), b"last")
        self.assertEqual(pair.server.read(100), b"")
        pair.server.unwrap()
        self.assertEqual(pair.to_server.read(), b"plain text")

    def test_alpn(self):
        for ours, theirs, agreed in (
            (["h2", "http/1.1"], ["http/1.1", "h2"], "http/1.1"),
            (["h2"], ["http/1.1"], None),
            (["h2"], [], None),
        ):
            client, server = client_context(), server_context()
            client.set_alpn_protocols(ours)
            server.set_alpn_protocols(theirs)
            pair = Pair(client, server).handshake()
            self.assertEqual(pair.client.selected_alpn_protocol(), agreed)
            self.assertEqual(pair.server.selected_alpn_protocol(), agreed)

    def test_sessions(self):
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            client, server = client_context(), server_context()
            client.maximum_version = version
            first = Pair(client, server).handshake()
            first.through(b"tickets are behind the handshake")
            session = first.client.session
            self.assertTrue(session.id)
            self.assertFalse(first.client.session_reused)
            again = Pair(client, server, session=session).handshake()
            self.assertTrue(again.client.session_reused and again.server.session_reused)
            # One that is over without a word has given up its own session, not what was taken of it.
            del first
            again = Pair(client, server, session=session).handshake()
            self.assertTrue(again.client.session_reused)
            with self.assertRaisesRegex(ValueError, "different SSLContext"):
                Pair(client_context(), server, session=session)

    def test_channel_binding(self):
        pair = Pair()
        self.assertIsNone(pair.client.get_channel_binding())
        pair.handshake()
        self.assertEqual(pair.client.get_channel_binding(), pair.server.get_channel_binding())
        with self.assertRaises(ValueError):
            pair.client.get_channel_binding("tls-exporter")


class Questions(unittest.TestCase):
    def test_server_name_chooses_a_context(self):
        asked = []
        other = server_context("other.pem")
        server = server_context()

        def choose(connection, name, context):
            asked.append((name, context is server))
            if name == "other.test":
                connection.context = other

        server.sni_callback = choose
        for name in "localhost", "other.test":
            pair = Pair(server=server, name=name).handshake()
            self.assertEqual(pair.client.getpeercert()["subjectAltName"][0], ("DNS", name))
        pair = Pair(server=server, name="127.0.0.1").handshake()
        self.assertEqual(asked, [("localhost", True), ("other.test", True), (None, True)])

    def test_server_name_refuses(self):
        for answer, reason in (
            (lambda *_: ssl.ALERT_DESCRIPTION_ACCESS_DENIED, "TLSV1_ALERT_ACCESS_DENIED"),
            (lambda *_: "text", "TLSV1_ALERT_INTERNAL_ERROR"),
            (lambda *_: 1 / 0, "SSLV3_ALERT_HANDSHAKE_FAILURE"),
        ):
            server = server_context()
            server.sni_callback = answer
            pair = Pair(server=server)
            with self.assertRaises(ssl.SSLWantReadError):
                pair.client.do_handshake()
            with unittest.mock.patch("sys.unraisablehook") as hook, self.assertRaises(ssl.SSLError):
                pair.server.do_handshake()
            if reason != "TLSV1_ALERT_ACCESS_DENIED":
                self.assertIsInstance(hook.call_args.args[0], type(self.unraisable()))
            with self.assertRaises(ssl.SSLError) as caught:
                pair.client.do_handshake()
            self.assertEqual(caught.exception.reason, reason)

    def unraisable(self):
        """What sys.unraisablehook() is given by CPython itself."""

        class Failing:
            def __del__(self):
                1 / 0

        with unittest.mock.patch("sys.unraisablehook") as hook:
            Failing()
        return hook.call_args.args[0]

    def test_keys_agreed_beforehand(self):
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            client.check_hostname = False
            client.verify_mode = ssl.CERT_NONE
            for context in client, server:
                context.minimum_version = context.maximum_version = version
                context.set_ciphers("PSK")
            asked = []
            client.set_psk_client_callback(lambda hint: asked.append(hint) or ("me", b"k" * 32))
            server.set_psk_server_callback(lambda identity: asked.append(identity) or b"k" * 32)
            pair = Pair(client, server).handshake()
            self.assertEqual(pair.through(b"data"), b"data")
            self.assertEqual(asked, [None, "me"])
            server.set_psk_server_callback(lambda identity: b"other" * 8)
            with self.assertRaises(ssl.SSLError):
                Pair(client, server).handshake()

    def test_a_hint_for_a_key(self):
        for hint in None, "hint", "身份暗示":
            for suite in "PSK-CHACHA20-POLY1305", "ECDHE-PSK-CHACHA20-POLY1305":
                client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                client.check_hostname = False
                client.verify_mode = ssl.CERT_NONE
                for context in client, server:
                    context.set_ciphers(suite)
                server.maximum_version = ssl.TLSVersion.TLSv1_2
                heard = []
                client.set_psk_client_callback(lambda hint: heard.append(hint) or ("me", b"k" * 32))
                server.set_psk_server_callback(lambda identity: b"k" * 32, hint)
                pair = Pair(client, server).handshake()
                self.assertEqual(pair.client.cipher()[0], suite)
                # First for TLS 1.3, which has no hints, and then for what the server can do.
                self.assertEqual(heard, [None, hint])
                client.maximum_version = ssl.TLSVersion.TLSv1_2
                self.assertEqual(Pair(client, server).handshake().through(b"data"), b"data")
                self.assertEqual(heard, [None, hint, hint])

    def test_each_byte_of_a_flight_with_a_hint(self):
        client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        client.check_hostname = False
        client.verify_mode = ssl.CERT_NONE
        client.maximum_version = ssl.TLSVersion.TLSv1_2
        for context in client, server:
            context.set_ciphers("PSK-CHACHA20-POLY1305")
        client.set_psk_client_callback(lambda hint: ("me", b"k" * 32))
        server.set_psk_server_callback(lambda identity: b"k" * 32, "hint")

        def flight():
            pair = Pair(client, server)
            for side in pair.client, pair.server:
                with self.assertRaises(ssl.SSLWantReadError):
                    side.do_handshake()
            return pair, bytearray(pair.to_client.read())

        for at in range(len(flight()[1])):
            pair, data = flight()
            pair.to_client.write(data[:at])
            pair.to_client.write_eof()
            with self.assertRaises(ssl.SSLEOFError):
                pair.client.do_handshake()
            pair, data = flight()
            data[at] ^= 0x55
            pair.to_client.write(data)
            pair.to_client.write_eof()
            with self.assertRaises(ssl.SSLError):
                pair.client.do_handshake()
                pair.server.do_handshake()

    def test_secrets_and_messages(self):
        with tempfile.TemporaryDirectory(dir="/data") as folder:
            client = client_context()
            client.keylog_filename = os.path.join(folder, "keys")
            seen = []
            client._msg_callback = lambda *message: seen.append(message[1:5])
            Pair(client).handshake()
            with open(client.keylog_filename) as file:
                lines = file.read().splitlines()
            self.assertTrue(lines[0].startswith("# TLS secrets log file"))
            self.assertTrue(any(line.startswith("CLIENT_TRAFFIC_SECRET_0 ") for line in lines))
            client.keylog_filename = None
        kinds = [message[3] for message in seen]
        self.assertIn(ssl._TLSMessageType.CLIENT_HELLO, kinds)
        self.assertIn(ssl._TLSMessageType.SERVER_HELLO, kinds)


class WhoIsBelieved(unittest.TestCase):
    def refused(self, code, text, chain="server.pem", name="localhost", client=None):
        pair = Pair(client, server_context(chain), name)
        with self.assertRaises(ssl.SSLCertVerificationError) as caught:
            pair.handshake()
        self.assertEqual((caught.exception.verify_code, caught.exception.reason), (code, "CERTIFICATE_VERIFY_FAILED"))
        self.assertIn(text, str(caught.exception))

    def test_names(self):
        for name in "localhost", "LOCALHOST", "a.example.test", "127.0.0.1":
            Pair(name=name).handshake()
        for name in "other.test", "example.test", "a.b.example.test", "localhost.", "xlocalhost":
            self.refused(62, f"Hostname mismatch, certificate is not valid for '{name}'", name=name)
        self.refused(64, "IP address mismatch, certificate is not valid for '127.0.0.2'", name="127.0.0.2")

    def test_kinds_of_bad_certificates(self):
        self.refused(10, "certificate has expired", "expired.pem")
        self.refused(9, "certificate is not yet valid", "early.pem")
        self.refused(18, "self-signed certificate", "alien.pem")
        self.refused(20, "unable to get local issuer certificate", client=client_context(None))

    def test_certificates_that_were_not_granted(self):
        told = "unable to get local issuer certificate: no CA certificates were granted (_ssl.c:1000)"
        with unittest.mock.patch.dict(os.environ, SSL_CERT_FILE="/nowhere", SSL_CERT_DIR="/nowhere"):
            self.refused(20, told, client=ssl.create_default_context())
            client = ssl.create_default_context()
        client.load_verify_locations(path("alien.pem"))
        self.refused(20, "unable to get local issuer certificate (_ssl.c:1000)", client=client)

    def test_revocation(self):
        client = client_context()
        client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        self.refused(3, "unable to get certificate CRL", client=client)
        client.load_verify_locations(path("crl.pem"))
        self.assertEqual(client.cert_store_stats(), {"x509": 1, "crl": 1, "x509_ca": 1})
        Pair(client).handshake()
        self.refused(23, "certificate revoked", "revoked.pem", client=client)

    def test_nobody_is_asked(self):
        client = client_context(None)
        client.check_hostname = False
        client.verify_mode = ssl.CERT_NONE
        pair = Pair(client, server_context("expired.pem")).handshake()
        self.assertEqual(pair.client.getpeercert(), {})
        self.assertTrue(pair.client.getpeercert(True))

    def test_clients(self):
        server = server_context()
        server.verify_mode = ssl.CERT_REQUIRED
        server.load_verify_locations(path("ca.pem"))
        client = client_context()
        client.load_cert_chain(path("client.pem"))
        pair = Pair(client, server).handshake()
        self.assertEqual(pair.server.getpeercert()["subject"], ((("commonName", "client"),),))
        self.assertEqual(len(pair.server.get_verified_chain()), 2)
        pair = Pair(server=server)
        with self.assertRaises(ssl.SSLError) as caught:
            pair.handshake()
        self.assertEqual(caught.exception.reason, "PEER_DID_NOT_RETURN_A_CERTIFICATE")

    def text(self, *names):
        parts = []
        for name in names:
            with open(path(name)) as file:
                parts.append(file.read())
        return "a line of text\n".join(parts)

    def test_an_authority_among_many(self):
        everybody = self.text("alien.pem", "other.pem", "ca.pem", "revoked.pem", "ca.pem", "server.pem")
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.load_verify_locations(cadata=everybody)
        Pair(client).handshake()
        self.assertEqual(client.cert_store_stats(), {"x509": 5, "crl": 0, "x509_ca": 2})
        self.assertEqual(len(client.get_ca_certs()), 2)
        Pair(client).handshake()
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.load_verify_locations(cadata=everybody)
        self.assertEqual(client.cert_store_stats(), {"x509": 5, "crl": 0, "x509_ca": 2})
        Pair(client).handshake()

    def test_a_broken_authority_is_believed_in_nothing(self):
        der = bytearray(ssl.PEM_cert_to_DER_cert(self.text("ca.pem")[self.text("ca.pem").index("-----BEGIN CERT"):]))
        # The type of its key.
        der[der.index(bytes.fromhex("2a8648ce3d0201")) - 1] = 0x7F
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(bytes(der)))
        self.refused(20, "unable to get local issuer certificate", client=client)
        client.load_verify_locations(path("ca.pem"))
        Pair(client).handshake()

    def test_each_end_of_an_authority(self):
        text = self.text("ca.pem")
        text = text[text.index("-----BEGIN CERT"):]
        der = ssl.PEM_cert_to_DER_cert(text)
        for end in range(0, len(der), 3):
            client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            with self.assertRaises(ssl.SSLError):
                client.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(der[:end]))
        for end in range(len("-----BEGIN"), len(text) - 30, 3):
            client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            with self.assertRaises(ssl.SSLError):
                client.load_verify_locations(cadata=text[:end])

    def folder_of(self, **files):
        """A folder with these files, called after the name of authority.pem, and with others that are nobody's."""
        folder = tempfile.TemporaryDirectory(dir="/data")
        self.addCleanup(folder.cleanup)
        for name, copied in files.items():
            shutil.copyfile(path(copied), os.path.join(folder.name, f"e4aac8a7.{name}"))
        shutil.copyfile(path("alien.pem"), os.path.join(folder.name, "01234567.0"))
        return folder.name

    def test_clients_look_in_folders(self):
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.load_verify_locations(capath=self.folder_of(**{"0": "ca.pem"}))
        self.assertEqual(client.get_ca_certs(), [])
        pair = Pair(client).handshake()
        self.assertEqual(pair.through(b"data"), b"data")
        # What the certificate leads to, and nothing else.
        self.assertEqual(len(client.get_ca_certs()), 1)
        self.refused(10, "certificate has expired", "expired.pem", client=client)
        self.refused(18, "self-signed certificate", "alien.pem", client=client)

    def test_folders_without_an_issuer(self):
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.load_verify_locations(capath=self.folder_of())
        self.refused(20, "unable to get local issuer certificate", client=client)
        client.load_verify_locations(capath=self.folder_of(**{"0": "alien.pem", "1": "server.pem"}))
        self.refused(20, "unable to get local issuer certificate", client=client)

    def test_the_second_file_of_a_name(self):
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.load_verify_locations(capath=self.folder_of(**{"0": "make.sh", "1": "ca.pem"}))
        Pair(client).handshake()

    def test_revocation_lists_in_folders(self):
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        client.load_verify_locations(capath=self.folder_of(**{"0": "ca.pem", "r0": "crl.pem"}))
        Pair(client).handshake()
        self.refused(23, "certificate revoked", "revoked.pem", client=client)

    def test_servers_read_folders(self):
        server = server_context()
        server.verify_mode = ssl.CERT_REQUIRED
        server.load_verify_locations(capath=self.folder_of(**{"0": "ca.pem"}))
        client = client_context()
        client.load_cert_chain(path("client.pem"))
        pair = Pair(client, server).handshake()
        self.assertEqual(pair.server.getpeercert()["subject"], ((("commonName", "client"),),))

    def test_what_a_chain_looks_like(self):
        chain = Pair().handshake().client._sslobj.get_verified_chain()
        self.assertEqual([repr(one) for one in chain],
                         ["<_ssl.Certificate 'CN=localhost'>", "<_ssl.Certificate 'CN=authority,O=pylon tests'>"])

    def test_keys(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        for password in "secret", b"secret", bytearray(b"secret"), lambda: "secret":
            context.load_cert_chain(path("server.pem"), path("locked.key"), password)
        context.load_cert_chain(path("server.pem"), password=lambda: self.fail("it is not needed"))
        for password in "wrong", None, "":
            with self.assertRaises(ssl.SSLError):
                context.load_cert_chain(path("server.pem"), path("locked.key"), password)
        with self.assertRaisesRegex(ssl.SSLError, "(?i)key values mismatch"):
            context.load_cert_chain(path("server.pem"), path("other.pem"))
        Pair(server=server_context("rsa.pem")).handshake()


class HostilePeers(unittest.TestCase):
    def flight(self, change):
        """What a client says of a server whose first flight is changed."""
        pair = Pair()
        for side in pair.client, pair.server:
            with self.assertRaises(ssl.SSLWantReadError):
                side.do_handshake()
        data = change(bytearray(pair.to_client.read()))
        pair.to_client.write(data)
        return pair

    def test_truncation(self):
        pair = self.flight(lambda data: data[:-20])
        with self.assertRaises(ssl.SSLWantReadError):
            pair.client.do_handshake()
        pair.to_client.write_eof()
        with self.assertRaises(ssl.SSLEOFError):
            pair.client.do_handshake()
        pair = Pair().handshake()
        pair.to_client.write_eof()
        with self.assertRaisesRegex(ssl.SSLEOFError, "EOF occurred in violation of protocol"):
            while True:
                pair.client.read(10)

    def test_other_protocols(self):
        for data in b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 100, b"SSH-2.0-OpenSSH\r\n":
            pair = Pair()
            with self.assertRaises(ssl.SSLWantReadError):
                pair.client.do_handshake()
            pair.to_client.write(data)
            with self.assertRaises(ssl.SSLError) as caught:
                pair.client.do_handshake()
            self.assertIn(caught.exception.reason, ("WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL", "PACKET_LENGTH_TOO_LONG"))
        pair = Pair()
        pair.to_server.write(b"GET / HTTP/1.0\r\n\r\n")
        with self.assertRaises(ssl.SSLError) as caught:
            pair.server.do_handshake()
        self.assertEqual(caught.exception.reason, "HTTP_REQUEST")

    def test_each_changed_byte_is_refused(self):
        length = len(self.flight(lambda data: data).to_client.read())

        def flipped(where):
            def change(data):
                data[where] ^= 0x55
                return data

            return change

        for where in range(0, length, 41):
            pair = self.flight(flipped(where))
            try:
                pair.handshake()
            except (ssl.SSLError, AssertionError):
                continue
            self.fail(f"byte {where} was changed and nobody saw it")

    def test_changed_data_is_refused(self):
        pair = Pair().handshake()
        pair.client.write(b"x" * 100)
        data = bytearray(pair.to_server.read())
        data[30] ^= 1
        pair.to_server.write(data)
        with self.assertRaises(ssl.SSLError) as caught:
            pair.server.read(100)
        self.assertEqual(caught.exception.reason, "RECORD_LAYER_FAILURE")

    def test_records_that_are_too_long(self):
        pair = Pair().handshake()
        pair.to_server.write(b"\x17\x03\x03\xff\xff" + bytes(0xFFFF))
        with self.assertRaises(ssl.SSLError) as caught:
            pair.server.read(100)
        self.assertEqual(caught.exception.reason, "RECORD_LAYER_FAILURE")

    def test_versions_that_are_too_low(self):
        client = client_context()
        client.minimum_version = ssl.TLSVersion.TLSv1_3
        server = server_context()
        server.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises(ssl.SSLError) as caught:
            Pair(client, server).handshake()
        self.assertIn(caught.exception.reason, ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"))


class Numbers(unittest.TestCase):
    def test_constants_are_the_components(self):
        number, text = _openssl_cap.library_version()
        self.assertEqual((ssl.OPENSSL_VERSION_NUMBER, ssl.OPENSSL_VERSION), (number, text))
        info = (number >> 28, number >> 20 & 0xFF, number >> 12 & 0xFF, number >> 4 & 0xFF, number & 0xF)
        self.assertEqual(ssl.OPENSSL_VERSION_INFO, info)
        for oid, known in _ssl.USUAL_OBJECTS.items():
            found = _openssl_cap.object_of_text(oid, False)
            self.assertEqual(known, (found.nid, found.short_name, found.long_name, found.numbers))

    def test_random_numbers(self):
        drawn = [ssl.RAND_bytes(32) for _ in range(2000)]
        self.assertEqual(len(set(drawn)), len(drawn))
        self.assertEqual([len(ssl.RAND_bytes(n)) for n in (0, 1, 65_536, 65_537, 200_000)], [0, 1, 65_536, 65_537, 200_000])
        self.assertTrue(ssl.RAND_status())
        ssl.RAND_add("text", 1.0)

    def test_objects(self):
        self.assertEqual(ssl._txt2obj("SHA256", True), (672, "SHA256", "sha256", "2.16.840.1.101.3.4.2.1"))
        self.assertEqual(ssl._nid2obj(129), (129, "serverAuth", "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.1"))


class NothingIsKept(unittest.TestCase):
    def test_handshakes(self):
        client, server = client_context(), server_context()
        for _ in range(400):
            Pair(client, server).handshake().close()

    def test_failures(self):
        client, server = client_context(), server_context("other.pem")
        for _ in range(400):
            with self.assertRaises(ssl.SSLError):
                Pair(client, server).handshake()

    def test_contexts(self):
        for _ in range(1000):
            client_context()
            server_context()

    def test_what_waits(self):
        client, server = client_context(), server_context()
        server.sni_callback = lambda *_: None
        for _ in range(2000):
            pair = Pair(client, server)
            with self.assertRaises(ssl.SSLWantReadError):
                pair.client.do_handshake()


if __name__ == "__main__":
    unittest.main()
