"""duckdb over its cap: rows, types, errors, relations, functions, objects."""

import collections
import datetime
import decimal
import unittest
import unittest.mock
import uuid

import _duckdb_cap
import duckdb
import pylon


class Queries(unittest.TestCase):
    def setUp(self):
        self.con = duckdb.connect()

    def tearDown(self):
        self.con.close()

    def rows(self, sql, *parameters):
        return self.con.execute(sql, *parameters).fetchall()

    def test_first(self):
        self.assertEqual(duckdb.sql("select 42").fetchall(), [(42,)])
        self.assertEqual(duckdb.__duckdb_version__, "2.0.0")

    def test_many_rows_come_in_order(self):
        rows = self.rows("select i, i::varchar, i * 0.5::double, i % 7 = 0 from range(100000) t(i)")
        self.assertEqual(rows, [(i, str(i), i * 0.5, i % 7 == 0) for i in range(100000)])

    def test_progress_is_shown_where_it_is_asked_for(self):
        long = "select sum(hash(i)) from range(3000000) t(i)"
        for setting in ("enable_progress_bar = true", "progress_bar_time = 1"):
            self.con.execute(f"set {setting}")
        with unittest.mock.patch("os.write") as write:
            self.rows(long)
            self.con.execute("set enable_progress_bar_print = false")
            shown = b"".join(call.args[1] for call in write.mock_calls).decode()
            self.rows(long)
            self.assertEqual(b"".join(call.args[1] for call in write.mock_calls).decode(), shown)
        self.assertEqual({call.args[0] for call in write.mock_calls}, {1})
        self.assertRegex(shown, r"\A\r +\d+% ▕[█▉▊▋▌▍▎▏ ]+▏ .*\r100% ▕█+▏ \(00:00:\d\d\.\d\d elapsed\) +\n\Z")
        self.assertEqual(self.con.query_progress(), -1)

    def test_interrupt_in_the_middle(self):
        self.con.create_function("stop", lambda: self.con.interrupt() or 1, [], "INTEGER", side_effects=True)
        with self.assertRaisesRegex(duckdb.InterruptException, "INTERRUPT Error: Interrupted!"):
            self.rows("select count(*) from range(100000000) t(i) where stop() = 0")
        self.con.interrupt()
        self.assertEqual(self.rows("select 42"), [(42,)])

    def test_an_exception_of_a_handler_ends_a_query(self):
        class Stopped(BaseException):
            pass

        answers = _duckdb_cap.answer_callbacks(None)

        class Answers:
            goes_on = staticmethod(lambda done: (_ for _ in ()).throw(Stopped()))

            def __getattr__(self, name):
                return getattr(answers, name)

        try:
            _duckdb_cap.answer_callbacks(Answers())
            for run in (self.rows, lambda sql: self.con.sql(sql).fetchall()):
                with self.assertRaises(Stopped):
                    run("select count(*) from range(1000000) a, range(1000000) b")
        finally:
            _duckdb_cap.answer_callbacks(answers)
        self.assertEqual(self.rows("select 42"), [(42,)])

    def test_rows_by_pieces(self):
        self.con.execute("select * from range(5000)")
        self.assertEqual(self.con.fetchone(), (0,))
        self.assertEqual(self.con.fetchmany(2), [(1,), (2,)])
        self.assertEqual(len(self.con.fetchall()), 4997)
        self.assertIsNone(self.con.fetchone())

    def test_types(self):
        for sql, value in {
            "1::hugeint << 100": 1 << 100,
            "'nan'::double is not null": True,
            "12345678901234567890.123456789::decimal(38,9)": decimal.Decimal("12345678901234567890.123456789"),
            "date '2024-02-29'": datetime.date(2024, 2, 29),
            "'0044-03-15 (BC)'::date": "0044-03-15 (BC)",
            "timestamp '2024-01-02 03:04:05.678901'": datetime.datetime(2024, 1, 2, 3, 4, 5, 678901),
            "interval '1 year 2 days'": datetime.timedelta(days=362),
            "uuid '00112233-4455-6677-8899-aabbccddeeff'": uuid.UUID("00112233-4455-6677-8899-aabbccddeeff"),
            "[[1], [], null]": [[1], [], None],
            "{'a': {'b': [1, null]}}": {"a": {"b": [1, None]}},
            "map {'a': 1}": {"a": 1},
            "[1, 2]::int[2]": (1, 2),
            "'x'::union(num int, str varchar)": "x",
            "'b'::enum('a', 'b')": "b",
            "'10101'::bit": "10101",
            "'\\x00\\xff'::blob": b"\x00\xff",
        }.items():
            with self.subTest(sql=sql):
                self.assertEqual(self.rows(f"select {sql}"), [(value,)])

    def test_datetimes_are_in_the_zone_of_the_session(self):
        self.con.create_function("shown", lambda moment: str(moment), ["TIMESTAMPTZ"], "VARCHAR")
        noon = datetime.datetime(2021, 7, 1, 12, tzinfo=datetime.timezone.utc)
        for zone, shown in {
            "UTC": "2021-07-01 12:00:00+00:00", "Etc/UTC": "2021-07-01 12:00:00+00:00", "America/New_York": "2021-07-01 08:00:00-04:00",
            "Asia/Kolkata": "2021-07-01 17:30:00+05:30", "Etc/GMT+5": "2021-07-01 07:00:00-05:00",
        }.items():
            self.con.execute(f"set timezone = '{zone}'")
            ((value, items, argument),) = self.rows("select t, [{'t': t}, null], shown(t) from (select timestamptz '2021-07-01 12:00:00+00' t)")
            self.assertEqual((str(value), str(items[0]["t"]), items[1], argument), (shown, shown, None, shown))
            self.assertEqual(self.rows("select ?, typeof($1)", [value]), [(noon, "TIMESTAMP WITH TIME ZONE")])
        self.con.execute("set timezone = 'Europe/Berlin'")
        (twice,) = zip(*self.rows("select timestamptz '2021-10-31 00:30:00+00' + to_hours(i) from range(2) t(i)"))
        self.assertEqual([(str(value), value.fold) for value in twice], [("2021-10-31 02:30:00+02:00", 0), ("2021-10-31 02:30:00+01:00", 1)])
        self.assertEqual(self.rows("select 'infinity'::timestamptz, null::timestamptz, '290000-01-01 00:00:00+00'::timestamptz"),
                         [(datetime.datetime.max, None, "290000-01-01 00:00:00+00")])
        with self.assertRaises(OverflowError):
            self.rows("select '9999-12-31 23:59:59+00'::timestamptz")

    def test_values_both_ways(self):
        for value in (
            None, True, 1, -(2**63), 2**100, 1.5, "é🦆", b"\0x", datetime.date.max, datetime.datetime(2024, 1, 1, 2, 3, 4, 5),
            datetime.time(1, 2, 3), datetime.timedelta(days=-1, microseconds=3), decimal.Decimal("-1.50"), uuid.UUID(int=2**127),
            [1, None], [[1.5]], {"a": 1, "b": ["x"]}, {}, [],
        ):
            with self.subTest(value=value):
                self.assertEqual(self.rows("select ?", [value]), [(value,)])

    def test_errors_leave_the_connection_usable(self):
        for sql, error in {
            "selec 1": duckdb.ParserException,
            "select * from nope": duckdb.CatalogException,
            "select nope": duckdb.BinderException,
            "select 'a'::int": duckdb.ConversionException,
            "select 300::tinyint": duckdb.ConversionException,
            "create table a(i int not null); insert into a values (null)": duckdb.ConstraintException,
            "install nothing": duckdb.Error,
        }.items():
            with self.subTest(sql=sql), self.assertRaises(error):
                self.rows(sql)
            self.assertEqual(self.rows("select 1"), [(1,)])

    def test_deep_expressions_are_an_error(self):
        for sql in ("select " + "(" * 5000 + "1" + ")" * 5000, "select " + "1 + " * 5000 + "1"):
            try:
                self.rows(sql)
            except duckdb.Error:
                pass
            self.assertEqual(self.rows("select 1"), [(1,)])

    def test_out_of_memory_is_an_exception(self):
        self.con.execute("set memory_limit = '20MB'; set temp_directory = ''")
        with self.assertRaises(duckdb.OutOfMemoryException):
            self.rows("select list(i) from range(10000000) t(i)")
        self.assertEqual(self.rows("select 1"), [(1,)])

    def test_transactions(self):
        self.con.begin()
        self.con.execute("create table t(i int)")
        self.con.rollback()
        with self.assertRaises(duckdb.CatalogException):
            self.con.execute("from t")
        self.con.commit()

    def test_executemany_and_appender(self):
        self.con.execute("create table t(i int, s varchar)")
        self.con.executemany("insert into t values (?, ?)", [[i, str(i)] for i in range(3000)])
        self.assertEqual(self.con.rowcount, 3000)
        with self.con.appender("t") as appender:
            appender.append_rows((i, None) for i in range(50000))
        self.assertEqual(self.rows("select count(*), count(s), sum(i) from t"), [(53000, 3000, 1254473500)])


    def test_appender_converts_at_once_and_is_whole(self):
        self.con.execute("create table t(i int unique, d date)")
        appender = self.con.appender("t")
        appender.append_row("7", "2024-01-02")
        with self.assertRaisesRegex(duckdb.ConversionException, "Could not convert string 'x' to INT32"):
            appender.append_row("x", None)
        appender.flush()
        self.assertEqual(self.rows("from t"), [(7, datetime.date(2024, 1, 2))])
        appender.append_rows((i % 60000 + 8, None) for i in range(60001))
        with self.assertRaises(duckdb.ConstraintException):
            appender.flush()
        self.assertEqual(self.rows("select count(*) from t"), [(1,)])
        self.con.begin()
        appender.append_rows((i, None) for i in range(100, 50000))
        appender.flush()
        self.con.rollback()
        self.assertEqual(self.rows("select count(*) from t"), [(1,)])

    def test_one_open_result_a_connection(self):
        self.con.execute("from range(10)")
        relation = self.con.sql("select 1").project("*")
        for work in (relation.fetchall, lambda: self.con.sql("create table u(i int)"), lambda: self.con.sql("select 1; select 2")):
            with self.assertRaisesRegex(duckdb.ResourceInUseException, "unfinished result"):
                work()
        self.assertEqual(len(self.con.fetchall()), 10)
        self.assertEqual(self.con.sql("select 1").fetchall(), [(1,)])


    def test_the_statements_of_a_text_run_before_what_does_not_parse(self):
        for is_open in (False, True):
            self.con.execute("create or replace table t(i int)")
            if is_open:
                self.con.execute("from range(50000)")
            with self.assertRaises(duckdb.ParserException):
                self.con.execute("insert into t values (1); selec")
            self.assertEqual(self.rows("from t"), [(1,)])
        self.con.execute("from range(50000)")
        with self.assertRaises(duckdb.ParserException):
            self.con.execute("selec")
        self.assertEqual(self.con.fetchone(), (0,))

    def test_variants(self):
        """Values come out as what they are, whatever is in the next row."""
        self.con.execute("create table v(x variant)")
        self.con.execute(
            "insert into v values (1), ('a'), ({'a': [true]}), ([1, 'x'::variant]), (null), (1.25::decimal(5,2)), ('ab'::blob), (map {1: 2}), "
            "(timestamp_ns '2024-01-02 03:04:05.678901234'), (uuid '00000000-0000-0000-0000-000000000003'), (12345678901234567890123::hugeint)"
        )
        values = [1, "a", {"a": [True]}, [1, "x"], None, decimal.Decimal("1.25"), b"ab", [{"key": 1, "value": 2}],
                  datetime.datetime(2024, 1, 2, 3, 4, 5, 678901), uuid.UUID(int=3), 12345678901234567890123]
        self.assertEqual([row[0] for row in self.rows("from v")], values)
        self.assertEqual(self.rows("select [x, 5::variant], {'x': x} from v limit 2"), [([1, 5], {"x": 1}), (["a", 5], {"x": "a"})])
        self.con.execute("create table w(x variant)")
        with self.con.appender("w") as appender:
            appender.append_rows([value] for value in values)
        values[3] = ["1", "x"]  # the type of a list is its items'
        self.assertEqual([row[0] for row in self.rows("from w")], values)
        self.con.create_function("given", lambda place: values[place], ["BIGINT"], "VARIANT", null_handling="special")
        self.assertEqual(self.con.execute("select given(range) from range(3)").fetchall(), [(1,), ("a",), ({"a": [True]},)])

    def test_a_relation_is_of_one_database(self):
        """Its text would mean another table in another one."""
        self.con.execute("create table t as select 1 i")
        relation, other = self.con.table("t"), duckdb.connect()
        other.execute("create table t as select 2 i")
        self.assertEqual(self.con.cursor().sql("from relation").fetchall(), [(1,)])
        for read in (lambda given: other.sql("from given"), lambda given: other.register("r", given), other.from_arrow):
            with self.assertRaisesRegex(duckdb.InvalidInputException, "cannot be read on a connection to another database"):
                read(relation)

    def test_views_of_rows_of_this_process(self):
        for relation in (self.con.values([1]), self.con.sql("select 1").materialize(), self.con.values([1]).filter("true")):
            with self.assertRaisesRegex(duckdb.InvalidInputException, "which a view cannot store"):
                relation.create_view("v")


