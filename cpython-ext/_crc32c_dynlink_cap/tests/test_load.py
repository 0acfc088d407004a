"""pylon.load(): what it makes of descriptions, and what it refuses. Run inside pylon.wasm, with a plan."""

import gc
import sys
import unittest

import _pylon_linker
import _pylon_load
import pylon

BASIC = {"types": [], "version": 1, "callbacks": [], "interfaces": []}
RESOURCE, ENUM = ["resource", "thing", ""], ["enum", "color", "", [["red", ""], ["dark-blue", ""]]]


def described(**changes):
    """The module of a provider that would say this of itself."""
    return _pylon_load.made("crc32c", _pylon_linker.link("crc32c"), BASIC | changes)


def one(*types, of="u8"):
    return described(types=list(types), interfaces=[["a:b/c@1.0.0", "", [["function", "f", None, "", [["v", of]], None]]]])


class Loaded(unittest.TestCase):
    def test_a_provider(self):
        from pylon import load

        crc = load("crc32c")
        self.assertEqual(crc.update(0, b"123456789"), 0xE3069283)
        self.assertEqual(crc.combine(first=crc.update(0, b"12345"), second=crc.update(0, data=b"6789"), second_length=4),
                         0xE3069283)
        self.assertEqual(crc.__all__, ["combine", "update"])
        self.assertIsNot(load("crc32c"), crc)

    def test_functions_outlive_the_module(self):
        update = pylon.load("crc32c").update
        gc.collect()
        self.assertEqual(update(0, b"123456789"), 0xE3069283)

    def test_names(self):
        module = described(
            types=[["record", "class", "", [["n-fields", "u8", ""], ["from", "u8", ""], ["HTTP-2", "u8", ""]]],
                   ["flags", "a1-B2", "", [["x-y", ""]]], ["variant", "none", "", [["is", None, ""], ["DO-it", 0, ""]]]],
            interfaces=[["a:b/c", "Docs.\x1b[1m\0", [["function", "del", None, "", [["v", 2]], None]]]])
        self.assertEqual(module.__all__, ["A1B2", "Class", "del_"])
        self.assertEqual(module.__doc__, "Docs.\ufffd[1m\ufffd")
        self.assertEqual(module.Class((1, 2, 3)).n_fields_, 1)
        self.assertEqual(module.Class((1, 2, 3)).http_2, 3)
        self.assertEqual(module.A1B2.X_Y, 1)
        with self.assertRaisesRegex(OverflowError, "Class.from_ must be"):
            module.del_(("do_it", (0, 256, 0)))
        for name, called, error in (("1-2", "provider_1_2", "Provider12Error"), ("a.b/C d", "a_b_c_d", "ABCDError"),
                                    ("", "provider", "ProviderError"), ("for", "for_", "ForError")):
            maker = _pylon_load._Maker(name, None)
            self.assertEqual((maker.name, maker.problem_name), (called, error))

    def test_many(self):
        # As many parameters, fields and cases as there may be, and as deep as it may be.
        module = described(
            types=[["variant", "v", "", [[f"c{i}", None, ""] for i in range(255)]],
                   ["record", "r", "", [[f"f{i}", "u8", ""] for i in range(1000)]],
                   ["enum", "e", "", [[f"c{i}", ""] for i in range(1000)]], ["option", 2],
                   ["flags", "f", "", [[f"f{i}", ""] for i in range(32)]]]
            + [["list", "string" if i == 5 else i - 1] for i in range(5, 68)],
            interfaces=[["a:b/c", "", [["function", "f", None, "", [[f"p{i}", 3] for i in range(100)], None],
                                       ["function", "g", None, "", [["v", 67]], None],
                                       ["function", "h", None, "", [["v", 0], ["r", 1], ["f", 4]], None]]]])
        self.assertEqual(module.F.F31, 1 << 31)
        for use in (lambda: module.f(*range(100)), lambda: module.f(p99=module.E.C999), lambda: module.g([[[]]]),
                    lambda: module.h(("c254", None), (0,) * 1000, 2**32 - 1)):
            with self.assertRaises(pylon.LinkError) as caught:
                use()
            self.assertEqual(caught.exception.code, "not-implemented")
        deep = "x"
        for _ in range(80):
            deep = [deep]
        with self.assertRaises(TypeError):
            module.g(deep)
        with self.assertRaises(OverflowError):
            module.h(("c254", None), (256,) * 1000, 0)


