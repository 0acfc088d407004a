/* A statement, as the files that implement statements know it. */
#ifndef PYLON_SQLITE3_STATEMENT_H
#define PYLON_SQLITE3_STATEMENT_H

#include "sqlite3_private.h"

/* Memory of a bound text or blob, which is used again for the next one. */
struct room {
    uint8_t *memory;
    size_t size;
};

/* A column's name and declared type, from malloc. */
struct column {
    char *name;
    char *declared_type; /* NULL: it has none */
};

struct sqlite3_stmt {
    sqlite3 *db;
    sqlite_wasm_database_own_statement_t handle;
    bool is_readonly;
    bool is_running; /* at a row */
    int last_code;   /* of the last step; reset and finalize return it */

    int parameter_count;
    char **parameter_names; /* NULL for those that have none; NULL altogether if none has any */
    value_t *bound;         /* their values */
    struct room *rooms;
    bool is_bound; /* `bound` is not what the component has */

    int column_count;
    struct column *columns;
    values_t row; /* the current one */
    char *text;   /* a value of the row in another form, of `text_length` bytes with a NUL behind it */
    size_t text_length;
    int text_column;

    const char *expanded; /* of one that only a tracer sees: its text */
};

/* ---- sqlite3_parameters.c ---- */

/* Makes the parameters of a statement. False: there is no memory. */
bool sqlite_parameters_make(sqlite3_stmt *stmt, const sqlite_wasm_database_prepared_t *prepared);

void sqlite_parameters_free(sqlite3_stmt *stmt);

/* How many bytes the bound values have. */
size_t sqlite_parameters_size(const sqlite3_stmt *stmt);

/* ---- sqlite3_row.c ---- */

/* Keeps the names of columns, and frees the list. False: there is no memory. */
bool sqlite_columns_make(sqlite3_stmt *stmt, columns_t *columns);

void sqlite_columns_end(sqlite3_stmt *stmt);

/* Frees the current row. */
void sqlite_row_end(sqlite3_stmt *stmt);

#endif
