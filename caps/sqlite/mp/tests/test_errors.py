# Runs on MicroPython and on CPython, with the same output.
import sqlite3

NAMES = (
    "Warning Error InterfaceError DatabaseError InternalError OperationalError ProgrammingError IntegrityError DataError"
    " NotSupportedError"
).split()
for name in NAMES:
    kind = getattr(sqlite3, name)
    bases = [other for other in NAMES if issubclass(kind, getattr(sqlite3, other))]
    print(name, kind.__name__, bases, issubclass(kind, Exception))
try:
    raise sqlite3.IntegrityError("of a program's own")
except sqlite3.Error as error:
    print(error, error.args)


def show(call):
    try:
        print("returned", call())
    except Exception as error:
        print(type(error).__name__, error)


def kind(call):
    try:
        print("returned", call())
    except Exception as error:
        print(type(error).__name__)


db = sqlite3.connect(":memory:")
db.execute("create table t(a integer primary key, b unique not null, check(b <> 'no'))")
db.execute("insert into t values(1, 'x')")
for sql in (
    "select", "selec 1", "select 'open", "select * from nothing", "select b, c from t", "insert into t values(1, 'y')",
    "insert into t values(2, 'x')", "insert into t values(2, null)", "insert into t values(2, 'no')",
    "insert into t values('text', 'z')", "create table t(a)", "drop table nothing", "select 1; select 2",
    "select 1; -- a comment", "select 1;;", "select 1 /* open", "select nofunction(1)", "select load_extension('x')",
    "select zeroblob(3000000000)", "rollback to nothing", "pragma nothing", "select json('{')",
    "select '" + "x" * 300 + "' frm t",
):
    show(lambda: db.execute(sql).fetchall())
show(lambda: db.execute("select 1\0"))
show(lambda: db.executemany("select ?", [(1,)]))
show(lambda: db.executemany("insert into t values(?, ?)", [(7, "7"), (7, "8"), (9, "9")]))
print(db.execute("select a from t order by a").fetchall(), db.in_transaction)
show(lambda: db.executescript("insert into t values(10, '10'); insert into t values(10, '10'); insert into t values(11, '')"))
kind(lambda: db.execute("select cast(x'ff41' as text) as bad").fetchone())
for call in (
    lambda: db.execute(), lambda: db.execute(5), lambda: db.execute(b"select 1"), lambda: db.execute("select 1", (), ()),
    lambda: db.executemany("insert into t values(?, ?)"), lambda: db.executemany("insert into t values(?, ?)", 5),
    lambda: db.executemany("insert into t values(?, ?)", [5]), lambda: db.executescript(5), lambda: db.cursor().fetchmany("x"),
    lambda: sqlite3.connect(), lambda: sqlite3.connect(5), lambda: sqlite3.connect(":memory:", timeout="x"),
    lambda: sqlite3.connect(":memory:", other=1), lambda: sqlite3.connect("a\0b"), lambda: sqlite3.connect("no/such/folder/x.db"),
    lambda: sqlite3.connect(":memory:", isolation_level="x"), lambda: sqlite3.connect(":memory:", isolation_level=5),
    lambda: sqlite3.connect("."), lambda: db.nothing, lambda: db.cursor().nothing, lambda: setattr(db, "in_transaction", 1),
    lambda: setattr(db.cursor(), "rowcount", 1), lambda: setattr(db, "isolation_level", "x"),
    lambda: delattr(db, "isolation_level"), lambda: setattr(db.cursor(), "arraysize", "x"),
):
    kind(call)

# Closed.
cursor, other = db.execute("select * from t"), db.cursor()
other.close()
other.close()
for call in (lambda: other.execute("select 1"), lambda: other.fetchone(), lambda: next(other), lambda: other.fetchall()):
    show(call)
db.close()
db.close()
for call in (
    lambda: cursor.fetchone(), lambda: cursor.execute("select 1"), lambda: list(cursor), lambda: db.execute("select 1"),
    lambda: db.cursor(), lambda: db.commit(), lambda: db.rollback(), lambda: db.in_transaction, lambda: db.total_changes,
    lambda: db.__enter__(),
):
    show(call)

# A cursor that is used by what it is running.
db = sqlite3.connect(":memory:")
db.execute("create table t(a)")
cursor = db.cursor()


def recursive(use):
    yield (1,)
    use()
    yield (2,)


for use in (
    lambda: cursor.execute("select 1"), lambda: cursor.fetchone(), lambda: cursor.close(),
    lambda: cursor.executemany("insert into t values(?)", [(5,)]), lambda: [][1],
):
    show(lambda: cursor.executemany("insert into t values(?)", recursive(use)))