class Objects(unittest.TestCase):
    def test_lists_of_dicts_and_dicts_of_lists(self):
        con = duckdb.connect()
        rows = [{"a": i, "b": str(i) if i % 2 else None} for i in range(40000)]
        self.assertEqual(con.sql("select count(*), count(b), sum(a) from rows").fetchall(), [(40000, 20000, 799980000)])
        columns = {"x": [1, 2, 3], "y": ["a", "b", None]}
        self.assertEqual(con.execute("from columns").fetchall(), [(1, "a"), (2, "b"), (3, None)])
        con.register("seen", columns)
        self.assertEqual(con.sql("select y from seen where x = 2").fetchall(), [("b",)])
        con.unregister("seen")
        with self.assertRaises(duckdb.CatalogException):
            con.sql("from seen")
        nothing = 5
        with self.assertRaisesRegex(duckdb.InvalidInputException, "not suitable for replacement scans"):
            con.sql("from nothing")
        self.assertEqual((len(rows), nothing), (40000, 5))

    def test_dicts_that_are_not_alike(self):
        con = duckdb.connect()
        rows = [{"a": 1}, {"b": "x", "a": 2}, {}, {"c": 2.5, "b": None}, collections.OrderedDict(a=3)]
        relation = con.sql("from rows")
        self.assertEqual(relation.columns, ["a", "b", "c"])
        nothing = (None, None, None)
        self.assertEqual(relation.fetchall(), [(1, None, None), (2, "x", None), nothing, (None, None, 2.5), (3, None, None)])
        for refused in ([{1: 2}], [{}], [{"a": 1}, 5], []):
            with self.assertRaisesRegex(duckdb.InvalidInputException, "not suitable"):
                con.sql("from refused")
        self.assertEqual((len(rows), len(refused)), (5, 0))

    def test_types_of_columns_are_what_all_values_fit_into(self):
        con = duckdb.connect()
        for values, kind in (
            ([1, None, -(2**31)], "INTEGER"), ([2**31], "BIGINT"), ([2**63], "UBIGINT"), ([2**63, -1], "HUGEINT"), ([None], "INTEGER"),
            ([True, None], "BOOLEAN"), ([True, 1], "INTEGER"), ([None, 1.5], "DOUBLE"), ([1, 1.5], "DOUBLE"), ([None, "x", 1], "VARCHAR"),
        ):
            with self.subTest(values=values):
                rows = [{"v": value} for value in values]
                self.assertEqual([str(type_) for type_ in con.sql("from rows").types], [kind])
                self.assertEqual(len(rows), len(values))

    def test_relations(self):
        con = duckdb.connect()
        con.execute("create table t as select i, chr(97 + (i % 3)::int) s from range(10) u(i)")
        relation = con.table("t").filter("i > 2").project("i, s")
        self.assertEqual(relation.columns, ["i", "s"])
        self.assertEqual(relation.aggregate("s, sum(i) as n").order("s").fetchall(), [("a", 18), ("b", 11), ("c", 13)])
        self.assertEqual(con.sql("select max(i) from relation").fetchall(), [(9,)])
        self.assertIn("│", str(relation))
        self.assertIn("Scan", relation.explain().title())
        joined = relation.set_alias("a").join(con.table("t").set_alias("b"), "i")
        self.assertEqual(len(joined), 7)


