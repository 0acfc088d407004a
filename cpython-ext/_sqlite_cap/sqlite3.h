/* The part of SQLite's interface that CPython's Modules/_sqlite is written against, so that the module compiles as it is,
 * without SQLite: the files beside this one implement these functions over the sqlite:wasm contract.
 *
 * Names, values and meanings are SQLite's (its header is the reference). Destructors of bound values and results are not
 * called: all are SQLITE_TRANSIENT, and copied. */
#ifndef PYLON_SQLITE3_H
#define PYLON_SQLITE3_H

#include <stdint.h>

#include "sqlite3_codes.h"

/* What the module offers only if a configure script has found it. (Extensions are native code, and not for us.) */
#define PY_SQLITE_HAVE_SERIALIZE 1

/* WASI has no threads that could run meanwhile, and a row is got in less time than the interpreter's lock is given away and taken
 * again. So it is held all the time, in callbacks, too. */
#ifdef Py_BEGIN_ALLOW_THREADS
#undef Py_BEGIN_ALLOW_THREADS
#undef Py_END_ALLOW_THREADS
#define Py_BEGIN_ALLOW_THREADS {
#define Py_END_ALLOW_THREADS }
#define PyGILState_Ensure() PyGILState_LOCKED
#define PyGILState_Release(state) ((void)(state))
#endif

typedef int64_t sqlite3_int64;
typedef int64_t sqlite_int64;
typedef uint64_t sqlite3_uint64;

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef struct sqlite3_value sqlite3_value;
typedef struct sqlite3_context sqlite3_context;
typedef struct sqlite3_blob sqlite3_blob;
typedef struct sqlite3_backup sqlite3_backup;

typedef void (*sqlite3_destructor_type)(void *);
#define SQLITE_TRANSIENT ((sqlite3_destructor_type)(intptr_t)-1)

