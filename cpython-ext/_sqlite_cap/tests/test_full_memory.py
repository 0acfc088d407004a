"""sqlite3 when memory is full: the right value or MemoryError, and afterwards all is well. Run inside pylon.wasm.

grants: what tests share.
memory: 96M
"""

import sqlite3
import unittest

import full_memory

LARGE = bytes(range(256)) * 600

connection = sqlite3.connect(":memory:")
connection.execute("create table t(a integer, b text, c blob)")
connection.executemany("insert into t values(?, ?, ?)", [(i, f"text {i}" * 5, LARGE[: i * 10]) for i in range(100)])
connection.commit()
connection.create_function("long", 1, lambda x: str(x) * 70_000)


def one(sql, *parameters):
    return connection.execute(sql, parameters).fetchone()


def opened():
    other = sqlite3.connect(":memory:")
    try:
        return other.execute("select 1").fetchone()
    finally:
        other.close()


class FullMemory(full_memory.FullMemory, unittest.TestCase):
    calls = [
        (lambda: one("select sum(a) from t"), (4950,)),
        (lambda: one("select length(b) from t where a = ?", 50), (35,)),
        (lambda: one("select length(?)", LARGE), (len(LARGE),)),
        (lambda: one("select zeroblob(150000)"), (bytes(150_000),)),
        (lambda: one("select a from t order by b, a limit 1"), (0,)),
        (lambda: len(connection.execute("select * from t").fetchall()), 100),
        (lambda: one("select long(a) from t limit 1"), ("0" * 70_000,)),
        (opened, (1,)),
    ]

    def setUp(self):
        # The component has once had what it needs: what Python's memory takes it never gives back.
        one("select zeroblob(4000000)")
        self.right_or_no_memory()


if __name__ == "__main__":
    unittest.main()
