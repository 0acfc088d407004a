# Runs on MicroPython and on CPython, with the same output.
import xxhash

kinds = [xxhash.xxh32, xxhash.xxh64, xxhash.xxh3_64, xxhash.xxh3_128]
one_shots = [
    (xxhash.xxh32_digest, xxhash.xxh32_hexdigest, xxhash.xxh32_intdigest),
    (xxhash.xxh64_digest, xxhash.xxh64_hexdigest, xxhash.xxh64_intdigest),
    (xxhash.xxh3_64_digest, xxhash.xxh3_64_hexdigest, xxhash.xxh3_64_intdigest),
    (xxhash.xxh3_128_digest, xxhash.xxh3_128_hexdigest, xxhash.xxh3_128_intdigest),
]
assert xxhash.xxh128 is xxhash.xxh3_128
assert xxhash.xxh128_hexdigest(b"abc") == xxhash.xxh3_128_hexdigest(b"abc")

whole = bytes(range(251)) * 200
for kind, (digest, hexdigest, intdigest) in zip(kinds, one_shots):
    print(kind().name, kind().digest_size, kind().digestsize, kind().block_size, kind().seed)
    for length in (0, 1, 3, 4, 16, 17, 128, 129, 240, 241, 1024, 16384, 16385, len(whole)):
        for seed in (0, 5, -1, 2**40):
            data = whole[:length]
            print(length, seed, hexdigest(data, seed), digest(memoryview(data), seed=seed), intdigest(data=data, seed=seed))
            one = kind(data[: length // 3], seed)
            two = one.copy()
            one.update(bytearray(data[length // 3 :]))
            assert one.digest() == digest(data, seed)
            assert one.hexdigest() == hexdigest(data, seed)
            assert one.intdigest() == intdigest(data, seed)
            assert two.digest() == digest(data[: length // 3], seed)
            one.reset()
            assert one.digest() == digest(b"", seed) and one.seed == two.seed
    for seed in (0, 1, -1, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1, 2**64 + 5, -(2**70), True):
        print(seed, hexdigest(b"abc", seed), kind(b"abc", seed).hexdigest(), kind(seed=seed).seed)

    wrong = [
        lambda: digest(),
        lambda: digest("text"),
        lambda: digest(5),
        lambda: digest(None),
        lambda: digest(b"", "1"),
        lambda: digest(b"", None),
        lambda: digest(b"", 1.5),
        lambda: digest(b"", 0, 0),
        lambda: digest(b"", start=1),
        lambda: kind("text"),
        lambda: kind(b"", "1"),
        lambda: kind(b"", 0, 0),
        lambda: kind(start=1),
        lambda: kind().update("text"),
        lambda: kind().update(),
        lambda: kind().copy(1),
    ]
    for index, call in enumerate(wrong):
        try:
            call()
        except Exception as error:
            print("wrong", index, type(error).__name__)
        else:
            print("wrong", index, "no error")
    for name in ("name", "digest_size", "seed", "other"):
        try:
            setattr(kind(), name, 1)
        except AttributeError:
            print("cannot set", name)