/* The names as the linker sees them: another library in the same program may bring a real SQLite. */
#define sqlite3_aggregate_context pylon_sqlite3_aggregate_context
#define sqlite3_backup_finish pylon_sqlite3_backup_finish
#define sqlite3_backup_init pylon_sqlite3_backup_init
#define sqlite3_backup_pagecount pylon_sqlite3_backup_pagecount
#define sqlite3_backup_remaining pylon_sqlite3_backup_remaining
#define sqlite3_backup_step pylon_sqlite3_backup_step
#define sqlite3_bind_blob pylon_sqlite3_bind_blob
#define sqlite3_bind_double pylon_sqlite3_bind_double
#define sqlite3_bind_int64 pylon_sqlite3_bind_int64
#define sqlite3_bind_null pylon_sqlite3_bind_null
#define sqlite3_bind_parameter_count pylon_sqlite3_bind_parameter_count
#define sqlite3_bind_parameter_name pylon_sqlite3_bind_parameter_name
#define sqlite3_bind_text pylon_sqlite3_bind_text
#define sqlite3_blob_bytes pylon_sqlite3_blob_bytes
#define sqlite3_blob_close pylon_sqlite3_blob_close
#define sqlite3_blob_open pylon_sqlite3_blob_open
#define sqlite3_blob_read pylon_sqlite3_blob_read
#define sqlite3_blob_write pylon_sqlite3_blob_write
#define sqlite3_busy_timeout pylon_sqlite3_busy_timeout
#define sqlite3_changes pylon_sqlite3_changes
#define sqlite3_close pylon_sqlite3_close
#define sqlite3_close_v2 pylon_sqlite3_close_v2
#define sqlite3_column_blob pylon_sqlite3_column_blob
#define sqlite3_column_bytes pylon_sqlite3_column_bytes
#define sqlite3_column_count pylon_sqlite3_column_count
#define sqlite3_column_decltype pylon_sqlite3_column_decltype
#define sqlite3_column_double pylon_sqlite3_column_double
#define sqlite3_column_int64 pylon_sqlite3_column_int64
#define sqlite3_column_name pylon_sqlite3_column_name
#define sqlite3_column_text pylon_sqlite3_column_text
#define sqlite3_column_type pylon_sqlite3_column_type
#define sqlite3_complete pylon_sqlite3_complete
#define sqlite3_context_db_handle pylon_sqlite3_context_db_handle
#define sqlite3_create_collation_v2 pylon_sqlite3_create_collation_v2
#define sqlite3_create_function_v2 pylon_sqlite3_create_function_v2
#define sqlite3_create_window_function pylon_sqlite3_create_window_function
#define sqlite3_data_count pylon_sqlite3_data_count
#define sqlite3_db_config pylon_sqlite3_db_config
#define sqlite3_db_handle pylon_sqlite3_db_handle
#define sqlite3_deserialize pylon_sqlite3_deserialize
#define sqlite3_errcode pylon_sqlite3_errcode
#define sqlite3_errmsg pylon_sqlite3_errmsg
#define sqlite3_errstr pylon_sqlite3_errstr
#define sqlite3_exec pylon_sqlite3_exec
#define sqlite3_expanded_sql pylon_sqlite3_expanded_sql
#define sqlite3_extended_errcode pylon_sqlite3_extended_errcode
#define sqlite3_finalize pylon_sqlite3_finalize
#define sqlite3_free pylon_sqlite3_free
#define sqlite3_get_autocommit pylon_sqlite3_get_autocommit
#define sqlite3_initialize pylon_sqlite3_initialize
#define sqlite3_interrupt pylon_sqlite3_interrupt
#define sqlite3_last_insert_rowid pylon_sqlite3_last_insert_rowid
#define sqlite3_libversion pylon_sqlite3_libversion
#define sqlite3_libversion_number pylon_sqlite3_libversion_number
#define sqlite3_limit pylon_sqlite3_limit
#define sqlite3_malloc64 pylon_sqlite3_malloc64
#define sqlite3_open_v2 pylon_sqlite3_open_v2
#define sqlite3_prepare_v2 pylon_sqlite3_prepare_v2
#define sqlite3_progress_handler pylon_sqlite3_progress_handler
#define sqlite3_reset pylon_sqlite3_reset
#define sqlite3_result_blob pylon_sqlite3_result_blob
#define sqlite3_result_double pylon_sqlite3_result_double
#define sqlite3_result_error pylon_sqlite3_result_error
#define sqlite3_result_error_nomem pylon_sqlite3_result_error_nomem
#define sqlite3_result_error_toobig pylon_sqlite3_result_error_toobig
#define sqlite3_result_int64 pylon_sqlite3_result_int64
#define sqlite3_result_null pylon_sqlite3_result_null
#define sqlite3_result_text pylon_sqlite3_result_text
#define sqlite3_serialize pylon_sqlite3_serialize
#define sqlite3_set_authorizer pylon_sqlite3_set_authorizer
#define sqlite3_shutdown pylon_sqlite3_shutdown
#define sqlite3_sleep pylon_sqlite3_sleep
#define sqlite3_step pylon_sqlite3_step
#define sqlite3_stmt_busy pylon_sqlite3_stmt_busy
#define sqlite3_stmt_readonly pylon_sqlite3_stmt_readonly
#define sqlite3_stricmp pylon_sqlite3_stricmp
#define sqlite3_threadsafe pylon_sqlite3_threadsafe
#define sqlite3_total_changes pylon_sqlite3_total_changes
#define sqlite3_trace_v2 pylon_sqlite3_trace_v2
#define sqlite3_user_data pylon_sqlite3_user_data
#define sqlite3_value_blob pylon_sqlite3_value_blob
#define sqlite3_value_bytes pylon_sqlite3_value_bytes
#define sqlite3_value_double pylon_sqlite3_value_double
#define sqlite3_value_int64 pylon_sqlite3_value_int64
#define sqlite3_value_text pylon_sqlite3_value_text
#define sqlite3_value_type pylon_sqlite3_value_type

/* ---- sqlite3_library.c ---- */