class Functions(unittest.TestCase):
    def setUp(self):
        self.con = duckdb.connect()

    def test_types_by_annotations(self):
        def add(a: int, b: int) -> int:
            return a + b

        self.con.create_function("add_up", add)
        self.assertEqual(self.con.sql("select sum(add_up(i, 1)) from range(10000) t(i)").fetchall(), [(50005000,)])
        self.con.remove_function("add_up")
        with self.assertRaises(duckdb.CatalogException):
            self.con.sql("select add_up(1, 2)")

    def test_null_and_errors(self):
        def fails(x: int) -> int:
            raise ValueError(f"no {x}")

        self.con.create_function("fails", fails)
        with self.assertRaisesRegex(duckdb.InvalidInputException, "ValueError: no 1"):
            self.con.execute("select fails(1)").fetchall()
        self.con.create_function("quiet", fails, exception_handling="return_null")
        self.assertEqual(self.con.execute("select quiet(1)").fetchall(), [(None,)])
        self.con.create_function("nulls", lambda x: x is None, [duckdb.sqltypes.BIGINT], bool, null_handling="special")
        self.assertEqual(self.con.execute("select nulls(null), nulls(1)").fetchall(), [(True, False)])

    def test_null_among_results_is_an_error(self):
        for name, result in (("INTEGER", 1), ("VARCHAR", "x"), ("INTEGER[]", [1]), ("INTEGER", "no number")):
            with self.subTest(name=name, result=result):
                self.con.create_function("lacking", lambda x: result if x else None, ["BIGINT"], name)
                with self.assertRaisesRegex(duckdb.InvalidInputException, "contained NULL values"):
                    self.con.execute("select lacking(i) from range(-3, 3) t(i)").fetchall()
                self.con.remove_function("lacking")

    def test_rows_with_null_are_not_seen(self):
        self.con.create_function("add_up", lambda *values: sum(values), None, "BIGINT")
        for count in range(1, 4):
            given = ", ".join(["if(i % 3 = 0, null, i)"] * count)
            rows = self.con.execute(f"select add_up({given}) from range(5000) t(i)").fetchall()
            self.assertEqual(rows, [(None if i % 3 == 0 else i * count,) for i in range(5000)])

    def test_results_of_other_types_are_cast(self):
        """As DuckDB casts them, and refused in its words."""
        zone = datetime.timezone(datetime.timedelta(hours=2))
        for result, type_, value in (
            ("1.7", "TINYINT", 2), ("2024-02-29", "DATE", datetime.date(2024, 2, 29)), (5, "VARCHAR", "5"), ([1, "a"], "VARCHAR", "[1, a]"),
            (1.25, "DECIMAL(5,1)", decimal.Decimal("1.3")), (b"ab", "VARCHAR", "ab"), ((1, 2), "INTEGER[2]", (1, 2)), (float("nan"), "DOUBLE", None),
            ({"B": 1, "a": "7"}, "STRUCT(a INTEGER, b VARCHAR)", {"a": 7, "b": "1"}), ({"x": "5"}, "MAP(VARCHAR, INTEGER)", {"x": 5}), ("text", "JSON", "text"),
            (datetime.datetime(2024, 1, 1, 1, tzinfo=zone), "DATE", datetime.date(2023, 12, 31)), (2**40, "UNION(n INTEGER, s VARCHAR)", str(2**40)),
        ):
            self.con.create_function("given", lambda: result, [], type_)
            with self.subTest(type_, result=result):
                self.assertEqual(self.con.sql("select given()").fetchall(), [(value,)])
            self.con.remove_function("given")
        for result, type_, error, message in (
            (True, "INTEGER", duckdb.TypeMismatchException, "Type BOOLEAN does not match with INTEGER"),
            (300, "TINYINT", duckdb.InvalidInputException, "Value out of range for type TINYINT"),
            ("zz", "ENUM('a')", duckdb.InvalidInputException, r"Failed to cast value: Could not convert string 'zz' to ENUM\('a'\)$"),
            (datetime.date(2024, 1, 1), "UUID", duckdb.InvalidInputException, r"Unimplemented type for cast \(DATE -> UUID\)$"),
            (datetime.datetime(2024, 1, 1), "TIMESTAMPTZ", duckdb.ConversionException, "Could not convert 'datetime' to type"),
            ({1}, "VARCHAR", duckdb.NotImplementedException, "Unable to transform python value of type"),
            ([1], "INTEGER[2]", duckdb.InvalidInputException, "Array size mismatch"),
        ):
            self.con.create_function("given", lambda: result, [], type_)
            with self.subTest(type_, result=result), self.assertRaisesRegex(error, message):
                self.con.sql("select given()").fetchall()
            self.con.remove_function("given")
        self.con.create_function("mixed", lambda x: (x, str(x), x + 0.5)[x % 3], ["BIGINT"], "DOUBLE")
        self.assertEqual(self.con.sql("select mixed(range) from range(4)").fetchall(), [(0.0,), (1.0,), (2.5,), (3.0,)])

    def test_a_function_cannot_end_its_rows(self):
        self.con.create_function("ends", lambda x: next(iter(())), ["BIGINT"], "INTEGER")
        with self.assertRaisesRegex(duckdb.InvalidInputException, "StopIteration"):
            self.con.execute("select ends(i) from range(3) t(i)").fetchall()

    def test_nested_results(self):
        self.con.create_function("pair", lambda x: {"a": x, "b": [str(x)] * 2}, ["INTEGER"], "STRUCT(a INTEGER, b VARCHAR[])")
        self.assertEqual(self.con.execute("select pair(7)").fetchall(), [({"a": 7, "b": ["7", "7"]},)])

    def test_own_connection_is_refused(self):
        self.con.create_function("again", lambda x: self.con.execute("select 1") and 1, ["INTEGER"], "INTEGER")
        with self.assertRaisesRegex(duckdb.InvalidInputException, "separate connection"):
            self.con.execute("select again(1)").fetchall()
        other = self.con.cursor()
        self.con.create_function("other", lambda x: other.execute("select 5").fetchall()[0][0], ["INTEGER"], "INTEGER")
        self.assertEqual(self.con.execute("select other(1)").fetchall(), [(5,)])


