"""Values of VARIANT, each of which crosses with its type (wit/duckdb/values.wit tells the form)."""

_NULL, _SCALAR, _LIST, _STRUCT = range(4)


class _Reader:
    """Reads one value; `scalar` makes those that are not nested of their kind, width, scale, data and heap."""

    def __init__(self, data, scalar):
        self.data = data
        self.at = 0
        self.scalar = scalar

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self):
        return self.take(1)[0]

    def size(self):
        return int.from_bytes(self.take(4), "little")

    def bytes(self):
        return self.take(self.size())

    def value(self):
        what = self.byte()
        if what == _NULL:
            return None
        if what == _SCALAR:
            width, scale = self.take(2)
            return self.scalar(self.bytes().decode(), width, scale, self.bytes(), self.bytes())
        if what == _LIST:
            return [self.value() for _ in range(self.size())]
        return {self.bytes().decode("utf-8", "replace"): self.value() for _ in range(self.size())}


def read(data, scalar):
    return _Reader(data, scalar).value()


def _sized(data):
    return len(data).to_bytes(4, "little") + data


def written(type_, value, write):
    """A value of a type in this form; `write` puts the vectors of a column behind others."""
    if value is None:
        return bytes([_NULL])
    kind, fields = type_._kind, type_._fields
    if kind == "LIST":
        return bytes([_LIST]) + _counted(written(fields[0][1], item, write) for item in value)
    if kind == "MAP":
        pairs = zip(value["key"], value["value"]) if value else ()
        (_, key_type), (_, item_type) = fields
        return bytes([_LIST]) + _counted(
            _struct([("key", written(key_type, key, write)), ("value", written(item_type, item, write))]) for key, item in pairs
        )
    if kind == "STRUCT":
        return _struct([(str(name), written(child, item, write)) for (_, child), (name, item) in zip(fields, value.items())])
    vectors = []
    write(type_, [value], vectors)
    _, data, heap = vectors[0]
    return bytes([_SCALAR, type_._size, type_._scale]) + _sized(kind.encode()) + _sized(data) + _sized(heap)


def _counted(items):
    items = list(items)
    return len(items).to_bytes(4, "little") + b"".join(items)


def _struct(fields):
    return bytes([_STRUCT]) + _counted(_sized(name.encode()) + item for name, item in fields)
