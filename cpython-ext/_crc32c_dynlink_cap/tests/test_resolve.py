"""pylon.resolve(): a provider by its name in the plan, and bytes for bytes. Run inside pylon.wasm, with a plan."""

import gc
import inspect
import sys
import unittest

import pylon

NAME, CHECK, CRC = "crc32c", b"123456789", bytes.fromhex("1ae3069283")


class Invoking(unittest.TestCase):
    def test_bytes_for_bytes(self):
        crc = pylon.resolve(NAME)
        self.assertIsInstance(crc, pylon.Instance)
        self.assertEqual(crc.name, NAME)
        for payload in (CHECK, bytearray(CHECK), memoryview(b"x" + CHECK)[1:]):
            self.assertEqual(crc.invoke("compute", payload), CRC)
        self.assertEqual(crc.invoke(payload=CHECK, method="compute"), CRC)
        self.assertEqual(crc.invoke("compute"), b"\0")
        self.assertIn(b"crc32c.combine", crc.invoke("manifest"))
        self.assertEqual(str(inspect.signature(crc.invoke)), "(method, payload=b'')")

    def test_a_payload_that_the_provider_makes_room_for(self):
        self.assertEqual(len(pylon.resolve(NAME).invoke("compute", bytes(5_000_000))), 5)

    def test_each_is_one_of_its_own(self):
        first, second = pylon.resolve(NAME), pylon.resolve(NAME)
        first.close()
        self.assertEqual((first.closed, second.closed), (True, False))
        self.assertEqual(second.invoke("compute", CHECK), CRC)

    def test_the_end(self):
        with pylon.resolve(NAME) as crc:
            self.assertEqual(crc.invoke("compute", CHECK), CRC)
            self.assertEqual(repr(crc), "<pylon.Instance of 'crc32c'>")
        self.assertEqual(repr(crc), "<pylon.Instance of 'crc32c', closed>")
        crc.close()
        with self.assertRaisesRegex(ValueError, "the instance of 'crc32c' is closed"):
            crc.invoke("compute", CHECK)
        with self.assertRaises(ZeroDivisionError), pylon.resolve(NAME) as crc:
            1 / 0
        self.assertTrue(crc.closed)

    def test_nothing_is_left(self):
        def rounds(count):
            for _ in range(count):
                with pylon.resolve(NAME) as crc:
                    crc.invoke("compute", CHECK)
                pylon.resolve(NAME).invoke("compute", CHECK)
                with self.assertRaises(pylon.LinkError):
                    crc = pylon.resolve(NAME)
                    crc.invoke("no-such-method")
            gc.collect()

        rounds(5)
        blocks = sys.getallocatedblocks()
        # More instances than there may be at a time.
        rounds(500)
        self.assertLess(sys.getallocatedblocks() - blocks, 20)


class Failures(unittest.TestCase):
    def failed(self, code, call, *args):
        with self.assertRaises(pylon.LinkError) as caught:
            call(*args)
        self.assertEqual(caught.exception.code, code)
        return caught.exception

    def test_a_name_that_the_plan_does_not_have(self):
        for name in ("no-such-provider", "", "a/b", "é\0", "x" * 100_000):
            error = self.failed("emit-link-error", pylon.resolve, name)
            self.assertLess(len(str(error)), 4096)

    def test_a_method_that_the_provider_does_not_have(self):
        crc = pylon.resolve(NAME)
        error = self.failed("not-implemented", crc.invoke, "subtract", b"")
        self.assertEqual((error.message, error.context), ("there is no such method", "subtract"))
        self.failed("not-implemented", crc.invoke, "")
        self.failed("invalid-input", crc.invoke, "crc32c.update", b"\xff")
        self.assertEqual(crc.invoke("compute", CHECK), CRC)

    def test_wrong_types(self):
        crc = pylon.resolve(NAME)
        for call in (lambda: pylon.resolve(b"crc32c"), lambda: pylon.resolve(None), lambda: pylon.resolve(),
                     lambda: crc.invoke(), lambda: crc.invoke(1), lambda: crc.invoke("compute", "text"),
                     lambda: crc.invoke("compute", [1]), lambda: crc.invoke("compute", b"", b""), pylon.Instance,
                     lambda: type("Sub", (pylon.Instance,), {})):
            with self.assertRaises(TypeError):
                call()
        with self.assertRaises(BufferError):
            crc.invoke("compute", memoryview(bytes(4))[::2])
        with self.assertRaises(UnicodeEncodeError):
            pylon.resolve("\udc80")
        with self.assertRaises(AttributeError):
            crc.name = "other"
        self.assertEqual(crc.invoke("compute", CHECK), CRC)

    def test_what_the_module_has(self):
        self.assertEqual(pylon.__all__, ["Instance", "LinkError", "load", "resolve"])
        namespace = {}
        exec("from pylon import *", namespace)
        self.assertIs(namespace["Instance"], pylon.Instance)
        with self.assertRaisesRegex(AttributeError, "module 'pylon' has no attribute 'unresolve'"):
            pylon.unresolve


if __name__ == "__main__":
    unittest.main()
