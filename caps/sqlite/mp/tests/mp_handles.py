# beside: ../../../common/mp/tests/leaks.py
# What a program does to connections and cursors behind the module's back, and that nothing of them is left.
import gc
import sqlite3

import leaks

db = sqlite3.connect(":memory:")
db.execute("create table t(a integer primary key, b)")
connection, cursor = type(db), type(db.cursor())


# Impostors for `self`, among them instances of classes of the program's own.
class Pretender:
    database = statement = connection = 65536


for impostor in (5, 65536, b"\0" * 64, None, Pretender(), Pretender, connection, [1], "text", bytearray(64)):
    for method in (
        lambda object: connection.execute(object, "select 1"),
        lambda object: connection.executemany(object, "select 1", []),
        lambda object: connection.executescript(object, ""),
        lambda object: connection.__exit__(object, None, None, None),
        connection.cursor, connection.commit, connection.rollback, connection.close, connection.__enter__, connection.__del__,
        lambda object: cursor.execute(object, "select 1"),
        lambda object: cursor.executemany(object, "select 1", []),
        lambda object: cursor.executescript(object, ""),
        cursor.fetchone, cursor.fetchmany, cursor.fetchall, cursor.close, cursor.__del__,
    ):
        try:
            method(impostor)
        except TypeError:
            pass
        else:
            assert False, (method, impostor)
for call in (lambda: connection.cursor(db.cursor()), lambda: cursor.fetchone(db), lambda: connection(), lambda: cursor(db)):
    try:
        call()
    except TypeError:
        pass
    else:
        assert False, "an impostor"
for base in (connection, cursor):
    try:
        type("Sub", (base,), {})
    except TypeError:
        pass
    else:
        assert False, "subclassed"


def refused(call):
    try:
        call()
    except sqlite3.ProgrammingError:
        return True
    return False


# Finalisers that are called by hand, in the middle of something, too.
rows = db.execute("select 1 union select 2")
rows.__del__()
rows.__del__()
assert rows.fetchall() == []
other = sqlite3.connect(":memory:")
held = other.execute("select 1 union select 2")
other.__del__()
other.__del__()
assert refused(held.fetchone) and refused(lambda: other.execute("select 1"))
held.close()


def values(use):
    yield (None, 1)
    use()
    yield (None, 2)


writer = db.cursor()
for use in (writer.__del__, gc.collect, lambda: db.execute("select 1 union select 2").fetchone()):
    writer.executemany("insert into t values(?, ?)", values(use))
assert db.execute("select count(*) from t").fetchone() == (6,)
writer = other = sqlite3.connect(":memory:")
other.execute("create table t(a, b)")
assert refused(lambda: other.executemany("insert into t values(?, ?)", values(other.close)))
assert refused(lambda: other.execute("select 1"))


# A key that closes what it is asked for.
class Key:
    def __init__(self, use):
        self.use = use

    def __hash__(self):
        return hash("a")

    def __eq__(self, other):
        self.use()
        return False


for use in (lambda: busy.execute("select 5"), lambda: busy.close(), lambda: other.close()):
    other = sqlite3.connect(":memory:")
    busy = other.cursor()
    try:
        busy.execute("select :a", {Key(use): 1})
    except sqlite3.ProgrammingError:
        pass
    else:
        assert False, "no error"

# Rows of a statement that changes rows are nobody's after executemany().
returned = db.executemany("insert into t values(?, ?) returning a", [(None, 5), (None, 6)])
assert returned.fetchall() == [] and db.execute("select count(*) from t").fetchone() == (8,)
db.rollback()

# Statements that nest as deep as they may, wherever the stack is: an error, and no trap.
nested = [
    lambda n: "select " + "(" * n + "1" + ")" * n,
    lambda n: "select " + "- " * n + "1",
    lambda n: "select " + "(1 + " * n + "1" + ")" * n,
    lambda n: "select " + "case when 1 then " * n + "1" + " end" * n,
    lambda n: "select " + "abs(" * n + "1" + ")" * n,
    lambda n: "select " + "(select " * n + "1" + ")" * n,
    lambda n: "select * from " + "(select * from " * n + "(select 1)" + ")" * n,
    lambda n: "select " + "exists(select 1 where " * n + "1" + ")" * n,
    lambda n: "select 1" + " union all select 1" * n,
    lambda n: "select json('" + "[" * n + "]" * n + "')",
    lambda n: "with t0 as (select 1)" + "".join([", t%d as (select * from t%d)" % (i + 1, i) for i in range(n)]) + " select * from t%d" % n,
]


def at_depth(depth, sql):
    if depth > 0:
        return at_depth(depth - 1, sql)
    try:
        return db.execute(sql).fetchone() is not None
    except sqlite3.OperationalError as error:
        return str(error)


for make in nested:
    for n in (30, 190, 900, 5000):
        for depth in (0, 150):
            assert at_depth(depth, make(n)), n
    assert at_depth(150, make(20)) is True


# ---- Nothing is left ----


def flat(name, work, count, places=1 << 18):
    leaks.flat(name, work, count, places, 8192)


def dropped_connections():
    one = sqlite3.connect(":memory:")
    one.execute("create table t(a)")
    one.execute("insert into t values(1)")
    one.execute("select * from t union all select 2").fetchone()


def closed_files():
    one = sqlite3.connect("handles.db")
    one.execute("create table if not exists t(a)")
    with one:
        one.execute("delete from t")
        one.execute("insert into t values(zeroblob(20000))")
    one.execute("select a from t").fetchone()
    one.close()


def statements():
    for i in range(30):
        db.execute("select %d, ?, :name" % i, (i, "text" * 50)).fetchone()
    db.execute("select * from t, t as u").fetchone()
    db.cursor()


def large_values():
    assert db.execute("select ?, length(?1)", (b"z" * 100000,)).fetchone()[1] == 100000


def errors():
    for call in (
        lambda: db.execute("select nothing"),
        lambda: db.execute("select 1; select 2"),
        lambda: db.execute("select ?", ()),
        lambda: db.execute("select ?", (object(),)),
        lambda: db.execute("insert into t values('no', 1)"),
        lambda: db.execute("select cast(x'ff' as text)").fetchone(),
        lambda: db.executemany("insert into t values(?, ?)", [(1000, 1), (1000, 2)]),
        lambda: db.executescript("select 1; select nothing"),
        lambda: sqlite3.connect("no/such/folder"),
    ):
        try:
            call()
        except sqlite3.Error:
            pass
        else:
            assert False, "no error"
    db.rollback()


db.execute("insert into t(b) values(1), (2), (3)")
db.commit()
flat("dropped connections", dropped_connections, 400, 1 << 20)
flat("closed files", closed_files, 60)
flat("statements", statements, 100)
flat("large values", large_values, 300, 1 << 20)
flat("errors", errors, 300)
print("OK")
