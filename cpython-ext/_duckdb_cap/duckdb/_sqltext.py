"""Texts of SQL that programs give: names, lists, conditions, keys. DuckDB's own parser says what they are."""

import operator
import re

import _duckdb_cap

from duckdb import _enums, _errors, _types
from duckdb._constructors import constant
from duckdb._expression import Expression
from duckdb._names import PendingCase, fold
from duckdb._native import refusal

_LOWER_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_KINDS = list(_enums.token_type.__members__.values())


def tokens(text):
    """The pieces of a text of SQL: where each begins, and what it is."""
    if not isinstance(text, str):
        raise refusal("tokenize(query: str) -> list", (text,), {})
    data = text.encode()
    with _errors.raising:
        found = [(token.offset, _KINDS[token.kind]) for token in _duckdb_cap.tokenize(data)]
    if text.isascii():
        return found
    return [(len(data[:offset].decode("utf-8", "replace")), kind) for offset, kind in found]


def _pieces(text):
    """The same with the end of each."""
    found = tokens(text)
    ends = [offset for offset, _ in found[1:]] + [len(text)]
    return [(begin, end, kind) for (begin, kind), end in zip(found, ends)]


def split_list(text):
    """The items of a list, between the commas that stand in no parentheses."""
    if not text:
        return []
    items, start, depth = [], 0, 0
    for begin, end, kind in _pieces(text):
        if kind is not _enums.token_type.operator:
            continue
        for place in range(begin, end):
            character = text[place]
            if character == "," and depth == 0:
                items.append(text[start:place])
                start = place + 1
            depth += (character in "([{") - (character in ")]}")
    return items + [text[start:]] if text[start:] else items


def split_qualified(text):
    """The parts of a name with dots; a part in double quotes may hold some."""
    parts, quoted, place = [""], False, 0
    while place < len(text):
        character = text[place]
        if quoted and text.startswith('""', place):
            parts[-1] += '"'
            place += 1
        elif character == '"':
            quoted = not quoted
        elif character == "." and not quoted:
            parts.append("")
        else:
            parts[-1] += character
        place += 1
    if quoted:
        raise _errors.problem(
            _errors.ParserException, f"Unterminated quoted identifier in qualified name! (input: {text})"
        )
    return parts


def name_parts(name):
    """The parts of a name, or the whole of one that is no dotted name, such as a path."""
    try:
        parts = split_qualified(name)
    except _errors.ParserException:
        return [name]
    return parts if all(parts) else [name]


def target(name, statement):
    """The table that is written to, as SQL; `statement` is what would say it where a relation cannot."""
    parts = split_qualified(name) if name else [""]
    if not all(parts):
        raise _errors.problem(_errors.ParserException, f"Zero-length identifier in qualified name! (input: {name})")
    if len(parts) > 3:
        path = ".".join(part if _LOWER_NAME.match(part) else _types.quote(part) for part in parts)
        raise _errors.unsupported(
            f"The relation API cannot address a nested schema path such as {path} yet; use SQL "
            f"({statement.format(path)}) instead"
        )
    return ".".join(map(_types.quote, parts))


def spliced(text):
    """A piece of SQL that ends its line, so that a comment in it ends there."""
    return _errors.encodable(text) + "\n"


def expression_text(value):
    """An expression, or a value that becomes one."""
    if isinstance(value, Expression):
        return _errors.encodable(str(value))
    if isinstance(value, PendingCase):
        raise _errors.invalid(value.unfinished)
    try:
        return str(constant(value, "ConstantExpression takes a value"))
    except (TypeError, _errors.NotImplementedException):
        raise _errors.invalid("Please provide arguments of type Expression!") from None


def value_text(value):
    """The same where a value that cannot be one is refused by its type."""
    if isinstance(value, (Expression, PendingCase)):
        return expression_text(value)
    return str(constant(value, "values() takes a value or an expression"))


def column_reference(text):
    """The parts of the reference to a column that a text is; None: it is none."""
    with _errors.raising:
        parts = _duckdb_cap.column_reference(text.encode())
    return None if parts is None else [part.decode() for part in parts]


def column_name(value):
    """A name where a column is expected: a reference if it reads as one, else one name."""
    text = _errors.encodable(value.decode() if isinstance(value, bytes) else value)
    for begin, _, kind in _pieces(text):
        if kind is _enums.token_type.comment or text.startswith(";", begin):
            return _types.quote(text)
    parts = column_reference(text)
    return _types.quote(text) if parts is None else ".".join(map(_types.quote, parts))


def select_item(value):
    if isinstance(value, str) and value == "*":
        return "*"
    if isinstance(value, (str, bytes)):
        return column_name(value)
    return _errors.encodable(value.as_select()) if isinstance(value, Expression) else expression_text(value)


def plain_item(value):
    """An item without its alias, where something else names it."""
    return column_name(value) if isinstance(value, (str, bytes)) else expression_text(value)


def select_list(connection, text):
    connection._check_text(_errors.encodable(text), "expressions")
    return spliced(text)


def items(connection, values):
    """A select list: one string is a text of SQL, several are names of columns."""
    if len(values) == 1 and type(values[0]) is str:
        return select_list(connection, values[0])
    return ", ".join(map(select_item, values))


def order_item(connection, value):
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, str):
        connection._check_text(_errors.encodable(value), "order")
        return spliced(value)
    return _errors.encodable(value.as_order()) if isinstance(value, Expression) else expression_text(value)


def condition(connection, value, what):
    """A condition, or, without `what`, the aggregates of a pivot."""
    if not isinstance(value, str):
        return expression_text(value)
    count = connection._check_text(_errors.encodable(value), "expressions")
    if what is not None and count != 1:
        raise _errors.problem(_errors.ParserException, f"Expected a single expression as {what}")
    return spliced(value)


def groups(connection, text):
    """The keys of a GROUP BY; empty: there are none."""
    if not text.strip():
        return ""
    connection._check_text(_errors.encodable(text), "groups")
    return spliced(text)


def count_of(method, parameter, value):
    """A number of rows."""
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise TypeError(
        f"{method}(): incompatible function arguments: {parameter} takes an int, not a {type(value).__name__}"
    )


def without_semicolons(text):
    return re.sub(r"[\s;]+\Z", "", text.strip())


def same(name, other):
    return fold(name) == fold(other)
