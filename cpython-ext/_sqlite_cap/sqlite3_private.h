/* What the files that implement sqlite3.h share.
 *
 * Where the component is resolved at run time, a call can fail on its way. The code is then SQLITE_ERROR, and the error
 * stays pending for module_python.h, which raises it. */
#ifndef PYLON_SQLITE3_PRIVATE_H
#define PYLON_SQLITE3_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "link.h"
#include "sqlite3.h"
#include "sqlite_import.h"

typedef sqlite_import_list_u8_t bytes_t;
typedef sqlite_wasm_database_value_t value_t;
typedef sqlite_wasm_database_problem_t problem_t;
typedef sqlite_wasm_database_status_t status_t;
typedef sqlite_wasm_database_list_value_t values_t;
typedef sqlite_wasm_database_list_column_t columns_t;

/* The most that is handed over without asking whether there is memory for it. */
enum { SLICE = 64 * 1024 };

/* A connection. It lives until it is closed and nobody refers to it any more: statements do, blobs and backups. */
struct sqlite3 {
    sqlite_wasm_database_own_connection_t handle;
    bool is_open;
    unsigned references;
    int code;      /* of the last call, extended */
    char *message; /* of it, from malloc; NULL: SQLite's text for the code */
    status_t status;
    bool is_stale; /* something may have changed `status` */
};

/* ---- sqlite3_database.c ---- */

/* The handle as it is lent to calls. */
sqlite_wasm_database_borrow_connection_t sqlite_database_lent(const sqlite3 *db);

/* Before a call: forgets the error of the last one. */
void sqlite_database_begin(sqlite3 *db);

/* After a call that failed: the connection has its error, which is freed. The primary code. */
int sqlite_database_failed(sqlite3 *db, problem_t *problem);

/* The same with a code alone. */
int sqlite_database_failed_by(sqlite3 *db, int code);

void sqlite_database_refer(sqlite3 *db);
void sqlite_database_let_go(sqlite3 *db);

/* ---- sqlite3_library.c ---- */

/* A C string lent to a call; NULL is the empty one. */
bytes_t sqlite_bytes_lent(const char *text);

/* What a call returned as a C string from malloc; it is freed. NULL: there is no memory. */
char *sqlite_bytes_to_text(bytes_t *bytes);

/* Whether the component has memory for so many bytes, which it is about to be passed. */
bool sqlite_component_has_room(size_t bytes);

/* Frees what the generated functions of these names would leave (docs/add-a-cap.md, "Worth knowing"). Each value of a row and each
 * argument of a function comes here. */
static inline void
sqlite_value_free(value_t *value)
{
    /* Which has the place of a blob. */
    if (value->tag >= SQLITE_WASM_CALLBACKS_VALUE_TEXT && value->val.text.len > 0)
        free(value->val.text.ptr);
}

static inline void
sqlite_values_free(values_t *values)
{
    for (size_t i = 0; i < values->len; i++)
        sqlite_value_free(&values->ptr[i]);
    if (values->len > 0)
        free(values->ptr);
    *values = (values_t){0};
}

void sqlite_columns_free(columns_t *columns);

/* ---- sqlite3_callbacks.c ---- */

/* Ends the callbacks of a connection that is gone. The component released them already, unless it has ended itself. */
void sqlite_callbacks_end(sqlite3 *db);

#endif
