"""Values with the types that they are to have."""

from __future__ import annotations

import duckdb
from duckdb import _types
from duckdb._infer import Value
from duckdb.sqltypes import (
    BIGINT,
    BIT,
    BLOB,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    HUGEINT,
    INTEGER,
    INTERVAL,
    SMALLINT,
    SQLNULL,
    TIME,
    TIME_TZ,
    TIMESTAMP,
    TIMESTAMP_MS,
    TIMESTAMP_NS,
    TIMESTAMP_S,
    TIMESTAMP_TZ,
    TINYINT,
    UBIGINT,
    UHUGEINT,
    UINTEGER,
    USMALLINT,
    UTINYINT,
    UUID,
    VARCHAR,
    DuckDBPyType,
)

_KINDS = {
    "BooleanValue": "BOOLEAN",
    "UnsignedBinaryValue": "UTINYINT",
    "UnsignedShortValue": "USMALLINT",
    "UnsignedIntegerValue": "UINTEGER",
    "UnsignedLongValue": "UBIGINT",
    "BinaryValue": "TINYINT",
    "ShortValue": "SMALLINT",
    "IntegerValue": "INTEGER",
    "LongValue": "BIGINT",
    "HugeIntegerValue": "HUGEINT",
    "UnsignedHugeIntegerValue": "UHUGEINT",
    "FloatValue": "FLOAT",
    "DoubleValue": "DOUBLE",
    "StringValue": "VARCHAR",
    "UUIDValue": "UUID",
    "BitValue": "BIT",
    "BlobValue": "BLOB",
    "DateValue": "DATE",
    "IntervalValue": "INTERVAL",
    "TimestampValue": "TIMESTAMP",
    "TimestampSecondValue": "TIMESTAMP_S",
    "TimestampMillisecondValue": "TIMESTAMP_MS",
    "TimestampNanosecondValue": "TIMESTAMP_NS",
    "TimestampTimeZoneValue": "TIMESTAMP WITH TIME ZONE",
    "TimeValue": "TIME",
    "TimeTimeZoneValue": "TIME WITH TIME ZONE",
}


def _class_of(name, kind):
    def __init__(self, object: Any) -> None:
        Value.__init__(self, object, _types._SIMPLE[kind])

    return type(name, (Value,), {"__init__": __init__, "__module__": __name__})


globals().update({name: _class_of(name, kind) for name, kind in _KINDS.items()})


class NullValue(Value):
    def __init__(self) -> None:
        super().__init__(None, _types.SQLNULL)


class DecimalValue(Value):
    def __init__(self, object: Any, width: int, scale: int) -> None:
        super().__init__(object, _types.decimal_of(width, scale))


class ListValue(Value):
    def __init__(self, object: Any, child_type: DuckDBPyType) -> None:
        super().__init__(object, duckdb.list_type(child_type))


class StructValue(Value):
    def __init__(self, object: Any, children: dict[str, DuckDBPyType]) -> None:
        super().__init__(object, duckdb.struct_type(children))


class MapValue(Value):
    def __init__(self, object: Any, key_type: DuckDBPyType, value_type: DuckDBPyType) -> None:
        super().__init__(object, duckdb.map_type(key_type, value_type))


class UnionType(Value):
    def __init__(self, object: Any, members: dict[str, DuckDBPyType]) -> None:
        super().__init__(object, duckdb.union_type(members))


__all__ = [*_KINDS, "DecimalValue", "ListValue", "MapValue", "NullValue", "StructValue", "UnionType", "Value"]
