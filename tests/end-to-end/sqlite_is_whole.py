"""Opens the database that sqlite_writes.py was killed over. Prints how many rows there are, if all is well."""

import sqlite3

connection = sqlite3.connect("/data/a.db", timeout=0)
connection.execute("pragma locking_mode=exclusive")
checked = connection.execute("pragma integrity_check").fetchone()[0]
count, last = connection.execute("select count(*), coalesce(max(i), 0) from t").fetchone()
print(count if (checked, last) == ("ok", count) and count % 20 == 0 else f"{checked}: {count} rows, the last is {last}")
