# args: -X heapmax=512K
# memory: 5M
# beside: ../../../common/mp/tests/leaks.py
# With all memory in use, each call gives what is right or is a MemoryError, and when memory is free again, all is as before. A
# transaction that is undone for want of memory is undone whole.
import gc
import sqlite3

from leaks import sweep

db = sqlite3.connect("full.db")
db.execute("create table t(a integer primary key, b)")
with db:
    db.executemany("insert into t values(?, ?)", ((i, "text %d " % i * 20) for i in range(300)))
parameters = (b"z" * 20000,)


def inserted():
    """Rows come and go in one transaction."""
    try:
        db.execute("insert into t values(1000, ?)", parameters)
        db.execute("update t set b = b || '.' where a > 500")
    finally:
        if db.in_transaction:
            db.rollback()


def opened():
    one = sqlite3.connect(":memory:")
    try:
        return one.execute("select 1").fetchone() == (1,)
    finally:
        one.close()


def sorted_rows():
    return len(db.execute("select b from t order by b, a").fetchall()) == 300


calls = (
    lambda: db.execute("select count(*) from t").fetchone() == (300,),
    lambda: db.execute("select length(?)", parameters).fetchone() == (20000,),
    lambda: len(db.execute("select zeroblob(30000)").fetchone()[0]) == 30000,
    lambda: db.execute("select sum(length(b)) > 1000 from t").fetchone() == (1,),
    lambda: db.execute("select %d" % len(kept)).fetchone() == (len(kept),),
    lambda: inserted() is None,
    sorted_rows,
    opened,
)


def call_all():
    refused = 0
    for call in calls:
        for _ in range(3):
            try:
                assert call(), "wrong"
            except MemoryError:
                refused += 1
            except sqlite3.Error as error:
                # What SQLite says where memory ended in the middle of a file.
                assert "I/O" in str(error) or "memory" in str(error) or "open" in str(error), error
                refused += 1
    return refused


def fill(make):
    try:
        for i in range(len(kept)):
            kept[i] = make()
    except MemoryError:
        pass


def memory():
    """Memory of the cap's, beside the heap."""
    one = sqlite3.connect(":memory:")
    one.execute("create table t(a)")
    return one


kept = [None] * 100
assert call_all() == 0
refused = 0
for make in (memory, lambda: bytes(20000), lambda: bytes(300)):
    kept = [None] * 2000
    fill(make)
    refused += call_all()
    kept = []
    sweep(20)
    gc.collect()
    assert call_all() == 0
assert refused > 0
assert db.execute("pragma integrity_check").fetchone() == ("ok",)
print("OK")
