"""What nests five thousand times is an error of DuckDB's or of Python's, or a result: never the end of the program, and the
connection runs the next query.

grants: a folder as /data
slow: what nests so deep takes minutes to parse
"""

import itertools
import unittest

import duckdb

DEPTH = 5000


def nested(open, middle, close="", depth=DEPTH):
    return open * depth + middle + close * depth


def chain(first, following, depth=DEPTH):
    return first + "".join(following.format(i, i - 1) for i in range(1, depth))


EXPRESSIONS = {
    "parentheses": nested("(", "1", ")"),
    "not": nested("not ", "true"),
    "minus": nested("-", "1"),
    "minus apart": nested("- ", "1"),
    "plus": "1" + "+1" * DEPTH,
    "plus to the right": nested("1+(", "1", ")"),
    "power": "1" + "**1" * DEPTH,
    "or": "true" + " or false" * DEPTH,
    "and with names": " and ".join(["i = 1"] * DEPTH),
    "concatenated": "'a'" + " || 'b'" * DEPTH,
    "compared": "1" + " = 1" * DEPTH,
    "functions": nested("abs(", "1", ")"),
    "functions of two": nested("coalesce(null, ", "1", ")"),
    "case": nested("case when true then ", "1", " end"),
    "case else": nested("case when false then 1 else ", "1", " end"),
    "case of": nested("case ", "1", " when 1 then 1 end"),
    "casts": "1" + "::int" * DEPTH,
    "casts to and fro": "1" + "::int::varchar" * (DEPTH // 2),
    "cast(": nested("cast(", "1", " as int)"),
    "lists": nested("[", "1", "]"),
    "list_value": nested("list_value(", "1", ")"),
    "structs": nested("{'a': ", "1", "}"),
    "struct_pack": nested("struct_pack(a := ", "1", ")"),
    "rows": nested("row(", "1", ")"),
    "maps": nested("map {1: ", "1", "}"),
    "subscripts": "[1]" + "[1]" * DEPTH,
    "fields": "{'a': 1}" + ".a" * DEPTH,
    "slices": "[1]" + "[1:1]" * DEPTH,
    "between": nested("1 between 0 and (", "1", ")::int"),
    "in": nested("1 in (", "1", ")"),
    "is null": "null" + " is null" * DEPTH,
    "collate": "'a'" + " collate nocase" * DEPTH,
    "subqueries": nested("(select ", "1", ")"),
    "exists": nested("exists(select ", "1", ")"),
    "any": nested("1 = any(select ", "1", ")"),
    "lambdas": nested("list_transform([1], lambda x: ", "x", ")"),
    "arrows": nested("list_transform([1], x -> ", "x", ")"),
    "comprehensions": nested("[", "1", " for x in [1]]"),
    "columns": nested("columns(", "*", ")"),
    "intervals": nested("interval (", "1", ") day"),
    "extract": nested("extract(year from ", "date '2020-01-01'", ")"),
    "like": "'a'" + " like 'a'" * DEPTH,
    "windows": nested("sum(", "1", ") over ()"),
    "filters": nested("sum(1) filter (where 1 = ", "1", ")"),
    "try": nested("try(", "1", ")"),
    "json arrows": "'{}'::json" + "->'a'" * DEPTH,
    "types of lists": "null::int" + "[]" * DEPTH,
    "types of structs": "null::" + nested("struct(a ", "int", ")"),
    "types of maps": "null::" + nested("map(int, ", "int", ")"),
    "unnest": nested("unnest(", "[1]", ")"),
}
QUERIES = {
    "from": nested("select * from (", "select 1", ")"),
    "from with names": "select * from " + nested("(select * from ", "(select 1 a) t", ") t"),
    "statements in parentheses": nested("(", "select 1", ")"),
    "joins": chain("select count(*) from (select 1 a) t0", " join (select 1 a) t{0} using (a)"),
    "joins in parentheses": "select * from " + nested("(", "(select 1 a) t", " cross join (select 2) u)"),
    "lateral": chain("select 1 from (select 1 a0) t0", ", lateral (select a{1} + 1 as a{0}) t{0}"),
    "unions": "select 1" + " union all select 1" * DEPTH,
    "unions in parentheses": nested("(select 1 union all ", "select 1", ")"),
    "intersections": "select 1" + " intersect select 1" * DEPTH,
    "common table expressions": chain("with c0 as (select 1 a)", ", c{0} as (select a + 1 a from c{1})") + f" from c{DEPTH - 1}",
    "common table expressions within": nested("with a as (", "select 1", ") select * from a"),
    "many values": "values " + ", ".join(["(1)"] * DEPTH),
    "many columns": "select " + ", ".join(f"{i} as c{i}" for i in range(DEPTH)),
    "aliases": chain("select 1 a0", ", a{1} + 1 as a{0}"),
    "where": "select 1 where " + nested("not (", "true", ")"),
    "order by": "select 1 order by " + nested("(", "1", ")"),
    "pivots": nested("pivot (", "select 1 a", ") on a"),
    "describe": nested("describe (", "select 1", ")"),
    "explain": nested("explain ", "select 1"),
    "comments": nested("/* ", "", "*/") + "select 1",
    "table functions": "from " + nested("range((select max(range) from range(", "1", ")))", 1000),
    "check": "create table deep(i int check (" + nested("(", "i > 0", ")") + "))",
    "default": "create table deep(i int default " + nested("abs(", "1", ")") + ")",
    "macro": "create macro deep(x) as " + nested("abs(", "x", ")"),
    "types of a table": "create table deep(i int" + "[]" * DEPTH + ")",
    "types of a union": "select null::" + nested("union(a ", "int", ")"),
    "variables": "set variable deep = " + nested("[", "1", "]"),
    "prepared": "prepare deep as select " + nested("abs(", "$1", ")"),
}

NESTING_QUERIES = {
    "from": ("select * from (", "select 1", ")"),
    "common table expressions": ("with a as (", "select 1", ") select * from a"),
    "filters": ("select * from (", "select 1 i", ") where i > 0"),
    "aggregates": ("select max(m) m from (", "select 1 m", ")"),
    "windows": ("select m, row_number() over () from (", "select 1 m", ")"),
    "sorted": ("select * from (", "select 1 m", ") order by m"),
    "distinct": ("select distinct * from (", "select 1 m", ")"),
    "in": ("select 1 where 1 in (", "select 1", ")"),
    "scalars": ("select (", "select 1", ")"),
}


def wrapped(wrap, depth=DEPTH, value=1):
    for _ in range(depth):
        value = wrap(value)
    return value


VALUES = {
    "lists": lambda: wrapped(lambda value: [value]),
    "tuples": lambda: wrapped(lambda value: (value,)),
    "structs": lambda: wrapped(lambda value: {"a": value}),
    "maps": lambda: wrapped(lambda value: {1: value}),
    "lists of NULL": lambda: wrapped(lambda value: [None, value]),
}


class Deep(unittest.TestCase):
    def setUp(self):
        self.con = duckdb.connect()
        self.addCleanup(self.con.close)

    def survives(self, work):
        try:
            work()
        except (duckdb.Error, RecursionError, MemoryError) as error:
            str(error)
        self.assertEqual(self.con.execute("select 42").fetchall(), [(42,)])

    def test_expressions(self):
        """Each form in one of the places where an expression may stand."""
        self.con.execute("create table t as select 1 as i, 'a' as s")
        places = itertools.cycle((
            lambda text: self.con.execute(f"select {text}").fetchall(),
            lambda text: self.con.execute(f"select {text} from t").fetchall(),
            lambda text: self.con.execute(f"select count(*) from t where i = 1 and ({text}) is not null").fetchall(),
            lambda text: self.con.table("t").project(text).fetchall(),
        ))
        for (name, text), run in zip(EXPRESSIONS.items(), places):
            with self.subTest(name):
                self.survives(lambda: run(text))

    def test_queries(self):
        runs = itertools.cycle((lambda text: self.con.execute(text).fetchall(), lambda text: self.con.sql(text).fetchall()))
        for (name, text), run in zip(QUERIES.items(), runs):
            with self.subTest(name):
                self.survives(lambda: run(text))

    def test_queries_as_deep_as_the_limit(self):
        for depth in (200, 249, 260, 1000):
            for name, (open, middle, close) in NESTING_QUERIES.items():
                with self.subTest(name, depth=depth):
                    self.survives(lambda: self.con.execute(nested(open, middle, close, depth)).fetchall())

    def test_what_is_below_the_limit_runs(self):
        for depth in (100, 900):
            self.assertEqual(self.con.execute(f"select {nested('abs(', '1', ')', depth)}").fetchall(), [(1,)])
            self.assertEqual(self.con.execute(f"select {'1' + '+1' * depth}").fetchall(), [(depth + 1,)])

    def test_parameters(self):
        for name, make in VALUES.items():
            with self.subTest(name):
                self.survives(lambda: self.con.execute("select ?", [make()]).fetchall())
                self.survives(lambda: self.con.executemany("select ?", [[make()], [make()]]).fetchall())
                self.survives(lambda: self.con.values([make()]).fetchall())
                self.survives(lambda: str(duckdb.ConstantExpression(make())))

    def test_tables_of_python(self):
        for name, make in VALUES.items():
            with self.subTest(name):
                rows = [{"a": make()}]
                self.survives(lambda: self.con.sql("from rows").fetchall())
                self.survives(lambda: self.con.register("deep", {"a": [make()]}))

    def test_results_of_functions(self):
        for name, make in VALUES.items():
            with self.subTest(name):
                self.con.create_function("deep", lambda x: make(), ["INTEGER"], "INTEGER[]")
                self.survives(lambda: self.con.sql("select deep(1)").fetchall())
                self.con.remove_function("deep")
                self.con.create_function("deep", lambda x: make(), ["INTEGER"], "VARCHAR")
                self.survives(lambda: self.con.sql("select deep(1)").fetchall())
                self.con.remove_function("deep")

    def test_functions_within_each_other(self):
        con = self.con
        con.create_function("inner", lambda x: x + 1, ["INTEGER"], "INTEGER")
        self.survives(lambda: con.sql(f"select {nested('inner(', '1', ')')}").fetchall())

        def calls_itself(x):
            return con.cursor().execute("select again(?)", [x + 1]).fetchall()[0][0]

        con.create_function("again", calls_itself, ["INTEGER"], "INTEGER")
        self.survives(lambda: con.sql("select again(1)").fetchall())

    def test_objects_of_expressions(self):
        one = duckdb.ConstantExpression(1)
        for name, wrap in {
            "plus": lambda e: e + one,
            "minus": lambda e: -e,
            "functions": lambda e: duckdb.FunctionExpression("abs", e),
            "casts": lambda e: e.cast("INTEGER"),
            "case": lambda e: duckdb.CaseExpression(e == one, e).otherwise(one) if len(str(e)) < 1000 else e + one,
        }.items():
            with self.subTest(name):
                self.survives(lambda: self.con.sql("select 1").select(wrapped(wrap, value=one)).fetchall())

    def test_relations(self):
        for name, step in {
            "filters": lambda r: r.filter("a > 0"),
            "projections": lambda r: r.project("a"),
            "unions": lambda r: r.union(r.limit(1)) if len(r.sql_query()) < 2000 else r.project("a"),
            "limits": lambda r: r.limit(5),
            "aliases": lambda r: r.set_alias("b").filter("a > 0").set_alias("c"),
        }.items():
            with self.subTest(name):
                self.survives(lambda: wrapped(step, 150, self.con.sql("select 1 a")).fetchall())

    def test_json(self):
        for name, text in {
            "arrays": nested("[", "1", "]"),
            "objects": nested('{"a":', "1", "}"),
            "both": nested('[{"a":', "1", "}]"),
            "open arrays": "[" * DEPTH,
            "open objects": '{"a":' * DEPTH,
        }.items():
            with open("/data/deep.json", "w") as file:
                file.write(text)
            for sql in (
                "select ?::json", "select json_structure(?)", "select json_extract(?, '$[0][0][0]')", "select json_transform(?, '[\"INTEGER\"]')", "select ?::json::varchar[]",
                "select json_merge_patch(?, '{}')", "select json_pretty(?)", "select * from json_tree(?)", "select json_group_structure(x) from (select ? x)", "select json_valid(?)",
                "select from_json_strict(?, json_structure($1))",
            ):
                with self.subTest(name, sql=sql):
                    self.survives(lambda: self.con.execute(sql, [text]).fetchall())
            for read in (lambda: self.con.read_json("/data/deep.json"), lambda: self.con.read_json("/data/deep.json", maximum_depth=100000), lambda: self.con.sql("from read_json_objects('/data/deep.json')")):
                with self.subTest(name):
                    self.survives(lambda: read().fetchall())

    def test_variants(self):
        # What they take is the square of their depth: some thousands fill what a provider may have.
        for depth in 1000, 3000:
            with self.subTest(depth):
                self.survives(lambda: self.con.execute("select ?::json::variant", [nested("[", "1", "]", depth)]).fetchall())

    def test_texts_that_are_cast(self):
        for sql, text in itertools.product(
            ("select ?::int[]", "select ?::varchar[][]", "select ?::struct(a int)", "select ?::map(int, int)", "select ?::variant", "select cast(? as struct(a varchar)[])"),
            (nested("[", "1", "]"), nested("{'a': ", "1", "}"), "[" * DEPTH, "{" * DEPTH, nested("{1=", "1", "}")),
        ):
            with self.subTest(sql, text=text[:4]):
                self.survives(lambda: self.con.execute(sql, [text]).fetchall())

    def test_patterns(self):
        for pattern in (nested("(", "a", ")"), nested("(?:", "a", ")*"), "(" * DEPTH, "a" + "*" * DEPTH, "[" * DEPTH, nested("(a|", "b", ")")):
            with self.subTest(pattern[:6]):
                self.survives(lambda: self.con.execute("select regexp_matches('aaa', ?)", [pattern]).fetchall())
                self.survives(lambda: self.con.execute(f"select 'aaa' similar to '{pattern}'").fetchall())

    def test_types(self):
        for text in ("int" + "[]" * DEPTH, nested("struct(a ", "int", ")"), nested("map(int, ", "int", ")"), "int" + "[2]" * DEPTH, nested("(", "int", ")")):
            with self.subTest(text[:12]):
                self.survives(lambda: self.con.sqltype(text))
                self.survives(lambda: duckdb.list_type(text))
        self.survives(lambda: repr(wrapped(duckdb.list_type, value="INTEGER")))
        self.survives(lambda: self.con.execute("select ?", [duckdb.Value(None, wrapped(duckdb.list_type, value="INTEGER"))]).fetchall())


if __name__ == "__main__":
    unittest.main()