class Believed(unittest.TestCase):
    """A provider that does not do what it says of itself: its replies are numbers, whatever is described."""

    def module(self, result, *types, parameters=(("value", "u32"), ("data", 0))):
        update = ["function", "update", None, "", [list(each) for each in parameters], result]
        return described(types=[["list", "u8"], RESOURCE, *types], interfaces=[["crc32c:checksum/crc32c@0.2.0", "", [update]]])

    def failed(self, code, text, context, use, *args):
        with self.assertRaisesRegex(pylon.LinkError, text) as caught:
            use(*args)
        self.assertEqual((caught.exception.code, caught.exception.context), (code, context))

    def test_replies_of_another_type(self):
        for result, types, expected in (
            ("bool", (), "true or false"), ("u8", (), "an integer from 0 to 255"), ("s32", (), "an integer from -2147483648"),
            ("f32", (), "a float"), ("f64", (), "a float"), ("char", (), "a Unicode scalar value"), ("string", (), "text"),
            (0, (), "a byte string"), (None, (), "null"), (2, (["list", "u16"],), "a typed array"),
            (2, (["list", "string"],), "an array"), (2, (["option", "u8"],), "an option"),
            (2, (["tuple", ["u8", "u8"]],), "an array of 2 items"),
            (2, (["record", "r", "", [["f", "u8", ""]]],), "an array of 1 items"),
            (2, (["variant", "v", "", [["c", None, ""]]],), "a variant"), (2, (["result", None, "u8"],), "a variant"),
            (2, (ENUM,), "a case from 0 to 1"), (2, (["flags", "f", "", [["f", ""]]],), "flags from 0 to 1"),
            (2, (["borrow", 1],), "no borrowed handle"),
        ):
            module = self.module(result, *types)
            # The first time in the session that was described, then in another one.
            for _ in range(2):
                self.failed("internal-error", f"the reply is wrong: expected {expected}", "crc32c.update: result",
                            module.update, 0, b"123456789")

    def test_a_number_for_a_handle(self):
        module = self.module(2, ["own", 1])
        thing = module.update(0, b"123456789")
        self.assertIs(type(thing), module.Thing)
        del thing
        self.assertIs(type(module.update(0, b"1")), module.Thing)

    def test_arguments_of_another_type(self):
        for parameters, args in (((("value", "u32"),), (1,)), ((("value", "string"), ("data", 0)), ("1", b"")),
                                 ((("data", 0), ("value", "u32")), (b"", 1)), ((), ())):
            module = self.module("u32", parameters=parameters)
            with self.assertRaises(pylon.LinkError) as caught:
                module.update(*args)
            self.assertEqual(caught.exception.code, "invalid-input")

    def test_an_interface_that_it_does_not_serve(self):
        module = described(types=[["list", "u8"]], interfaces=[["a:b/crc32c@1.0.0", "", [
            ["function", "update", None, "", [["value", "u32"], ["data", 0]], "string"]]]])
        self.failed("internal-error", "expected text", "crc32c.update: result", module.update, 0, b"")
        # A session that is begun again is asked first.
        self.failed("exec-missing-export", "crc32c does not serve", "a:b/crc32c@1.0.0", module.update, 0, b"")


