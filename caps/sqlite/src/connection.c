/* Connections. */
#include "sqlite_cap_private.h"

#include <stdlib.h>

status_t
status_of(sqlite3 *db)
{
    return (status_t){
        .autocommit = sqlite3_get_autocommit(db) != 0,
        .changes = sqlite3_changes64(db),
        .total_changes = sqlite3_total_changes64(db),
        .last_insert_rowid = sqlite3_last_insert_rowid(db),
    };
}

bool
exports_sqlite_wasm_database_static_connection_open(bytes_t *name, uint32_t mode,
                                                    exports_sqlite_wasm_database_own_connection_t *ret, problem_t *err)
{
    char *path = bytes_to_name(name, err);
    if (path == NULL)
        return false;
    connection_t *self = calloc(1, sizeof *self);
    int code = self == NULL ? SQLITE_NOMEM : sqlite3_open_v2(path, &self->db, (int)mode, NULL);

    free(path);
    if (code != SQLITE_OK) {
        if (self == NULL || self->db == NULL)
            problem_code(code, err);
        else
            problem_of(self->db, err);
        if (self != NULL)
            sqlite3_close_v2(self->db);
        free(self);
        return false;
    }
    sqlite3_extended_result_codes(self->db, 1);
    *ret = exports_sqlite_wasm_database_connection_new(self);
    return true;
}

void
exports_sqlite_wasm_database_connection_destructor(connection_t *self)
{
    /* Statements that are left may keep the connection, but not who observed it. */
    exports_sqlite_wasm_database_method_connection_set_tracer(self, NULL);
    exports_sqlite_wasm_database_method_connection_set_ticker(self, 0, NULL);
    exports_sqlite_wasm_database_method_connection_set_authorizer(self, NULL, NULL);
    sqlite3_close_v2(self->db);
    free(self);
}

void
exports_sqlite_wasm_database_method_connection_status(connection_t *self, status_t *ret)
{
    *ret = status_of(self->db);
}

bool
exports_sqlite_wasm_database_method_connection_execute(connection_t *self, bytes_t *sql, status_t *ret, problem_t *err)
{
    char *text = bytes_to_name(sql, err);
    if (text == NULL)
        return false;
    int code = sqlite3_exec(self->db, text, NULL, NULL, NULL);

    free(text);
    if (code != SQLITE_OK)
        return problem_of(self->db, err);
    *ret = status_of(self->db);
    return true;
}

int32_t
exports_sqlite_wasm_database_method_connection_limit(connection_t *self, int32_t category, int32_t value)
{
    return sqlite3_limit(self->db, category, value);
}

bool
exports_sqlite_wasm_database_method_connection_configure(connection_t *self, int32_t setting, int32_t value, bool *ret,
                                                         problem_t *err)
{
    int actual = 0;

    /* The others take pointers. */
    if (setting < SQLITE_DBCONFIG_ENABLE_FKEY || setting > SQLITE_DBCONFIG_ENABLE_COMMENTS)
        return problem_code(SQLITE_MISUSE, err);
    if (sqlite3_db_config(self->db, setting, (int)value, &actual) != SQLITE_OK)
        return problem_of(self->db, err);
    *ret = actual != 0;
    return true;
}

void
exports_sqlite_wasm_database_method_connection_busy_timeout(connection_t *self, int32_t milliseconds)
{
    sqlite3_busy_timeout(self->db, milliseconds);
}

void
exports_sqlite_wasm_database_method_connection_interrupt(connection_t *self)
{
    sqlite3_interrupt(self->db);
}
