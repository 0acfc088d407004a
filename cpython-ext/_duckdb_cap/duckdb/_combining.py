"""Relations of two relations."""

from __future__ import annotations

from duckdb import _errors, _sqltext, _types
from duckdb._constructors import ColumnExpression
from duckdb._expression import Expression
from duckdb._names import fold
from duckdb._select import Select

# What a kind of join is in SQL, and whether it has a condition.
_JOINS = {
    "inner": ("INNER", True),
    "left": ("LEFT", True),
    "right": ("RIGHT", True),
    "outer": ("FULL OUTER", True),
    "full": ("FULL OUTER", True),
    "semi": ("SEMI", True),
    "anti": ("ANTI", True),
    "cross": ("CROSS", False),
    "positional": ("POSITIONAL", False),
    "natural": ("NATURAL", False),
    "asof": ("ASOF", True),
}


class _Side:
    """One side of a join, for a condition that is a function: `side["x"]` is its column."""

    def __init__(self, alias):
        self._alias = alias

    def __getitem__(self, name):
        return ColumnExpression(self._alias, name)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]


def _using(texts):
    """The columns of a USING that texts are; None: they are a condition."""
    references = [_sqltext.column_reference(text) for text in texts]
    if len(texts) == 1 and references[0] is None:
        return None
    for parts in references:
        if parts is None:
            raise _errors.problem(_errors.ParserException, "Expected a single expression as join condition")
        if len(parts) > 1:
            raise _errors.problem(_errors.ParserException, "Expected unqualified column for column in USING clause")
    return [parts[0] for parts in references]


def _condition(connection, condition, left, right):
    """The text of ON, or the columns of USING."""
    if condition is None:
        return None, []
    if isinstance(condition, str):
        count = connection._check_text(_errors.encodable(condition), "expressions")
        using = _using(_sqltext.split_list(condition))
        if using is not None:
            return None, using
        if count != 1:
            raise _errors.problem(_errors.ParserException, "Expected a single expression as join condition")
        return _sqltext.spliced(condition), []
    if isinstance(condition, (list, tuple)):
        for item in condition:
            if not isinstance(item, str):
                raise _errors.invalid(f"Using clause should be a list of strings, not {type(item)}")
        if not condition:
            raise _errors.invalid("Please provide at least one string in the condition to create a USING clause")
        return None, list(condition)
    if callable(condition) and not isinstance(condition, Expression):
        return _sqltext.expression_text(condition(_Side(left), _Side(right))), []
    text = _sqltext.expression_text(condition)
    using = _using([text])
    return (text, []) if using is None else (None, using)


def _suffixed(left, right, merged, suffix):
    """What a join selects where the right side's columns that the left one has, too, get a suffix."""
    taken, keys = set(map(fold, left._columns)), set(map(fold, merged))
    shared = [name for name in right._columns if fold(name) in taken and fold(name) not in keys]
    if not shared:
        return "*"
    kept = set(map(fold, right._columns)) - set(map(fold, shared)) - keys
    for name in shared:
        renamed = fold(name + suffix)
        side = "left" if renamed in taken else "right" if renamed in kept else None
        if side is not None:
            raise _errors.invalid(
                f"join(suffix={suffix!r}) would name the right side's {name!r} {name + suffix!r}, which the {side} has"
            )
    right_name = _types.quote(right._name)
    if merged:  # the star alone has a merged column once
        pairs = (f"{right_name}.{_types.quote(name)} AS {_types.quote(name + suffix)}" for name in shared)
        return f"* RENAME ({', '.join(pairs)})"
    pairs = (f"{_types.quote(name)} AS {_types.quote(name + suffix)}" for name in shared)
    return f"{_types.quote(left._name)}.*, {right_name}.* RENAME ({', '.join(pairs)})"


def _is_bare_join(select):
    return select is not None and select.is_join and select.is_bare()


def _are_apart(sides):
    names = [fold(name) for _, names in sides for name in names]
    return len(set(names)) == len(names)


