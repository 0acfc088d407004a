"""xxhash through the xxhash cap, against definitions in Python. Run inside pylon.wasm. Beside the PyPI package:
differential.toml.

memory: 96M
"""

import copy
import gc
import random
import unittest

import xxhash

SLICE = 64 * 1024
HASHES = (xxhash.xxh32, xxhash.xxh64, xxhash.xxh3_64, xxhash.xxh3_128)
FUNCTIONS = {
    kind: [getattr(xxhash, f"{kind.__name__}_{form}") for form in ("digest", "hexdigest", "intdigest")] for kind in HASHES
}
LARGE = random.Random(1).randbytes(3 * SLICE + 13)


class Definition:
    """XXH32 or XXH64 as the specification has it, a number at a time."""

    def __init__(self, bits, primes, turns):
        self.bits, self.primes, self.turns = bits, primes, turns
        self.word = bits // 8

    def turned(self, number, by):
        number %= 1 << self.bits
        return (number << by | number >> self.bits - by) % (1 << self.bits)

    def round(self, lane, number):
        first, second = self.primes[:2]
        return self.turned(lane + number * second, self.turns["round"]) * first

    def numbers(self, data, size):
        return [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data) - size + 1, size)]

    def stripes(self, data, seed):
        first, second = self.primes[:2]
        lanes = [seed + first + second, seed + second, seed, seed - first]
        for at, number in enumerate(self.numbers(data, self.word)):
            lanes[at % 4] = self.round(lanes[at % 4], number)
        total = sum(self.turned(lane, by) for lane, by in zip(lanes, (1, 7, 12, 18)))
        return self.merged(total, lanes)

    def mixed(self, number):
        for shift, factor in self.turns["end"]:
            number %= 1 << self.bits
            number = (number ^ number >> shift) * factor
        number %= 1 << self.bits
        return number ^ number >> self.turns["last"]

    def __call__(self, data, seed=0):
        whole = len(data) // (4 * self.word) * (4 * self.word)
        total = self.stripes(data[:whole], seed) if whole else seed + self.primes[4]
        return self.mixed(self.rest(total + len(data), data[whole:]))


