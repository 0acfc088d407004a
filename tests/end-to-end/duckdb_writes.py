"""Commits rows to /data/a.duckdb until it is killed, and prints how many there are after each commit. The argument is how often it
writes from the log into the database: `often`, `seldom`, `never`."""

import sys

import duckdb

THRESHOLDS = {"often": "1KB", "seldom": "300KB", "never": "1TB"}

connection = duckdb.connect("/data/a.duckdb")
connection.execute(f"set checkpoint_threshold = '{THRESHOLDS[sys.argv[1]]}'; set wal_autocheckpoint = '{THRESHOLDS[sys.argv[1]]}'")
connection.execute("create table if not exists t(i bigint primary key, x varchar)")
count = connection.execute("select count(*) from t").fetchone()[0]
print(count, flush=True)
while True:
    connection.execute("begin")
    with connection.appender("t") as appender:
        appender.append_rows((count + 1 + i, f"{count}" * 300) for i in range(10))
    connection.execute("insert into t select ? + i, repeat('x', 3000) from range(10) u(i)", [count + 11])
    connection.execute("update t set x = x || 'y' where i % 7 = 0 and i > ?", [count - 200])
    connection.execute("commit")
    count += 20
    print(count, flush=True)
