"""Expressions of SQL that are built by Python's operators. A string in one is a text; `col` names a column."""

from __future__ import annotations

import inspect
import secrets

from duckdb import _errors, _types
from duckdb._arguments import UNSET, one_of
from duckdb._arguments import type_text as text_of_type
from duckdb._literal import is_value, literal, plain
from duckdb._names import PendingCase, fold, function_name, is_keyword, one_name, parts_of

# The functions that read the names of arguments.
_NAMING = ("struct_pack", "struct_insert")


# ---- What operands become ----


def _operand(value):
    """A value, an expression or a function as an expression; None: it is none of these."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, PendingCase):
        raise TypeError(value.unfinished)
    if is_value(value):
        return _constant(value, written=isinstance(value, str))
    return _lambda_of(value) if callable(value) else None


def lift(value):
    made = _operand(value)
    if made is None:
        raise TypeError(f"cannot use {value!r} as an expression operand")
    return made


def _constant(value, written=False):
    """A constant. `written`: it was a string among operands, where a column may have been meant."""
    value = plain(value)
    return Made._make(literal(value), texts=(value,) if written else ())


def _lambda_of(function):
    """A function of Python's as one of SQL: it is called once, with names for its parameters."""
    label = getattr(function, "__name__", None) or repr(function)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise TypeError(f"cannot read the signature of {label} to build a SQL lambda from it") from None
    if not parameters:
        raise TypeError(f"a SQL lambda takes at least one parameter and {label} takes none; did you mean to call it?")
    for parameter in parameters:
        plain_kinds = (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        if parameter.kind not in plain_kinds or parameter.default is not parameter.empty:
            raise TypeError(
                f"cannot build a SQL lambda from {label}: every parameter becomes a lambda variable, so the signature must "
                f"be plain positional names without defaults, and `{parameter}` ({parameter.kind.description}) is not one"
            )
    names = [_types.quote(f"{parameter.name}_{secrets.token_hex(3)}") for parameter in parameters]
    try:
        body = function(*map(Made._make, names))
    except TypeError as reason:
        raise TypeError(f"while building a SQL lambda from {label}: {reason}") from reason
    if not isinstance(body, Expression) and not is_value(body):
        raise TypeError(
            f"the lambda returned {body!r}, which is not an expression; it runs once, at build time, on expressions rather "
            "than values, so its body must be built from them"
        )
    return _joined(f"lambda {', '.join(names)}: {{}}", [lift(body)])


def _joined(form, operands):
    """An expression whose SQL has those of its operands in place of each `{}`."""
    written = form.format(*(operand._sql for operand in operands))
    return Made._make(written, texts=_texts(operands))


def _texts(operands):
    return tuple(text for operand in operands for text in operand._texts)


def _listed(values):
    return ", ".join(["{}"] * len(values))


def _expression(value, what):
    """An argument that must be an expression: a string would be a text where a column is meant."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, PendingCase):
        raise TypeError(value.unfinished)
    if isinstance(value, str):
        raise TypeError(
            f"{what} takes an expression, not the string {value!r}; name a column with col() or write SQL with sql_expr()"
        )
    raise TypeError(f"{what} takes an expression, not {type(value).__name__}; wrap a value in lit()")


def condition(value, what):
    if value is None:
        raise TypeError(f"{what} takes a condition, not None")
    if not isinstance(value, str) and is_value(value):
        return _constant(value)
    return _expression(value, what)


class _Class(type):
    """`Expression(x)` is a column or a constant."""

    def __call__(cls, *args: object, **kwargs: object) -> Expression:
        if cls is not Expression:
            return super().__call__(*args, **kwargs)
        if len(args) != 1 or kwargs:
            raise TypeError("Expression() takes one argument: a column name, or a value")
        from duckdb import _constructors

        return (_constructors.ColumnExpression if isinstance(args[0], str) else _constructors.ConstantExpression)(*args)


class Expression(metaclass=_Class):
    """An expression of SQL."""

    @classmethod
    def _make(cls, sql, texts=(), **extras):
        self = object.__new__(cls)
        self._sql = sql
        self._alias = self._direction = self._nulls = None
        self._texts = texts  # strings that were given as operands
        self.__dict__.update(extras)
        return self

    def _with(self, **changes):
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, **changes)
        return made

    def __str__(self) -> str:
        """Its text."""
        return self._sql

    def __repr__(self) -> str:
        return str(self)

    def fragment(self) -> str:
        """Its text, in brackets where it needs them."""
        return self._sql

    def as_select(self) -> str:
        """Its text in a select list, with its name."""
        return self._sql if self._alias is None else f"{self._sql} AS {_types.quote(self._alias)}"

    def as_order(self) -> str:
        """Its text as a key of ORDER BY."""
        return " ".join(filter(None, (self._sql, self._direction, self._nulls)))

    def get_name(self) -> str:
        """The name that its column would have."""
        return str(self) if self._alias is None else self._alias

    def show(self) -> None:
        """Prints its text."""
        print(self)

    def alias(self, name: NewName) -> Expression:
        """The same under a name."""
        if not isinstance(name, str):
            raise TypeError(f"a column name is a string, not {name!r}")
        return self._with(_alias=name or None)

    def asc(self) -> Expression:
        """As a key, in ascending order."""
        return self._with(_direction="ASC")

    def desc(self) -> Expression:
        """As a key, in descending order."""
        return self._with(_direction="DESC")

    def nulls_first(self) -> Expression:
        """As a key, NULL before all others."""
        return self._with(_nulls="NULLS FIRST")

    def nulls_last(self) -> Expression:
        """As a key, NULL after all others."""
        return self._with(_nulls="NULLS LAST")

    def __neg__(self) -> Expression:
        return _joined("(- {})", [self])

    def __invert__(self) -> Expression:
        return _joined("(NOT {})", [self])

    def __getitem__(self, key: _FieldKey) -> Expression:
        """A field of a struct, or an element of a list or a map."""
        if isinstance(key, bool) or not isinstance(key, (str, int)):
            raise TypeError(f"an expression is indexed by a field name or a position, not by {type(key).__name__}")
        return Made._make(f"{self._sql}[{literal(key)}]", self._texts)

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("an expression is not iterable; index it with a field name or a position")

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth value; combine with & | ~, and test with .is_null()")

    def __hash__(self) -> int:
        return id(self)

    def concat(self, *others: ValueOrExpr) -> Expression:
        """Texts one behind the other."""
        operands = [self, *map(lift, others)]
        return _joined("(" + " || ".join(["{}"] * len(operands)) + ")", operands)

    def is_null(self) -> Expression:
        """Whether it is NULL."""
        return _joined("({} IS NULL)", [self])

    def is_not_null(self) -> Expression:
        """Whether it is not NULL."""
        return _joined("({} IS NOT NULL)", [self])

    isnull, isnotnull = is_null, is_not_null

    def _among(self, method, values):
        if not values:
            raise _errors.invalid(f"Incorrect amount of parameters to '{method}', needs at least 1 parameter")
        return _joined(f"({{}} IN ({_listed(values)}))", [self, *map(lift, values)])

    def isin(self, *values: ValueOrExpr) -> Expression:
        """Whether it is one of some values."""
        return self._among("isin", values)

    def isnotin(self, *values: ValueOrExpr) -> Expression:
        """Whether it is none of some values."""
        return ~self._among("isnotin", values)

    def collate(self, collation: str) -> Expression:
        """The text in a collation."""
        return Made._make(f"({self._sql} COLLATE {_types.quote(one_name(collation, 'collation'))})", self._texts)

    def _like(self, keyword, pattern, escape):
        if escape is not None and not isinstance(escape, str):
            raise TypeError(f"escape is text, not {escape!r}")
        behind = "" if escape is None else f" ESCAPE {literal(escape)}".replace("{", "{{").replace("}", "}}")
        return _joined(f"({{}} {keyword} {{}}{behind})", [self, lift(pattern)])

    def like(self, pattern: ValueOrExpr, *, escape: _TextValue | None = None) -> Expression:
        """Whether a text has a pattern."""
        return self._like("LIKE", pattern, escape)

    def ilike(self, pattern: ValueOrExpr, *, escape: _TextValue | None = None) -> Expression:
        """Whether a text has a pattern, in whatever case."""
        return self._like("ILIKE", pattern, escape)

    def between(
        self, low: ValueOrExpr = UNSET, high: ValueOrExpr = UNSET, *, lower: ValueOrExpr = UNSET, upper: ValueOrExpr = UNSET
    ) -> Expression:
        """Whether it is in a range, both ends included."""
        low = one_of("between", "low", low, "lower", lower)
        high = one_of("between", "high", high, "upper", upper)
        return _joined("({} BETWEEN {} AND {})", [self, lift(low), lift(high)])

    def cast(
        self, type_text: SqlText | DuckDBPyType | type = UNSET, *, type: SqlText | DuckDBPyType | type = UNSET
    ) -> Expression:
        """The value as one of a type."""
        text = text_of_type(one_of("cast", "type_text", type_text, "type", type), "cast")
        return Made._make(f"CAST({self._sql} AS {text})", self._texts)

    def try_cast(
        self, type_text: SqlText | DuckDBPyType | type = UNSET, *, type: SqlText | DuckDBPyType | type = UNSET
    ) -> Expression:
        """The value as one of a type, or NULL if it cannot be one."""
        text = text_of_type(one_of("try_cast", "type_text", type_text, "type", type), "try_cast")
        return Made._make(f"TRY_CAST({self._sql} AS {text})", self._texts)

    # ---- Calls ----

    def _bare(self):
        return self._with(_alias=None, _direction=None, _nulls=None)

    def n_unique(self) -> Expression:
        """How many values there are."""
        return Call._of("count", [self], distinct=True)

    def where(self, predicate: Expression) -> Expression:
        """The call over those rows only for which a condition is true."""
        raise TypeError("where() applies to an aggregate call, as col('x').sum() or fn('sum', ...)")

    def ignore_nulls(self) -> Expression:
        """The call without rows that are NULL."""
        raise TypeError("ignore_nulls applies to a function call")

    def over(
        self,
        partition_by: Exprs | None = None,
        order_by: Exprs | None = None,
        *,
        rows: tuple[int | None, int | None] | None = None,
        range: tuple[int | None, int | None] | None = None,
    ) -> Expression:
        """The call over a window."""
        partitions = [] if partition_by is None else _expressions(partition_by, "partition_by")
        orders = [] if order_by is None else _expressions(order_by, "order_by")
        if rows is not None and range is not None:
            raise TypeError("a window is bounded by rows or by range, not both")
        parts = []
        if partitions:
            parts.append("PARTITION BY " + ", ".join(key._sql for key in partitions))
        if orders:
            parts.append("ORDER BY " + ", ".join(key.as_order() for key in orders))
        for unit, frame in (("ROWS", rows), ("RANGE", range)):
            if frame is not None:
                start, end = frame
                parts.append(f"{unit} BETWEEN {_bound(start, 'PRECEDING')} AND {_bound(end, 'FOLLOWING')}")
        texts = _texts([self, *partitions, *orders])
        return Made._make(f"{self._sql} OVER ({' '.join(parts)})", texts)

    # ---- CASE, if it is one ----

    def when(self, condition: ValueOrExpr, value: ValueOrExpr) -> Expression:
        """One more case."""
        raise ValueError("when() can only be used on an Expression resulting from CaseExpression or when()")

    def otherwise(self, value: ValueOrExpr) -> Expression:
        """The value where no case applies."""
        raise ValueError("otherwise() can only be used on an Expression resulting from CaseExpression or when()")


def _expressions(values, what):
    return [_expression(value, what) for value in (values if isinstance(values, (list, tuple)) else [values])]


def _bound(offset, unbounded):
    """One end of a window's frame, counted from the current row."""
    if offset is None:
        return f"UNBOUNDED {unbounded}"
    if offset == 0:
        return "CURRENT ROW"
    return f"{abs(int(offset))} {'PRECEDING' if offset < 0 else 'FOLLOWING'}"


def _operator(form, swapped=False):
    def method(self, other: ValueOrExpr) -> Expression:
        operand = _operand(other)
        if operand is None:
            return NotImplemented
        return _joined(form, [operand, self] if swapped else [self, operand])

    return method


for _name, _form in {
    **{name: f"({{}} {sign} {{}})" for name, sign in {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//",
                                                      "mod": "%", "and": "AND", "or": "OR"}.items()},
    "pow": "pow({}, {})",
}.items():
    setattr(Expression, f"__{_name}__", _operator(_form))
    setattr(Expression, f"__r{_name}__", _operator(_form, swapped=True))
for _name, _sign in {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items():
    setattr(Expression, f"__{_name}__", _operator(f"({{}} {_sign} {{}})"))
# Python would answer an unknown operand by identity, which no condition can tell: these raise.
Expression.__eq__ = lambda self, other: _joined("({} = {})", [self, lift(other)])
Expression.__ne__ = lambda self, other: _joined("({} != {})", [self, lift(other)])
del _name, _form, _sign


class Made(Expression):
    """An expression of no kind of its own. (Comparing it with one of a kind, Python would ask that first if it were a base.)"""


class Column(Expression):
    """A reference to a column, by its parts."""

    def get_name(self):
        return self._parts[-1] if self._alias is None else self._alias


class Call(Expression):
    """A call of a function, which may become an aggregate's with a condition."""

    @classmethod
    def _of(cls, name, operands, named=(), distinct=False):
        last = fold(parts_of(name, "function name")[-1])
        written = [operand._argument(last in _NAMING) for operand in operands]
        written += [f"{_types.quote(key)} := {value._sql}" for key, value in named]
        texts = _texts([*operands, *(value for _, value in named)])
        head = f"{function_name(name)}({'DISTINCT ' if distinct else ''}{', '.join(written)}"
        self = cls._make("", texts, _head=head, _skips=False, _filter=None, _distinct=distinct)
        return self._written()

    def _written(self):
        behind = "" if self._filter is None else f" FILTER (WHERE {self._filter._sql})"
        self._sql = f"{self._head}{' IGNORE NULLS' if self._skips else ''}){behind}"
        return self

    def where(self, predicate):
        predicate = condition(predicate, "where")
        return self._with(_filter=predicate, _texts=self._texts + predicate._texts)._written()

    def ignore_nulls(self):
        return super().ignore_nulls() if self._distinct else self._with(_skips=True)._written()


def _argument(self, named):
    """This as an argument, by its alias where the function reads names."""
    if self._alias is None or not named:
        return self._sql
    bare = _types._PLAIN_NAME.match(self._alias) and not is_keyword(self._alias)
    return f"{self._alias if bare else _types.quote(self._alias)} := {self._sql}"


Expression._argument = _argument


class Case(Expression):
    """CASE WHEN condition THEN value .. END."""

    @classmethod
    def _of(cls, branches, default=None):
        parts = [f"WHEN {test._sql} THEN {value._sql}" for test, value in branches]
        parts += [] if default is None else [f"ELSE {default._sql}"]
        operands = [part for branch in branches for part in branch] + ([] if default is None else [default])
        return cls._make(f"(CASE {' '.join(parts)} END)", _texts(operands), _branches=branches, _default=default)

    def when(self, condition_, value):
        return Case._of([*self._branches, (condition(condition_, "when"), lift(value))], self._default)

    def otherwise(self, value):
        return Case._of(self._branches, lift(value))
