"""DuckDB's types: objects of Python over the trees of the contract."""

import re
import types

import _duckdb_cap

from duckdb import _errors

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NESTED = {"LIST", "STRUCT", "TUPLE", "UNION", "MAP", "ARRAY", "ENUM", "DECIMAL"}
# The names of fields that a list, a map and an array give their children in Python.
_CHILD_NAMES = {"LIST": ("child",), "ARRAY": ("child",), "MAP": ("key", "value")}


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def _field_name(name):
    return name if _PLAIN_NAME.match(name) else quote(name)


class DuckDBPyType:
    """A type of SQL."""

    __slots__ = ("_alias", "_collation", "_fields", "_kind", "_labels", "_nodes", "_scale", "_size", "_text", "__weakref__")

    def __new__(cls, obj, connection=None):
        return resolve(obj, connection)

    @classmethod
    def _make(cls, kind, fields=(), size=0, scale=0, labels=(), alias="", collation="", text=None):
        self = object.__new__(cls)
        self._kind = kind
        self._fields = tuple(fields)
        self._size = size
        self._scale = scale
        self._labels = tuple(labels)
        self._alias = alias
        self._collation = collation
        self._text = text
        self._nodes = None
        return self

    def __repr__(self):
        if self._text is None:
            self._text = self._write()
        return self._text

    def _write(self):
        if self._alias:
            return self._alias
        kind, fields = self._kind, self._fields
        if kind == "DECIMAL":
            return f"DECIMAL({self._size},{self._scale})"
        if kind == "LIST":
            return f"{fields[0][1]}[]"
        if kind == "ARRAY":
            return f"{fields[0][1]}[{self._size}]"
        if kind == "MAP":
            return f"MAP({fields[0][1]}, {fields[1][1]})"
        if kind == "TUPLE":
            return f"TUPLE({', '.join(repr(child) for _, child in fields)})"
        if kind in ("STRUCT", "UNION"):
            return f"{kind}({', '.join(f'{_field_name(name)} {child!r}' for name, child in fields)})"
        if kind == "ENUM":
            return "ENUM(" + ", ".join("'" + label.replace("'", "''") + "'" for label in self._labels) + ")"
        return '"NULL"' if kind == "NULL" else kind

    def _shape(self):
        return (self._kind, self._size, self._scale, self._labels, self._alias, self._fields)

    def __eq__(self, other):
        if isinstance(other, str):
            return repr(self).lower() == other.lower()
        if not isinstance(other, DuckDBPyType):
            try:
                other = resolve(other)
            except Exception:
                return NotImplemented
        return self is other or self._shape() == other._shape()

    def __hash__(self):
        return hash(repr(self))

    @property
    def id(self):
        """What kind of type it is: `integer`, `list`."""
        return self._kind.lower()

    @property
    def children(self):
        """Types that it is made of, and other parts, with their names."""
        kind = self._kind
        if kind not in _NESTED:
            raise _errors.invalid("This type is not nested so it doesn't have children")
        if kind == "ENUM":
            return [("values", list(self._labels))]
        if kind == "DECIMAL":
            return [("precision", self._size), ("scale", self._scale)]
        if kind == "UNION":
            return [("", UTINYINT), *self._fields]
        if kind == "ARRAY":
            return [("child", self._fields[0][1]), ("size", self._size)]
        if kind in _CHILD_NAMES:
            return [(name, child) for name, (_, child) in zip(_CHILD_NAMES[kind], self._fields)]
        return list(self._fields)

    def __getattr__(self, name):
        return self[name]

    def __getitem__(self, name):
        kind = self._kind
        if kind in ("STRUCT", "UNION", "TUPLE"):
            for field, child in self._fields:
                if field.lower() == name.lower():
                    return child
        if kind == "LIST" and name.lower() == "child":
            return self._fields[0][1]
        if kind == "MAP":
            if name.lower() in ("key", "value"):
                return self._fields[name.lower() == "value"][1]
            raise AttributeError(
                f"Tried to get a child from a map by the name of '{name}', but this type only has 'key' and 'value' children"
            )
        raise AttributeError(
            f"Tried to get child type by the name of '{name}', but this type either isn't nested, "
            "or it doesn't have a child by that name"
        )

    def _collect(self, name, nodes):
        nodes.append(
            (
                self._kind,
                name.encode(),
                self._alias.encode(),
                self._collation.encode(),
                self._size,
                self._scale,
                len(self._fields),
                [label.encode() for label in self._labels],
            )
        )
        for field, child in self._fields:
            child._collect(field, nodes)


def nodes_of(type_):
    """The nodes of the contract for a type."""
    if type_._nodes is None:
        nodes = []
        type_._collect("", nodes)
        type_._nodes = nodes
    return type_._nodes


def _read(nodes, at):
    """The type whose nodes begin at `at`, and where the next one's do."""
    node = nodes[at]
    at += 1
    fields = []
    for _ in range(node.children):
        name = nodes[at].name.decode("utf-8", "replace")
        child, at = _read(nodes, at)
        fields.append((name, child))
    plain = not fields and not node.alias and not node.collation and node.kind in _SIMPLE
    if plain:
        return _SIMPLE[node.kind], at
    made = DuckDBPyType._make(
        node.kind,
        fields,
        node.size,
        node.scale,
        [label.decode() for label in node.labels],
        node.alias.decode("utf-8", "replace"),
        node.collation.decode(),
    )
    return made, at


