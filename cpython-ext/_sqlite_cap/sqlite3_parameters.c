/* sqlite3.h over the sqlite:wasm contract: parameters of statements, whose values wait here for the next step. */
#include "sqlite3_statement.h"

#include <stdlib.h>
#include <string.h>

/* Memory for longer values than this is not kept for the next one. */
enum { KEPT = 64 * 1024 };

bool
sqlite_parameters_make(sqlite3_stmt *stmt, const sqlite_wasm_database_prepared_t *prepared)
{
    size_t count = prepared->parameter_count;

    if (count == 0)
        return true;
    stmt->bound = calloc(count, sizeof *stmt->bound); /* all NULL, as SQLite has them */
    stmt->rooms = calloc(count, sizeof *stmt->rooms);
    if (stmt->bound == NULL || stmt->rooms == NULL)
        return false;
    stmt->parameter_count = (int)count;
    if (prepared->parameters.len == 0)
        return true;
    stmt->parameter_names = calloc(count, sizeof *stmt->parameter_names);
    if (stmt->parameter_names == NULL)
        return false;
    for (size_t i = 0; i < prepared->parameters.len; i++) {
        sqlite_wasm_database_parameter_t *parameter = &prepared->parameters.ptr[i];
        char **name = &stmt->parameter_names[parameter->index - 1];
        if (parameter->index < 1 || parameter->index > count || *name != NULL)
            continue; /* not what SQLite would say */
        *name = sqlite_bytes_to_text(&parameter->name);
        parameter->name = (bytes_t){0};
        if (*name == NULL)
            return false;
    }
    return true;
}

void
sqlite_parameters_free(sqlite3_stmt *stmt)
{
    for (int i = 0; i < stmt->parameter_count; i++) {
        free(stmt->rooms[i].memory);
        if (stmt->parameter_names != NULL)
            free(stmt->parameter_names[i]);
    }
    free(stmt->parameter_names);
    free(stmt->rooms);
    free(stmt->bound);
}

size_t
sqlite_parameters_size(const sqlite3_stmt *stmt)
{
    size_t size = (size_t)stmt->parameter_count * sizeof *stmt->bound;

    for (int i = 0; i < stmt->parameter_count; i++) {
        const value_t *value = &stmt->bound[i];
        if (value->tag == SQLITE_WASM_CALLBACKS_VALUE_TEXT || value->tag == SQLITE_WASM_CALLBACKS_VALUE_BLOB)
            size += value->val.text.len;
    }
    return size;
}

int
sqlite3_bind_parameter_count(sqlite3_stmt *stmt)
{
    return stmt == NULL ? 0 : stmt->parameter_count;
}

const char *
sqlite3_bind_parameter_name(sqlite3_stmt *stmt, int index)
{
    if (stmt == NULL || stmt->parameter_names == NULL || index < 1 || index > stmt->parameter_count)
        return NULL;
    return stmt->parameter_names[index - 1];
}

static int
set(sqlite3_stmt *stmt, int index, value_t value)
{
    if (stmt == NULL)
        return SQLITE_MISUSE;
    if (stmt->is_running) /* as in SQLite: the values are those of the rows that are to come */
        return sqlite_database_failed_by(stmt->db, SQLITE_MISUSE);
    if (index < 1 || index > stmt->parameter_count)
        return sqlite_database_failed_by(stmt->db, SQLITE_RANGE);
    stmt->bound[index - 1] = value;
    stmt->is_bound = true;
    return SQLITE_OK;
}

/* Sets bytes, copied. */
static int
set_bytes(sqlite3_stmt *stmt, int index, uint8_t tag, const void *data, int length)
{
    value_t value = {.tag = tag, .val.text.len = (size_t)length};
    struct room *room;

    if (data == NULL) /* as in SQLite */
        return sqlite3_bind_null(stmt, index);
    if (stmt == NULL || index < 1 || index > stmt->parameter_count || length == 0)
        return set(stmt, index, value);
    room = &stmt->rooms[index - 1];
    if (room->size < (size_t)length || room->size > KEPT) {
        free(room->memory);
        *room = (struct room){malloc((size_t)length), (size_t)length};
        if (room->memory == NULL) {
            room->size = 0;
            sqlite3_bind_null(stmt, index);
            return sqlite_database_failed_by(stmt->db, SQLITE_NOMEM);
        }
    }
    memcpy(room->memory, data, (size_t)length);
    value.val.text.ptr = room->memory;
    return set(stmt, index, value);
}

int
sqlite3_bind_null(sqlite3_stmt *stmt, int index)
{
    return set(stmt, index, (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_NULL});
}

int
sqlite3_bind_int64(sqlite3_stmt *stmt, int index, sqlite3_int64 value)
{
    return set(stmt, index, (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_INTEGER, .val.integer = value});
}

int
sqlite3_bind_double(sqlite3_stmt *stmt, int index, double value)
{
    return set(stmt, index, (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_REAL, .val.real = value});
}

int
sqlite3_bind_text(sqlite3_stmt *stmt, int index, const char *text, int length, sqlite3_destructor_type destructor)
{
    (void)destructor;
    return set_bytes(stmt, index, SQLITE_WASM_CALLBACKS_VALUE_TEXT, text, length);
}

int
sqlite3_bind_blob(sqlite3_stmt *stmt, int index, const void *data, int length, sqlite3_destructor_type destructor)
{
    (void)destructor;
    return set_bytes(stmt, index, SQLITE_WASM_CALLBACKS_VALUE_BLOB, data, length);
}
