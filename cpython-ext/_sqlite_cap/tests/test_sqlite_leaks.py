"""sqlite3 over the sqlite cap leaves nothing behind. Run inside pylon.wasm, in each mode.

memory: 96M
"""

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


class Count:
    def __init__(self):
        self.count = 0

    def step(self, value):
        self.count += 1

    def inverse(self, value):
        self.count -= 1

    def value(self):
        return self.count

    finalize = value


def use(connection):
    """A bit of everything that has memory on both sides."""
    connection.create_function("f", 1, lambda x: str(x) * 10)
    connection.create_window_function("n", 1, Count)
    connection.create_collation("c", lambda a, b: (a > b) - (a < b))
    connection.set_trace_callback(lambda sql: None)
    connection.set_authorizer(lambda *what: 0)
    connection.execute("select *, f(a), n(a) over (order by a rows 3 preceding) from t order by b collate c").fetchall()
    connection.execute("select n(a) from t group by a % 10").fetchall()
    connection.execute("select :a, :b", {"a": 1, "b": "two"}).fetchall()
    for wrong in ["select * from nope", "select n(f(1), 2)"]:
        try:
            connection.execute(wrong)
        except sqlite3.OperationalError:
            pass
    with connection.blobopen("t", "c", 50) as blob:
        blob[:10] = blob[10:20]
    connection.commit()
    with sqlite3.connect(":memory:") as other:
        connection.backup(other)
        other.deserialize(connection.serialize())
    other.close()


class Leaks(unittest.TestCase):
    def test_nothing_is_left(self):
        # One round takes some 400 KiB: what is left of it would fill memory many times over.
        for _ in range(600):
            connection = database()
            use(connection)
            connection.close()

    def test_statements_and_cursors_that_nobody_closes(self):
        connection = database()
        for i in range(10_000):
            next(connection.execute(f"select a, b from t -- {i % 500}"))
        connection.close()


if __name__ == "__main__":
    unittest.main()
