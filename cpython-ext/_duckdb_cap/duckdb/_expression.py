"""Expressions of SQL that are built by Python's operators."""

import datetime
import decimal
import uuid

from duckdb import _encode, _errors, _types


def literal(value):
    """A value of Python's as SQL."""
    if isinstance(value, Expression):
        return value._sql
    if value is None:
        return "NULL"
    if isinstance(value, _encode.Value):
        return f"CAST({literal(value.object)} AS {value.type!r})"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, decimal.Decimal) and value.is_finite():
        return f"{value:f}"
    if isinstance(value, (float, decimal.Decimal)):
        return f"CAST('{value}' AS DOUBLE)"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "'" + "".join(f"\\x{byte:02X}" for byte in bytes(value)) + "'::BLOB"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(str(name))}: {literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (datetime.date, datetime.time, uuid.UUID)):
        return f"'{_encode.as_text(value)}'::{_encode.type_of(value)!r}"
    if isinstance(value, datetime.timedelta):
        return f"to_microseconds({value // datetime.timedelta(microseconds=1)})"
    _encode.type_of(value)
    raise _errors.unsupported(f"Unable to transform python value of type '{type(value)}' to DuckDB LogicalType")


class Expression:
    """An expression of SQL."""

    def __init__(self, sql, alias=None, order=""):
        self._sql = sql
        self._alias = alias
        self._order = order

    def __repr__(self):
        return self._sql

    def as_select(self):
        return self._sql if self._alias is None else f"{self._sql} AS {_types.quote(self._alias)}"

    def as_order(self):
        return self._sql + self._order

    def get_name(self):
        return self._sql if self._alias is None else self._alias

    def alias(self, name):
        return Expression(self._sql, name, self._order)

    def cast(self, type):
        return Expression(f"CAST({self._sql} AS {_types.resolve(type)!r})")

    def _ordered(self, order):
        return Expression(self._sql, self._alias, self._order + order)

    def asc(self):
        return self._ordered(" ASC")

    def desc(self):
        return self._ordered(" DESC")

    def nulls_first(self):
        return self._ordered(" NULLS FIRST")

    def nulls_last(self):
        return self._ordered(" NULLS LAST")

    def isnull(self):
        return Expression(f"({self._sql} IS NULL)")

    def isnotnull(self):
        return Expression(f"({self._sql} IS NOT NULL)")

    def isin(self, *values):
        return Expression(f"({self._sql} IN ({', '.join(map(literal, values))}))")

    def isnotin(self, *values):
        return Expression(f"({self._sql} NOT IN ({', '.join(map(literal, values))}))")

    def between(self, lower, upper):
        return Expression(f"({self._sql} BETWEEN {literal(lower)} AND {literal(upper)})")

    def collate(self, collation):
        return Expression(f"({self._sql} COLLATE {collation})")

    def __neg__(self):
        return Expression(f"(-{self._sql})")

    def __invert__(self):
        return Expression(f"(NOT {self._sql})")

    __hash__ = None


def _operator(sign, swapped=False):
    if swapped:
        return lambda self, other: Expression(f"({literal(other)} {sign} {self._sql})")
    return lambda self, other: Expression(f"({self._sql} {sign} {literal(other)})")


for _name, _sign in {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "and": "AND", "or": "OR",
}.items():
    setattr(Expression, f"__{_name}__", _operator(_sign))
    setattr(Expression, f"__r{_name}__", _operator(_sign, swapped=True))
for _name, _sign in {"eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items():
    setattr(Expression, f"__{_name}__", _operator(_sign))
del _name, _sign


class CaseExpression(Expression):
    """CASE WHEN condition THEN value .. END."""

    def __init__(self, condition, value, before=""):
        self._branches = f"{before} WHEN {literal(condition)} THEN {literal(value)}"
        super().__init__(f"CASE{self._branches} ELSE NULL END")

    def when(self, condition, value):
        return CaseExpression(condition, value, self._branches)

    def otherwise(self, value):
        return Expression(f"CASE{self._branches} ELSE {literal(value)} END")


def ColumnExpression(*names):
    return Expression(".".join(map(_types.quote, names)))


def ConstantExpression(value):
    return Expression(literal(value))


def FunctionExpression(function_name, *args):
    return Expression(f"{_types._field_name(function_name)}({', '.join(map(_argument, args))})")


def _argument(value):
    return value._sql if isinstance(value, Expression) else literal(value)


def StarExpression(*, exclude=()):
    names = [str(name) if isinstance(name, Expression) else _types.quote(name) for name in exclude]
    return Expression(f"* EXCLUDE ({', '.join(names)})" if names else "*")


def CoalesceOperator(*args):
    return Expression(f"COALESCE({', '.join(map(_argument, args))})")


def LambdaExpression(lhs, rhs):
    names = lhs if isinstance(lhs, tuple) else (lhs,)
    return Expression(f"LAMBDA {', '.join(map(str, names))}: {_argument(rhs)}")


def DefaultExpression():
    return Expression("DEFAULT")


def SQLExpression(expression):
    return Expression(f"({expression})")


col = ColumnExpression
lit = ConstantExpression
sql_expr = SQLExpression
star = StarExpression
coalesce = CoalesceOperator


def when(condition, value):
    return CaseExpression(condition, value)
