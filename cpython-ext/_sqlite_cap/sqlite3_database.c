/* sqlite3.h over the sqlite:wasm contract: connections. */
#include "sqlite3_private.h"

#include <limits.h>
#include <stdlib.h>

sqlite_wasm_database_borrow_connection_t
sqlite_database_lent(const sqlite3 *db)
{
    return sqlite_wasm_database_borrow_connection(db->handle);
}

static void
set_error(sqlite3 *db, int code, char *message)
{
    free(db->message);
    db->code = code;
    db->message = message;
}

void
sqlite_database_begin(sqlite3 *db)
{
    link_forget_error();
    set_error(db, SQLITE_OK, NULL);
}

int
sqlite_database_failed(sqlite3 *db, problem_t *problem)
{
    db->is_stale = true;
    if (link_failed())
        return sqlite_database_failed_by(db, SQLITE_ERROR);
    set_error(db, problem->code, problem->message.len > 0 ? sqlite_bytes_to_text(&problem->message) : NULL);
    return db->code & 0xff;
}

int
sqlite_database_failed_by(sqlite3 *db, int code)
{
    set_error(db, code, NULL);
    return code & 0xff;
}

void
sqlite_database_refer(sqlite3 *db)
{
    db->references++;
}

void
sqlite_database_let_go(sqlite3 *db)
{
    if (--db->references > 0)
        return;
    sqlite_callbacks_end(db);
    free(db->message);
    free(db);
}

int
sqlite3_open_v2(const char *name, sqlite3 **db, int flags, const char *vfs)
{
    bytes_t path = sqlite_bytes_lent(name);
    problem_t problem = {0};

    (void)vfs;
    *db = calloc(1, sizeof **db);
    if (*db == NULL)
        return SQLITE_NOMEM;
    sqlite_database_refer(*db);
    sqlite_database_begin(*db);
    (*db)->is_stale = true;
    (*db)->is_open = sqlite_wasm_database_static_connection_open(&path, (uint32_t)flags, &(*db)->handle, &problem);
    return (*db)->is_open ? SQLITE_OK : sqlite_database_failed(*db, &problem);
}

int
sqlite3_close_v2(sqlite3 *db)
{
    if (db == NULL)
        return SQLITE_OK;
    link_forget_error();
    if (db->is_open)
        sqlite_wasm_database_connection_drop_own(db->handle);
    db->is_open = false;
    sqlite_database_let_go(db);
    return SQLITE_OK;
}

/* Of one that has no statements, as the module calls it. */
int
sqlite3_close(sqlite3 *db)
{
    return sqlite3_close_v2(db);
}

int
sqlite3_exec(sqlite3 *db, const char *sql, int (*callback)(void *, int, char **, char **), void *argument, char **message)
{
    bytes_t text = sqlite_bytes_lent(sql);
    problem_t problem;

    (void)callback;
    (void)argument;
    (void)message;
    sqlite_database_begin(db);
    if (!sqlite_component_has_room(text.len))
        return sqlite_database_failed_by(db, SQLITE_NOMEM);
    bool is_done = sqlite_wasm_database_method_connection_execute(sqlite_database_lent(db), &text, &db->status, &problem);
    db->is_stale = !is_done;
    return is_done ? SQLITE_OK : sqlite_database_failed(db, &problem);
}

int
sqlite3_busy_timeout(sqlite3 *db, int milliseconds)
{
    sqlite_database_begin(db);
    sqlite_wasm_database_method_connection_busy_timeout(sqlite_database_lent(db), milliseconds);
    return link_failed() ? sqlite_database_failed_by(db, SQLITE_ERROR) : SQLITE_OK;
}

int
sqlite3_limit(sqlite3 *db, int category, int value)
{
    link_forget_error();
    int before = sqlite_wasm_database_method_connection_limit(sqlite_database_lent(db), category, value);
    if (!link_failed())
        return before;
    /* The module compares a text with this limit before it prepares it, which fails then for the right reason. */
    return category == SQLITE_LIMIT_SQL_LENGTH ? INT_MAX : -1;
}

int
sqlite3_db_config(sqlite3 *db, int option, int value, int *actual)
{
    bool is_on = false;
    problem_t problem;

    sqlite_database_begin(db);
    if (!sqlite_wasm_database_method_connection_configure(sqlite_database_lent(db), option, value, &is_on, &problem))
        return sqlite_database_failed(db, &problem);
    *actual = is_on;
    return SQLITE_OK;
}

void
sqlite3_interrupt(sqlite3 *db)
{
    link_forget_error();
    sqlite_wasm_database_method_connection_interrupt(sqlite_database_lent(db));
}

/* What the connection says of itself, asked for if it may have changed. */
static const status_t *
fresh_status(sqlite3 *db)
{
    if (db->is_stale) {
        link_forget_error();
        sqlite_wasm_database_method_connection_status(sqlite_database_lent(db), &db->status);
        db->is_stale = link_failed();
    }
    return &db->status;
}

int
sqlite3_get_autocommit(sqlite3 *db)
{
    return fresh_status(db)->autocommit;
}

int
sqlite3_changes(sqlite3 *db)
{
    return (int)fresh_status(db)->changes;
}

int
sqlite3_total_changes(sqlite3 *db)
{
    return (int)fresh_status(db)->total_changes;
}

sqlite3_int64
sqlite3_last_insert_rowid(sqlite3 *db)
{
    return fresh_status(db)->last_insert_rowid;
}

int
sqlite3_errcode(sqlite3 *db)
{
    return sqlite3_extended_errcode(db) & 0xff;
}

int
sqlite3_extended_errcode(sqlite3 *db)
{
    return db == NULL ? SQLITE_NOMEM : db->code;
}

const char *
sqlite3_errmsg(sqlite3 *db)
{
    return db == NULL || db->message == NULL ? sqlite3_errstr(sqlite3_errcode(db)) : db->message;
}
