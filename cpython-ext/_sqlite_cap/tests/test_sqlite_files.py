"""sqlite3 over the sqlite cap: databases in files, which the extension lends. Run inside pylon.wasm, in each mode.

grants: a folder as /data
"""

import os
import sqlite3
import tempfile
import time
import unittest


def names(of):
    """But for what keeps processes apart where the host has no locks."""
    return sorted(name for name in os.listdir(".") if name.startswith(of) and not name.endswith(".lock"))


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(dir="/data")
        self.addCleanup(self.folder.cleanup)
        before = os.getcwd()
        os.chdir(self.folder.name)
        self.addCleanup(os.chdir, before)

    def connect(self, name="a.db", **how):
        connection = sqlite3.connect(name, **how)
        self.addCleanup(connection.close)
        return connection

    def test_what_is_committed_is_there_for_the_next(self):
        with self.connect() as connection:
            connection.execute("create table t(x)")
            connection.executemany("insert into t values(?)", [(i,) for i in range(1000)])
        connection.execute("insert into t values(-1)")
        connection.close()
        self.assertEqual(self.connect().execute("select count(*), sum(x) from t").fetchone(), (1000, 499500))

    def test_relative_names_are_of_the_current_folder(self):
        os.mkdir("deeper")
        connection = self.connect("deeper/../b.db")
        connection.execute("create table t(x)")
        os.chdir("deeper")
        # The connection's journal is where the connection was opened.
        connection.execute("insert into t values(1)")
        self.assertEqual(names("b.db"), [])
        connection.commit()
        self.connect("b.db").execute("create table u(x)")
        self.assertEqual(names("b.db"), ["b.db"])
        self.assertEqual(self.connect("../b.db").execute("select x from t").fetchone(), (1,))

    def test_a_link_is_another_name_of_the_same_database(self):
        self.connect().execute("create table t(x)")
        os.symlink("a.db", "link.db")
        connection = self.connect("link.db")
        connection.execute("insert into t values(1)")
        # A process that comes by the other name has to find the journal.
        self.assertEqual(names("a.db"), ["a.db", "a.db-journal"])
        self.assertEqual(names("link.db"), ["link.db"])

    def test_journals(self):
        for mode, during, after in [
            ("delete", True, False),
            ("truncate", True, True),
            ("persist", True, True),
            ("memory", False, False),
            ("off", False, False),
        ]:
            with self.subTest(mode):
                connection = self.connect(f"{mode}.db")
                self.assertEqual(connection.execute(f"pragma journal_mode={mode}").fetchone(), (mode,))
                connection.execute("create table t(x)")
                connection.execute("insert into t values(1)")
                self.assertEqual(f"{mode}.db-journal" in os.listdir("."), during)
                connection.commit()
                self.assertEqual(f"{mode}.db-journal" in os.listdir("."), after)
                self.assertEqual(connection.execute("pragma integrity_check").fetchone(), ("ok",))

    def test_a_wal_is_for_one_connection(self):
        connection = self.connect()
        self.assertEqual(connection.execute("pragma journal_mode=wal").fetchone(), ("delete",))
        connection.execute("pragma locking_mode=exclusive")
        self.assertEqual(connection.execute("pragma journal_mode=wal").fetchone(), ("wal",))
        connection.execute("create table t(x)")
        connection.commit()
        self.assertEqual(names("a.db"), ["a.db", "a.db-wal"])
        with self.assertRaisesRegex(sqlite3.OperationalError, "database is locked"):
            self.connect(timeout=0).execute("select * from t")
        connection.close()
        self.assertEqual(names("a.db"), ["a.db"])
        with self.assertRaisesRegex(sqlite3.OperationalError, "unable to open database file"):
            self.connect().execute("select * from t")
        connection = self.connect()
        connection.execute("pragma locking_mode=exclusive")
        self.assertEqual(connection.execute("select * from t").fetchall(), [])

    def test_a_hot_journal_is_rolled_back(self):
        connection = self.connect()
        connection.execute("pragma cache_size=5")
        connection.execute("create table t(x)")
        connection.execute("insert into t values('before')")
        connection.commit()
        connection.executemany("insert into t values(?)", [("x" * 1000,) for _ in range(500)])
        # What a process leaves that was killed now.
        for name in names("a.db"):
            with open(name, "rb") as file, open(name.replace("a.db", "b.db"), "wb") as copy:
                copy.write(file.read())
        self.assertEqual(names("b.db"), ["b.db", "b.db-journal"])
        other = self.connect("b.db")
        self.assertEqual(other.execute("select * from t").fetchall(), [("before",)])
        self.assertEqual(other.execute("pragma integrity_check").fetchone(), ("ok",))

    def test_connections_lock_each_other_out(self):
        first, second = self.connect(), self.connect(timeout=0)
        first.execute("create table t(x)")
        first.execute("begin immediate")
        with self.assertRaisesRegex(sqlite3.OperationalError, "database is locked") as caught:
            second.execute("begin immediate")
        self.assertEqual(caught.exception.sqlite_errorname, "SQLITE_BUSY")
        first.execute("insert into t values(1)")
        # A reader sees what was committed, and is in the way of a commit.
        rows = second.execute("select count(*) from t union all select 1")
        self.assertEqual(next(rows), (0,))
        first.execute("pragma busy_timeout=0")
        with self.assertRaisesRegex(sqlite3.OperationalError, "database is locked"):
            first.commit()
        rows.close()
        first.commit()
        second.execute("insert into t values(2)")
        second.commit()
        self.assertEqual(first.execute("select count(*) from t").fetchone(), (2,))

    def test_one_file_by_two_names(self):
        first = self.connect()
        first.execute("create table t(x)")
        os.link("a.db", "other.db")
        first.execute("begin exclusive")
        with self.assertRaisesRegex(sqlite3.OperationalError, "database is locked"):
            self.connect("other.db", timeout=0).execute("select * from t")

    def test_attach_and_vacuum(self):
        connection = self.connect()
        connection.execute("create table t(x)")
        connection.execute("attach 'b.db' as b")
        connection.execute("create table b.u as select 1 as y")
        connection.execute("insert into t values(1)")
        connection.execute("insert into b.u values(2)")
        connection.commit()
        connection.execute("vacuum into 'c.db'")
        connection.execute("vacuum")
        self.assertEqual(self.connect("c.db").execute("select * from t").fetchall(), [(1,)])
        self.assertEqual(self.connect("b.db").execute("select * from u").fetchall(), [(1,), (2,)])
        self.assertEqual(os.listdir(".").count("b.db-journal"), 0)

    def test_names(self):
        for name in ["with space.db", "quote'.db", "ü.db", "a?b.db", "x" * 200]:
            with self.subTest(name):
                self.connect(name).execute("create table t(x)")
                self.assertIn(name, os.listdir("."))
        self.connect("file:u.db?mode=rwc", uri=True).execute("create table t(x)")
        reader = self.connect("file:u.db?mode=ro", uri=True)
        with self.assertRaisesRegex(sqlite3.OperationalError, "attempt to write a readonly database"):
            reader.execute("insert into t values(1)")

    def test_errors_are_what_sqlite_documents(self):
        with open("text", "w") as file:
            file.write("no database " * 1000)
        os.mkdir("folder")
        for name, kind, code in [
            ("no/such/folder.db", sqlite3.OperationalError, "SQLITE_CANTOPEN"),
            ("folder", sqlite3.OperationalError, "SQLITE_CANTOPEN"),
            ("x" * 300, sqlite3.OperationalError, "SQLITE_CANTOPEN"),
            ("/not/granted.db", sqlite3.OperationalError, "SQLITE_CANTOPEN"),
            ("text", sqlite3.DatabaseError, "SQLITE_NOTADB"),
        ]:
            with self.subTest(name), self.assertRaises(kind) as caught:
                self.connect(name).execute("create table t(x)")
            self.assertEqual(caught.exception.sqlite_errorname, code)

    def test_files_are_closed(self):
        before = os.open("text", os.O_CREAT | os.O_RDWR)
        os.close(before)
        for _ in range(300):
            connection = sqlite3.connect("a.db")
            connection.execute("create table if not exists t(x)")
            connection.execute("insert into t values(1)")
            connection.commit()
            connection.close()
        after = os.open("text", os.O_CREAT | os.O_RDWR)
        os.close(after)
        self.assertEqual(after, before)

    def test_time_and_random_numbers(self):
        connection = self.connect()
        seconds = connection.execute("select unixepoch('now')").fetchone()[0]
        self.assertLess(abs(seconds - time.time()), 5)
        numbers = {connection.execute("select hex(randomblob(16))").fetchone() for _ in range(10)}
        self.assertEqual(len(numbers), 10)


if __name__ == "__main__":
    unittest.main()
