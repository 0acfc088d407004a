"""duckdb hands over what is large again and again, and memory stays as it is.

slow: more than 3 GiB cross in both directions
memory: 512M
"""

import io
import unittest

import duckdb

LARGE = bytes(range(256)) * 6000
ROUNDS = 2200  # together more than the memory of the component


class Large(unittest.TestCase):
    def test_what_is_large(self):
        con = duckdb.connect()
        cursor = con.cursor()
        for number in range(ROUNDS):
            con.execute("create or replace table t(b blob)")
            with con.appender("t") as appender:
                appender.append_row(LARGE)
            cursor.execute("select b from t")  # and nobody fetches it
            if number % 100 == 0:
                self.assertEqual(con.execute("from t").fetchone(), (LARGE,))
        self.assertEqual(con.execute("select count(*), sum(octet_length(b)) from t").fetchall(), [(1, len(LARGE))])

    def test_objects_with_read_are_dropped(self):
        con, text = duckdb.connect(), b"a\n" + b"0123456789abcdef" * 750_000 + b"\n"
        options = {"columns": {"a": "varchar"}, "auto_detect": False, "header": True, "max_line_size": 20_000_000}
        for _ in range(ROUNDS * len(LARGE) // len(text)):
            lengths = con.read_csv(io.BytesIO(text), **options).aggregate("sum(length(a))").fetchall()
            self.assertEqual(lengths, [(len(text) - 3,)])


if __name__ == "__main__":
    unittest.main()
