"""Times each algorithm of hashlib as CPython has it built in, by the openssl cap, and as hashlib does it, in turns: the table of
docs/reference/contract-openssl.md. Run it in pylon.wasm: `cargo xtask run --dir bench -- bench/hashes.py`.
"""

import hashlib
import importlib
from time import perf_counter

import _hashlib
import _openssl_cap

MODULES = {
    "_md5": ["md5"],
    "_sha1": ["sha1"],
    "_sha2": ["sha224", "sha256", "sha384", "sha512"],
    "_sha3": ["sha3_224", "sha3_256", "sha3_384", "sha3_512", "shake_128", "shake_256"],
    "_blake2": ["blake2b", "blake2s"],
}
OTHER_NAMES = {"blake2b": "blake2b512", "blake2s": "blake2s256", "shake_128": "shake128", "shake_256": "shake256"}
SHORT, LONG = bytes(range(64)), bytes(range(256)) * (1 << 16)


def shortest(calls, turns, times):
    """Seconds of one call of each, the shortest of all turns."""
    taken = [[] for _ in calls]
    for _ in range(turns):
        for call, seconds in zip(calls, taken):
            begun = perf_counter()
            for _ in range(times):
                call()
            seconds.append((perf_counter() - begun) / times)
    return [min(seconds) for seconds in taken]


def calls(name, module, data):
    """The same digest built in, by the cap, and by hashlib."""
    size = [32] if name.startswith("shake") else []
    built_in, usual = getattr(importlib.import_module(module), name), getattr(hashlib, name)
    of_cap = OTHER_NAMES.get(name, name.replace("_", "-"))
    length = built_in().digest_size or 32
    if len(data) > 512:
        by_cap = lambda: _hashlib.new(of_cap, data).digest(*size)
    else:
        by_cap = lambda: _openssl_cap.hash_of(of_cap, data, length)
    three = lambda: built_in(data).digest(*size), by_cap, lambda: usual(data).digest(*size)
    assert three[0]() == three[1]() == three[2]()
    return three


print("| algorithm | 64 bytes: built in | OpenSSL | `hashlib` | 16 MiB: built in | OpenSSL | `hashlib` |")
print("|---|---:|---:|---:|---:|---:|---:|")
for module, names in MODULES.items():
    for name in names:
        short = shortest(calls(name, module, SHORT), 40, 500)
        long = shortest(calls(name, module, LONG), 5, 1)
        figures = [f"{seconds * 1e6:.2f} us" for seconds in short] + [f"{seconds * 1e3:.0f} ms" for seconds in long]
        print(f"| `{name}` | {' | '.join(figures)} |", flush=True)
