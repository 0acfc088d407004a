"""Commits rows to /data/a.db until it is killed, and prints how many there are after each commit. The argument is the journal's mode."""

import sqlite3
import sys

MODE = sys.argv[1]

connection = sqlite3.connect("/data/a.db", isolation_level=None)
if MODE == "wal":
    connection.execute("pragma locking_mode=exclusive")
connection.execute(f"pragma journal_mode={MODE}")
# So small that pages are written before the commit.
connection.execute("pragma cache_size=10")
connection.execute("create table if not exists t(i integer primary key, x)")
count = connection.execute("select count(*) from t").fetchone()[0]
print(count, flush=True)
while True:
    connection.execute("begin")
    for i in range(20):
        connection.execute("insert into t values(?, ?)", (count + 1 + i, "x" * 3000))
    connection.execute("update t set x = ? where i % 7 = 0", (f"y{count}" * 500,))
    connection.execute("commit")
    count += 20
    print(count, flush=True)
