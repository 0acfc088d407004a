"""What finds and compares bytes by SIMD (runtimes/common/search, and CPython itself by its patches) against what is written in
Python: each offset in a line of 16 bytes, each length around whole lines and batches of them, and matches beside the range that must
not be seen."""

import random
import unittest

# Beyond it CPython calls memchr and memrchr; below it has loops of its own.
LINE = 16
LENGTHS = [*range(0, 3 * LINE + 2), 63, 64, 65, 79, 80, 81, 127, 128, 129, 255, 1000]


def ranges():
    """(start, length): each alignment with each length."""
    return ((start, length) for start in range(LINE) for length in LENGTHS)


class Search(unittest.TestCase):
    def test_a_byte_is_found_from_either_end(self):
        """Ranges of one buffer, so that what lies beside each is another match."""
        chance = random.Random(1)
        for start, length in ranges():
            inside = bytearray(b"." * length)
            for _ in range(chance.randrange(3)):
                if length:
                    inside[chance.randrange(length)] = ord("x")
            whole = bytearray(b"x" * (start + length + LINE))
            whole[start : start + length] = inside
            positions = [at for at, byte in enumerate(inside) if byte == ord("x")]
            first = start + positions[0] if positions else -1
            last = start + positions[-1] if positions else -1
            with self.subTest(start=start, length=length, positions=positions):
                self.assertEqual(whole.find(b"x", start, start + length), first)
                self.assertEqual(whole.rfind(b"x", start, start + length), last)
                self.assertEqual(whole.find(ord("x"), start, start + length), first)

    def test_bytes_above_127(self):
        for byte in (0, 127, 128, 255):
            for length in LENGTHS[1:]:
                data = bytes([byte ^ 1]) * length + bytes([byte])
                with self.subTest(byte=byte, length=length):
                    self.assertEqual(data.find(bytes([byte])), length)
                    self.assertEqual(data[::-1].rfind(bytes([byte])), 0)

    def test_text_of_each_width(self):
        for character in ("x", "\xe9", "\u0416", "\U0001f600"):
            for length in LENGTHS:
                text = "." * length + character + "." * length
                with self.subTest(character=character, length=length):
                    self.assertEqual(text.find(character), length)
                    self.assertEqual(text.rfind(character), length)
                    self.assertEqual(text.split(character), ["." * length] * 2)

    def test_order(self):
        """The first byte that differs decides, unsigned, wherever it is."""
        for length in LENGTHS[1:]:
            for at in {0, length // 2, length - 1}:
                less, more = bytearray(b"m" * length), bytearray(b"m" * length)
                less[at], more[at] = 127, 200
                less[at + 1 :] = b"\xff" * (length - at - 1)
                for skipped in range(min(at, 2) + 1):
                    a, b = bytes(less[skipped:]), bytes(more[skipped:])
                    with self.subTest(length=length, at=at, skipped=skipped):
                        self.assertTrue(a < b and b > a and a != b and not a >= b)
                        self.assertTrue(a == bytes(bytearray(a)) and a <= a)

    def test_letters_are_counted_up_to_a_number(self):
        for character in ("x", "\xe9", "\u0416", "\U0001f600"):
            for length in LENGTHS:
                text = ("." + character) * length
                with self.subTest(character=character, length=length):
                    self.assertEqual(text.count(character), length)
                    self.assertEqual(text.count(character, 2, -1), max(length - 2, 0))
                    self.assertEqual(text.replace(character, "", 3), "." * min(length, 3) + text[6:])
        for start, length in ranges():
            whole = b"x" * start + b"x." * length + b"x" * LINE
            self.assertEqual(whole.count(b"x", start, start + 2 * length), length)

    def test_ascii_up_to_what_is_none(self):
        for start, length in ranges():
            ascii = bytes(at * 7 % 128 for at in range(length))
            view = memoryview(b"\xff" * start + ascii + b"\xff" * LINE)[start : start + length]
            self.assertEqual(str(view, "ascii"), "".join(map(chr, ascii)))
            self.assertEqual(str(view, "utf-8"), "".join(map(chr, ascii)))
        for length in LENGTHS[1:]:
            for at in {0, length // 2, length - 1}:
                text = "a" * at + "\xe9" + "b" * (length - at - 1)
                with self.subTest(length=length, at=at):
                    self.assertEqual(str(text.encode(), "utf-8"), text)
                    with self.assertRaises(UnicodeDecodeError) as caught:
                        str(text.encode("latin-1"), "ascii")
                    self.assertEqual(caught.exception.start, at)

    def test_a_long_buffer(self):
        long = bytearray(1 << 24)
        self.assertEqual(long.find(b"x"), -1)
        self.assertEqual(long.rfind(b"x"), -1)
        long[-1] = ord("x")
        self.assertEqual(long.find(b"x"), len(long) - 1)
        self.assertEqual(long.rfind(b"x"), len(long) - 1)
        self.assertNotEqual(long, bytearray(1 << 24))


if __name__ == "__main__":
    unittest.main()
