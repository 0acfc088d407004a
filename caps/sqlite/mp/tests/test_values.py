# Runs on MicroPython and on CPython, with the same output.
import sqlite3
from collections import namedtuple

db = sqlite3.connect(":memory:")
print(sqlite3.sqlite_version, sqlite3.apilevel, sqlite3.paramstyle, sqlite3.threadsafety)
print(db.isolation_level == "", db.in_transaction, db.total_changes)

# Every kind of value, there and back, and SQLite's type of it.
for value in (
    None, True, False, 0, -1, 7, 2**30 - 1, 2**30, -(2**30), -(2**30) - 1, 2**31, 2**32, -(2**31) - 1, 2**53 + 1,
    2**63 - 1, -(2**63), -(2**63) + 1, 0.0, -0.5, 1e300, 1.5e-300, "", "a", "caf\u00e9 \u2603 \U0001f600", "a\0b", "x" * 5000,
    b"", b"\0\xff", b"z" * 70000, bytearray(b"abc"), memoryview(b"abcdef")[1:3],
):
    back, kind, length = db.execute("select ?1, typeof(?1), length(?1)", (value,)).fetchone()
    expected = bytes(value) if isinstance(value, (bytearray, memoryview)) else value
    assert back == expected and (kind != "text" or type(back) is str), value
    print(type(back).__name__, kind, length)
for value in (2**63, -(2**63) - 1, 2**64, 2**70, -(2**100)):
    try:
        db.execute("select ?", (value,))
    except OverflowError as error:
        print(error)
print(db.execute("select 1e999, -1e999, 0.0 / 1, 1 / 0, 9223372036854775807 + 1 > 0").fetchone())

# Parameters: by place and by name.
Pair = namedtuple("Pair", ("one", "two"))
for parameters in ((1, 2), [1, 2], Pair(1, 2)):
    print(db.execute("select ?, ?", parameters).fetchone())
print(db.execute("select ?2, ?1", (1, 2)).fetchone())
print(db.execute("select :a, @b, $c, :a", {"a": 1, "b": 2, "c": 3, "more": 4}).fetchone())
print(db.execute("select :name", {"name": None}).fetchall())
for sql, parameters in (
    ("select ?", ()), ("select ?, ?", (1,)), ("select 1", (1,)), ("select :a", {}), ("select ?", {"a": 1}),
    ("select ?", (object,)), ("select ?, ?", (1, [])), ("select ?", 5), ("select ?", None), ("select 1", 5),
):
    try:
        db.execute(sql, parameters)
    except sqlite3.ProgrammingError as error:
        print(sql, "list" in str(error) and "list" or error)
    else:
        print(sql, "no error")

# Rows, in every way.
db.execute("create table t(id integer primary key, name text, size real)")
cursor = db.cursor()
print(cursor.description, cursor.rowcount, cursor.lastrowid, cursor.arraysize, cursor.fetchone(), cursor.fetchall())
print(cursor.connection is db, cursor.execute("select 1") is cursor, list(cursor))
rows = [(i, "name %d" % i, i / 4) for i in range(10)]
cursor = db.executemany("insert into t values(?, ?, ?)", rows)
print(cursor.rowcount, cursor.lastrowid, cursor.description, db.total_changes, db.in_transaction)
db.executemany("insert into t(name) values(:name)", ({"name": str(i)} for i in range(3)))
cursor = db.execute("select * from t order by id")
print([column[0] for column in cursor.description], [len(column) for column in cursor.description], cursor.description[0])
print(cursor.fetchone(), cursor.fetchmany(), cursor.fetchmany(2), cursor.fetchmany(size=1))
cursor.arraysize = 3
print(cursor.arraysize, cursor.fetchmany(), next(cursor), cursor.rowcount)
for row in cursor:
    print(row)
print(cursor.fetchone(), cursor.fetchmany(5), cursor.fetchall(), list(cursor))
try:
    next(cursor)
except StopIteration:
    print("StopIteration")
print(cursor.execute("select id from t where id < 2").fetchall(), cursor.execute("select 1 where 0").fetchall())
print(cursor.description)

# What changes rows.
cursor = db.execute("insert into t(name) values('last')")
print(cursor.rowcount, cursor.lastrowid, cursor.fetchall())
print(db.execute("update t set size = 1 where id > 5").rowcount, db.execute("delete from t where id > 10").rowcount)
print(db.execute("-- a comment\n/* another */ replace into t values(1, 'x', 0)").rowcount, db.in_transaction)
print(db.execute("select count(*) from t").rowcount, db.execute("create table other(a)").rowcount)
cursor = db.execute("insert into other values(1), (2) returning a, a + 1 as b")
print(cursor.description[1][0], cursor.fetchall(), cursor.rowcount)

# One statement, many cursors; a statement that is prepared again.
one, two = db.execute("select id from t order by id"), db.execute("select id from t order by id")
print(one.fetchone(), one.fetchone(), two.fetchone(), one.fetchone(), two.fetchone())
db.execute("alter table other add column c default 'new'")
cursor = db.execute("select * from other")
print(cursor.fetchone())
db.commit()
db.execute("alter table other add column d default 'newer'")
print(db.execute("select * from other").fetchone(), len(db.execute("select * from other").description))
for i in range(40):
    assert db.execute("select %d" % (i % 20)).fetchone() == (i % 20,)

# Scripts.
db.executescript("create table s(a); insert into s values(1); insert into s values(2); -- the end")
print(db.cursor().executescript("update s set a = a + 1").execute("select * from s").fetchall(), db.in_transaction)
print(db.execute("").fetchall(), db.execute(" -- nothing").fetchall())
print([sqlite3.complete_statement(text) for text in ("select 1;", "select 1", "", "create trigger x ;")])

# Parts of SQLite.
db.executescript(
    "create virtual table f using fts5(text); insert into f values('to be or not'), ('caps are small');"
    "create virtual table r using rtree(id, x0, x1); insert into r values(1, 0, 5), (2, 7, 9);"
)
print(db.execute("select rowid from f where f match 'caps'").fetchall())
print(db.execute("select id from r where x0 > ?", (6,)).fetchall())
print(db.execute("select json_extract(?, '$.a[1]'), sqrt(2.25)", ('{"a": [1, 2]}',)).fetchone())
print(db.execute("select name, sum(size) over (order by id) from t limit 2").fetchall())
print(db.execute("select date('2026-11-30', '+1 day'), strftime('%Y', '1970-01-01')").fetchone())
