/* sqlite3.h over the sqlite:wasm contract: databases as bytes, which cross in slices. */
#include "sqlite3_private.h"

#include <stdlib.h>
#include <string.h>

typedef sqlite_wasm_database_own_image_t own_image_t;

/* All of an image. False: there was no memory for a slice, or the image is not what it says. */
static bool
read_image(own_image_t image, unsigned char *to, uint64_t size)
{
    for (uint64_t at = 0; at < size;) {
        bytes_t data;
        uint32_t slice = size - at < SLICE ? (uint32_t)(size - at) : SLICE;
        sqlite_wasm_database_method_image_read(sqlite_wasm_database_borrow_image(image), at, slice, &data);
        bool is_whole = !link_failed() && data.len == slice;
        if (is_whole)
            memcpy(to + at, data.ptr, slice);
        sqlite_import_list_u8_free(&data);
        if (!is_whole)
            return false;
        at += slice;
    }
    return true;
}

unsigned char *
sqlite3_serialize(sqlite3 *db, const char *schema, sqlite3_int64 *size, unsigned flags)
{
    bytes_t name = sqlite_bytes_lent(schema);
    own_image_t image;
    problem_t problem;

    *size = -1;
    if (flags & SQLITE_SERIALIZE_NOCOPY) /* The bytes are in another memory. */
        return NULL;
    sqlite_database_begin(db);
    if (!sqlite_wasm_database_method_connection_serialize(sqlite_database_lent(db), &name, &image, &problem)) {
        sqlite_database_failed(db, &problem);
        return NULL;
    }
    uint64_t bytes = sqlite_wasm_database_method_image_size(sqlite_wasm_database_borrow_image(image));
    unsigned char *data = link_failed() ? NULL : sqlite3_malloc64(bytes > 0 ? bytes : 1);
    if (data == NULL || !read_image(image, data, bytes)) {
        sqlite3_free(data);
        data = NULL;
        sqlite_database_failed_by(db, link_failed() ? SQLITE_ERROR : SQLITE_NOMEM);
    }
    sqlite_wasm_database_image_drop_own(image);
    *size = (sqlite3_int64)bytes;
    return data;
}

static bool
write_image(own_image_t image, const unsigned char *from, uint64_t size, problem_t *problem)
{
    for (uint64_t at = 0; at < size;) {
        uint32_t slice = size - at < SLICE ? (uint32_t)(size - at) : SLICE;
        bytes_t data = {(uint8_t *)from + at, slice};
        if (!sqlite_wasm_database_method_image_write(sqlite_wasm_database_borrow_image(image), at, &data, problem))
            return false;
        at += slice;
    }
    return true;
}

int
sqlite3_deserialize(sqlite3 *db, const char *schema, unsigned char *data, sqlite3_int64 size, sqlite3_int64 room,
                    unsigned flags)
{
    bytes_t name = sqlite_bytes_lent(schema);
    own_image_t image;
    problem_t problem;
    int code = SQLITE_OK;

    (void)room;
    (void)flags; /* The module's are those that the contract knows. */
    sqlite_database_begin(db);
    db->is_stale = true;
    if (!sqlite_wasm_database_static_image_create((uint64_t)size, &image, &problem))
        code = sqlite_database_failed(db, &problem);
    else if (!write_image(image, data, (uint64_t)size, &problem)) {
        sqlite_wasm_database_image_drop_own(image);
        code = sqlite_database_failed(db, &problem);
    } else if (!sqlite_wasm_database_method_connection_deserialize(sqlite_database_lent(db), &name, image, &problem))
        code = sqlite_database_failed(db, &problem);
    sqlite3_free(data);
    return code;
}