class Endings(unittest.TestCase):
    def setUp(self):
        try:
            pylon.resolve("duckdb")
        except pylon.LinkError:
            self.skipTest("composed in, it ends with the program")

    def test_a_component_that_ended_is_told_of_and_replaced(self):
        default, other = duckdb.default_connection(), duckdb.connect()
        duckdb.execute("create or replace temp table kept as select 1")
        other.execute("set max_expression_depth to 1000000")
        with self.assertRaisesRegex(duckdb.FatalException, "recursed too deep; with it all databases"):
            other.execute("select 1" + "+1" * 60000)
        for con in (default, other):
            with self.assertRaisesRegex(duckdb.ConnectionException, "has ended"):
                con.execute("select 1")
            con.close()
        self.assertEqual(duckdb.sql("select 7").fetchall(), [(7,)])
        self.assertIsNot(duckdb.default_connection(), default)
        with self.assertRaises(duckdb.CatalogException):
            duckdb.execute("from kept")

    def test_rows_that_are_kept_are_what_they_were(self):
        con = duckdb.connect()
        values = ("'infinity'::timestamp_ns", "'infinity'::timestamptz", "'24:00:00'::time", "[{'a': 1}]::variant", "'12:34:56.123456789'::time_ns")
        for value in values:
            for relation in (con.sql(f"select {value} x").materialize(), con.sql(f"select {value} x, ? y", params=[1])):
                with self.subTest(value):
                    self.assertEqual(con.sql("select x::varchar from relation").fetchall(), con.sql(f"select ({value})::varchar").fetchall())
        kept = con.sql("select i, [i] l from range(100000) t(i)").materialize()
        self.assertEqual(kept.aggregate("sum(l[1]), count(i)").fetchall(), [(4999950000, 100000)])
        self.assertEqual(kept.limit(2, 16383).fetchall(), [(16383, [16383]), (16384, [16384])])

    def test_appended_nulls(self):
        con = duckdb.connect()
        con.execute("create table t(l int[], a int[2], s struct(x int), m map(int, int), u union(n int, s varchar), d decimal(20, 2))")
        with con.appender("t") as appender:
            appender.append_rows([[None] * 6] * 3)
        self.assertEqual(con.sql("from t").fetchall(), [(None,) * 6] * 3)


if __name__ == "__main__":
    unittest.main()
