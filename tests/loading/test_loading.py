"""A cap in Rust, made after the pylon.wasm that this runs in: by its contract, and by the bytes."""

import gc
import inspect
import pydoc
import sys
import unittest

import pylon

m = pylon.load("probe-loading")
Note, Marks, Weight = m.Note, m.Marks, m.Weight


class Loaded(unittest.TestCase):
    def test_what_the_module_has(self):
        self.assertEqual(m.__all__, ["Marks", "Note", "ProbeLoadingError", "Size", "Weight", "all", "count", "mean", "panic",
                                     "spin"])
        self.assertEqual((m.__name__, m.__doc__), ("probe_loading", "Notes with a content."))
        self.assertNotIn("probe_loading", sys.modules)
        self.assertEqual(m.count.__doc__, "How often each word is in a text, from so many times on.")
        self.assertEqual((m.count.__name__, m.count.__module__), ("count", "probe_loading"))
        self.assertEqual(Note.set.__qualname__, "Note.set")
        self.assertEqual(Note.__doc__, "A note, which has a title.\n\nIt has no content.")
        self.assertEqual(Weight.__doc__, "How much a note matters.\n\n* LIGHT\n* HEAVY")
        for what, signature in ((m.count, "(text, at_least=None)"), (Note, "(title, marks=None)"), (Note.title, "(self, /)"),
                                (Note.set, "(self, /, content, weight)"), (Note.is_longer, "(self, from_, /)"),
                                (Note.live, "()"), (Note.join, "(one, other)"), (Note("a").set, "(content, weight)")):
            self.assertEqual(str(inspect.signature(what)), signature)
        said = pydoc.plain(pydoc.render_doc(m))
        for text in ("count(text, at_least=None)", "The content of before.\n", "Raises ProbeLoadingError."):
            self.assertIn(text, said)

    def test_values(self):
        self.assertEqual(m.count("a b a", at_least=2), [("a", 2)])
        self.assertEqual(m.count("b a"), [("a", 1), ("b", 1)])
        self.assertEqual((m.mean([1, 2.5]), m.mean(iter(()))), (1.75, None))
        note = Note("title", Marks.PINNED | Marks.CLASS)
        self.assertEqual((note.title(), note.content()), ("title", ("empty", None)))
        for content in (("text", "wörd"), ("octets", b"\0\xff"), ("area", m.Size((3, 4)))):
            before = note.content()
            self.assertEqual(note.set(content, weight=Weight.LIGHT), before)
            self.assertEqual(note.content(), content)
        self.assertIs(type(note.content()[1]), m.Size)
        self.assertEqual(note.content()[1].height, 4)
        longer = Note("longer")
        longer.set(("octets", bytes(13)), 0)
        self.assertTrue(longer.is_longer(note))

    def test_errors(self):
        note, closed = Note("note"), Note("closed", marks=Marks.READ_ONLY)
        for use, value in ((lambda: closed.set(("empty", None), Weight.LIGHT), ("read_only", None)),
                           (lambda: note.set(("octets", bytes(1001)), Weight.LIGHT), ("too_long", 1)),
                           (lambda: note.set(("empty", None), 1), ("unlike", (("empty", None), Weight.HEAVY)))):
            with self.assertRaises(m.ProbeLoadingError) as caught:
                use()
            self.assertEqual(caught.exception.value, value)
        self.assertIs(caught.exception.value[1][1], Weight.HEAVY)

    def test_handles(self):
        gc.collect()
        before = Note.live()
        a, b = Note("a"), Note("b")
        for note in (a, b):
            note.set(("text", note.title()), Weight.LIGHT)
        both = Note.join(a, b)
        self.assertEqual((both.title(), both.content()), ("a and b", ("text", "ab")))
        with self.assertRaisesRegex(ValueError, "the probe_loading.Note was given away"):
            a.title()
        again, = m.all([both])
        self.assertEqual((again.title(), Note.live()), ("a and b", before + 1))
        # An error takes what was given, too.
        with self.assertRaises(m.ProbeLoadingError):
            Note.join(again, Note("c"))
        self.assertEqual(Note.live(), before)

    def test_arguments(self):
        note = Note("note")
        for kind, use in ((TypeError, lambda: Note()), (TypeError, lambda: Note("a", 0, 0)), (TypeError, lambda: Note(b"a")),
                          (ValueError, lambda: Note("a", 8)), (TypeError, lambda: note.set(("text", 1), 0)),
                          (ValueError, lambda: note.set(("words", ""), 0)), (ValueError, lambda: note.set(("empty", None), 2)),
                          (OverflowError, lambda: note.set(("area", (-1, 0)), 0)), (TypeError, lambda: Note.title(1)),
                          (TypeError, lambda: Note.title()), (TypeError, lambda: note.title(1)), (TypeError, lambda: m.mean()),
                          (TypeError, lambda: m.mean(numbers=[])), (TypeError, lambda: m.mean("12")),
                          (TypeError, lambda: note.is_longer("b")), (TypeError, lambda: m.all([note, 1])),
                          (TypeError, lambda: m.count("a", least=1)), (TypeError, lambda: object.__new__(Note)),
                          (TypeError, lambda: type("Sub", (Note,), {}))):
            with self.assertRaises(kind):
                use()
        self.assertEqual(note.title(), "note")

    def test_two_modules_are_two_sessions(self):
        other = pylon.load("probe-loading")
        live = Note.live()
        notes = [other.Note("a"), other.Note("b")]
        self.assertEqual((Note.live(), other.Note.live()), (live, 2))
        with self.assertRaisesRegex(TypeError, "from_ must be probe_loading.Note, not probe_loading.Note"):
            Note("c").is_longer(notes[0])


