"""What makes types."""

from duckdb import _errors, _types


class MakesTypes:
    """The methods of a connection that make types."""

    def sqltype(self, type_str):
        return _types.parse(self._open(), type_str)

    dtype = sqltype

    def type(self, type_str):
        return self.sqltype(type_str)

    def array_type(self, type, size):
        return _types.array_of(_types.resolve(type, self), size)

    def list_type(self, type):
        return _types.list_of(_types.resolve(type, self))

    def map_type(self, key, value):
        return _types.map_of(_types.resolve(key, self), _types.resolve(value, self))

    def decimal_type(self, width, scale):
        return _types.decimal_of(width, scale)

    def string_type(self, collation=""):
        return _types.DuckDBPyType._make("VARCHAR", collation=collation)

    def struct_type(self, fields):
        return _types.struct_of(_types.fields_of(fields, self))

    row_type = struct_type

    def union_type(self, members):
        fields = _types.fields_of(members, self)
        if not fields:
            raise _errors.invalid("Can not create an empty union type!")
        return _types.union_of(fields)

    def enum_type(self, name, type, values):
        raise _errors.unsupported("enum_type creation method is not implemented yet")
