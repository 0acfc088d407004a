/* Connections and statements of the contract sqlite:wasm, as the module sqlite3 works with them.
 *
 * All of this is C's memory, which the collector neither sees nor moves: what a finaliser has to close is there whichever
 * finaliser comes first. Nothing here makes an object or raises, but for what says so. What fails leaves its reason in the
 * database, for sqlite_raise(). */
#ifndef PYLON_SQLITE_DATABASE_H
#define PYLON_SQLITE_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sqlite_import.h"

typedef sqlite_import_list_u8_t bytes_t;
typedef sqlite_wasm_database_value_t value_t;
typedef sqlite_wasm_database_list_value_t values_t;
typedef sqlite_wasm_database_problem_t problem_t;
typedef sqlite_wasm_database_status_t status_t;
typedef sqlite_wasm_database_list_parameter_t parameters_t;
typedef sqlite_wasm_database_list_column_t columns_t;

/* SQLite's code for full memory. */
enum { SQLITE_NOMEM = 7 };

/* A connection. It is there until nobody refers to it: its object, and the statements that are in use. */
struct database {
    sqlite_wasm_database_own_connection_t handle;
    bool is_open;
    unsigned references;
    struct statement *statements; /* all that are not closed, the last used first */
    problem_t problem;            /* of what failed last; code 0: nothing has */
    status_t status;
    bool is_stale; /* something may have changed `status` */
};

/* A compiled statement: in use by one cursor, or kept for the next who has the same text. */
struct statement {
    struct statement *next;
    struct database *database;
    sqlite_wasm_database_own_statement_t handle;
    bool has_handle;  /* no: it is closed, or there is nothing in its text */
    bool is_in_use;
    bool is_running;  /* at a row, or between two of them */
    bool is_readonly;
    bool is_dml;      /* INSERT, UPDATE, DELETE, REPLACE */
    bool has_row;
    values_t row;     /* the current one */
    uint32_t parameter_count;
    parameters_t parameters; /* those that have names */
    columns_t columns;
    size_t tail;             /* where in the text the next statement begins, or `length` */
    size_t length;
    char sql[];
};

/* ---- sqlite_database.c ---- */

/* A closed database with one reference. NULL: there is no memory. */
struct database *database_new(void);

/* Opens it by name, with SQLite's SQLITE_OPEN_.. flags, for `timeout` milliseconds of waiting. False: it has the reason. */
bool database_open(struct database *self, const char *name, size_t length, uint32_t flags, int32_t timeout);

/* Closes it and all its statements, those in use, too. */
void database_close(struct database *self);

/* Ends a reference. Who has the last one has closed it. */
void database_let_go(struct database *self);

/* Runs all statements of a text. False: the database has the reason. */
bool database_execute(struct database *self, const char *sql, size_t length);

/* What the connection says of itself now. */
const status_t *database_status(struct database *self);

/* Takes a problem over. False, so that a function can end by it. */
bool database_failed(struct database *self, problem_t *problem);

/* The same with a code alone, for which SQLite's text is taken. */
bool database_failed_by(struct database *self, int32_t code);

/* Whether the cap has memory for so many bytes, which it is about to be passed. False: the database has the reason. */
bool database_has_room(struct database *self, size_t bytes);

/* ---- sqlite_statement.c ---- */

enum step { STEP_FAILED, STEP_ROW, STEP_DONE };

/* The statement of a text, in use. NULL: the database has the reason. Where the text has more than one statement or none, that is
 * for the caller to see. Memory that is not reachable any more is collected before, in time. */
struct statement *statement_of(struct database *database, const char *sql, size_t length);

/* Runs it from the beginning, with all values of its parameters, and comes to the first row. */
enum step statement_run(struct statement *self, values_t *values);

/* Comes to the next row. */
enum step statement_step(struct statement *self);

/* Ends its use. It is kept for who has the same text, unless it is one of too many, or `is_kept` is false. */
void statement_let_go(struct statement *self, bool is_kept);

/* Closes a statement; one that is in use stays as such, without a handle. (For database_close().) */
void statement_close(struct statement *self);

/* Whether there is nothing but white space and comments. */
bool sql_is_blank(const char *sql, size_t length);

#endif
