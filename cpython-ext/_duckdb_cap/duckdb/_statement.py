"""Statements that were parsed, and values for their parameters."""

import collections.abc

import _duckdb_cap

from duckdb import _encode, _enums, _errors, _types

_ROWS = ("query_result",)
_NO_ARGUMENTS = ((), (), (0, ()))
# What is handed over without the cap being asked for room.
_UNASKED = 64 * 1024
# What is large is handed over in pieces, and no more than this at once.
_LARGE = 32 * 1024 * 1024
_MOST = 255 * 1024 * 1024
# Sets of values for executemany() that one call of the contract hands over.
_SETS = 2048

_NOTHING = "PREPARE VACUUM ALTER TRANSACTION SET LOAD EXPORT DROP DETACH CREATE_FUNC COPY_DATABASE ATTACH".split()
_QUERIES = "PRAGMA EXPLAIN LOGICAL_PLAN CALL SELECT EXECUTE".split()
_CHANGES = "COPY DELETE UPDATE INSERT".split()


class Statement:
    """A statement of a text."""

    def __init__(self, parsed):
        self._query = parsed.sql.decode("utf-8", "replace")
        self._type = _enums.StatementType.__members__.get(parsed.statement_type, _enums.StatementType.INVALID)
        self._parameters = {name.decode("utf-8", "replace") for name in parsed.parameters}

    @property
    def query(self):
        """Its text."""
        return self._query

    @property
    def type(self):
        """What kind of statement it is."""
        return self._type

    @property
    def named_parameters(self):
        """Names of its parameters."""
        return set(self._parameters)

    @property
    def expected_result_type(self):
        """What running it may give."""
        expected = _enums.ExpectedResultType
        if self._type.name in _NOTHING:
            return [expected.NOTHING]
        if self._type.name in _QUERIES:
            return [expected.QUERY_RESULT]
        if self._type.name in _CHANGES:
            return [expected.CHANGED_ROWS, expected.QUERY_RESULT]
        return [expected.CHANGED_ROWS, expected.QUERY_RESULT, expected.NOTHING]


def text_of(query):
    """The text of a query that is a text or a statement."""
    if isinstance(query, Statement):
        return query.query
    if isinstance(query, str):
        return query
    raise _errors.invalid("Please provide either a DuckDBPyStatement or a string representing the query")


def encoded(text):
    return _encode._encoded(text)


def ask_for_room(chunk):
    """MemoryError unless the cap has memory for a chunk."""
    size = _encode.size_of(chunk)
    if size > _MOST:
        raise _errors.problem(_errors.OutOfMemoryException, f"{size} bytes of rows are too many to be handed over at once")
    if size > _UNASKED and not _duckdb_cap.reserve(size):
        raise _errors.problem(_errors.OutOfMemoryException, f"there is no memory for {size} bytes of rows")


def is_list_like(values):
    """Whether it is what iterates, and neither a text nor names with values."""
    return isinstance(values, (list, tuple)) or (
        isinstance(values, collections.abc.Iterable) and not isinstance(values, (str, bytes, bytearray, memoryview, dict))
    )


def _names_and_values(parameters):
    if is_list_like(parameters):
        return [str(number) for number in range(1, len(parameters) + 1)], list(parameters)
    if isinstance(parameters, dict):
        return [str(name) for name in parameters], list(parameters.values())
    raise _errors.invalid("Prepared parameters can only be passed as a list or a dictionary")


def arguments(parameters):
    """Values for parameters, in the contract's form."""
    if parameters is None or (is_list_like(parameters) and len(parameters) == 0):
        return _NO_ARGUMENTS
    names, values = _names_and_values(parameters)
    types = [_encode.type_of(value) for value in values]
    chunk = _encode.chunk_of(types, [[_encode._unwrapped(value)] for value in values], 1)
    ask_for_room(chunk)
    return [encoded(name) for name in names], [node for type_ in types for node in _types.nodes_of(type_)], chunk


