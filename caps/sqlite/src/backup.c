/* Copies of a database into another. */
#include "sqlite_cap_private.h"

#include <stdlib.h>

struct exports_sqlite_wasm_database_backup_t {
    sqlite3_backup *backup; /* NULL: it was finished */
    sqlite3 *target;
};
typedef exports_sqlite_wasm_database_backup_t backup_t;

bool
exports_sqlite_wasm_database_static_backup_open(connection_t *target, bytes_t *target_schema, connection_t *source,
                                                bytes_t *source_schema,
                                                exports_sqlite_wasm_database_own_backup_t *ret, problem_t *err)
{
    backup_t *self = calloc(1, sizeof *self);
    char *to = bytes_to_name(target_schema, err), *from = NULL;
    bool named = false;

    if (to == NULL)
        sqlite_cap_list_u8_free(source_schema);
    else
        named = (from = bytes_to_name(source_schema, err)) != NULL;
    if (named && self == NULL)
        problem_code(SQLITE_NOMEM, err);
    else if (named) {
        self->target = target->db;
        self->backup = sqlite3_backup_init(target->db, to, source->db, from);
        if (self->backup == NULL)
            problem_of(target->db, err);
    }
    free(to);
    free(from);
    if (self == NULL || self->backup == NULL) {
        free(self);
        return false;
    }
    *ret = exports_sqlite_wasm_database_backup_new(self);
    return true;
}

void
exports_sqlite_wasm_database_backup_destructor(backup_t *self)
{
    sqlite3_backup_finish(self->backup);
    free(self);
}

void
exports_sqlite_wasm_database_method_backup_step(backup_t *self, int32_t pages,
                                                exports_sqlite_wasm_database_backup_progress_t *ret)
{
    ret->code = SQLITE_MISUSE;
    ret->remaining = ret->page_count = 0;
    if (self->backup == NULL)
        return;
    ret->code = sqlite3_backup_step(self->backup, pages);
    ret->remaining = sqlite3_backup_remaining(self->backup);
    ret->page_count = sqlite3_backup_pagecount(self->backup);
}

bool
exports_sqlite_wasm_database_method_backup_finish(backup_t *self, problem_t *err)
{
    if (self->backup == NULL)
        return problem_code(SQLITE_MISUSE, err);
    int code = sqlite3_backup_finish(self->backup);

    self->backup = NULL;
    return code == SQLITE_OK || problem_of(self->target, err);
}
