"""ssl through the openssl cap: both ends in one program, over MemoryBIO. Run inside pylon.wasm.

The loops of NothingIsKept would need more memory than there is if each turn kept its connection.

memory: 256M
"""

import gc
import ssl
import unittest
import weakref

import _openssl_cap
import _ssl

from pairs import Pair, client_context, server_context


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
            client.set_ecdh_curve(group)
            pair = Pair(client).handshake()
            self.assertEqual(pair.client._sslobj._cap.group().lower(), group.lower())

    def test_groups_of_two_sides(self):
        client, server = client_context(), server_context()
        server.set_ecdh_curve("X25519MLKEM768:secp384r1")
        client.set_ecdh_curve(b"secp384r1")
        self.assertEqual(Pair(client, server).handshake().client._sslobj._cap.group().lower(), "secp384r1")
        client.set_ecdh_curve("X25519")
        with self.assertRaisesRegex(ssl.SSLError, "NO_SUITABLE_KEY_SHARE"):
            Pair(client, server).handshake()
        for name in "", "nothing", "X25519MLKEM768:nothing":
            with self.assertRaisesRegex(ValueError, "unknown elliptic curve name"):
                server.set_ecdh_curve(name)

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
                # Signatures, and with them flights, are not all of one length.
                data[min(where, len(data) - 1)] ^= 0x55
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
    def test_who_failed_is_gone_at_once(self):
        pair = Pair(server=server_context("other.pem"))
        gone = weakref.ref(pair.client)
        gc.disable()
        self.addCleanup(gc.enable)
        try:
            pair.handshake()
        except ssl.SSLError:
            del pair
        self.assertIsNone(gone())

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