def _type_of_each(column):
    """The type that each of these values has by itself; None: they differ, or it takes a closer look."""
    kinds, least, most = _duckdb_cap.survey(column)
    if kinds == {int}:
        is_usual = least is not None and _encode.type_of(least) is _encode.type_of(most) is _types.INTEGER
        return _types.INTEGER if is_usual else None
    return _encode.simple_type(kinds.pop()) if len(kinds) == 1 else None


def _alike(sets):
    """Names, types and columns of sets that are all of a kind, which is usual; None: they are not."""
    if not set(map(type, sets)) <= {list, tuple} or len(set(map(len, sets))) != 1:
        return None
    columns = list(map(list, zip(*sets)))
    types = list(map(_type_of_each, columns))
    if not columns or None in types:
        return None
    return [str(number) for number in range(1, len(columns) + 1)], types, columns


def _batches(sets):
    """Runs of sets with the same names and types, so that each crosses in one call."""
    for start in range(0, len(sets), _SETS):
        some = sets[start : start + _SETS]
        alike = _alike(some)
        if alike is not None:
            yield *alike, len(some)
            continue
        batch, shape = [], None
        for parameters in some:
            names, values = _names_and_values([] if parameters is None else parameters)
            mine = names, [_encode.type_of(value) for value in values]
            if batch and mine != shape:
                yield *shape, _columns(batch), len(batch)
                batch = []
            shape = mine
            batch.append(values)
        yield *shape, _columns(batch), len(batch)


def _columns(rows):
    return [[_encode._unwrapped(value) for value in column] for column in zip(*rows)]


def _first(text):
    """A text of SQL up to the first semicolon that ends a statement."""
    if b";" not in text:
        return text
    ends = (token.offset for token in _duckdb_cap.tokenize(text) if text[token.offset : token.offset + 1] == b";")
    return text[: next(ends, len(text))]


@_errors.raising
def parsed_first(handle, text):
    """The first statement of a text, parsed, or none; None: it does not parse, or what follows is no SQL at all."""
    text = encoded(text)
    try:
        return handle.parse(text)[:1]
    except _duckdb_cap.DuckdbError as error:
        if b" Error: unterminated " in error.value.message:
            return None
    try:
        return handle.parse(_first(text))
    except _duckdb_cap.DuckdbError:
        return None


@_errors.raising
def check_names(handle, text, sets):
    """An error for a set that does not name the parameters of the last statement, if there are such sets."""
    if not any(isinstance(values, dict) for values in sets):
        return
    try:
        statement = handle.parse(encoded(text))[-1]
    except _duckdb_cap.DuckdbError:
        return  # running it tells
    wanted = {name.decode("utf-8", "replace").lower(): name.decode("utf-8", "replace") for name in statement.parameters}
    for values in sets:
        if not isinstance(values, dict) or len(values) == len(wanted):
            continue
        given = {str(name).lower(): str(name) for name in values}
        if lacking := [name for key, name in wanted.items() if key not in given]:
            raise _errors.invalid(f"Values were not provided for the following parameters: {', '.join(sorted(lacking))}")
        excess = ", ".join(sorted(name for key, name in given.items() if key not in wanted))
        raise _errors.invalid(f"Parameter argument/count mismatch, identifiers of the excess parameters: {excess}")


def many_arguments(sets):
    """The same for several runs: one batch after the other."""
    for names, types, columns, count in _batches(sets):
        for chunk in _pieces(types, columns, count):
            ask_for_room(chunk)
            yield [encoded(name) for name in names], [node for type_ in types for node in _types.nodes_of(type_)], chunk


def _pieces(types, columns, count):
    """Columns as chunks that are not large, if a row is not."""
    chunk = _encode.chunk_of(types, columns, count)
    if count == 1 or _encode.size_of(chunk) <= _LARGE:
        yield chunk
        return
    half = count // 2
    for begin, end in ((0, half), (half, count)):
        yield from _pieces(types, [column[begin:end] for column in columns], end - begin)
