"""duckdb in a loop leaves memory as it is.

memory: 512M
"""

import gc
import unittest

import duckdb


class Leaks(unittest.TestCase):
    def test_queries(self):
        con = duckdb.connect()
        con.create_function("same", lambda x: x, ["INTEGER"], "INTEGER")
        con.execute("create table t(i int)")

        def one(number):
            con.execute("select i, same(i::int), [i] from range(100) t(i) where i > ?", [number % 100]).fetchall()
            con.execute("insert into t values (?)", [number])
            con.execute("delete from t")
            try:
                con.execute("select nope")
            except duckdb.BinderException:
                pass
            con.cursor().close()

        used = "select sum(memory_usage_bytes) from duckdb_memory()"
        for number in range(200):
            one(number)
        gc.collect()
        before, objects = con.execute(used).fetchall()[0][0], len(gc.get_objects())
        for number in range(2300):
            one(number)
        gc.collect()
        self.assertLess(con.execute(used).fetchall()[0][0], before + 2_000_000)
        self.assertLess(len(gc.get_objects()), objects + 100)


if __name__ == "__main__":
    unittest.main()
