"""Opens the database that duckdb_writes.py was killed over. Prints how many rows there are, if all is well."""

import duckdb

connection = duckdb.connect("/data/a.duckdb")
count, last, texts = connection.execute("select count(*), coalesce(max(i), 0), count(x) from t").fetchone()
found = connection.execute("select count(*) from t where i = ?", [count]).fetchone()[0] if count else 1
is_whole = last == texts == count and count % 20 == 0 and found == 1
print(count if is_whole else f"{count} rows, {texts} texts, the last is {last}, found {found}")
