/* Values on their way between SQLite and the contract. */
#include "sqlite_cap_private.h"

#include <stdlib.h>
#include <string.h>

typedef exports_sqlite_wasm_database_list_value_t row_t;

static int
bind(sqlite3_stmt *stmt, int index, value_t *value)
{
    bool failed;
    size_t length;
    void *kept;

    switch (value->tag) {
    case SQLITE_WASM_CALLBACKS_VALUE_INTEGER:
        return sqlite3_bind_int64(stmt, index, value->val.integer);
    case SQLITE_WASM_CALLBACKS_VALUE_REAL:
        return sqlite3_bind_double(stmt, index, value->val.real);
    case SQLITE_WASM_CALLBACKS_VALUE_TEXT:
        length = value->val.text.len;
        kept = bytes_keep(&value->val.text, &failed);
        if (failed)
            return SQLITE_NOMEM;
        return kept == NULL ? sqlite3_bind_text64(stmt, index, "", 0, SQLITE_STATIC, SQLITE_UTF8)
                            : sqlite3_bind_text64(stmt, index, kept, length, free, SQLITE_UTF8);
    case SQLITE_WASM_CALLBACKS_VALUE_BLOB:
        length = value->val.blob.len;
        kept = bytes_keep(&value->val.blob, &failed);
        if (failed)
            return SQLITE_NOMEM;
        return kept == NULL ? sqlite3_bind_zeroblob(stmt, index, 0)
                            : sqlite3_bind_blob64(stmt, index, kept, length, free);
    default:
        return sqlite3_bind_null(stmt, index);
    }
}

int
values_bind(sqlite3_stmt *stmt, row_t *values)
{
    int code = SQLITE_OK;

    for (size_t i = 0; i < values->len; i++) {
        if (code == SQLITE_OK)
            code = bind(stmt, (int)i + 1, &values->ptr[i]);
        else
            free_value(&values->ptr[i]);
    }
    if (values->len > 0)
        free(values->ptr);
    *values = (row_t){0};
    return code;
}

/* One value of SQLite's, without a copy. */
static inline bool
lend(sqlite3_value *value, value_t *to)
{
    const void *data;

    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        *to = (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_INTEGER, .val.integer = sqlite3_value_int64(value)};
        return true;
    case SQLITE_FLOAT:
        *to = (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_REAL, .val.real = sqlite3_value_double(value)};
        return true;
    case SQLITE_TEXT:
        data = sqlite3_value_text(value);
        to->tag = SQLITE_WASM_CALLBACKS_VALUE_TEXT;
        to->val.text = (bytes_t){(uint8_t *)data, (size_t)sqlite3_value_bytes(value)};
        return data != NULL;
    case SQLITE_BLOB:
        data = sqlite3_value_blob(value);
        to->tag = SQLITE_WASM_CALLBACKS_VALUE_BLOB;
        to->val.blob = (bytes_t){(uint8_t *)data, (size_t)sqlite3_value_bytes(value)};
        return data != NULL || to->val.blob.len == 0;
    default:
        *to = (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_NULL};
        return true;
    }
}

static size_t
size_of(const value_t *value)
{
    switch (value->tag) {
    case SQLITE_WASM_CALLBACKS_VALUE_TEXT:
        return value->val.text.len;
    case SQLITE_WASM_CALLBACKS_VALUE_BLOB:
        return value->val.blob.len;
    default:
        return 0;
    }
}

/* Replaces what was lent by a copy. */
static bool
keep(value_t *value)
{
    bytes_t lent = value->val.text;

    return value->tag < SQLITE_WASM_CALLBACKS_VALUE_TEXT || bytes_copy(&value->val.text, lent.ptr, lent.len);
}

/* The values of the current row, lent, and how many bytes they have. False: there is no memory. */
static bool
lend_row(sqlite3_stmt *stmt, row_t *row, size_t *size)
{
    *size = row->len * sizeof(value_t);
    for (size_t i = 0; i < row->len; i++) {
        /* Without threads, a column's value is as good as any. */
        if (!lend(sqlite3_column_value(stmt, (int)i), &row->ptr[i])) {
            sqlite3_column_text(stmt, (int)i); /* which lets the connection know that memory was full */
            return false;
        }
        *size += size_of(&row->ptr[i]);
    }
    return true;
}