class Failures(unittest.TestCase):
    def failed(self, code, use, *args):
        with self.assertRaises(pylon.LinkError) as caught:
            use(*args)
        self.assertEqual(caught.exception.code, code)
        return caught.exception

    def test_a_trap_ends_the_session_and_not_the_module(self):
        note = Note("gone")
        for _ in range(3):
            self.failed("exec-trap", m.panic, "on purpose")
            self.assertEqual(m.count("a"), [("a", 1)])
        self.failed("invalid-input", note.title)
        self.assertEqual(Note("new").title(), "new")

    def test_time_that_is_over(self):
        hurried = pylon.load("hurried")
        self.failed("exec-timeout", hurried.spin)
        self.assertEqual(hurried.mean([2]), 2)

    def test_a_session_that_ends_while_arguments_are_read(self):
        class Number:
            def __float__(self):
                with self_.assertRaises(pylon.LinkError):
                    m.panic("meanwhile")
                return 1.0

        self_ = self
        self.assertEqual(m.mean([Number(), 3]), 2)
        note = Note("gone")

        def notes():
            yield note
            self.failed("exec-trap", m.panic, "meanwhile")

        self.assertIn("dropped", str(self.failed("invalid-input", m.all, notes())))

    def test_by_the_bytes(self):
        with pylon.resolve("probe-loading") as instance:
            self.assertEqual(instance.invoke("notes.mean", b"\x81\xd8\x56\x48" + bytes(8)), b"\x81\xfb" + bytes(8))
            self.assertIn(b"probe:loading/notes@1.2.0", instance.invoke("describe"))
            self.failed("invalid-input", instance.invoke, "describe", b"\x80")
            self.failed("invalid-input", instance.invoke, "notes.mean", b"\x80")
            self.failed("exec-trap", instance.invoke, "notes.panic", b"\x81\x60")
            self.failed("exec-trap", instance.invoke, "notes.mean", b"\x81\xd8\x56\x40")

    def test_what_is_no_name(self):
        for name in ("no-such-provider", "", "é", "a\0b"):
            self.failed("emit-link-error", pylon.load, name)
        for name in (None, b"probe-loading", 1):
            with self.assertRaises(TypeError):
                pylon.load(name)


class Leaks(unittest.TestCase):
    def flat(self, rounds, use):
        for _ in range(10):
            use()
        gc.collect()
        blocks = sys.getallocatedblocks()
        for _ in range(rounds):
            use()
        gc.collect()
        self.assertLess(sys.getallocatedblocks() - blocks, 20)

    def test_calls(self):
        def calls():
            note = Note("a", marks=0)
            note.set(("text", "b" * 100), Weight.LIGHT)
            other, = m.all([note])
            self.assertFalse(other.is_longer(other))
            m.count("a b c", 1)
            for wrong in (lambda: other.set(("octets", bytes(2000)), 0), lambda: m.all([other, 1]), lambda: m.count(1)):
                self.assertRaises((TypeError, m.ProbeLoadingError), wrong)
            self.assertEqual(other.content(), ("text", "b" * 100))

        live = Note.live()
        self.flat(2000, calls)
        self.assertEqual(Note.live(), live)

    def test_modules(self):
        def load():
            module = pylon.load("probe-loading")
            module.kept = module.Note("a"), module.Size((1, 2)), module.Weight.LIGHT, module.Note.title
            self.assertEqual(module.kept[0].title(), "a")
            del module
            # The instance, too: there may be no more than some of them at a time.
            gc.collect()

        self.flat(100, load)

    def test_what_cannot_be_loaded(self):
        self.flat(100, lambda: self.assertRaises(pylon.LinkError, pylon.load, "no-such-provider"))


if __name__ == "__main__":
    unittest.main()
