"""Adds rows to a database that other processes write to, too, natively or in pylon.wasm. Arguments: the database, and how many
transactions. Prints how many there were."""

import sqlite3
import sys

name, count = sys.argv[1], int(sys.argv[2])

connection = sqlite3.connect(name, timeout=120, isolation_level=None)
connection.execute("pragma synchronous=off")  # Processes are killed, machines are not.
connection.execute("pragma cache_size=5")  # Pages are written before the commit.
connection.execute("begin immediate")
connection.execute("create table if not exists t(writer, x)")
connection.execute("create table if not exists n(n)")
connection.execute("insert into n select 0 where not exists (select * from n)")
connection.execute("commit")
for _ in range(count):
    connection.execute("begin immediate")
    before = connection.execute("select n from n").fetchone()[0]
    connection.executemany("insert into t values(?, ?)", [(sys.platform, "x" * 1500)] * 10)
    connection.execute("update t set x = ? where rowid % 3 = 0", ("y" * 1400,))
    connection.execute("update n set n = ?", (before + 1,))
    connection.execute("commit")
    rows, transactions = connection.execute("select (select count(*) from t), (select n from n)").fetchone()
    assert rows == 10 * transactions, (rows, transactions)
assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
print(connection.execute("select n from n").fetchone()[0])
