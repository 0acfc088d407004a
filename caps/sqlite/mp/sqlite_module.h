/* What the files of the module sqlite3 share. "Raises": see glue.h. */
#ifndef PYLON_SQLITE_MODULE_H
#define PYLON_SQLITE_MODULE_H

#include "glue.h"
#include "py/objstr.h"
#include "py/runtime.h"
#include "sqlite_database.h"

/* ---- modsqlite3.c ---- */

extern const mp_obj_type_t sqlite_ProgrammingError_type, sqlite_OperationalError_type;

/* Raises what a database says of its last call, which failed. */
NORETURN void sqlite_raise(struct database *database);

/* ---- sqlite_connection.c ---- */

/* connect() of the module */
MP_DECLARE_CONST_FUN_OBJ_KW(sqlite_connect_obj);
extern const mp_obj_type_t sqlite_connection_type;

/* The database of a connection. Raises ProgrammingError for a closed one. */
struct database *sqlite_connection_database(mp_obj_t connection);

/* Begins a transaction, if the connection's isolation level wants one before rows change, and none is open. Raises. */
void sqlite_connection_begin(mp_obj_t connection);

/* Ends the transaction, if one is open. Raises. */
void sqlite_connection_commit(mp_obj_t connection);

/* ---- sqlite_cursor.c ---- */

extern const mp_obj_type_t sqlite_cursor_type;

/* A cursor of a connection. Raises MemoryError. */
mp_obj_t sqlite_cursor_new(mp_obj_t connection);

/* The cursor's methods, which a connection has, too. Each returns the cursor. */
mp_obj_t sqlite_cursor_execute(size_t count, const mp_obj_t *arguments);
mp_obj_t sqlite_cursor_executemany(mp_obj_t object, mp_obj_t sql, mp_obj_t parameters);
mp_obj_t sqlite_cursor_executescript(mp_obj_t object, mp_obj_t sql);

/* ---- sqlite_values.c ---- */

/* The values for a statement's parameters as a tuple or a list, of one of these or of a dict, which may run Python. Raises
 * ProgrammingError, MemoryError. */
mp_obj_t sqlite_parameters_of(const struct statement *statement, mp_obj_t given);

/* The same for the cap. What the values point to is the objects' own memory, which is there as long as the collector finds
 * `parameters`, and no Python runs. `*size` is how many bytes a call copies. Raises ProgrammingError, OverflowError,
 * MemoryError. */
values_t sqlite_values_of(mp_obj_t parameters, size_t *size);

/* The current row as a tuple. Raises OperationalError for a text that is no UTF-8, and MemoryError. */
mp_obj_t sqlite_row_of(const struct statement *statement);

/* `description`: the columns' names; None where there are no columns. Raises MemoryError. */
mp_obj_t sqlite_description_of(const struct statement *statement);

#endif
