/* What the files of the cap share: SQLite behind the contract sqlite:wasm.
 *
 * Lists that come as arguments of exported functions are ours to free; those that are passed to imported functions stay ours,
 * and may be SQLite's own memory. What is returned is memory from malloc, which the bindings free. */
#ifndef PYLON_SQLITE_CAP_PRIVATE_H
#define PYLON_SQLITE_CAP_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sqlite3.h"
#include "sqlite_cap.h"

typedef sqlite_cap_list_u8_t bytes_t;
typedef sqlite_wasm_callbacks_value_t value_t;
typedef sqlite_wasm_callbacks_list_value_t values_t;
typedef sqlite_wasm_callbacks_failure_t failure_t;
typedef exports_sqlite_wasm_database_problem_t problem_t;
typedef exports_sqlite_wasm_database_status_t status_t;
typedef exports_sqlite_wasm_database_outcome_t outcome_t;
typedef exports_sqlite_wasm_database_column_t column_t;
typedef exports_sqlite_wasm_database_list_column_t columns_t;
typedef exports_sqlite_wasm_database_connection_t connection_t;
typedef exports_sqlite_wasm_database_statement_t statement_t;

/* A row, or the arguments of a function, that is larger than this is announced to the consumer. */
enum { UNASKED = 64 * 1024 };

/* Who observes a connection: a callback of the consumer's. */
struct observer {
    bool is_set;
    uint32_t callback;
};

struct exports_sqlite_wasm_database_connection_t {
    sqlite3 *db;
    struct observer authorizer, ticker, tracer;
};

struct exports_sqlite_wasm_database_statement_t {
    sqlite3_stmt *stmt;
};

/* ---- problem.c ---- */

/* Each returns false, so that a function can end by it. `offset` of those without a statement is -1. */

/* What the connection says of its last call, which failed. */
bool problem_of(sqlite3 *db, problem_t *problem);

/* A code with SQLite's text for it. */
bool problem_code(int code, problem_t *problem);

/* ---- free.c: what the generated functions of these names would leave (docs/add-a-cap.md, "Worth knowing") ---- */

void free_value(value_t *value);
void free_values(value_t *values, size_t count);
void free_failure(failure_t *failure);
void free_columns(columns_t *columns);

/* ---- bytes.c ---- */

/* A copy in memory from malloc. False: there is no memory. */
bool bytes_copy(bytes_t *to, const void *from, size_t length);

/* The same of a C string; none for NULL. */
bool bytes_copy_text(sqlite_cap_option_list_u8_t *to, const char *from);

/* An argument as a C string, from malloc, and the argument freed. NULL: there is no memory, or it has a NUL in it; `problem`
 * says which. */
char *bytes_to_name(bytes_t *bytes, problem_t *problem);

/* A C string lent to an imported function. */
bytes_t bytes_lent(const char *text);

/* The argument's memory, to be kept beyond the call and freed by free(). NULL for an empty one, and where there is no memory:
 * `*failed` tells. The list is empty afterwards. */
void *bytes_keep(bytes_t *bytes, bool *failed);

/* Whether the consumer says that it has memory for so many bytes. */
bool consumer_says_room(size_t bytes);

/* Whether the consumer has memory for so many bytes, which it is about to be passed. */
static inline bool
consumer_has_room(size_t bytes)
{
    return bytes <= UNASKED || consumer_says_room(bytes);
}

/* ---- values.c ---- */

/* Sets the parameters of a statement, which is reset, and frees the values. SQLite's code. */
int values_bind(sqlite3_stmt *stmt, exports_sqlite_wasm_database_list_value_t *values);

/* The current row. SQLITE_OK or SQLITE_NOMEM. */
int values_of_row(sqlite3_stmt *stmt, exports_sqlite_wasm_database_list_value_t *row);

/* SQLite's values, lent to an imported function; `space` has room for all. SQLITE_OK or SQLITE_NOMEM. */
int values_lent(value_t *space, int count, sqlite3_value **values);

/* Makes the value the result of a function, and takes it over. */
void values_result(sqlite3_context *context, value_t *value);

/* Makes a failure the result of a function, and takes it over. */
void values_failure(sqlite3_context *context, failure_t *failure);

/* ---- connection.c ---- */

status_t status_of(sqlite3 *db);

/* ---- statement.c ---- */

bool columns_of(sqlite3_stmt *stmt, columns_t *columns);

#endif
