"""Random programs of DuckDB's Python API: duckdb_scripts.py FOLDER FIRST COUNT.

Prints a line a program: what each of its steps gave. Queries over tables of random types, parameters, chains of relations with
expressions as texts and as objects, functions in Python, changes and transactions, files, and texts of SQL with a fault. The native
package wants pytz for times with a zone and numpy for functions.
"""

import datetime
import decimal
import os
import re
import shutil
import sys
import uuid

sys.path.insert(0, os.path.dirname(__file__))
import duckdb  # noqa: E402
from duckdb import CaseExpression, CoalesceOperator, ColumnExpression, ConstantExpression, FunctionExpression  # noqa: E402
from lcg import Random  # noqa: E402

LONGEST = 600
STEPS = 24

# A column's type, and texts of its values.
TYPES = {
    "INTEGER": ["0", "1", "-7", "2147483647", "42"],
    "BIGINT": ["0", "-1", "9223372036854775807", "12345678901"],
    "UTINYINT": ["0", "255", "7"],
    "HUGEINT": ["0", "170141183460469231731687303715884105727", "-3"],
    "DOUBLE": ["0.0", "1.5", "-2.25", "1e300", "'nan'", "'-inf'"],
    "FLOAT": ["0.5", "-1.25", "16777216"],
    "DECIMAL(9,2)": ["0.00", "1.25", "-1234567.89", "3.10"],
    "DECIMAL(38,10)": ["0", "1234567890123456789.0123456789"],
    "VARCHAR": ["''", "'a'", "'Abc'", "'é🦆'", "'12'", "'2024-02-29'", "'long text of more than twelve bytes'"],
    "BOOLEAN": ["true", "false"],
    "DATE": ["'2024-02-29'", "'1969-12-31'", "'0001-01-01'", "'infinity'"],
    "TIMESTAMP": ["'2024-02-29 12:34:56.789'", "'1969-12-31 23:59:59.999999'", "'infinity'"],
    "TIMESTAMPTZ": ["'2024-02-29 12:34:56+02'", "'2021-11-07 05:30:00+00'", "'1950-01-01 00:00:00+00'"],
    "TIMESTAMP_NS": ["'2024-02-29 12:34:56.123456789'"],
    "TIME": ["'00:00:00'", "'23:59:59.5'", "'24:00:00'"],
    "INTERVAL": ["'1 month'", "'-3 days 4 hours'", "'1 year 2 microseconds'"],
    "BLOB": ["'abc'", r"'\x00\xFF'"],
    "UUID": ["'00112233-4455-6677-8899-aabbccddeeff'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
    "BIT": ["'1'", "'010101010101'"],
    "ENUM('a', 'b', 'c')": ["'a'", "'c'"],
    "INTEGER[]": ["[]", "[1, 2, null]", "[3]"],
    "VARCHAR[]": ["['x']", "['', null]"],
    "INTEGER[2]": ["[1, 2]", "[null, 3]"],
    "STRUCT(a INTEGER, b VARCHAR)": ["{'a': 1, 'b': 'x'}", "{'a': null, 'b': ''}"],
    "STRUCT(l DATE[])[]": ["[{'l': ['2024-01-01']}, null]", "[]"],
    "MAP(VARCHAR, INTEGER)": ["map {'k': 1, 'l': 2}", "map {}"],
    "UNION(n INTEGER, s VARCHAR)": ["1", "'text'"],
    "JSON": ["'{\"a\": [1, 2]}'", "'null'", "'5'"],
}
NUMBERS = ["INTEGER", "BIGINT", "DOUBLE", "DECIMAL(9,2)"]

# What is made of any value, and of those of some types.
ANY = [
    "typeof({})", "hash({}) is not null", "{} is null", "{}::varchar", "try_cast({} as integer)", "try_cast({} as double)", "try_cast({} as date)", "try_cast({} as varchar[])", "[{}, null]", "{{'f': {}}}",
    "map {{'k': {}}}", "to_json({})", "coalesce({}, null)", "{} in ({})", "{} = {}", "{} < {}", "case when {} is null then 'none' else 'some' end", "greatest({}, {})", "nullif({}, {})", "concat({}, '-', {})",
    "{} between {} and {}", "format('{{}}', {})", "{} is distinct from {}", "least({}, {})", "upper({})", "{} + 1", "{}[1]", "{}.a", "length({})", "unnest({})", "{}::blob",
]
NUMERIC = ["abs({})", "-{}", "{} + {}", "{} * 2", "{} / 2", "{} // 2", "{} % 3", "round({}, 1)", "sqrt({})", "sign({})", "bit_count({})", "isnan({})", "{}::decimal(18,3)", "printf('%s', {})", "bin({})", "{} ** 2"]
TEXT = ["upper({})", "{} || 'x'", "reverse({})", "{}[2:]", "substring({}, 2)", "md5({})", "regexp_replace({}, '[aeiou]', '*', 'g')", "contains({}, 'a')", "ascii({})", "{}::integer", "{}::json", "string_split({}, 'b')", "lpad({}, 5, '*')", "{} like '%b%'"]
TIMES = ["year({})", "date_trunc('month', {})", "strftime({}, '%Y-%m %H')", "{} + interval 1 day", "epoch({})", "date_diff('day', {}, date '2024-01-01')", "{}::timestamptz", "{}::date", "{} - {}", "extract(dow from {})", "last_day({})", "age({}, timestamp '2000-01-01')"]
LISTS = ["list_sort({})", "list_transform({}, lambda x: x)", "len({})", "list_contains({}, {}[1])", "array_to_string({}, '-')", "list_aggregate({}, 'max')", "{}[1:1]", "{} || {}", "flatten([{}, {}])", "[x for x in {} if x is not null]"]
OBJECTS = ["struct_extract({}, 'a')", "map_keys({})", "{}['k']", "union_tag({})", "json_extract({}, '$.a')", "json_type({})", "{}.*", "map_entries({})", "struct_insert({}, z := 1)", "union_extract({}, 'n')", "hex({}::varchar)"]


def forms_of(type_):
    """What is made of values of a type."""
    if type_.endswith("]"):
        return ANY + LISTS
    kind = type_.split("(")[0]
    if kind in ("STRUCT", "MAP", "UNION", "JSON"):
        return ANY + OBJECTS
    if kind in ("DATE", "TIME", "INTERVAL") or kind.startswith("TIMESTAMP"):
        return ANY + TIMES + TIMES
    return ANY + (TEXT if kind in ("VARCHAR", "ENUM", "BLOB", "BIT", "UUID", "BOOLEAN") else NUMERIC)


AGGREGATES = [
    "count({})", "sum({})", "avg({})", "min({})", "max({})", "count(distinct {})", "list({0} order by {0})", "string_agg({0}::varchar, '-' order by {0})", "any_value({}) is null",
    "bool_and({})", "median({})", "mode({}) is null", "stddev({})", "arg_max({}, id)", "first({} order by id)", "bit_xor({})", "product({})", "quantile_disc({}, 0.5)", "histogram({})", "approx_count_distinct({}) >= 0",
]
WINDOWS = ["row_number()", "rank()", "lag({})", "lead({}, 2)", "sum({})", "first_value({})", "ntile(2)", "count({})", "max({})", "last_value({} ignore nulls)"]
FRAMES = ["", "rows between 1 preceding and 1 following", "rows between unbounded preceding and current row", "range between current row and unbounded following"]
WORDS = ["select", "from", "where", ",", "(", ")", "'", '"', "null", "group by", "1", "nope", "t0", "*", "[", "{", "::int", "order", "join", ";", "$1", "?", "as", "over", "--", "with", "€", "\0"]

VALUES = [
    None, True, False, 0, 1, -5, 2**31, 2**63, 2**64, -(2**127), 2**128, 1.5, float("inf"), "", "text", "é🦆", "12", b"", b"\0\xff", bytearray(b"z"), (), (1, 2), [1, None], ["a", 1], [[1], []], {}, {"a": 1},
    {"a": {"b": [None]}}, {1: 2}, {"key": [1], "value": ["x"]}, {"key": [1]}, {1, 2}, datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 1, 2, 3, 4), datetime.datetime.max,
    datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc), datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone(datetime.timedelta(hours=-5))), datetime.time(1, 2, 3, 4),
    datetime.time(1, 2, tzinfo=datetime.timezone.utc), datetime.timedelta(days=-1, microseconds=3), decimal.Decimal("1.50"), decimal.Decimal("-1E+3"), decimal.Decimal("0.001"), decimal.Decimal("NaN"),
    uuid.UUID(int=7), range(2), object, duckdb.Value(5, "HUGEINT"), duckdb.Value("1", "INTEGER"), duckdb.Value([1], "DOUBLE[]"),
]