class Definition32(Definition):
    def __init__(self):
        one, two, three, four, five = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1
        turns = {"round": 13, "end": [(15, two), (13, three)], "last": 16}
        super().__init__(32, (one, two, three, four, five), turns)

    def merged(self, total, lanes):
        return total

    def rest(self, total, data):
        one, two, three, four, five = self.primes
        for number in self.numbers(data, 4):
            total = self.turned(total + number * three, 17) * four
        for byte in data[len(data) // 4 * 4 :]:
            total = self.turned(total + byte * five, 11) * one
        return total


class Definition64(Definition):
    def __init__(self):
        one, two, three = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
        four, five = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
        turns = {"round": 31, "end": [(33, two), (29, three)], "last": 32}
        super().__init__(64, (one, two, three, four, five), turns)

    def merged(self, total, lanes):
        one, four = self.primes[0], self.primes[3]
        for lane in lanes:
            total = (total ^ self.round(0, lane) % 2**64) * one + four
            total %= 2**64
        return total

    def rest(self, total, data):
        one, two, three, four, five = self.primes
        for number in self.numbers(data, 8):
            total = self.turned(total % 2**64 ^ self.round(0, number) % 2**64, 27) * one + four
        data = data[len(data) // 8 * 8 :]
        for number in self.numbers(data, 4):
            total = self.turned(total % 2**64 ^ number * one % 2**64, 23) * two + three
        for byte in data[len(data) // 4 * 4 :]:
            total = self.turned(total % 2**64 ^ byte * five % 2**64, 11) * one
        return total


DEFINITIONS = {xxhash.xxh32: Definition32(), xxhash.xxh64: Definition64()}


class Values(unittest.TestCase):
    def test_nothing(self):
        for kind, expected in zip(
            HASHES, ("02cc5d05", "ef46db3751d8e999", "2d06800538d394c2", "99aa06d3014798d86001c324468d497f")
        ):
            self.assertEqual(kind().hexdigest(), expected)
            self.assertEqual(FUNCTIONS[kind][1](b""), expected)

    def test_as_defined(self):
        for kind, definition in DEFINITIONS.items():
            for length in [*range(100), 1000, 5003]:
                data = LARGE[:length]
                for seed in (0, 1, 0x9E3779B1, definition.primes[0]):
                    self.assertEqual(FUNCTIONS[kind][2](data, seed), definition(data, seed), (length, seed))

    def test_objects_in_pieces_are_functions_of_all(self):
        for kind, (_, _, intdigest) in FUNCTIONS.items():
            for seed in (0, 42):
                for size in (1, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1024, SLICE - 1, SLICE, SLICE + 1):
                    hasher, data = kind(seed=seed), LARGE[: 500 * size]
                    for at in range(0, len(data), size):
                        hasher.update(data[at : at + size])
                    self.assertEqual(hasher.intdigest(), intdigest(data, seed), (kind, size))

    def test_calls_in_any_order(self):
        # Objects with what each has taken in: whatever was done to them, they give what one call gives.
        choices = random.Random(2)
        for turn in range(400):
            kind, seed = HASHES[turn % 4], choices.choice((0, 1, 2**64 - 1))
            objects = [(kind(seed=seed), b"")]
            for _ in range(choices.randrange(30)):
                at = choices.randrange(len(objects))
                hasher, taken = objects[at]
                what = choices.random()
                if what < 0.6:
                    piece = choices.randbytes(choices.choice((0, 1, 15, 16, 17, 64, 239, 240, 241, 1024, 70_000)))
                    hasher.update(piece)
                    objects[at] = (hasher, taken + piece)
                elif what < 0.7:
                    objects.append((hasher.copy(), taken))
                elif what < 0.75:
                    hasher.reset()
                    objects[at] = (hasher, b"")
                else:
                    self.assertEqual(hasher.intdigest(), FUNCTIONS[kind][2](taken, seed))
            for hasher, taken in objects:
                self.assertEqual(hasher.digest(), FUNCTIONS[kind][0](taken, seed))

    def test_around_slices(self):
        for kind, (digest, _, _) in FUNCTIONS.items():
            for length in (SLICE - 1, SLICE, SLICE + 1, 2 * SLICE, len(LARGE)):
                hasher = kind()
                for at in range(0, length, 1000):
                    hasher.update(LARGE[at : min(at + 1000, length)])
                self.assertEqual(digest(LARGE[:length]), hasher.digest())

    def test_every_alignment(self):
        view = memoryview(LARGE)
        for kind, (digest, _, _) in FUNCTIONS.items():
            for offset in range(17):
                self.assertEqual(digest(view[offset : offset + 1000]), digest(LARGE[offset : offset + 1000]))

    def test_forms(self):
        for kind, (digest, hexdigest, intdigest) in FUNCTIONS.items():
            for data in (b"", b"abc", *(bytes([byte]) for byte in range(256))):
                number, hasher = intdigest(data), kind(data)
                self.assertEqual(digest(data), number.to_bytes(kind.digest_size, "big"))
                self.assertEqual(hexdigest(data), digest(data).hex())
                self.assertEqual((hasher.digest(), hasher.hexdigest(), hasher.intdigest()),
                                 (digest(data), hexdigest(data), number))

    def test_seeds_are_reduced(self):
        for kind, (digest, _, _) in FUNCTIONS.items():
            modulus = 2**32 if kind is xxhash.xxh32 else 2**64
            for seed in (modulus, modulus + 5, -1, -modulus - 1, 2**100 + 3, True):
                self.assertEqual(digest(b"abc", seed), digest(b"abc", seed % modulus))
                self.assertEqual(kind(b"abc", seed).digest(), digest(b"abc", seed % modulus))
                self.assertEqual(kind(seed=seed).seed, seed % modulus)


class Arguments(unittest.TestCase):
    def test_bytes_like(self):
        for kind, (digest, _, _) in FUNCTIONS.items():
            for like in (bytearray(b"some data"), memoryview(b"some data"), type("Own", (bytes,), {})(b"some data")):
                self.assertEqual(digest(like), digest(b"some data"))
                self.assertEqual(kind(like).digest(), digest(b"some data"))

    def test_refused(self):
        for kind, (digest, _, _) in FUNCTIONS.items():
            for call in (digest, kind, kind().update):
                for wrong in ("text", None, 5, [1]):
                    with self.assertRaises(TypeError):
                        call(wrong)
                with self.assertRaises(BufferError):
                    call(memoryview(b"abcdef")[::2])
            for call in (digest, kind):
                for wrong in ("1", 1.5, None):
                    with self.assertRaises(TypeError):
                        call(b"", wrong)
                with self.assertRaises(TypeError):
                    call(b"", 0, 1)
                with self.assertRaises(TypeError):
                    call(b"", other=1)

    def test_buffers_are_released(self):
        for kind, (digest, _, _) in FUNCTIONS.items():
            data = bytearray(b"abc")
            digest(data)
            kind(data).update(data)
            with self.assertRaises(TypeError):
                digest(data, "not a number")
            data.append(1)  # BufferError while there is an export


class Objects(unittest.TestCase):
    def test_attributes(self):
        seen = [(kind().name, kind.digest_size, kind.digestsize, kind.block_size, kind().seed) for kind in HASHES]
        self.assertEqual(seen, [("XXH32", 4, 4, 16, 0), ("XXH64", 8, 8, 32, 0), ("XXH3_64", 8, 8, 32, 0),
                                ("XXH3_128", 16, 16, 64, 0)])
        self.assertIs(xxhash.xxh128, xxhash.xxh3_128)
        for name in ("name", "digest_size", "seed", "other"):
            with self.assertRaises(AttributeError):
                setattr(xxhash.xxh64(), name, 1)

    def test_a_copy_goes_its_own_way(self):
        for kind, (digest, _, _) in FUNCTIONS.items():
            first = kind(b"ab", 7)
            second = first.copy()
            first.update(b"c")
            second.update(b"d")
            self.assertEqual((first.digest(), second.digest()), (digest(b"abc", 7), digest(b"abd", 7)))
            self.assertEqual((second.seed, type(second)), (7, kind))
            second.reset()
            self.assertEqual((first.digest(), second.digest()), (digest(b"abc", 7), digest(b"", 7)))

    def test_a_wrong_init_changes_nothing(self):
        for kind in HASHES:
            hasher = kind(b"first", 2)
            for wrong in ("text",), (b"data", "seed"), (memoryview(b"abcdef")[::2], 5):
                with self.assertRaises((TypeError, BufferError)):
                    hasher.__init__(*wrong)
                self.assertEqual((hasher.digest(), hasher.seed), (kind(b"first", 2).digest(), 2))

    def test_what_is_shared_by_no_two(self):
        with self.assertRaises(TypeError):
            copy.copy(xxhash.xxh64())
        with self.assertRaises(TypeError):
            copy.deepcopy(xxhash.xxh64())
        with self.assertRaises(TypeError):
            type("Mine", (xxhash.xxh64,), {})

    def test_the_library(self):
        self.assertRegex(xxhash.XXHASH_VERSION, r"^0\.8\.\d+$")
        self.assertTrue(all(hasattr(xxhash, name) for name in xxhash.__all__))


class NothingIsKept(unittest.TestCase):
    def test_inputs(self):
        # More in all than memory has, by far.
        data = bytes(8 << 20)
        for _ in range(20):
            for kind, (digest, _, _) in FUNCTIONS.items():
                self.assertEqual(digest(data), kind(data).digest())

    def test_objects(self):
        # Some 600 MB of them.
        for _ in range(500):
            hashers = [HASHES[at % 4](b"x") for at in range(400)]
            hashers = [hasher.copy() for hasher in hashers]
            with self.assertRaises(TypeError):
                xxhash.xxh3_128("text")
        del hashers
        gc.collect()

    def test_small_calls(self):
        for _ in range(100_000):
            xxhash.xxh3_128_hexdigest(b"123456789")


if __name__ == "__main__":
    unittest.main()
