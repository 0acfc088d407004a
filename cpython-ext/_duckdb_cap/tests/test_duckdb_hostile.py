"""duckdb and files that are cut off or changed: an error or rows, and the program goes on.

grants: a folder as /data
"""

import os
import random
import unittest

import duckdb

FOLDER = "/data/hostile"
CHANGES = 25


def path(name):
    return os.path.join(FOLDER, name)


def damaged(data, generator):
    """The data with a few bytes changed, a piece missing, or a piece twice."""
    data, place = bytearray(data), generator.randrange(len(data))
    length = generator.randrange(1, 64)
    match generator.randrange(4):
        case 0:
            for _ in range(generator.randrange(1, 8)):
                data[generator.randrange(len(data))] = generator.randrange(256)
        case 1:
            del data[place : place + length]
        case 2:
            data[place:place] = data[place : place + length]
        case 3:
            data[place : place + length] = generator.randbytes(len(data[place : place + length]))
    return bytes(data)


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.makedirs(FOLDER, exist_ok=True)
        con = duckdb.connect()
        rows = "select i, 'name ' || i s, i * 0.5 d, [i, i + 1] l, {'a': i, 'b': i::varchar} st, date '2024-01-01' + i::int t from range(3000) t(i)"
        con.execute(f"copy ({rows}) to '{path('whole.parquet')}' (row_group_size 2048)")
        con.execute(f"copy ({rows}) to '{path('zipped.parquet')}' (compression zstd)")
        con.execute(f"copy ({rows}) to '{path('whole.csv')}'")
        con.execute(f"copy ({rows}) to '{path('whole.json')}'")
        with duckdb.connect(path("whole.db")) as database:
            database.execute(f"create table t as {rows}; create index i on t(i); create view v as from t")
        con.close()

    def attempt(self, read, name, data):
        """Reads data that may be anything. What goes wrong is an exception of DuckDB's."""
        with open(path(name), "wb") as file:
            file.write(data)
        try:
            return read(path(name))
        except duckdb.Error as error:
            return error

    def damage(self, whole, read):
        with open(path(whole), "rb") as file:
            data = file.read()
        name, generator = "damaged" + os.path.splitext(whole)[1], random.Random(whole)
        for length in (0, 1, 7, len(data) // 3, len(data) // 2, len(data) - 1):
            with self.subTest(file=whole, length=length):
                self.attempt(read, name, data[:length])
        for number in range(CHANGES):
            with self.subTest(file=whole, change=number):
                self.attempt(read, name, damaged(data, generator))
        self.assertEqual(duckdb.connect().execute("select 1").fetchall(), [(1,)])

    def test_readers(self):
        con = duckdb.connect()
        self.damage("whole.parquet", lambda file: con.read_parquet(file).fetchall())
        self.damage("zipped.parquet", lambda file: con.read_parquet(file).fetchall())
        self.damage("whole.csv", lambda file: con.read_csv(file).fetchall())
        self.damage("whole.json", lambda file: con.read_json(file).fetchall())
        self.assertEqual(con.read_parquet(path("whole.parquet")).aggregate("count(*), sum(i)").fetchall(), [(3000, 4498500)])

    def test_databases(self):
        def read(file):
            with duckdb.connect(file, read_only=True) as con:
                return con.execute("select count(*), sum(i), max(s), max(d), max(l), max(st) from t where i > 5").fetchall()

        self.damage("whole.db", read)
        self.assertEqual(read(path("whole.db"))[0][:2], (2994, 4498485))

    def test_what_is_no_such_file_at_all(self):
        con = duckdb.connect()
        for data in (b"PAR1" * 3, b"PAR1\0\0\0\0\xff\xff\xff\x7fPAR1", b"{" * 5000, b'{"a":' * 3000, b'"' * 100000, b"\xff\xfe" * 500, b"a,b\n" + b"1," * 20000):
            for read in (con.read_parquet, con.read_csv, con.read_json):
                with self.subTest(data=data[:12], read=read.__name__):
                    self.attempt(lambda file: read(file).fetchall(), "odd.bin", data)
        self.assertEqual(con.execute("select 1").fetchall(), [(1,)])


class Large(unittest.TestCase):
    """What is large crosses in pieces; a row that is too large is an error, and the connection lives."""

    def test_large_rows(self):
        con = duckdb.connect()
        sizes = [len(text) for (text,) in con.execute("select repeat('x', 1000000) from range(150)").fetchall()]
        self.assertEqual(sizes, [1000000] * 150)
        self.assertEqual(con.execute("select length(?)", ["x" * 80_000_000]).fetchall(), [(80_000_000,)])
        with self.assertRaisesRegex(duckdb.OutOfMemoryException, "too many to be handed over at once"):
            con.execute("select repeat('x', 300000000)").fetchall()
        self.assertEqual(con.execute("select 42").fetchall(), [(42,)])

    def test_large_appends(self):
        """All rows or none of them, also where they cross in pieces."""
        con = duckdb.connect()
        con.execute("create table t(i int primary key, s varchar)")
        for last, kept in ((0, 0), (80, 81)):
            appender = con.appender("t")
            appender.append_rows([i, "x" * 1_000_000] for i in range(80))
            appender.append_row(last, "")
            if kept:
                appender.flush()
            else:
                with self.assertRaises(duckdb.ConstraintException):
                    appender.flush()
            self.assertEqual(con.execute("select count(*) from t").fetchall(), [(kept,)])
        con.executemany("insert into t values (?, ?)", [[100 + i, "y" * 1_000_000] for i in range(40)])
        self.assertEqual(con.execute("select count(*), sum(length(s)) from t").fetchall(), [(121, 120_000_000)])


if __name__ == "__main__":
    unittest.main()
