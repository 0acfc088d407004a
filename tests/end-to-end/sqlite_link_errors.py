"""What sqlite3 raises when its provider is stopped for taking too long. What comes after that works, on the same file, too."""

import gc
import sqlite3
import weakref

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"


def raised(what, call):
    try:
        print(what, "gave", call())
    except Exception as error:
        print(what, f"{type(error).__module__}.{type(error).__name__}", getattr(error, "code", None))


class Same:
    def __call__(self, value):
        return value


connection = sqlite3.connect("file:/data/a.db", uri=True)
connection.execute("create table t(x)")
connection.execute("insert into t values(1)")
connection.commit()
connection.execute("insert into t values(2)")
function = Same()
reference = weakref.ref(function)
connection.create_function("same", 1, function)
del function
raised("endless", lambda: connection.execute(ENDLESS))
# The connection is gone with the provider.
raised("execute", lambda: connection.execute("select 1"))
raised("commit", connection.commit)
raised("total_changes", lambda: connection.total_changes)
raised("getlimit", lambda: connection.getlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH))
raised("close", connection.close)
del connection
gc.collect()
print("the function is gone:", reference() is None)
# So are its locks, and what it had not committed.
connection = sqlite3.connect("file:/data/a.db", uri=True, timeout=0)
raised("rows", lambda: connection.execute("select * from t").fetchall())
with connection:
    connection.execute("insert into t values(3)")
raised("rows", lambda: connection.execute("select * from t").fetchall())
raised("check", lambda: connection.execute("pragma integrity_check").fetchone())
connection.close()
