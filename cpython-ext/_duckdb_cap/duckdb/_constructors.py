"""What makes expressions."""

from __future__ import annotations

import re

import _duckdb_cap

from duckdb import _enums, _errors, _types
from duckdb._expression import Call, Case, Column, Expression, Made, _constant, _expression, lift
from duckdb._expression import condition as _condition
from duckdb._literal import is_value
from duckdb._names import PendingCase, fold, one_name, parts_of

_ALIASED = re.compile(r'(.*) AS ("(?:[^"]|"")*"|[^\W\d]\w*)', re.DOTALL)
_KINDS = list(_enums.token_type.__members__.values())


def _column(parts):
    parts = parts_of(parts, "column name")
    return Column._make(".".join(map(_types.quote, parts)), _parts=parts)


def col(*parts: ColumnName) -> Expression:
    """A column by its name, or by those of what it is in, too."""
    for part in parts:
        if not isinstance(part, str):
            raise TypeError(
                f"a column name is a string, not {part!r}; a qualified column is given in parts, as col('t', 'i'), and a "
                "join side's column is l[name] inside the join's on"
            )
    return _column(parts)


def lit(value: PythonValue) -> Expression:
    """A value."""
    if isinstance(value, Expression) or not is_value(value):
        literal_of = type(value).__name__
        raise TypeError(f"cannot render a literal of type {literal_of}: {value!r}")
    return _constant(value)


def _names(names, what):
    if isinstance(names, str):
        return [one_name(names, what)]
    try:
        items = iter(() if isinstance(names, bytes) else names)
    except TypeError:
        items = None
    if items is None or isinstance(names, bytes):
        raise TypeError(f"expected a {what} or a list of them, not {names!r}")
    return [one_name(name, what) for name in items]


def _renames(renames):
    pairs = renames.items() if isinstance(renames, dict) else () if renames is None else renames
    if isinstance(pairs, (str, bytes)) or not hasattr(pairs, "__iter__"):
        raise TypeError(f"rename takes a dict from old name to new, or (old, new) pairs, not {renames!r}")
    found = {}
    for pair in pairs:
        if isinstance(pair, (str, bytes)) or not hasattr(pair, "__iter__") or len(both := tuple(pair)) != 2:
            raise TypeError(f"a rename is an (old, new) pair of names, not {pair!r}")
        found[one_name(both[0], "column name")] = one_name(both[1], "column name")
    return found


def _star(excluded=(), renamed=None):
    written = "*"
    if excluded:
        written += f" EXCLUDE ({', '.join(excluded)})"
    if renamed:
        pairs = (f"{_types.quote(old)} AS {_types.quote(new)}" for old, new in renamed.items())
        written += f" RENAME ({', '.join(pairs)})"
    return Made._make(written)


def star(exclude: ColumnNames = (), rename: _Renames | None = None) -> Expression:
    """All columns, but for some, or with other names."""
    return _star([_types.quote(name) for name in _names(exclude, "column name")], _renames(rename))


def fn(name: QualifiedName, /, *args: ValueOrExpr, **named: ValueOrExpr) -> Expression:
    """A call of a function of SQL."""
    return Call._of(name, list(map(lift, args)), [(key, lift(value)) for key, value in named.items()])


def sql_expr(sql: SqlText) -> Expression:
    """An expression by its text."""
    if not isinstance(sql, str):
        raise TypeError(f"sql_expr takes SQL as a string, not {sql!r}")
    return Made._make(f"({sql})")


def coalesce(*values: ValueOrExpr) -> Expression:
    """The first value that is not NULL."""
    operands = list(map(lift, values))
    texts = tuple(text for operand in operands for text in operand._texts)
    return Made._make(f"COALESCE({', '.join(operand._sql for operand in operands)})", texts)


def count_all() -> Expression:
    """How many rows there are."""
    return Call._of("count", [_star()])


class CaseBuilder(PendingCase):
    """A CASE that waits for a condition's value."""

    unfinished = "a CASE begun with when() needs .then(value), then .otherwise(value) or .end(), to be an expression"

    def __init__(self, branches, condition):
        self._branches = branches
        self._condition = condition

    def then(self, result):
        return ThenBuilder([*self._branches, (self._condition, lift(result))])


class ThenBuilder(PendingCase):
    """A CASE whose branches are complete so far."""

    def __init__(self, branches):
        self._branches = branches

    def when(self, condition):
        return CaseBuilder(self._branches, _condition(condition, "when"))

    def otherwise(self, result):
        return Case._of(self._branches, lift(result))

    def end(self):
        return Case._of(self._branches)


def when(condition: ValueOrExpr) -> CaseBuilder:
    """A case: `when(condition).then(value)`."""
    return CaseBuilder([], _condition(condition, "when"))


def _window(name):
    def make(*args: ValueOrExpr) -> Expression:
        return Call._of(name, list(map(lift, args)))

    make.__doc__ = f"SQL: `{name}`, for over()."

    make.__name__ = make.__qualname__ = name
    return make


def _window_over(name):
    def make(subject: Expression, /, *args: ValueOrExpr) -> Expression:
        return Call._of(name, [_expression(subject, name), *map(lift, args)])

    make.__doc__ = f"SQL: `{name}`, for over()."

    make.__name__ = make.__qualname__ = name
    return make