int
values_of_row(sqlite3_stmt *stmt, row_t *row)
{
    size_t columns = (size_t)sqlite3_data_count(stmt), size, kept = 0;

    *row = (row_t){malloc(columns * sizeof(value_t)), columns};
    if (row->ptr == NULL)
        return SQLITE_NOMEM;
    bool is_lent = lend_row(stmt, row, &size);
    /* Who is asked may have used the statement meanwhile. */
    if (is_lent && size > UNASKED)
        is_lent = consumer_has_room(size) && lend_row(stmt, row, &size);
    while (is_lent && kept < columns && keep(&row->ptr[kept]))
        kept++;
    if (kept == columns)
        return SQLITE_OK;
    free_values(row->ptr, kept);
    if (kept == 0)
        free(row->ptr);
    return SQLITE_NOMEM;
}

int
values_lent(value_t *space, int count, sqlite3_value **values)
{
    size_t size = (size_t)count * sizeof *space;

    for (int i = 0; i < count; i++) {
        if (!lend(values[i], &space[i]))
            return SQLITE_NOMEM;
        size += size_of(&space[i]);
    }
    return consumer_has_room(size) ? SQLITE_OK : SQLITE_NOMEM;
}

/* A text or blob as the result of a function. */
static void
bytes_result(sqlite3_context *context, value_t *value)
{
    bool is_text = value->tag == SQLITE_WASM_CALLBACKS_VALUE_TEXT, failed = false;
    size_t length = value->val.text.len; /* which has the place of a blob */
    void *kept = bytes_keep(&value->val.text, &failed);

    if (failed)
        sqlite3_result_error_nomem(context);
    else if (is_text)
        sqlite3_result_text64(context, kept == NULL ? "" : kept, length, kept == NULL ? SQLITE_STATIC : free, SQLITE_UTF8);
    else if (kept == NULL)
        sqlite3_result_zeroblob(context, 0);
    else
        sqlite3_result_blob64(context, kept, length, free);
}

void
values_result(sqlite3_context *context, value_t *value)
{
    switch (value->tag) {
    case SQLITE_WASM_CALLBACKS_VALUE_INTEGER:
        sqlite3_result_int64(context, value->val.integer);
        break;
    case SQLITE_WASM_CALLBACKS_VALUE_REAL:
        sqlite3_result_double(context, value->val.real);
        break;
    case SQLITE_WASM_CALLBACKS_VALUE_TEXT:
    case SQLITE_WASM_CALLBACKS_VALUE_BLOB:
        bytes_result(context, value);
        break;
    default:
        sqlite3_result_null(context);
    }
}

/* The callback was not reached, which may be for want of memory. */
static void
unavailable(sqlite3_context *context, const sqlite_cap_string_t *why)
{
    static const char no_memory[] = "no-memory: ";

    if (why->len >= sizeof no_memory - 1 && memcmp(why->ptr, no_memory, sizeof no_memory - 1) == 0)
        sqlite3_result_error_nomem(context);
    else
        sqlite3_result_error(context, (const char *)why->ptr, (int)why->len);
}

void
values_failure(sqlite3_context *context, failure_t *failure)
{
    switch (failure->tag) {
    case SQLITE_WASM_CALLBACKS_FAILURE_NO_MEMORY:
        sqlite3_result_error_nomem(context);
        break;
    case SQLITE_WASM_CALLBACKS_FAILURE_TOO_BIG:
        sqlite3_result_error_toobig(context);
        break;
    case SQLITE_WASM_CALLBACKS_FAILURE_MESSAGE:
        sqlite3_result_error(context, (const char *)failure->val.message.ptr, (int)failure->val.message.len);
        break;
    default:
        unavailable(context, &failure->val.unavailable);
    }
    free_failure(failure);
}
