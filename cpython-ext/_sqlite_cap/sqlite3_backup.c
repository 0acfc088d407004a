/* sqlite3.h over the sqlite:wasm contract: copies of a database into another. */
#include "sqlite3_private.h"

#include <stdlib.h>

struct sqlite3_backup {
    sqlite3 *target;
    sqlite_wasm_database_own_backup_t handle;
    sqlite_wasm_database_backup_progress_t progress;
};

sqlite3_backup *
sqlite3_backup_init(sqlite3 *target, const char *target_schema, sqlite3 *source, const char *source_schema)
{
    bytes_t to = sqlite_bytes_lent(target_schema), from = sqlite_bytes_lent(source_schema);
    sqlite3_backup *backup = calloc(1, sizeof *backup);
    problem_t problem;

    sqlite_database_begin(target);
    if (backup == NULL) {
        sqlite_database_failed_by(target, SQLITE_NOMEM);
        return NULL;
    }
    if (!sqlite_wasm_database_static_backup_open(sqlite_database_lent(target), &to, sqlite_database_lent(source), &from,
                                                 &backup->handle, &problem)) {
        sqlite_database_failed(target, &problem);
        free(backup);
        return NULL;
    }
    backup->target = target;
    sqlite_database_refer(target);
    return backup;
}

int
sqlite3_backup_step(sqlite3_backup *backup, int pages)
{
    link_forget_error();
    sqlite_wasm_database_method_backup_step(sqlite_wasm_database_borrow_backup(backup->handle), pages,
                                            &backup->progress);
    return link_failed() ? SQLITE_ERROR : backup->progress.code & 0xff;
}

int
sqlite3_backup_remaining(sqlite3_backup *backup)
{
    return backup->progress.remaining;
}

int
sqlite3_backup_pagecount(sqlite3_backup *backup)
{
    return backup->progress.page_count;
}

int
sqlite3_backup_finish(sqlite3_backup *backup)
{
    sqlite3 *target = backup->target;
    problem_t problem;
    int code = SQLITE_OK;

    sqlite_database_begin(target);
    if (!sqlite_wasm_database_method_backup_finish(sqlite_wasm_database_borrow_backup(backup->handle), &problem))
        code = sqlite_database_failed(target, &problem);
    sqlite_wasm_database_backup_drop_own(backup->handle);
    target->is_stale = true;
    sqlite_database_let_go(target);
    free(backup);
    return code;
}
