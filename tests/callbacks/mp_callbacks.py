# Callbacks of a cap into glue of MicroPython, whatever stands behind the contract.

import gc

import probe_sort

ENOUGH = 1 << 30
data = bytes(i * 7 % 251 for i in range(500))
expected = bytes(sorted(data))

assert probe_sort.sorted(b"", 0) == b""
assert probe_sort.sorted(data, ENOUGH) == expected

for comparisons in (0, 1, 100):
    try:
        probe_sort.sorted(data, comparisons)
    except RuntimeError as error:
        assert str(error) == "the sort was given up", error
    else:
        raise AssertionError(comparisons)
assert probe_sort.sorted(data, ENOUGH) == expected

# Some 100,000 callbacks.
gc.collect()
before = probe_sort.pages()
for turn in range(20):
    assert probe_sort.sorted(data, ENOUGH) == expected
    gc.collect()
assert probe_sort.pages() == before, (before, probe_sort.pages())
print("OK")