class Combining:
    """Set operations and joins."""

    def _input(self, other):
        if not isinstance(other, Combining):
            raise TypeError(f"Expected a DuckDBPyRelation, not {type(other).__name__}")
        if other._connection is not self._connection:
            raise _errors.invalid("Cannot combine LEFT and RIGHT relations of different connections!")
        return other

    def _combined(self, other, operator):
        other = self._input(other)
        sql = f"(SELECT * FROM {self._from()}) {operator} (SELECT * FROM {other._from()})"
        return self._step(sql, "SET_OPERATION_RELATION", other)

    def union(self, union_rel: DuckDBPyRelation) -> DuckDBPyRelation:
        """The rows of both."""
        return self._combined(union_rel, "UNION ALL")

    def except_(self, other_rel: DuckDBPyRelation) -> DuckDBPyRelation:
        """The rows that the other relation does not have."""
        return self._combined(other_rel, "EXCEPT ALL")

    def intersect(self, other_rel: DuckDBPyRelation) -> DuckDBPyRelation:
        """The rows that the other relation has, too."""
        return self._combined(other_rel, "INTERSECT ALL")

    def union_by_name(self, other: DuckDBPyRelation, *, all: bool = True) -> DuckDBPyRelation:
        """The rows of both, columns by their names."""
        return self._combined(other, "UNION ALL BY NAME" if all else "UNION BY NAME")

    def cross(self, other_rel: DuckDBPyRelation) -> DuckDBPyRelation:
        """Each row beside each row of another relation."""
        other = self._input(other_rel)
        return self._joined(other, self._sides(other, False), "CROSS", "", "*", "CROSS_PRODUCT_RELATION")

    def _side(self, is_inline):
        """This behind a FROM with another one, and the names that it has there; a join as it is has those of its sides."""
        if is_inline:
            return f"({self._select.source})", self._select.aliases
        return self._from(), (self._name,)

    def _sides(self, other, closed):
        """Both sides. A join is as it is, unless a name would be there twice: it is then a query under its own name."""
        both = (self, other)
        inline = [not closed and _is_bare_join(side._select) for side in both]
        for place in (1, 0):
            sides = [side._side(is_inline) for side, is_inline in zip(both, inline)]
            if _are_apart(sides):
                break
            inline[place] = False
        return [side._side(is_inline) for side, is_inline in zip(both, inline)]

    def _joined(self, other, sides, keyword, test, items, kind):
        (left, left_names), (right, right_names) = sides
        items = None if items == "*" else items
        select = Select(f"{left} {keyword} JOIN {right}{test}", (*left_names, *right_names), True, items)
        return self._step(select.text(), kind, other, select=select)

    def join(
        self, other_rel: object, condition: object = None, how: str = "inner", suffix: str | None = None
    ) -> DuckDBPyRelation:
        """Rows beside those of another relation that meet a condition, or have the same in the columns named."""
        if other_rel is None:
            raise _errors.invalid("No relation provided for join")
        other = self._input(other_rel)
        kind = fold(str(how).strip())
        if kind not in _JOINS:
            listed = ", ".join(map(repr, _JOINS))
            raise _errors.invalid(f"Unsupported join type {how}, try one of: {listed}")
        renames = suffix is not None and kind not in ("semi", "anti")
        closed = renames or (callable(condition) and not isinstance(condition, Expression))
        sides = self._sides(other, closed)
        if not _are_apart(sides):
            raise _errors.invalid(
                "Both relations have the same alias, please change the alias of one or both relations using "
                "'rel = rel.set_alias(<new alias>)'"
            )
        keyword, needs = _JOINS[kind]
        self._warn(condition, columns=other._columns)
        on, using = _condition(self._connection, condition, self._name, other._name)
        given = on is not None or bool(using)
        if needs and not given:
            raise _errors.invalid(f"Join type '{kind}' needs a condition")
        if given and not needs:
            raise _errors.invalid(f"Join type '{kind}' takes no condition")
        items = "*"
        if renames:
            shared = using
            if kind == "natural":
                taken = set(map(fold, self._columns))
                shared = [name for name in other._columns if fold(name) in taken]
            items = _suffixed(self, other, shared, suffix)
        test = f" ON {on}" if on is not None else f" USING ({', '.join(map(_types.quote, using))})" if using else ""
        made = "CROSS_PRODUCT_RELATION" if kind in ("cross", "positional") else "JOIN_RELATION"
        return self._joined(other, sides, keyword, test, items, made)
