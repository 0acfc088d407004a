"""sqlite3 over the sqlite cap: nothing is left behind, and full memory is MemoryError. Run inside pylon.wasm, in each mode.

memory: 96M
"""

import gc
import sqlite3
import unittest

LARGE = bytes(range(256)) * 600


def database():
    connection = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
    connection.execute("create table t(a integer, b text, c blob)")
    rows = [(i, f"text {i}" * 5, LARGE[: i * 10]) for i in range(100)]
    connection.executemany("insert into t values(?, ?, ?)", rows)
    connection.commit()
    return connection


def use(connection):
    """A bit of everything that has memory on both sides."""
    connection.create_function("f", 1, lambda x: str(x) * 10)
    connection.create_collation("c", lambda a, b: (a > b) - (a < b))
    connection.set_trace_callback(lambda sql: None)
    connection.set_authorizer(lambda *what: 0)
    connection.execute("select *, f(a) from t order by b collate c").fetchall()
    connection.execute("select :a, :b", {"a": 1, "b": "two"}).fetchall()
    try:
        connection.execute("select * from nope")
    except sqlite3.OperationalError:
        pass
    with connection.blobopen("t", "c", 50) as blob:
        blob[:10] = blob[10:20]
    connection.commit()
    with sqlite3.connect(":memory:") as other:
        connection.backup(other)
        other.deserialize(connection.serialize())
    other.close()


def opened():
    connection = sqlite3.connect(":memory:")
    try:
        return connection.execute("select 1").fetchone()
    finally:
        connection.close()


def fill(hold):
    """Takes all memory, by blocks of which the last are small."""
    for size in (1 << 20, 1 << 16, 4096, 512):
        try:
            while True:
                hold.append(bytearray(size))
        except MemoryError:
            pass


class Memory(unittest.TestCase):
    def test_nothing_is_left(self):
        # One round takes some 400 KiB: what is left of it would fill memory many times over.
        for _ in range(600):
            connection = database()
            use(connection)
            connection.close()

    def test_statements_and_cursors_that_nobody_closes(self):
        connection = database()
        for i in range(10_000):
            rows = connection.execute(f"select a, b from t -- {i % 500}")
            next(rows)
        connection.close()

    def test_with_full_memory(self):
        # The component has once had what it needs: what Python's memory has taken it never gives back.
        connection = database()
        use(connection)
        connection.execute("select zeroblob(4000000)").fetchone()
        connection.close()
        connection = database()
        calls = [
            (lambda: connection.execute("select sum(a) from t").fetchone(), (4950,)),
            (lambda: connection.execute("select length(b) from t where a = ?", (50,)).fetchone(), (35,)),
            (lambda: connection.execute("select length(?)", (LARGE,)).fetchone(), (len(LARGE),)),
            (lambda: connection.execute("select zeroblob(150000)").fetchone(), (bytes(150_000),)),
            (lambda: connection.execute("select a from t order by b, a limit 1").fetchone(), (0,)),
            (lambda: len(connection.execute("select * from t").fetchall()), 100),
            (opened, (1,)),
            (lambda: connection.execute("select f2(a) from t limit 1").fetchone(), ("0" * 70_000,)),
        ]
        connection.create_function("f2", 1, lambda x: str(x) * 70_000)
        self.assertEqual([call() == right for call, right in calls], [True] * len(calls))
        kept = 0
        for free in [0, 1, 2, 4, 8, 16, 32, 64, 100, 200, 400, 1000]:
            hold, spare = [], [bytearray(4096) for _ in range(free)]
            fill(hold)
            spare.clear()
            outcomes = []
            for call, right in calls:
                try:
                    outcomes.append(call() == right)
                except MemoryError:
                    outcomes.append(None)
                    gc.collect()
            hold.clear()
            self.assertNotIn(False, outcomes)
            kept += outcomes.count(True)
        self.assertGreater(kept, 0)
        self.assertEqual([call() == right for call, right in calls], [True] * len(calls))
        connection.close()


if __name__ == "__main__":
    unittest.main()
