"""What ssl says of arguments that are none, in the words of CPython's own _ssl.c. Run inside pylon.wasm.

grants: a folder as /data
memory: 256M
"""

import copy
import gc
import os
import pickle
import ssl
import tempfile
import unittest
import warnings

from pairs import Pair, client_context, path, server_context


class Arguments(unittest.TestCase):
    def refused(self, kind, text, function, *arguments, **named):
        with self.assertRaises(kind) as caught:
            function(*arguments, **named)
        self.assertIs(type(caught.exception), kind)
        self.assertEqual(str(caught.exception), text)
        return caught.exception

    def test_certificates_as_data(self):
        with open(path("ca.pem")) as file:
            text = file.read()
        load = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations
        no_pem = "no start line: cadata does not contain a certificate (_ssl.c:1000)"
        no_der = "not enough data: cadata does not contain a certificate (_ssl.c:1000)"
        of_a_kind = "cadata should be an ASCII string or a bytes-like object"
        for empty in "", b"", bytearray():
            self.refused(ValueError, "Empty certificate data", load, cadata=empty)
        for wrong in "\xe9", 5, [b"x"]:
            self.refused(TypeError, of_a_kind, load, cadata=wrong)
        self.refused(ssl.SSLError, no_pem, load, cadata="x")
        self.refused(ssl.SSLError, no_der, load, cadata=b"x")
        # Bytes are DER.
        self.refused(ssl.SSLError, no_der, load, cadata=text.encode())
        self.refused(BufferError, "memoryview: underlying buffer is not C-contiguous", load, cadata=memoryview(b"abcd")[::2])
        load(cadata=memoryview(ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERT"):])))
        load(cadata="text before\n" * 10_000 + text)

    def test_keys_and_passwords(self):
        load = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain
        server, locked = path("server.pem"), path("locked.key")
        for arguments in (path("make.sh"),), (server, path("make.sh")), (server, locked, "wrong"), (server, locked, ""), (
            server, locked, "x" * 1024
        ):
            error = self.refused(ssl.SSLError, "[SSL] PEM lib (_ssl.c:1000)", load, *arguments)
            self.assertEqual((error.errno, error.library, error.reason), (524_297, "SSL", None))
        for long in "x" * 1025, lambda: b"x" * 1025:
            self.refused(ValueError, "password cannot be longer than 1024 bytes", load, server, locked, long)

    def test_names(self):
        server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), client_context()
        for name in "nothing", "", b"nothing":
            self.refused(ValueError, f"unknown elliptic curve name {name!r}", client.set_ecdh_curve, name)
        self.refused(ValueError, "embedded null character", client.set_ciphers, "a\0b")
        self.refused(ValueError, "embedded null byte", client.set_ecdh_curve, "a\0b")
        hint = server.set_psk_server_callback
        hint(print, "h" * 256)
        self.refused(ValueError, "failed to set identity hint", hint, print, "h" * 257)
        self.refused(ValueError, "embedded null character", hint, print, "a\0b")
        kind = "set_psk_server_callback() argument 'identity_hint' must be str or None, not int"
        self.refused(TypeError, kind, hint, print, 5)
        with self.assertRaises(TypeError):
            client.load_dh_params(0)

    def test_ends_of_a_connection(self):
        server, client, bio = server_context(), client_context(), ssl.MemoryBIO()
        self.refused(TypeError, "_wrap_bio() argument 'incoming' must be _ssl.MemoryBIO, not int", client.wrap_bio, 5, bio)
        self.refused(TypeError, "_wrap_bio() argument 'outgoing' must be _ssl.MemoryBIO, not str", client.wrap_bio, bio, "")
        side = "Cannot create a client socket with a PROTOCOL_TLS_SERVER context (_ssl.c:1000)"
        self.refused(ssl.SSLError, side, server.wrap_bio, bio, bio, server_hostname="")
        name = "server_hostname cannot be an empty string or start with a leading dot."
        self.refused(ValueError, name, client.wrap_bio, bio, bio, server_hostname="")

    def test_buffers(self):
        pair = Pair().handshake()
        pair.server.write(b"data")
        for buffer in b"fixed", memoryview(bytearray(8))[::2], 5:
            kind = f"read() argument 2 must be read-write bytes-like object, not {type(buffer).__name__}"
            self.refused(TypeError, kind, pair.client.read, 4, buffer)
        # Nothing was taken away.
        self.assertEqual(pair.client.read(4, bytearray()), 0)
        self.assertEqual(pair.client.read(4), b"data")
        in_pieces = memoryview(b"abcd")[::2]
        for function in pair.client.write, pair.to_server.write, lambda data: ssl.RAND_add(data, 1.0):
            self.refused(BufferError, "memoryview: underlying buffer is not C-contiguous", function, in_pieces)

    def test_numbers_of_errors(self):
        pair = Pair().handshake()
        for side, errno, reason in (pair.client, 284, "NOT_SERVER"), (pair.server, 279, "EXTENSION_NOT_RECEIVED"):
            with self.assertRaises(ssl.SSLError) as caught:
                side.verify_client_post_handshake()
            self.assertEqual((caught.exception.errno, caught.exception.reason), (errno, reason))

    def test_versions(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with self.assertWarnsRegex(DeprecationWarning, "ssl.TLSVersion.SSLv3 is deprecated"):
            context.minimum_version = ssl.TLSVersion.SSLv3
        self.assertEqual(context.minimum_version, ssl.TLSVersion.SSLv3)
        with self.assertWarns(DeprecationWarning):
            context = ssl.SSLContext(ssl.PROTOCOL_TLSv1_2)
        least_and_most = ssl.TLSVersion.MINIMUM_SUPPORTED, ssl.TLSVersion.MAXIMUM_SUPPORTED
        self.assertEqual((context.minimum_version, context.maximum_version), least_and_most)

    def test_nothing_is_copied(self):
        pair = Pair().handshake()
        for kind, made in {
            "SSLContext": client_context(),
            "_ssl.MemoryBIO": ssl.MemoryBIO(),
            "_ssl.SSLSession": pair.client.session,
            "_ssl.Certificate": pair.client._sslobj.get_verified_chain()[0],
            "_ssl._SSLSocket": pair.client._sslobj,
        }.items():
            for function in copy.copy, copy.deepcopy, pickle.dumps:
                self.refused(TypeError, f"cannot pickle '{kind}' object", function, made)
        error = ssl.SSLError(5, "text")
        self.assertEqual(pickle.loads(pickle.dumps(error)).args, (5, "text"))

    def test_a_context_lets_go_of_its_key_log(self):
        with tempfile.TemporaryDirectory(dir="/data") as folder, warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            context = client_context()
            context.keylog_filename = os.path.join(folder, "keys")
            del context
            gc.collect()
        self.assertEqual([str(warning.message) for warning in told], [])


if __name__ == "__main__":
    unittest.main()
