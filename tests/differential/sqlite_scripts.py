"""Random scripts of SQL: sqlite_scripts.py FOLDER FIRST COUNT.

Prints a line a script: all that its statements answered. Every second database is a file. The native module is pysqlite3, if it is
there: a SQLite that is almost as new.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from lcg import Random  # noqa: E402

try:
    from pysqlite3 import dbapi2 as sqlite3
except ImportError:
    import sqlite3

TYPES = ["", "integer", "text", "real", "numeric", "blob", "any", "varchar(3)"]
STRICT = ["integer", "text", "real", "blob", "any"]
CONSTRAINTS = ["", "", "", " unique", " not null", " collate nocase", " collate backwards", " default 7"]
COLUMNS = ["a", "b", "c"]
VALUES = ["null", "0", "1", "-1", "2.5", "1e300", "'x'", "'10'", "'Abc'", "'ä€'", "''", "x'4142'", "x'c3a4'", "9223372036854775807"]
BINARY = ["+", "-", "*", "/", "%", "||", "=", "<>", "<", ">=", "is", "is not", "and", "or", "&", "<<", "like", "glob", "->>"]
FUNCTIONS = ["abs({})", "upper({})", "length({})", "typeof({})", "quote({})", "hex({})", "round({}, 1)", "coalesce({}, 'none')",
             "twice({})", "fails({})", "substr({}, 2)", "trim({}, 'x')", "unicode({})", "json_quote({})", "json_type({})",
             "json_extract({}, '$.k')", "json_array({}, 1)", "printf('%5.1f|%s', {0}, {0})", "date({}, '+1 month')",
             "instr({}, 'b')", "nullif({}, 1)", "likely({})", "iif({}, 'yes', 'no')", "cast({} as integer)", "cast({} as text)",
             "replace({}, 'b', 'ccc')", "sign({})", "floor({})", "octet_length({})", "concat_ws('-', {}, 'z')"]
AGGREGATES = ["count({})", "sum({})", "total({})", "avg({})", "min({})", "max({})", "count(distinct {})", "longest({})",
              "group_concat({0}, ';' order by {0})", "json_group_array({0} order by {0})"]
WINDOWS = ["row_number()", "rank()", "dense_rank()", "lag({}, 1, 'first')", "lead({})", "sum({})", "ntile(3)", "first_value({})",
           "running({})", "max({})"]
FRAMES = ["", "rows between 1 preceding and current row", "rows between unbounded preceding and unbounded following",
          "groups 1 preceding", "range current row exclude ties"]


class Longest:
    def __init__(self):
        self.found = ""

    def step(self, value):
        self.found = max(self.found, str(value), key=lambda text: (len(text), text))

    def finalize(self):
        return self.found


class Running:
    def __init__(self):
        self.values = []

    def step(self, value):
        self.values.append(str(value))

    def inverse(self, value):
        self.values.remove(str(value))

    def value(self):
        return ",".join(sorted(self.values))

    finalize = value


def twice(value):
    # A result that SQLite has no integer for is OperationalError in pysqlite3, and DataError in CPython's own module.
    if isinstance(value, int) and abs(value) >= 1 << 62:
        return value
    return value + value if isinstance(value, (int, str)) else value


def fails(value):
    if value == 1:
        raise ValueError("one")
    return value


class Script:
    def __init__(self, random):
        self.random = random
        self.tables = []

    def pick(self, items):
        return self.random.choice(items)

    def chance(self, of):
        return self.random.below(of) == 0

    def value(self):
        return self.pick(VALUES)

    def expression(self, columns, depth=2):
        kind = self.random.below(8)
        if depth == 0 or kind < 2:
            return self.pick(columns) if columns and kind else self.value()
        inner = self.expression(columns, depth - 1)
        if kind < 5:
            return f"({inner} {self.pick(BINARY)} {self.expression(columns, depth - 1)})"
        if kind == 5:
            return f"case when {inner} then {self.expression(columns, depth - 1)} else {self.value()} end"
        if kind == 6:
            return f"({inner} {self.pick(['', 'not '])}in ({self.value()}, {self.expression(columns, depth - 1)}))"
        return self.pick(FUNCTIONS).format(inner)

    def create(self):
        name = f"t{len(self.tables)}"
        self.tables.append(name)
        kind = self.pick(["", "", "strict", "without rowid"])
        types = STRICT if kind == "strict" else TYPES
        columns = ", ".join(f"{column} {self.pick(types)}{self.pick(CONSTRAINTS)}" for column in COLUMNS)
        keys = ", primary key(a, b)" if kind == "without rowid" or self.chance(4) else ""
        check = f", check ({self.expression(['a', 'b'], 1)} is not 3)" if self.chance(4) else ""
        return f"create table {name}({columns}{keys}{check}) {kind}"

    def insert(self):
        rows = ", ".join(f"({', '.join(self.value() for _ in COLUMNS)})" for _ in range(1 + self.random.below(6)))
        return f"insert {self.pick(['', 'or ignore ', 'or replace '])}into {self.pick(self.tables)}(a, b, c) values {rows}"

    def change(self):
        table, where = self.pick(self.tables), self.expression(COLUMNS)
        if self.chance(3):
            return f"delete from {table} where {where} {self.pick(['', 'returning a, b'])}"
        return f"update {table} set {self.pick(COLUMNS)} = {self.expression(COLUMNS)} where {where}"

    def make(self):
        table, column = self.pick(self.tables), self.pick(COLUMNS)
        return self.pick([
            f"create index i{self.random.below(4)} on {table}({column}, {self.pick(COLUMNS)} collate nocase)",
            f"create index i{self.random.below(4)} on {table}({self.expression(COLUMNS, 1)}) where {column} is not null",
            f"create view v{self.random.below(3)} as select {column}, count(*) n from {table} group by 1",
            f"create trigger g{self.random.below(3)} after insert on {table} when new.a is not null "
            f"begin update {table} set b = {self.expression(['new.a', 'new.b'], 1)} where a = new.a; end",
            f"alter table {table} add column d{self.random.below(3)} default {self.value()}",
            f"alter table {table} rename column {column} to {column}",
            f"drop index if exists i{self.random.below(4)}",
            "analyze", "reindex", "vacuum",
        ])

    def select(self):
        table, other = self.pick(self.tables), self.pick(self.tables)
        columns = [f"x.{column}" for column in COLUMNS]
        join = self.pick(["", "", f"{self.pick(['', 'left ', 'full '])}join {other} y on x.{self.pick(COLUMNS)} = y.{self.pick(COLUMNS)}"])
        if join:
            columns += [f"y.{column}" for column in COLUMNS]
        source, kind = f"from {table} x {join} where {self.pick(['1', '1', self.expression(columns)])}", self.random.below(6)
        if kind == 0:
            aggregates = ", ".join(self.pick(AGGREGATES).format(self.expression(columns, 1)) for _ in range(2))
            return f"select {columns[0]}, {aggregates} {source} group by {columns[0]} having count(*) > {self.random.below(2)} order by 1, 2, 3"
        if kind == 1:
            window = self.pick(WINDOWS).format(columns[1])
            over = f"partition by {self.pick(columns)} order by {', '.join(columns)} {self.pick(FRAMES)}"
            return f"select {', '.join(columns)}, {window} over ({over}) w {source} order by {', '.join(columns)}, w"
        if kind == 2:
            return (f"with recursive n(i) as (select 1 union all select i + 1 from n where i < {self.random.below(6)}) "
                    f"select i, {self.expression(['i'], 2)} from n {self.pick(['union', 'except', 'intersect', 'union all'])} "
                    f"select {self.pick(columns)}, {self.expression(columns, 1)} {source} order by 1, 2")
        if kind == 3:
            return f"select exists(select 1 {source}), (select {self.expression(columns, 1)} {source} order by {', '.join(columns)} limit 1)"
        if kind == 4:
            return (f"select key, value, type from json_each(json_array({self.value()}, {self.expression([], 1)}, json('{{\"k\":[1,null]}}'))) "
                    "where typeof(value) <> 'blob' order by key")
        return f"select {self.pick(['', 'distinct '])}{self.expression(columns)}, {self.expression(columns)} {source} order by 1, 2, {', '.join(columns)}"

    def search(self):
        words = " ".join(self.pick(["red", "green", "blue", "greener", "ÄRGER"]) for _ in range(1 + self.random.below(5)))
        return self.pick([
            "create virtual table if not exists s using fts5(x, y, prefix='2')",
            f"insert into s values('{words}', '{words[:9]}')",
            f"insert into s values('{words}', null)",
            "select rowid, snippet(s, 0, '[', ']', '..', 3), round(bm25(s), 4) from s('gre* NOT blue') order by rowid",
            "select rowid, highlight(s, 1, '<', '>') from s where y match 'red OR ärger' order by rowid",
            "delete from s where rowid % 3 = 0",
            "create virtual table if not exists r using rtree(id, x0, x1)",
            f"insert or ignore into r values({self.random.below(9)}, {self.random.below(5)}, {self.random.below(9)})",
            "select id, x1 - x0 from r where x0 < 3 order by id",
        ])

    def statement(self):
        kind = self.random.below(24)
        if kind == 0 or not self.tables:
            return self.create()
        if kind < 7:
            return self.insert()
        if kind < 10:
            return self.change()
        if kind < 12:
            return self.make()
        if kind < 14:
            return self.search()
        if kind == 14:
            return self.pick(["begin", "commit", "rollback", "savepoint s1", "release s1", "rollback to s1"])
        return self.select()


def connect(folder, number):
    connection = sqlite3.connect(":memory:" if number % 2 else os.path.join(folder, "a.db"), isolation_level=None)
    connection.execute("pragma synchronous=off")
    connection.create_function("twice", 1, twice, deterministic=True)
    connection.create_function("fails", 1, fails)
    connection.create_aggregate("longest", 1, Longest)
    connection.create_window_function("running", 1, Running)
    connection.create_collation("backwards", lambda one, other: (one < other) - (one > other))
    return connection


def answer(connection, sql):
    try:
        return connection.execute(sql).fetchall()
    except (sqlite3.Error, ValueError) as error:  # also UnicodeDecodeError
        return f"{type(error).__name__}: {error}"


def main(folder, first, count):
    for number in range(int(first), int(first) + int(count)):
        script = Script(Random(number))
        connection = connect(folder, number)
        answers = [answer(connection, script.statement()) for _ in range(25)]
        answers += [answer(connection, f"select * from {table} order by 1, 2, 3") for table in script.tables]
        answers.append(answer(connection, "pragma integrity_check"))
        connection.close()
        print(number, ascii(answers))
        for name in os.listdir(folder):
            os.remove(os.path.join(folder, name))


main(*sys.argv[1:])
