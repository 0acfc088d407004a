/* SQL in short, for native tests. For one file a program. */
#ifndef PYLON_SQLITE_QUERIES_H
#define PYLON_SQLITE_QUERIES_H

#include "sqlite3.h"

/* Runs statements; SQLite's code. */
static int
run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* The number that a query gives; -1 for none. */
static sqlite3_int64
number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3_int64 answer = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        answer = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return answer;
}

#endif
