"""Who is believed by ssl, and who is not: certificates, names, authorities in files and in folders. Run inside pylon.wasm.

grants: a folder as /data
memory: 256M
"""

import os
import shutil
import ssl
import tempfile
import unittest
import unittest.mock

from pairs import Pair, client_context, path, server_context


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

    def test_several_folders(self):
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.load_verify_locations(capath=f"/nowhere:{self.folder_of(**{'0': 'ca.pem'})}")
        Pair(client).handshake()
        for none in "", b"":
            with self.assertRaisesRegex(ssl.SSLError, r"^\[X509: INVALID_DIRECTORY\] invalid directory \(_ssl.c:1000\)$"):
                client.load_verify_locations(capath=none)

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


if __name__ == "__main__":
    unittest.main()