class Refused(unittest.TestCase):
    def refused(self, code, text, make, *args, **changes):
        with self.assertRaisesRegex(pylon.LinkError, text) as caught:
            make(*args, **changes)
        self.assertEqual((caught.exception.code, caught.exception.context), (code, "crc32c"))
        self.assertLess(len(caught.exception.message), 400)

    def test_what_has_no_mapping(self):
        for text, types in (
            ("None would be two values", [["option", "u8"], ["option", 0]]),
            ("two things of it are both Color", [ENUM, ENUM]),
            ("two things of it are both Thing", [RESOURCE, ["record", "thing", "", []]]),
            ("too many levels", [["list", "string" if i == 0 else i - 1] for i in range(65)]),
            ("variant: a type has another number of cases", [["variant", "v", "", [[f"c{i}", None, ""] for i in range(256)]]]),
            ("flags: a type has another number of flags", [["flags", "f", "", [[f"f{i}", ""] for i in range(33)]]]),
        ):
            self.refused("not-implemented", text, one, *types)
        self.refused("not-implemented", "'a:b/cb@1.0.0' calls back", described, callbacks=["a:b/cb@1.0.0"])
        self.refused("not-implemented", "its description is of version 3", described, version=3)
        function = ["function", "f", None, "", [], None]
        self.refused("not-implemented", "both f$|both f ", described, interfaces=[["a:b/c", "", [function, function]]])
        method = ["method", "m", 0, "", [], None]
        self.refused("not-implemented", "both Thing.m", described, types=[RESOURCE], interfaces=[["a:b/c", "", [method] * 2]])
        made = ["constructor", "", 0, "", [], None]
        self.refused("not-implemented", "Thing.__constructor__", described, types=[RESOURCE],
                     interfaces=[["a:b/c", "", [made, made]]])
        self.refused("not-implemented", "both Crc32cError", described,
                     types=[["resource", "crc32c-error", ""], ["result", None, None]],
                     interfaces=[["a:b/c", "", [["function", "f", None, "", [], 1]]]])

    def test_malformed_types(self):
        for entry in ([], None, "list", ["list"], ["list", "u8", "u8"], ["lists", "u8"], [["list"], "u8"], ["list", "u128"],
                      ["list", 0], ["list", -1], ["list", None], ["list", 1 << 70], ["list", True], ["module_of", {}],
                      ["own", 0], ["borrow", "u8"], ["tuple", "u8"], ["tuple", [0]], ["result", 0, None],
                      ["record", "r", "", [["f", "u8"]]], ["record", "r", "", [["f", "u8", ""], ["F", "u8", ""]]],
                      ["record", "", "", []], ["record", 1, "", []], ["record", "r", None, []], ["record", "r_s", "", []],
                      ["record", "a--b", "", []], ["record", "aB", "", []], ["record", "1a", "", []], ["record", "é", "", []],
                      ["record", "__doc__", "", []], ["enum", "e", "", [["a"]]], ["enum", "e", "", [["a", ""], ["A", ""]]],
                      ["enum", "e", "", "ab"], ["flags", "f", "", [[b"a", ""]]], ["variant", "v", "", [["a", 1, ""]]],
                      ["variant", "v", "", [["a", None, ""], ["a", None, ""]]], ["resource", "r"], ["resource", "r", 1]):
            self.refused("internal-error", "malformed: ", one, entry)
        # A resource is no type of values.
        self.refused("internal-error", "0 is no type that was said", one, RESOURCE, of=0)
        self.refused("internal-error", "0 is no resource that was said", one, ENUM, ["own", 0])

    def test_malformed_functions(self):
        right = ["function", "f", None, "", [["a", "u8"]], "u8"]
        for i, wrong in ((0, "func"), (0, None), (1, ""), (1, "F f"), (1, None), (2, 5), (3, None), (3, b""), (4, None),
                         (4, ["a"]), (4, [["a", "u8", ""]]), (4, [["a", "u8"], ["A", "u8"]]), (4, [["a", None]]), (5, "u128"),
                         (5, []), (0, "method"), (0, "constructor")):
            function = right[:i] + [wrong] + right[i + 1:]
            if (i, wrong) == (2, 5):
                function[0] = "static"
            self.refused("internal-error", "malformed: ", described, interfaces=[["a:b/c", "", [function]]])
        for interface in (None, [], ["a:b/c", ""], [1, "", []], ["", "", []], ["a:b/C D", "", []], ["a:b/c", None, []],
                          ["a:b/c", "", {}], ["a:b/c", "", [right[:5]]]):
            self.refused("internal-error", "malformed: ", described, interfaces=[interface])

    def test_malformed_wholes(self):
        for whole in (None, [], "", 1, {}, {key: BASIC[key] for key in list(BASIC)[1:]}):
            self.refused("internal-error", "malformed: ", _pylon_load.made, "crc32c", _pylon_linker.link("crc32c"), whole)
        for key in ("types", "callbacks", "interfaces"):
            for wrong in (None, {}, "x", [5]):
                self.refused("internal-error", "malformed: ", described, **{key: wrong})

    def test_a_long_value_is_not_shown_in_full(self):
        self.refused("internal-error", r"\.\.\. is no", one, ["list", "x" * 100_000])

    def test_nothing_is_left(self):
        def refuse():
            self.refused("internal-error", "malformed", described, types=[
                ENUM, RESOURCE, ["record", "r", "", [["f", 0, "Docs."]]], ["own", 1], ["tuple", [2, 3]], ["none"]])

        for _ in range(10):
            refuse()
        gc.collect()
        blocks = sys.getallocatedblocks()
        for _ in range(300):
            refuse()
        gc.collect()
        self.assertLess(sys.getallocatedblocks() - blocks, 20)


if __name__ == "__main__":
    unittest.main()
