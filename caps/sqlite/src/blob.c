/* Values that are read and written in place. */
#include "sqlite_cap_private.h"

#include <stdlib.h>

struct exports_sqlite_wasm_database_blob_t {
    sqlite3 *db;
    sqlite3_blob *blob;
};
typedef exports_sqlite_wasm_database_blob_t blob_t;

bool
exports_sqlite_wasm_database_static_blob_open(connection_t *connection, bytes_t *schema, bytes_t *table, bytes_t *column,
                                              int64_t row, bool writable, exports_sqlite_wasm_database_opened_blob_t *ret,
                                              problem_t *err)
{
    bytes_t *lists[3] = {schema, table, column};
    char *names[3] = {NULL};
    bool named = true;
    blob_t *self = calloc(1, sizeof *self);
    int code = SQLITE_NOMEM;

    for (int i = 0; i < 3; i++) {
        if (named)
            named = (names[i] = bytes_to_name(lists[i], err)) != NULL;
        else
            sqlite_cap_list_u8_free(lists[i]);
    }
    if (named && self != NULL)
        code = sqlite3_blob_open(connection->db, names[0], names[1], names[2], row, writable, &self->blob);
    for (int i = 0; i < 3; i++)
        free(names[i]);
    if (code == SQLITE_OK) {
        self->db = connection->db;
        ret->size = (uint32_t)sqlite3_blob_bytes(self->blob);
        ret->blob = exports_sqlite_wasm_database_blob_new(self);
        return true;
    }
    if (named) {
        if (self == NULL || code == SQLITE_MISUSE)
            problem_code(code, err);
        else
            problem_of(connection->db, err);
    }
    free(self);
    return false;
}

void
exports_sqlite_wasm_database_blob_destructor(blob_t *self)
{
    sqlite3_blob_close(self->blob);
    free(self);
}

bool
exports_sqlite_wasm_database_method_blob_read(blob_t *self, uint32_t offset, uint32_t length, bytes_t *ret,
                                              problem_t *err)
{
    *ret = (bytes_t){0};
    if (length > 0 && (ret->ptr = malloc(length)) == NULL)
        return problem_code(SQLITE_NOMEM, err);
    ret->len = length;
    if (sqlite3_blob_read(self->blob, ret->ptr, (int)length, (int)offset) == SQLITE_OK)
        return true;
    sqlite_cap_list_u8_free(ret);
    return problem_of(self->db, err);
}

bool
exports_sqlite_wasm_database_method_blob_write(blob_t *self, uint32_t offset, bytes_t *data, problem_t *err)
{
    int code = sqlite3_blob_write(self->blob, data->ptr, (int)data->len, (int)offset);

    sqlite_cap_list_u8_free(data);
    return code == SQLITE_OK || problem_of(self->db, err);
}
