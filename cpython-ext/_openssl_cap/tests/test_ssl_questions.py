"""What a connection asks its program, and tells it: names of servers, keys agreed on beforehand, secrets, messages. Run inside
pylon.wasm.

grants: a folder as /data
memory: 256M
"""

import os
import ssl
import tempfile
import unittest
import unittest.mock

from pairs import Pair, client_context, server_context


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


if __name__ == "__main__":
    unittest.main()
