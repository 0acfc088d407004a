"""sqlite3 over the sqlite cap: what SQLite calls back, beyond CPython's own tests. Run inside pylon.wasm, in each mode."""

import gc
import sqlite3
import unittest
import weakref


class Callbacks(unittest.TestCase):
    def setUp(self):
        self.connection = sqlite3.connect(":memory:")
        self.addCleanup(self.connection.close)

    def one(self, sql, *parameters):
        return self.connection.execute(sql, parameters).fetchone()[0]

    def test_values_both_ways(self):
        self.connection.create_function("same", 1, lambda value: value)
        self.connection.create_function("joined", -1, lambda *values: repr(values))
        for value in [None, 0, -(2**63), 2**63 - 1, 1.5, float("inf"), "", "ü\0x", b"", bytes(range(256)), "x" * 300_000]:
            self.assertEqual(self.one("select same(?)", value), value)
        values = tuple(range(100))
        self.assertEqual(self.one(f"select joined({','.join('?' * 100)})", *values), repr(values))

    def test_a_function_may_query_its_own_connection(self):
        self.connection.execute("create table t(x)")
        self.connection.executemany("insert into t values(?)", [(i,) for i in range(5)])
        self.connection.create_function("above", 1, lambda x: self.one("select count(*) from t where x > ?", x))
        rows = self.connection.execute("select above(x) from t order by x").fetchall()
        self.assertEqual(rows, [(4,), (3,), (2,), (1,), (0,)])

    def test_recursion_ends_in_an_error(self):
        self.connection.create_function("down", 1, lambda n: n and self.one("select down(?)", n - 1) + 1)
        self.assertEqual(self.one("select down(5)"), 5)
        with self.assertRaises(sqlite3.OperationalError):
            self.one("select down(1000)")
        self.assertEqual(self.one("select down(5)"), 5)

    def test_aggregates_are_finished_whatever_happens(self):
        finished = []

        class Sum:
            def __init__(self):
                self.sum = 0

            def step(self, x):
                if x == 7:
                    raise ValueError
                self.sum += x

            def finalize(self):
                finished.append(self.sum)
                return self.sum

        self.connection.create_aggregate("total2", 1, Sum)
        self.connection.execute("create table t(x, g)")
        self.connection.executemany("insert into t values(?, ?)", [(i, i % 2) for i in range(6)])
        rows = self.connection.execute("select g, total2(x), total2(x * 10) from t group by g").fetchall()
        self.assertEqual(rows, [(0, 6, 60), (1, 9, 90)])
        self.assertEqual(self.one("select total2(x) from t where x > 100"), None)
        finished.clear()
        with self.assertRaisesRegex(sqlite3.OperationalError, "'step' method raised error"):
            self.one("select total2(x) from (select 1 as x union all select 7)")
        self.assertEqual(finished, [1])

    def test_callbacks_are_let_go(self):
        class Callback:
            def __call__(self, *arguments):
                return 0

        def gone(register):
            """Whether a callback is kept while it is registered, and let go afterwards."""
            callback = Callback()
            reference = weakref.ref(callback)
            register(callback)
            del callback
            gc.collect()
            kept = reference() is not None
            register(None)
            gc.collect()
            return kept, reference() is None

        connection = self.connection
        for register in [
            connection.set_authorizer,
            connection.set_trace_callback,
            lambda callback: connection.set_progress_handler(callback, 10),
            lambda callback: connection.create_collation("c", callback),
            lambda callback: connection.create_window_function("w", 1, callback),
            lambda callback: connection.create_function("f", 1, callback or (lambda x: x)),
        ]:
            self.assertEqual(gone(register), (True, True))
        callback = Callback()
        reference = weakref.ref(callback)
        connection.create_function("g", 1, callback)
        del callback
        connection.close()
        gc.collect()
        self.assertIsNone(reference())

    def test_a_callback_may_replace_itself(self):
        connection = self.connection

        def tick():
            connection.set_progress_handler(None, 1)
            ticks.append(1)

        ticks = []
        connection.set_progress_handler(tick, 1)
        self.assertEqual(self.one("select 1"), 1)
        self.assertEqual(ticks, [1])

    def test_interrupt(self):
        self.connection.create_function("stop", 0, lambda: self.connection.interrupt())
        with self.assertRaises(sqlite3.OperationalError) as caught:
            self.connection.execute(
                "with recursive n(i) as (select 1 union all select i + 1 from n) select stop(), i from n where i > 9"
            ).fetchall()
        self.assertEqual(caught.exception.sqlite_errorname, "SQLITE_INTERRUPT")
        self.connection.set_progress_handler(lambda: 1, 1000)
        with self.assertRaises(sqlite3.OperationalError) as caught:
            self.connection.execute("with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n")
        self.assertEqual(caught.exception.sqlite_errorname, "SQLITE_INTERRUPT")

    def test_texts_that_are_no_utf_8(self):
        rows = "select cast(x'6162ff63' as text) as name"
        with self.assertRaisesRegex(sqlite3.OperationalError, "Could not decode to UTF-8 column 'name' with text 'ab"):
            self.one(rows)
        self.connection.text_factory = bytes
        self.assertEqual(self.one(rows), b"ab\xffc")

    def test_numbers_in_converters(self):
        sqlite3.register_converter("number", lambda text: text)
        connection = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
        self.addCleanup(connection.close)
        connection.execute("create table t(a number, b number, c number, d number)")
        connection.execute("insert into t values(12, 1.5, '', null)")
        self.assertEqual(connection.execute("select * from t").fetchone(), (b"12", b"1.5", None, None))

    def test_a_schema_that_changes_under_a_statement(self):
        self.connection.execute("create table t(a)")
        self.connection.execute("insert into t values(1)")
        self.assertEqual(self.connection.execute("select * from t").description[0][0], "a")
        self.connection.execute("alter table t add column b default 2")
        cursor = self.connection.execute("select * from t")
        self.assertEqual([column[0] for column in cursor.description], ["a", "b"])
        self.assertEqual(cursor.fetchone(), (1, 2))

    def test_a_statement_with_rows_left_takes_no_other_values(self):
        self.connection.execute("create table t(x)")
        with self.assertRaisesRegex(sqlite3.InterfaceError, "bad parameter or other API misuse"):
            self.connection.executemany("insert into t values(?) returning x", [(1,), (2,)])
        self.assertEqual(self.one("select count(*) from t"), 1)

    def test_large_values_and_many_parameters(self):
        blob = bytes(range(256)) * 20_000
        self.connection.execute("create table t(x, y)")
        self.connection.execute("insert into t values(?, ?)", (blob, "ü" * 1_000_000))
        self.assertEqual(self.connection.execute("select * from t").fetchone(), (blob, "ü" * 1_000_000))
        with self.connection.blobopen("t", "x", 1) as value:
            self.assertEqual(value[5:200_000], blob[5:200_000])
            value[100_000:300_000] = bytes(200_000)
        self.assertEqual(self.one("select x from t"), blob[:100_000] + bytes(200_000) + blob[300_000:])
        many = tuple(range(30_000))
        self.assertEqual(self.one(f"select {'+'.join(['0'])} + max({','.join('?' * 900)})", *many[:900]), 899)
        copy = sqlite3.connect(":memory:")
        self.addCleanup(copy.close)
        self.connection.commit()
        copy.deserialize(self.connection.serialize())
        self.assertEqual(copy.execute("select length(x) from t").fetchone(), (len(blob),))


if __name__ == "__main__":
    unittest.main()