def plain(value):
    """A value of a result such that equal ones print the same in both: digits of doubles depend on the order of additions."""
    if isinstance(value, float):
        return float(f"{value:.11g}")
    if isinstance(value, (datetime.datetime, datetime.time)) and value.tzinfo is not None:
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return type(value)(map(plain, value))
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    return value


def told(error, step):
    """A message; of relations without what tells how their texts are written, which are others in the package."""
    message = str(error)
    if step in (Program.relation, Program.file):
        message = message.split("\n\n")[0].replace("Values list", "Table")
        message = re.sub("(unnamed|[A-Z_]+)_(relation|RELATION)_[0-9a-f]+", "unnamed", message)
    return message


class Program:
    def __init__(self, number, folder):
        self.number, self.steps = number, 0
        self.random = Random(number)
        self.folder = folder
        self.con = duckdb.connect(os.path.join(folder, "a.db") if number % 7 == 0 else ":memory:", config={"threads": 1})
        self.con.execute(f"set timezone = '{self.pick(['UTC', 'America/New_York', 'Asia/Kolkata'])}'")
        self.tables = {}  # names of columns and their types
        self.files = []

    def pick(self, items):
        return self.random.choice(items)

    def some(self, make, least=1, most=3):
        return [make() for _ in range(least + self.random.below(most - least + 1))]

    # ---- Texts of SQL ----

    def value(self, type_):
        return "NULL" if self.random.below(6) == 0 else f"{self.pick(TYPES[type_])}::{type_}"

    def literal(self):
        return self.value(self.pick(list(TYPES)))

    def table(self):
        return self.pick(list(self.tables))

    def column(self, table):
        return self.pick(list(self.tables[table]))

    def expression(self, table):
        column = self.column(table)
        type_ = self.tables[table][column]
        form = self.pick(forms_of(type_))
        text = form.format(*(column if place == 0 else self.pick([column, self.value(type_)]) for place in range(form.count("{}"))))
        outer = self.pick(ANY) if self.random.below(4) == 0 else "{}"
        return self.pick([column, text, text, text, outer.format(*[text] * outer.count("{}"))])

    def condition(self, table):
        column = self.column(table)
        return self.pick([
            f"{column} is not null", f"id > {self.random.below(4)}", f"id % 2 = {self.random.below(2)}", f"{column} = {self.value(self.tables[table][column])}",
            f"{column} < {self.value(self.tables[table][column])}", f"not ({column} is null) or id = 1", self.expression(table), f"id in (select id from {self.table()})",
        ])

    def create(self):
        name = f"t{len(self.tables)}"
        types = {"id": "INTEGER", **{f"c{i}": self.pick(list(TYPES)) for i in range(1 + self.random.below(4))}}
        constraint = self.pick(["", "", " primary key", " check (id < 100)"])
        columns = ", ".join(f"{column} {type_}{constraint if column == 'id' else ''}" for column, type_ in types.items())
        made = self.con.execute(f"create table {name}({columns})").fetchall()
        self.tables[name] = types
        return made

    def rows(self, table, count):
        rows = ((str(self.random.below(12)), *(self.value(type_) for column, type_ in self.tables[table].items() if column != "id")) for _ in range(count))
        return ", ".join(f"({', '.join(row)})" for row in rows)

    def insert(self):
        name = self.table()
        form = self.pick(["insert into {} values {}", "insert into {} values {} returning *", "insert or ignore into {} values {}"])
        done = self.con.execute(form.format(name, self.rows(name, 1 + self.random.below(5))))
        return plain(done.fetchall()), done.rowcount

    def select(self):
        name = self.table()
        form = self.random.below(8)
        items = ", ".join(self.some(lambda: self.expression(name)))
        if form < 3:
            return f"select id, {items} from {name} where {self.condition(name)} order by all"
        if form == 3:
            return f"select {', '.join(self.some(lambda: self.pick(AGGREGATES).format(self.column(name))))} from {name}"
        if form == 4:
            key = self.column(name)
            return f"select {key}, count(*) n, {self.pick(AGGREGATES).format(self.column(name))} from {name} group by {key} order by all"
        if form == 5:
            window = self.pick(WINDOWS).format(self.column(name))
            return f"select id, {window} over (partition by {self.pick(['id % 2', 'true'])} order by id, rowid {self.pick(FRAMES)}) from {name} order by id, rowid"
        if form == 6:
            other = self.table()
            join = self.pick(["join", "left join", "full join", "semi join", "anti join", "asof join"])
            return f"select * from {name} a {join} {other} b on a.id {'>=' if join[0] == 'a' and 'sof' in join else '='} b.id order by all"
        kind = self.pick(["union", "union all", "except", "intersect", "union by name"])
        return f"with a as (select {items} from {name}) from a {kind} select {', '.join(self.some(lambda: self.literal()))} order by all"

    # ---- Steps ----

    def query(self):
        return self.all(self.con.execute(self.select()))

    def all(self, con):
        return plain(con.fetchall()), [(column[0], str(column[1])) for column in con.description]

    def damaged(self):
        words = self.select().split(" ")
        place = self.random.below(len(words))
        how = self.random.below(3)
        if how == 0:
            del words[place]
        elif how == 1:
            words.insert(place, self.pick(WORDS))
        else:
            words[place] = self.pick(WORDS)
        return self.all(self.con.execute(" ".join(words)))

    def parameters(self):
        sql, count = self.pick([
            ("select ?", 1), ("select ?, typeof($1)", 1), ("select [?]", 1), ("select ?, ?", 2), ("select ? = ?", 2), ("select ?::varchar", 1), ("select {'f': ?}", 1), ("select ? + 1", 1),
            ("select coalesce(?, ?)", 2), ("select $b, $a", "ab"), ("select $2, $1", 2), ("select x from (values (?), (?)) v(x)", 2), ("select ? in (?, 1)", 2),
        ])
        if count == "ab":
            given = {name: self.pick(VALUES) for name in self.pick(["ab", "ab", "ab", "a", "abc"])}
        else:
            given = [self.pick(VALUES) for _ in range(count if self.random.below(8) else self.random.below(4))]
        return self.all(self.con.execute(sql, self.pick([tuple, list])(given) if isinstance(given, list) else given))

    def many(self):
        self.con.execute("create or replace temp table m(i bigint, s varchar, d double)")
        pairs = self.some(lambda: [self.pick([1, None, 2**40, "7", 1.5, True]), self.pick(["a", None, 5, b"b"]), self.pick([1.5, 2, None, "3"])], 0, 5)
        done = self.con.executemany("insert into m values (?, ?, ?)", pairs)
        return done.rowcount, self.all(self.con.execute("from m order by all"))

    def appended(self):
        self.con.execute("create or replace temp table p(i integer, s varchar, l integer[])")
        rows = self.some(lambda: (self.pick([1, None, 2**31, "7"]), self.pick(["a", None, 5]), self.pick([[1], [], None, [None, "2"]])), 1, 4)
        try:
            with self.con.appender("p") as appender:
                appender.append_rows(rows)
        finally:
            kept = self.all(self.con.execute("from p order by all"))
        return kept

    def fetched(self):
        self.con.execute(f"select i, i % 3 from range({self.pick([0, 1, 5, 3000])}) t(i)")
        seen = []
        for _ in range(5):
            count = self.random.below(4)
            seen.append(self.con.fetchone() if count == 0 else self.con.fetchmany(count))
        return seen, len(self.con.fetchall()), self.con.fetchone()

    def change(self):
        name = self.table()
        column = self.column(name)
        sql = self.pick([
            f"update {name} set {column} = {self.value(self.tables[name][column])} where {self.condition(name)}",
            f"update {name} set id = id + 1 where {self.condition(name)} returning id",
            f"delete from {name} where {self.condition(name)}",
            f"delete from {name} where id = {self.random.below(12)} returning *",
            f"create or replace view v as {self.select()}",
            "from v order by all",
            f"create or replace temp table w as {self.select()}",
            f"describe {name}",
            f"alter table {name} rename column {column} to {column}",
            f"create index if not exists i{self.random.below(3)} on {name}({column})",
            f"truncate {name}",
            f"select * from {name} using sample 100%",
            f"summarize {name}",
            f"pivot {name} on id using count(*)",
            f"show {name}",
        ])
        done = self.con.execute(sql)
        return plain(done.fetchall()), done.rowcount

    def transaction(self):
        return self.pick([self.con.begin, self.con.commit, self.con.rollback, self.con.checkpoint])() is self.con

    # ---- Relations ----

    def piece(self, columns, depth=2):
        """An expression as an object, over columns by their names."""
        def inner():
            return self.piece(columns, depth - 1)

        kind = self.random.below(14) if depth else self.random.below(2)
        if kind < 2:
            return ColumnExpression(self.pick(columns)) if kind == 0 else ConstantExpression(self.pick([1, "a", None, 2.5, [1], {"k": 1}]))
        return [
            lambda: inner() + inner(), lambda: inner() == inner(), lambda: -inner(), lambda: inner().isnull(), lambda: inner().cast(self.pick(["VARCHAR", "INTEGER", "DOUBLE"])),
            lambda: inner() & inner(), lambda: FunctionExpression(self.pick(["abs", "upper", "length", "typeof", "nope"]), inner()), lambda: CoalesceOperator(inner(), inner()),
            lambda: CaseExpression(inner().isnotnull(), inner()).otherwise(inner()), lambda: inner().isin(inner(), inner()), lambda: inner().alias("x"), lambda: inner() > 1,
        ][kind - 2]()

    def step(self, relation):
        columns = relation.columns
        name = self.pick(columns)
        quoted = f'"{name}"'
        other = self.con.table(self.table())
        return [
            lambda: relation.filter(f"{quoted} is not null"), lambda: relation.filter(self.piece(columns)), lambda: relation.project(f"{quoted}, 1 as one"),
            lambda: relation.select(*self.some(lambda: self.piece(columns))), lambda: relation.order(quoted), lambda: relation.sort(ColumnExpression(name).desc().nulls_last()),
            lambda: relation.limit(self.random.below(5), self.random.below(3)), lambda: relation.distinct(), lambda: relation.aggregate(f"{quoted}, count(*) as n"),
            lambda: relation.aggregate(f"max({quoted}) as m", quoted), lambda: relation.union(other), lambda: relation.union_by_name(other), lambda: relation.except_(relation.limit(1)), lambda: relation.intersect(relation),
            lambda: relation.set_alias("l").join(other.set_alias("r"), "l.id = r.id", how=self.pick(["inner", "left", "outer", "semi", "anti", "wrong"])), lambda: relation.join(other, "id"),
            lambda: relation.cross(other), lambda: relation.drop(name), lambda: relation.rename(**{name: "renamed"}), lambda: relation.with_columns(extra=self.piece(columns)),
            lambda: relation.select_types(["INTEGER", "VARCHAR"]), lambda: relation[name], lambda: relation.head(2), lambda: relation.materialize(), lambda: relation.offset(1),
            lambda: getattr(relation, self.pick(["sum", "min", "max", "avg", "count", "list", "first", "mode", "median", "value_counts", "any_value"]))(quoted),
            lambda: relation.row_number(f"over (order by {quoted})", quoted), lambda: relation.unnest(name), lambda: relation.query("r", "select count(*) c from r"), lambda: relation.describe(),
            lambda: relation.group_by(name).agg("count(*)"),
        ][self.random.below(31)]()

    def relation(self):
        relation = self.pick([
            lambda: self.con.table(self.table()), lambda: self.con.sql(self.select()), lambda: self.con.sql(self.select(), alias="named"), lambda: self.con.values([1, "a"]), lambda: self.con.query("from range(4) t(id)"),
            lambda: self.con.table_function("range", [5]),
        ])()
        for _ in range(self.random.below(4)):
            relation = self.step(relation)
        return self.terminal(relation)

    def terminal(self, relation):
        ordered = relation.order("all")
        return self.pick([
            lambda: (relation.columns, [str(type_) for type_ in relation.types], plain(ordered.fetchall())), lambda: plain(ordered.to_dicts()), lambda: plain(list(ordered.iter_rows(2))),
            lambda: (relation.shape, len(relation)), lambda: str(ordered), lambda: [(column[0], str(column[1])) for column in relation.description],
            lambda: self.kept(ordered), lambda: self.scanned(ordered),
        ])()

    def scanned(self, relation):
        return plain(self.con.sql("select *, 1 as one from relation order by all").fetchall())

    def kept(self, relation):
        relation.create("kept") if self.random.below(2) else relation.create_view("kept")
        try:
            return plain(self.con.sql("from kept order by all").fetchall())
        finally:
            for kind in ("table", "view"):
                try:
                    self.con.execute(f"drop {kind} kept")
                except duckdb.Error:
                    pass

    # ---- Functions, files ----

    def function(self):
        takes, gives = self.pick(NUMBERS + ["VARCHAR", "DATE", "INTEGER[]", "TIMESTAMPTZ"]), self.pick(["VARCHAR", "INTEGER", "DOUBLE", "VARCHAR[]", "BOOLEAN"])
        body = self.pick([
            lambda x: x, lambda x: str(x), lambda x: None, lambda x: 1 / (len(str(x)) - 3), lambda x: [x, x], lambda x: {"a": x}, lambda x: 2**31, lambda x: isinstance(x, int), lambda x: float(len(str(x))),
            lambda x, value=self.pick(VALUES[:-3]): value, lambda x, values=[self.pick(VALUES[:-3]), self.pick(VALUES[:-3])]: values[len(str(x)) % 2],
        ])
        how = {"null_handling": self.pick(["default", "special"]), "exception_handling": self.pick(["default", "return_null"]), "side_effects": self.random.below(2) == 0}
        self.con.create_function("made", body, [takes], gives, **how)
        try:
            argument = f"try_cast({self.column(self.table())} as {takes})" if self.random.below(2) else self.value(takes)
            return self.all(self.con.execute(f"select made({argument}) from {self.table()} order by all"))
        finally:
            self.con.remove_function("made")

    def file(self):
        if not self.files or self.random.below(2):
            kind = self.pick(["csv", "parquet", "json"])
            relation = self.con.sql(self.select())
            name = f"{len(self.files)}.{kind}"
            self.files.append(name)
            if kind == "csv":
                relation.write_csv(name, **self.pick([{}, {"header": False}, {"sep": "|"}, {"na_rep": "-"}, {"compression": "gzip"}, {"quotechar": "'"}]))
            elif kind == "parquet":
                relation.write_parquet(name, **self.pick([{}, {"compression": "zstd"}, {"row_group_size": 2048}]))
            else:
                self.con.execute(f"copy ({relation.sql_query()}) to '{name}' {self.pick(['', '(array true)'])}")
        name = self.pick(self.files)
        kind = name.split(".")[1]
        read = self.pick([lambda: self.con.sql(f"from '{name}'"), lambda: getattr(self.con, f"read_{kind}")(name), lambda: self.con.sql(f"select count(*) from '*.{kind}'")])()
        return self.terminal(read)

    STEPS = [(6, query), (3, damaged), (5, parameters), (1, many), (1, appended), (1, fetched), (3, change), (1, transaction), (8, relation), (2, function), (2, file), (2, insert), (1, create)]

    def run(self):
        steps = [step for weight, step in self.STEPS for _ in range(weight)]
        chosen = [self.pick(steps) for _ in range(STEPS)]
        return list(map(self.answer, [Program.create, Program.create, Program.insert, Program.insert, *chosen]))

    def answer(self, step):
        # Each step draws its own numbers: how far one came that failed does not change the next.
        self.steps += 1
        self.random = Random(self.number * 100 + self.steps)
        try:
            answer = ascii(step(self))
        except (duckdb.Error, RuntimeError, TypeError, ValueError, AttributeError, OverflowError) as error:
            answer = f"{type(error).__name__}: {ascii(told(error, step))}"
        return f"{step.__name__} {answer[:LONGEST]}"


def main(folder, first, count):
    os.chdir(folder)
    for number in range(int(first), int(first) + int(count)):
        work = os.path.join(folder, "work")
        os.mkdir(work)
        os.chdir(work)
        program = Program(number, work)
        answers = program.run()
        program.con.close()
        os.chdir(folder)
        shutil.rmtree(work)
        print(number, " | ".join(answers).replace(folder, "."), flush=True)


main(*sys.argv[1:])
