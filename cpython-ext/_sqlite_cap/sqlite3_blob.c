/* sqlite3.h over the sqlite:wasm contract: values that are read and written in place. */
#include "sqlite3_private.h"

#include <stdlib.h>
#include <string.h>

struct sqlite3_blob {
    sqlite3 *db;
    sqlite_wasm_database_own_blob_t handle;
    uint32_t size;
};

int
sqlite3_blob_open(sqlite3 *db, const char *schema, const char *table, const char *column, sqlite3_int64 row, int writable,
                  sqlite3_blob **blob)
{
    bytes_t names[3] = {sqlite_bytes_lent(schema), sqlite_bytes_lent(table), sqlite_bytes_lent(column)};
    sqlite_wasm_database_opened_blob_t opened;
    problem_t problem;

    *blob = NULL;
    sqlite_database_begin(db);
    sqlite3_blob *made = malloc(sizeof *made);
    if (made == NULL)
        return sqlite_database_failed_by(db, SQLITE_NOMEM);
    if (!sqlite_wasm_database_static_blob_open(sqlite_database_lent(db), &names[0], &names[1], &names[2], row, writable != 0,
                                               &opened, &problem)) {
        free(made);
        return sqlite_database_failed(db, &problem);
    }
    *made = (sqlite3_blob){db, opened.blob, opened.size};
    sqlite_database_refer(db);
    *blob = made;
    return SQLITE_OK;
}

int
sqlite3_blob_close(sqlite3_blob *blob)
{
    if (blob == NULL)
        return SQLITE_OK;
    link_forget_error();
    sqlite_wasm_database_blob_drop_own(blob->handle);
    blob->db->is_stale = true;
    sqlite_database_let_go(blob->db);
    free(blob);
    return SQLITE_OK;
}

int
sqlite3_blob_bytes(sqlite3_blob *blob)
{
    return (int)blob->size;
}

int
sqlite3_blob_read(sqlite3_blob *blob, void *to, int length, int offset)
{
    uint8_t *next = to;

    sqlite_database_begin(blob->db);
    for (uint32_t left = (uint32_t)length, at = (uint32_t)offset; left > 0;) {
        bytes_t data;
        problem_t problem;
        uint32_t slice = left < SLICE ? left : SLICE;
        if (!sqlite_wasm_database_method_blob_read(sqlite_wasm_database_borrow_blob(blob->handle), at, slice, &data,
                                                   &problem))
            return sqlite_database_failed(blob->db, &problem);
        bool is_whole = data.len == slice;
        if (is_whole)
            memcpy(next, data.ptr, slice);
        sqlite_import_list_u8_free(&data);
        if (!is_whole)
            return sqlite_database_failed_by(blob->db, SQLITE_ERROR);
        next += slice;
        at += slice;
        left -= slice;
    }
    return SQLITE_OK;
}

int
sqlite3_blob_write(sqlite3_blob *blob, const void *from, int length, int offset)
{
    const uint8_t *next = from;

    sqlite_database_begin(blob->db);
    for (uint32_t left = (uint32_t)length, at = (uint32_t)offset; left > 0;) {
        problem_t problem;
        uint32_t slice = left < SLICE ? left : SLICE;
        bytes_t data = {(uint8_t *)next, slice};
        if (!sqlite_wasm_database_method_blob_write(sqlite_wasm_database_borrow_blob(blob->handle), at, &data, &problem))
            return sqlite_database_failed(blob->db, &problem);
        next += slice;
        at += slice;
        left -= slice;
    }
    return SQLITE_OK;
}
