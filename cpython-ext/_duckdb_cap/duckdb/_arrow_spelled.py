"""Columns of Arrow by run ends, by dictionaries and by views of lists, spelled out: each row gets its own values."""

import array
import itertools

from duckdb import _encode


def has_texts(dictionary):
    """Whether the rows of a dictionary are taken as texts; else the places of its values are."""
    return dictionary[0] in ("u", "U", "vu")


def is_plain(tree):
    """Whether the vectors of a tree are those of the contract."""
    format, _, _, _, children, dictionary = tree
    if format == "+r" or format.startswith("+v") or (dictionary is not None and not has_texts(dictionary)):
        return False
    return all(map(is_plain, children))


def _offsets(lengths):
    return array.array("I", itertools.accumulate(lengths, initial=0)).tobytes()


def _pick(type_, vectors, rows, places, picked):
    """Adds rows of a column by their places, of which None stands for NULL; it has `rows`."""
    validity, data, heap = next(vectors)
    if validity or None in places:
        valid = bytes(place is not None and (not validity or validity[place]) for place in places)
    else:
        valid = b""
    places = [0 if place is None else place for place in places]
    kind, inner, offsets = type_._kind, places, None
    if kind in ("LIST", "MAP", "VARCHAR", "BLOB", "NULL"):
        offsets = memoryview(data).cast("I").tolist()
        data = _offsets(offsets[place + 1] - offsets[place] for place in places)
    if kind in ("LIST", "MAP"):
        inner, rows = [item for place in places for item in range(offsets[place], offsets[place + 1])], offsets[-1]
    elif offsets is not None:
        heap = b"".join([heap[offsets[place] : offsets[place + 1]] for place in places])
    elif kind == "ARRAY":
        size = type_._size
        inner, rows = [item for place in places for item in range(place * size, (place + 1) * size)], rows * size
    elif data:
        width = len(data) // rows
        data = b"".join([data[place * width : (place + 1) * width] for place in places])
    picked.append((valid, data, heap))
    for _, child in type_._fields:
        _pick(child, vectors, rows, inner, picked)


def spell(tree, type_, taken, rows, spelled):
    """Adds the vectors of a tree as the contract has them: each row its own values."""
    format, _, _, _, children, dictionary = tree
    validity, data, heap = next(taken)
    numbers = memoryview(data).cast("I").tolist() if format[:2] in ("+r", "+v", "+l", "+L", "+m") or dictionary is not None else ()
    if format == "+r" or (dictionary is not None and not has_texts(dictionary)):
        values, count = [], int.from_bytes(heap, "little")
        spell(children[1] if dictionary is None else dictionary, type_, taken, count, values)
        places = [place if valid else None for place, valid in zip(numbers, validity)] if validity else numbers
        if count:
            _pick(type_, iter(values), count, places, spelled)
        else:
            _encode.write(type_, [None] * rows, spelled)
        return
    if format.startswith("+v"):
        values, count, child = [], int.from_bytes(heap, "little"), type_._fields[0][1]
        spell(children[0], child, taken, count, values)
        spelled.append((validity, _offsets(numbers[1::2]), b""))
        places = [item for first, size in zip(numbers[0::2], numbers[1::2]) for item in range(first, first + size)]
        _pick(child, iter(values), count, places, spelled)
        return
    spelled.append((validity, data, heap))
    if format[:2] in ("+l", "+L", "+m"):
        rows = numbers[-1]
    elif format.startswith("+w:"):
        rows *= type_._size
    for child, (_, field) in zip(children[0][4] if format == "+m" else children, type_._fields):
        spell(child, field, taken, rows, spelled)
