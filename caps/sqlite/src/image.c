/* Databases as bytes. */
#include "sqlite_cap_private.h"

#include <stdlib.h>
#include <string.h>

struct exports_sqlite_wasm_database_image_t {
    unsigned char *bytes; /* memory of SQLite's */
    uint64_t size;
};
typedef exports_sqlite_wasm_database_image_t image_t;

/* A handle for an image of these bytes, which it takes over also where it fails. */
static bool
make(unsigned char *bytes, uint64_t size, exports_sqlite_wasm_database_own_image_t *ret, problem_t *err)
{
    image_t *self = bytes == NULL ? NULL : malloc(sizeof *self);

    if (self == NULL) {
        sqlite3_free(bytes);
        return problem_code(SQLITE_NOMEM, err);
    }
    *self = (image_t){bytes, size};
    *ret = exports_sqlite_wasm_database_image_new(self);
    return true;
}

bool
exports_sqlite_wasm_database_static_image_create(uint64_t size, exports_sqlite_wasm_database_own_image_t *ret,
                                                 problem_t *err)
{
    unsigned char *bytes = sqlite3_malloc64(size > 0 ? size : 1);

    if (bytes != NULL)
        memset(bytes, 0, (size_t)size);
    return make(bytes, size, ret, err);
}

void
exports_sqlite_wasm_database_image_destructor(image_t *self)
{
    sqlite3_free(self->bytes);
    free(self);
}

uint64_t
exports_sqlite_wasm_database_method_image_size(image_t *self)
{
    return self->size;
}

void
exports_sqlite_wasm_database_method_image_read(image_t *self, uint64_t offset, uint32_t length, bytes_t *ret)
{
    uint64_t left = offset < self->size ? self->size - offset : 0;

    if (!bytes_copy(ret, self->bytes + (left > 0 ? offset : 0), left < length ? (size_t)left : length))
        *ret = (bytes_t){0};
}

bool
exports_sqlite_wasm_database_method_image_write(image_t *self, uint64_t offset, bytes_t *data, problem_t *err)
{
    bool fits = offset <= self->size && data->len <= self->size - offset;

    if (fits && data->len > 0)
        memcpy(self->bytes + offset, data->ptr, data->len);
    sqlite_cap_list_u8_free(data);
    return fits || problem_code(SQLITE_RANGE, err);
}

bool
exports_sqlite_wasm_database_method_connection_serialize(connection_t *self, bytes_t *schema,
                                                         exports_sqlite_wasm_database_own_image_t *ret, problem_t *err)
{
    char *name = bytes_to_name(schema, err);
    sqlite3_int64 size = 0;
    if (name == NULL)
        return false;
    unsigned char *bytes = sqlite3_serialize(self->db, name, &size, 0);

    free(name);
    if (bytes == NULL)
        return size == 0 ? problem_code(SQLITE_ERROR, err) : problem_code(SQLITE_NOMEM, err);
    return make(bytes, (uint64_t)size, ret, err);
}

bool
exports_sqlite_wasm_database_method_connection_deserialize(connection_t *self, bytes_t *schema,
                                                           exports_sqlite_wasm_database_own_image_t image, problem_t *err)
{
    image_t *source = exports_sqlite_wasm_database_image_rep(image);
    char *name = bytes_to_name(schema, err);
    int code = SQLITE_NOMEM;

    if (name != NULL) {
        /* It takes the bytes over, also where it fails. */
        code = sqlite3_deserialize(self->db, name, source->bytes, (sqlite3_int64)source->size,
                                   (sqlite3_int64)source->size,
                                   SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
        source->bytes = NULL;
    }
    exports_sqlite_wasm_database_image_drop_own(image);
    if (name == NULL)
        return false;
    free(name);
    return code == SQLITE_OK || problem_of(self->db, err);
}
