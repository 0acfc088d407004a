"""What makes types."""

from duckdb import _errors, _types
from duckdb._native import also, native


class MakesTypes:
    """The methods of a connection that make types."""

    @native("sqltype(self, type_str: str) -> _duckdb._sqltypes.DuckDBPyType")
    def sqltype(self, type_str):
        """A type by its name."""
        return _types.parse(self._open(), type_str)

    dtype = also("dtype", sqltype)

    type = also("type", sqltype)

    @native("array_type(self, type: _duckdb._sqltypes.DuckDBPyType, size: int) -> _duckdb._sqltypes.DuckDBPyType")
    def array_type(self, type, size):
        """The type of arrays of a fixed size."""
        return _types.array_of(_types.resolve(type, self), size)

    @native("list_type(self, type: _duckdb._sqltypes.DuckDBPyType) -> _duckdb._sqltypes.DuckDBPyType")
    def list_type(self, type):
        """The type of lists."""
        return _types.list_of(_types.resolve(type, self))

    @native(
        "map_type(self, key: _duckdb._sqltypes.DuckDBPyType, "
        "value: _duckdb._sqltypes.DuckDBPyType) -> _duckdb._sqltypes.DuckDBPyType"
    )
    def map_type(self, key, value):
        """The type of maps."""
        return _types.map_of(_types.resolve(key, self), _types.resolve(value, self))

    @native("decimal_type(self, width: int, scale: int) -> _duckdb._sqltypes.DuckDBPyType")
    def decimal_type(self, width, scale):
        """The type of decimals of so many digits."""
        return _types.decimal_of(width, scale)

    @native("string_type(self, collation: str = '') -> _duckdb._sqltypes.DuckDBPyType")
    def string_type(self, collation=""):
        """The type of texts."""
        return _types.DuckDBPyType._make("VARCHAR", collation=collation)

    @native("struct_type(self, fields: object) -> _duckdb._sqltypes.DuckDBPyType")
    def struct_type(self, fields):
        """The type of structs."""
        return _types.struct_of(_types.fields_of(fields, self))

    row_type = also("row_type", struct_type)

    @native("union_type(self, members: object) -> _duckdb._sqltypes.DuckDBPyType")
    def union_type(self, members):
        """The type of unions."""
        fields = _types.fields_of(members, self)
        if not fields:
            raise _errors.invalid("Can not create an empty union type!")
        return _types.union_of(fields)

    @native("enum_type(self, name: str, type: _duckdb._sqltypes.DuckDBPyType, values: list) -> _duckdb._sqltypes.DuckDBPyType")
    def enum_type(self, name, type, values):
        """The type of an enumeration."""
        raise _errors.unsupported("enum_type creation method is not implemented yet")