def types_of(nodes):
    """The types of nodes that follow each other."""
    found, at = [], 0
    while at < len(nodes):
        type_, at = _read(nodes, at)
        found.append(type_)
    return found


def type_of_column(column):
    type_, _ = _read(column.nodes, 0)
    if type_._text is None:
        type_._text = column.text.decode("utf-8", "replace")
    return type_


def column_of(name, type_):
    """A column of the contract."""
    return (name.encode(), repr(type_).encode(), nodes_of(type_))


_NAMES = {
    "BIGINT": "BIGINT",
    "BIT": "BIT",
    "BLOB": "BLOB",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "DOUBLE": "DOUBLE",
    "FLOAT": "FLOAT",
    "HUGEINT": "HUGEINT",
    "INTEGER": "INTEGER",
    "INTERVAL": "INTERVAL",
    "SMALLINT": "SMALLINT",
    "SQLNULL": "NULL",
    "TIME": "TIME",
    "TIME_NS": "TIME_NS",
    "TIME_TZ": "TIME WITH TIME ZONE",
    "TIMESTAMP": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP_MS",
    "TIMESTAMP_NS": "TIMESTAMP_NS",
    "TIMESTAMP_S": "TIMESTAMP_S",
    "TIMESTAMP_TZ": "TIMESTAMP WITH TIME ZONE",
    "TINYINT": "TINYINT",
    "UBIGINT": "UBIGINT",
    "UHUGEINT": "UHUGEINT",
    "UINTEGER": "UINTEGER",
    "USMALLINT": "USMALLINT",
    "UTINYINT": "UTINYINT",
    "UUID": "UUID",
    "VARCHAR": "VARCHAR",
    "VARIANT": "VARIANT",
}
_SIMPLE = {kind: DuckDBPyType._make(kind) for kind in _NAMES.values()}
globals().update({name: _SIMPLE[kind] for name, kind in _NAMES.items()})
ANY = DuckDBPyType._make("ANY")
UTINYINT = _SIMPLE["UTINYINT"]


def list_of(child):
    return DuckDBPyType._make("LIST", [("", child)])


def map_of(key, value):
    return DuckDBPyType._make("MAP", [("", key), ("", value)])


def array_of(child, size):
    return DuckDBPyType._make("ARRAY", [("", child)], size=size)


def decimal_of(width, scale):
    return DuckDBPyType._make("DECIMAL", size=width, scale=scale)


def struct_of(fields):
    return DuckDBPyType._make("STRUCT", fields)


def union_of(members):
    return DuckDBPyType._make("UNION", members)


# ---- What Python programs write for types ----

_BUILTIN = {str: "VARCHAR", int: "BIGINT", bytearray: "BLOB", bytes: "BLOB", float: "DOUBLE", bool: "BOOLEAN"}


def _from_union(args, connection):
    members = [arg for arg in args if arg is not type(None)]
    if len(members) == 1:
        return resolve(members[0], connection)
    return union_of([(f"u{number}", resolve(member, connection)) for number, member in enumerate(members, 1)])


def _from_alias(alias, connection):
    origin, args = alias.__origin__, alias.__args__
    if origin is list:
        if len(args) != 1:
            raise _errors.unsupported("Can only create a LIST from a single type")
        return list_of(resolve(args[0], connection))
    if origin is dict:
        if len(args) != 2:
            raise _errors.unsupported("Can only create a MAP from a dict if args is formed correctly")
        return map_of(resolve(args[0], connection), resolve(args[1], connection))
    raise _errors.invalid(f"Could not convert from '{origin}' to DuckDBPyType")


def resolve(obj, connection=None):
    """The type that a type of Python's, a text or a dict of them stands for."""
    if isinstance(obj, DuckDBPyType):
        return obj
    if isinstance(obj, types.GenericAlias):
        return _from_alias(obj, connection)
    if isinstance(obj, type):
        if obj in _BUILTIN:
            return _SIMPLE[_BUILTIN[obj]]
        raise TypeError("Could not convert from unknown 'type' to DuckDBPyType")
    if isinstance(obj, str):
        from duckdb import _connect

        return (connection or _connect.default_connection()).sqltype(obj)
    if isinstance(obj, dict):
        if not obj:
            raise _errors.invalid("Could not convert empty dictionary to a duckdb STRUCT type")
        return struct_of([(str(name), resolve(child, connection)) for name, child in obj.items()])
    if isinstance(obj, types.UnionType) or getattr(obj, "__origin__", None) is __import__("typing").Union:
        return _from_union(obj.__args__, connection)
    raise _errors.unsupported(f"Could not convert from object of type '{type(obj)}' to DuckDBPyType")


def fields_of(container, connection=None):
    """The fields that a list or a dict of types names."""
    if isinstance(container, list):
        items = [(f"v{number}", item) for number, item in enumerate(container, 1)]
    elif isinstance(container, dict):
        items = [(str(name), item) for name, item in container.items()]
    else:
        raise _errors.invalid(
            f"Can not construct a child list from object of type '{type(container)}', only dict/list is supported"
        )
    fields = []
    for name, item in items:
        try:
            fields.append((name, resolve(item, connection)))
        except Exception:
            raise _errors.invalid(f"object has to be a list of DuckDBPyType's, not '{type(item)}'") from None
    return fields


def parse(handle, text):
    """A type by its name, as a connection of the contract understands it."""
    with _errors.raising:
        return type_of_column(handle.parse_type(text.encode()))


del _duckdb_cap