int sqlite3_initialize(void);
int sqlite3_shutdown(void);
int sqlite3_threadsafe(void);
const char *sqlite3_libversion(void);
int sqlite3_libversion_number(void);
const char *sqlite3_errstr(int code);
int sqlite3_complete(const char *sql);
int sqlite3_stricmp(const char *first, const char *second);
int sqlite3_sleep(int milliseconds);
void *sqlite3_malloc64(sqlite3_uint64 size);
void sqlite3_free(void *memory);

/* ---- sqlite3_database.c ---- */

int sqlite3_open_v2(const char *name, sqlite3 **db, int flags, const char *vfs);
int sqlite3_close(sqlite3 *db);
int sqlite3_close_v2(sqlite3 *db);
int sqlite3_exec(sqlite3 *db, const char *sql, int (*callback)(void *, int, char **, char **), void *argument,
                 char **message);
int sqlite3_busy_timeout(sqlite3 *db, int milliseconds);
int sqlite3_limit(sqlite3 *db, int category, int value);
int sqlite3_db_config(sqlite3 *db, int option, int value, int *actual);
void sqlite3_interrupt(sqlite3 *db);
int sqlite3_get_autocommit(sqlite3 *db);
int sqlite3_changes(sqlite3 *db);
int sqlite3_total_changes(sqlite3 *db);
sqlite3_int64 sqlite3_last_insert_rowid(sqlite3 *db);
int sqlite3_errcode(sqlite3 *db);
int sqlite3_extended_errcode(sqlite3 *db);
const char *sqlite3_errmsg(sqlite3 *db);

/* ---- sqlite3_statement.c, sqlite3_parameters.c, sqlite3_row.c ---- */

int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int length, sqlite3_stmt **stmt, const char **tail);
int sqlite3_step(sqlite3_stmt *stmt);
int sqlite3_reset(sqlite3_stmt *stmt);
int sqlite3_finalize(sqlite3_stmt *stmt);
int sqlite3_stmt_busy(sqlite3_stmt *stmt);
int sqlite3_stmt_readonly(sqlite3_stmt *stmt);
sqlite3 *sqlite3_db_handle(sqlite3_stmt *stmt);
char *sqlite3_expanded_sql(sqlite3_stmt *stmt);

int sqlite3_bind_parameter_count(sqlite3_stmt *stmt);
const char *sqlite3_bind_parameter_name(sqlite3_stmt *stmt, int index);
int sqlite3_bind_null(sqlite3_stmt *stmt, int index);
int sqlite3_bind_int64(sqlite3_stmt *stmt, int index, sqlite3_int64 value);
int sqlite3_bind_double(sqlite3_stmt *stmt, int index, double value);
int sqlite3_bind_text(sqlite3_stmt *stmt, int index, const char *text, int length, sqlite3_destructor_type destructor);
int sqlite3_bind_blob(sqlite3_stmt *stmt, int index, const void *data, int length, sqlite3_destructor_type destructor);

int sqlite3_column_count(sqlite3_stmt *stmt);
int sqlite3_data_count(sqlite3_stmt *stmt);
const char *sqlite3_column_name(sqlite3_stmt *stmt, int column);
const char *sqlite3_column_decltype(sqlite3_stmt *stmt, int column);
int sqlite3_column_type(sqlite3_stmt *stmt, int column);
sqlite3_int64 sqlite3_column_int64(sqlite3_stmt *stmt, int column);
double sqlite3_column_double(sqlite3_stmt *stmt, int column);
const unsigned char *sqlite3_column_text(sqlite3_stmt *stmt, int column);
const void *sqlite3_column_blob(sqlite3_stmt *stmt, int column);
int sqlite3_column_bytes(sqlite3_stmt *stmt, int column);

/* ---- sqlite3_callbacks.c, sqlite3_function.c ---- */

int sqlite3_create_function_v2(sqlite3 *db, const char *name, int arguments, int flags, void *context,
                               void (*call)(sqlite3_context *, int, sqlite3_value **),
                               void (*step)(sqlite3_context *, int, sqlite3_value **),
                               void (*finish)(sqlite3_context *), void (*destroy)(void *));
