"""Reads /data/a.db, in a folder that may only be read. Prints how many rows there are, and what SQLite says to a change."""

import sqlite3

connection = sqlite3.connect("/data/a.db", isolation_level=None)
print(connection.execute("select count(*) from t").fetchone()[0])
for sql in ["delete from t", "create table u(x)", "vacuum", "pragma user_version=1"]:
    try:
        connection.execute(sql)
    except sqlite3.OperationalError as error:
        print(error.sqlite_errorname, error)
try:
    sqlite3.connect("/data/b.db").execute("create table t(x)")
except sqlite3.OperationalError as error:
    print(error.sqlite_errorname, error)
