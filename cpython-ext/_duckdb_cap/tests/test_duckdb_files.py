"""duckdb and files.

grants: a folder as /data
"""

import gc
import io
import os
import sys
import tempfile
import unittest

import duckdb

FOLDER = "/data/duckdb"


def path(name):
    return os.path.join(FOLDER, name)


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.makedirs(FOLDER, exist_ok=True)

    def setUp(self):
        for name in os.listdir(FOLDER):
            if os.path.isfile(path(name)):
                os.remove(path(name))

    def test_database_stays(self):
        with duckdb.connect(path("a.db")) as con:
            con.execute("create table t as select i, i::varchar s from range(10000) u(i)")
        with duckdb.connect(path("a.db"), read_only=True) as con:
            self.assertEqual(con.execute("select count(*), sum(i) from t").fetchall(), [(10000, 49995000)])
            with self.assertRaises(duckdb.InvalidInputException):
                con.execute("insert into t values (1, 'x')")

    def test_two_connections_share_a_database(self):
        first, second = duckdb.connect(path("b.db")), duckdb.connect(path("b.db"))
        first.execute("create table t as select 7 i")
        self.assertEqual(second.execute("from t").fetchall(), [(7,)])
        first.close()
        second.close()

    def test_wal_is_replayed(self):
        con = duckdb.connect(path("c.db"))
        con.execute("set checkpoint_threshold = '1TB'; set wal_autocheckpoint = '1TB'; pragma disable_checkpoint_on_shutdown")
        con.execute("create table t(i int); insert into t select * from range(1000)")
        con.close()
        self.assertIn("c.db.wal", os.listdir(FOLDER))
        with duckdb.connect(path("c.db")) as again:
            self.assertEqual(again.execute("select count(*) from t").fetchall(), [(1000,)])

    def test_csv_json_and_parquet(self):
        con = duckdb.connect()
        relation = con.sql("select i, 'name ' || i as s, i * 0.5 as d from range(5000) t(i)")
        relation.to_csv(path("a.csv"))
        relation.to_parquet(path("a.parquet"), compression="zstd")
        con.execute(f"copy ({relation.sql_query()}) to '{path('a.json')}'")
        want = [(5000, 12497500, "name 4999")]
        for read in (con.read_csv(path("a.csv")), con.read_parquet(path("a.parquet")), con.read_json(path("a.json"))):
            self.assertEqual(read.aggregate("count(*), sum(i), max_by(s, i)").fetchall(), want)
        self.assertEqual(con.execute(f"select count(*) from '{path('*.parquet')}'").fetchall(), [(5000,)])
        self.assertEqual(len(con.execute(f"from glob('{path('*')}')").fetchall()), 3)

    def test_objects_with_read_are_files(self):
        con = duckdb.connect()
        con.execute(f"copy (select i, i::varchar s from range(5000) t(i)) to '{path('a.parquet')}'")
        with open(path("a.parquet"), "rb") as file:
            relation = con.read_parquet(file)
        self.assertEqual(relation.filter("i > 4997").fetchall(), [(4998, "4998"), (4999, "4999")])
        self.assertEqual(con.read_csv(io.StringIO("a,b\n1,é\n2,y\n")).fetchall(), [(1, "é"), (2, "y")])
        self.assertEqual(con.read_json([io.BytesIO(b'{"a":1}'), io.BytesIO(b'{"a":2}')]).order("a").fetchall(), [(1,), (2,)])
        with self.assertRaises(duckdb.Error):
            con.read_parquet(io.BytesIO(b"nothing of the kind"))
        with self.assertRaisesRegex(TypeError, "non file-like"):
            con.read_csv(5)
        self.assertEqual(con.execute("from glob('pylon_object://*')").fetchall(), [])

    def test_truncated_files_are_errors(self):
        con = duckdb.connect()
        con.execute(f"copy (select i, i::varchar s from range(50000) t(i)) to '{path('whole.parquet')}'")
        with open(path("whole.parquet"), "rb") as file:
            whole = file.read()
        for length in (0, 1, 4, 12, len(whole) // 2, len(whole) - 9, len(whole) - 1):
            with open(path("cut.parquet"), "wb") as file:
                file.write(whole[:length])
            with self.assertRaises(duckdb.Error):
                con.read_parquet(path("cut.parquet")).fetchall()
            self.assertEqual(con.execute("select 1").fetchall(), [(1,)])

    def test_what_is_not_granted_is_not_there(self):
        con = duckdb.connect()
        with self.assertRaises(duckdb.IOException):
            con.read_csv("/nowhere/a.csv")
        with self.assertRaises(duckdb.IOException):
            duckdb.connect("/nowhere/a.db")

    def test_what_an_object_held_stays_with_what_reads_it(self):
        con, text = duckdb.connect(), b"a\n" + b"".join(b"%d\n" % i for i in range(50000))
        filtered = con.read_csv(io.BytesIO(text)).filter("a > 49998")
        con.register("seen", con.read_csv(io.BytesIO(text)).aggregate("sum(a)"))
        con.register("values", con.values([7]))
        rows = con.read_csv(io.BytesIO(text)).iter_rows(100)
        gc.collect()
        for _ in range(2):
            self.assertEqual(filtered.fetchall(), [(49999,)])
            self.assertEqual(con.sql("from seen").fetchall(), [(1249975000,)])
            self.assertEqual(con.sql("from \"values\"").fetchall(), [(7,)])
        self.assertEqual(sum(1 for _ in rows), 50000)
        with self.assertRaisesRegex(duckdb.InvalidInputException, "which a view cannot store"):
            con.read_csv(io.BytesIO(text)).create_view("v")

    def test_what_is_dropped_in_the_middle(self):
        """Its files are written and removed in the middle of a call, not when it is collected."""
        said = []
        self.addCleanup(setattr, sys, "unraisablehook", sys.unraisablehook)
        sys.unraisablehook = said.append
        folder = tempfile.mkdtemp(dir="/data")
        con = duckdb.connect(f"{folder}/a.db")
        con.execute("create table t as select range i from range(100000)")
        con.execute("from t").fetchone()
        del con
        self.assertEqual(os.listdir(folder), ["a.db"])
        con = duckdb.connect(config={"memory_limit": "40MB", "temp_directory": f"{folder}/spill"})
        con.execute("select repeat('x', 60) || range s from range(600000) order by s desc").fetchone()
        self.assertTrue(os.listdir(f"{folder}/spill"))
        self.assertEqual(con.execute("select 1").fetchall(), [(1,)])
        self.assertEqual(os.listdir(f"{folder}/spill"), [])
        self.assertEqual(said, [])


if __name__ == "__main__":
    unittest.main()