row_number, rank, dense_rank, ntile = map(_window, ("row_number", "rank", "dense_rank", "ntile"))
lag, lead, first_value, last_value = map(_window_over, ("lag", "lead", "first_value", "last_value"))


# ---- By the names that they had first ----


def ColumnExpression(*names: ColumnName) -> Expression:
    """A column by its name, or by those of what it is in, too."""
    return _star() if names == ("*",) else col(*names)


def constant(value, refusal):
    """A value as a constant; `refusal` is what is said of one that cannot be."""
    if isinstance(value, Expression) or not is_value(value):
        raise TypeError(f"{refusal}, not {type(value).__name__}")
    return _constant(value)


def ConstantExpression(value: PythonValue) -> Expression:
    """A value."""
    return constant(value, "ConstantExpression takes a value")


def FunctionExpression(function_name: QualifiedName, *args: ValueOrExpr) -> Expression:
    """A call of a function of SQL."""
    return fn(function_name, *args)


def CaseExpression(condition: ValueOrExpr, value: ValueOrExpr) -> Expression:
    """A CASE with its first case."""
    return Case._of([(_condition(condition, "CaseExpression"), lift(value))], _constant(None))



def CoalesceOperator(*args: ValueOrExpr) -> Expression:
    """The first value that is not NULL."""
    if not args:
        raise _errors.invalid("Please provide at least one argument")
    return coalesce(*args)


def _excluded(item):
    if isinstance(item, str):
        return _types.quote(one_name(item, "column name"))
    if not isinstance(item, Column):
        raise ValueError("Only ColumnExpressions are accepted Expression types here")
    if len(item._parts) > 4:
        raise ValueError("Expected 1 to 4 name parts (catalog.schema.table.column) in an excluded column")
    return item._sql


def StarExpression(*, exclude: Iterable[str | Expression] | None = None) -> Expression:
    """All columns, or all but some."""
    items = () if exclude is None else (exclude,) if isinstance(exclude, str) else exclude
    return _star([_excluded(item) for item in items])


class Written(Expression):
    """SQL that the program wrote: its text shows as it is, and its name is the parser's."""

    def __str__(self):
        return self._written

    def get_name(self):
        return self._name if self._alias is None else self._alias


def _parsed(text):
    with _errors.raising:
        return [part.decode() for part in _duckdb_cap.parse_expressions(text.encode())]


def SQLExpression(expression: SqlText) -> Expression:
    """An expression by its text."""
    if not isinstance(expression, str):
        raise TypeError(f"SQLExpression takes SQL as a string, not {expression!r}")
    found = _parsed(expression)
    if len(found) != 1:
        raise _errors.invalid(
            f"Please provide only a single expression to SQLExpression, found {len(found)} expressions in the parsed string"
        )
    aliased = _ALIASED.fullmatch(found[0])
    if aliased is None or not _is_whole(aliased[1]):
        return _of_text(_body(expression, False), found[0])
    alias = aliased[2]
    alias = alias[1:-1].replace('""', '"') if alias.startswith('"') else alias
    return _of_text(_body(expression, True), aliased[1]).alias(alias)


def _of_text(text, name):
    return Written._make(f"(\n{text}\n)", _written=text, _name=name)


def _is_whole(text):
    """Whether this is one expression without an alias."""
    try:
        return len(_parsed(text)) == 1 and _ALIASED.fullmatch(text) is None
    except _errors.Error:
        return False


def _body(text, aliased):
    """An expression's text without semicolons, comments and the alias behind it."""
    data, words = text.encode(), []
    with _errors.raising:
        found = [(token.offset, _KINDS[token.kind]) for token in _duckdb_cap.tokenize(data)]
    for (begin, kind), end in zip(found, [offset for offset, _ in found[1:]] + [len(data)]):
        if kind is not _enums.token_type.comment:
            words.append((begin, kind, data[begin:end].strip()))
    while words and words[-1][2] == b";":
        words.pop()
    if aliased and words:
        words.pop()
        if words and words[-1][1] is _enums.token_type.keyword and words[-1][2].lower() == b"as":
            words.pop()
    if not words:
        return text.strip()
    return data[: words[-1][0] + len(words[-1][2])].decode().strip()


def _parameter(item):
    if isinstance(item, str):
        return one_name(item, "lambda parameter")
    if isinstance(item, Column) and len(item._parts) == 1:
        return item._parts[0]
    raise ValueError("'lhs' was an Expression, but is not of type ColumnExpression")


def LambdaExpression(lhs: str | Expression | tuple[str | Expression, ...], rhs: ValueOrExpr) -> Expression:
    """A function of SQL's own, for functions that take one."""
    if not isinstance(lhs, (tuple, str, Column)):
        raise ValueError("Please provide 'lhs' as either a tuple containing strings, or a single string")
    names = [_parameter(item) for item in (lhs if isinstance(lhs, tuple) else (lhs,))]
    if not names:
        raise ValueError("a lambda takes at least one parameter")
    body = lift(rhs)
    return Made._make(f"lambda {', '.join(map(_types.quote, names))}: {body._sql}", body._texts)


def DefaultExpression() -> Expression:
    """The default value of a column."""
    return Made._make("DEFAULT")
