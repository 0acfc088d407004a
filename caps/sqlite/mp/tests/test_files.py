# Runs on MicroPython and on CPython, with the same output.
import os
import sqlite3

folder = __file__.rpartition("/")[0]
if folder:
    os.chdir(folder)


def show(call):
    try:
        print("returned", call())
    except sqlite3.Error as error:
        print(type(error).__name__, error)


def files():
    return sorted(name for name in os.listdir(".") if name.startswith("db") and not name.endswith(".lock"))


# Transactions: what is committed is there, what is not is undone.
db = sqlite3.connect("db")
db.execute("create table t(a)")
print(db.in_transaction, files())
db.execute("insert into t values(1)")
print(db.in_transaction, files())
db.rollback()
db.rollback()
print(db.in_transaction, files(), db.execute("select count(*) from t").fetchone())
db.execute("insert into t values(2)")
db.commit()
db.commit()
with db:
    db.execute("insert into t values(3)")
try:
    with db:
        db.execute("insert into t values(4)")
        raise ValueError("no")
except ValueError as error:
    print(error)
with db as same:
    print(same is db)
print(db.in_transaction, db.execute("select a from t").fetchall())
db.execute("insert into t values(5)")
db.close()
db = sqlite3.connect(b"db", timeout=0.01)
print(db.execute("select a from t").fetchall())

# Two connections.
other = sqlite3.connect("./db", timeout=0)
db.execute("insert into t values(6)")
print(other.execute("select count(*) from t").fetchone())
show(lambda: other.execute("insert into t values(7)"))
show(lambda: other.execute("begin immediate"))
db.commit()
print(other.execute("insert into t values(8)").rowcount, other.in_transaction)
show(lambda: db.execute("insert into t values(9)"))
db.rollback()
reader = db.execute("select a from t")
print(reader.fetchone())
show(lambda: other.commit())
print(reader.fetchall())
other.commit()
print(db.execute("select max(a) from t").fetchone())


def within(connection):
    with connection:
        connection.execute("insert into t values(10)")


reader = db.execute("select a from t")
reader.fetchone()
show(lambda: within(other))
print(other.in_transaction)
reader.close()
other.close()

# Isolation levels.
for level in (None, "", "DEFERRED", "immediate", "Exclusive"):
    one = sqlite3.connect("db", isolation_level=level, timeout=0)
    one.execute("insert into t values(0)")
    print(one.isolation_level, one.in_transaction)
    show(lambda: db.execute("select count(*) from t").fetchone())
    one.close()
db.isolation_level = None
db.execute("delete from t where a = 0")
print(db.isolation_level, db.in_transaction)
db.execute("begin")
db.execute("insert into t values(11)")
print(db.in_transaction)
db.isolation_level = None
print(db.in_transaction)
db.isolation_level = "IMMEDIATE"
db.execute("insert into t values(12)")
print(db.isolation_level, db.in_transaction)
db.executescript("insert into t values(13)")
print(db.in_transaction, db.execute("select count(*) from t where a > 10").fetchone())

# Other files: attached, a copy, names that are URIs, journals of all modes.
db.execute("attach 'db2' as second")
db.execute("create table second.u(a)")
db.execute("insert into u values(1)")
db.commit()
db.execute("vacuum into 'db3'")
print(files(), sqlite3.connect("db3").execute("select count(*) from t").fetchone())
print(sqlite3.connect("file:db2?mode=ro", uri=True).execute("select * from u").fetchall())
show(lambda: sqlite3.connect("file:db2?mode=ro", uri=True).execute("insert into u values(2)"))
show(lambda: sqlite3.connect("file:db9?mode=rw", uri=True).execute("select 1"))
db.close()
for mode in ("truncate", "persist", "memory", "off", "delete"):
    db = sqlite3.connect("db")
    print(db.execute("pragma journal_mode = " + mode).fetchone())
    with db:
        db.execute("insert into t values(14)")
    db.close()
    print(files())
db = sqlite3.connect("db")
print(db.execute("pragma journal_mode = wal").fetchone())
print(db.execute("pragma locking_mode = exclusive").fetchone(), db.execute("pragma journal_mode = wal").fetchone())
with db:
    db.execute("insert into t values(15)")
print(files())
db.close()
print(files())

# Large values, many rows, and a folder that is changed to.
os.mkdir("dbs")
os.chdir("dbs")
db = sqlite3.connect("large")
db.execute("create table t(a integer primary key, b)")
with db:
    db.executemany("insert into t(b) values(?)", ((bytes([i & 255]) * 3000,) for i in range(300)))
    db.execute("insert into t(b) values(zeroblob(300000))")
os.chdir("..")
print(os.listdir("dbs"), db.execute("select count(*), sum(length(b)) from t").fetchone())
print(db.execute("select b from t where a = 7").fetchone()[0] == b"\x06" * 3000, db.execute("pragma integrity_check").fetchall())
db.execute("delete from t")
db.commit()
db.execute("vacuum")
print(os.listdir("dbs"), os.stat("dbs/large")[6])
db.close()

# What is no database.
with open("dbtext", "w") as file:
    file.write("no database " * 100)
show(lambda: sqlite3.connect("dbtext").execute("select * from t"))
with open("db3", "r+b") as file:
    file.seek(4096)
    file.write(b"\xff" * 2000)
show(lambda: sqlite3.connect("db3").execute("select * from t").fetchall())