int sqlite3_create_window_function(sqlite3 *db, const char *name, int arguments, int flags, void *context,
                                   void (*step)(sqlite3_context *, int, sqlite3_value **),
                                   void (*finish)(sqlite3_context *), void (*current)(sqlite3_context *),
                                   void (*inverse)(sqlite3_context *, int, sqlite3_value **), void (*destroy)(void *));
int sqlite3_create_collation_v2(sqlite3 *db, const char *name, int encoding, void *context,
                                int (*compare)(void *, int, const void *, int, const void *), void (*destroy)(void *));
int sqlite3_set_authorizer(sqlite3 *db,
                           int (*authorize)(void *, int, const char *, const char *, const char *, const char *),
                           void *context);
void sqlite3_progress_handler(sqlite3 *db, int instructions, int (*tick)(void *), void *context);
int sqlite3_trace_v2(sqlite3 *db, unsigned events, int (*trace)(unsigned, void *, void *, void *), void *context);

void *sqlite3_user_data(sqlite3_context *context);
sqlite3 *sqlite3_context_db_handle(sqlite3_context *context);
void *sqlite3_aggregate_context(sqlite3_context *context, int size);
int sqlite3_value_type(sqlite3_value *value);
sqlite3_int64 sqlite3_value_int64(sqlite3_value *value);
double sqlite3_value_double(sqlite3_value *value);
const unsigned char *sqlite3_value_text(sqlite3_value *value);
const void *sqlite3_value_blob(sqlite3_value *value);
int sqlite3_value_bytes(sqlite3_value *value);
void sqlite3_result_null(sqlite3_context *context);
void sqlite3_result_int64(sqlite3_context *context, sqlite3_int64 value);
void sqlite3_result_double(sqlite3_context *context, double value);
void sqlite3_result_text(sqlite3_context *context, const char *text, int length, sqlite3_destructor_type destructor);
void sqlite3_result_blob(sqlite3_context *context, const void *data, int length, sqlite3_destructor_type destructor);
void sqlite3_result_error(sqlite3_context *context, const char *message, int length);
void sqlite3_result_error_nomem(sqlite3_context *context);
void sqlite3_result_error_toobig(sqlite3_context *context);

/* ---- sqlite3_blob.c, sqlite3_backup.c, sqlite3_image.c ---- */

int sqlite3_blob_open(sqlite3 *db, const char *schema, const char *table, const char *column, sqlite3_int64 row,
                      int writable, sqlite3_blob **blob);
int sqlite3_blob_close(sqlite3_blob *blob);
int sqlite3_blob_bytes(sqlite3_blob *blob);
int sqlite3_blob_read(sqlite3_blob *blob, void *to, int length, int offset);
int sqlite3_blob_write(sqlite3_blob *blob, const void *from, int length, int offset);

sqlite3_backup *sqlite3_backup_init(sqlite3 *target, const char *target_schema, sqlite3 *source,
                                    const char *source_schema);
int sqlite3_backup_step(sqlite3_backup *backup, int pages);
int sqlite3_backup_remaining(sqlite3_backup *backup);
int sqlite3_backup_pagecount(sqlite3_backup *backup);
int sqlite3_backup_finish(sqlite3_backup *backup);

unsigned char *sqlite3_serialize(sqlite3 *db, const char *schema, sqlite3_int64 *size, unsigned flags);
int sqlite3_deserialize(sqlite3 *db, const char *schema, unsigned char *data, sqlite3_int64 size, sqlite3_int64 room,
                        unsigned flags);

#ifdef Py_PYTHON_H
#include "module_python.h"

/* Numbers that the module returns as they came: limits, and what has changed. */
static inline PyObject *
module_long(long value)
{
    return link_failed() ? link_raise() : PyLong_FromLong(value);
}
#define PyLong_FromLong(value) module_long(value)
#endif

#endif
