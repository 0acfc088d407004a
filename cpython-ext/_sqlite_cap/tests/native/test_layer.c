/* sqlite3.h over the contract as Modules/_sqlite calls it, and otherwise: in any order, with everything still open, from within
 * callbacks. What it gives is compared; memory is watched by the sanitizers, handles are counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handles_native.h"
#include "sqlite3.h"

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { OPEN = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE };

static sqlite3 *
opened(const char *name)
{
    sqlite3 *db = NULL;

    CHECK(sqlite3_open_v2(name, &db, OPEN | SQLITE_OPEN_URI, NULL) == SQLITE_OK);
    return db;
}

static sqlite3_stmt *
prepared(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;

    CHECK(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && stmt != NULL);
    return stmt;
}

static void
execute(sqlite3 *db, const char *sql)
{
    CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

/* The number that a query gives. */
static sqlite3_int64
number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = prepared(db, sql);

    CHECK(sqlite3_step(stmt) == SQLITE_ROW);
    sqlite3_int64 value = sqlite3_column_int64(stmt, 0);
    CHECK(sqlite3_step(stmt) == SQLITE_DONE);
    CHECK(sqlite3_finalize(stmt) == SQLITE_OK);
    return value;
}

/* Whether a column is this text. No NUL is behind it, unless it is no UTF-8: the module goes by its length. */
static int
is_text(sqlite3_stmt *stmt, int column, const char *text)
{
    const unsigned char *found = sqlite3_column_text(stmt, column);
    size_t length = (size_t)sqlite3_column_bytes(stmt, column);

    return found != NULL && length == strlen(text) && memcmp(found, text, length) == 0;
}

/* ---- Statements ---- */

static void
test_values(void)
{
    static char large[300000];
    sqlite3 *db = opened(":memory:");
    sqlite3_stmt *stmt = prepared(db, "select ?1 as one, :two, ?3, ?4, @five, ?1 || 'x'");

    memset(large, 'z', sizeof large);
    CHECK(sqlite3_bind_parameter_count(stmt) == 5 && strcmp(sqlite3_bind_parameter_name(stmt, 2), ":two") == 0);
    CHECK(sqlite3_bind_parameter_name(stmt, 9) == NULL && sqlite3_column_count(stmt) == 6);
    for (int round = 0; round < 3; round++) {
        CHECK(sqlite3_bind_int64(stmt, 1, 7) == SQLITE_OK && sqlite3_bind_double(stmt, 2, 0.5) == SQLITE_OK);
        CHECK(sqlite3_bind_text(stmt, 3, "a\0b", 3, SQLITE_TRANSIENT) == SQLITE_OK);
        CHECK(sqlite3_bind_blob(stmt, 4, large, round == 1 ? 0 : (int)sizeof large, SQLITE_TRANSIENT) == SQLITE_OK);
        CHECK(sqlite3_bind_null(stmt, 5) == SQLITE_OK && sqlite3_bind_null(stmt, 6) == SQLITE_RANGE);
        CHECK(sqlite3_step(stmt) == SQLITE_ROW && sqlite3_data_count(stmt) == 6 && sqlite3_stmt_busy(stmt));
        CHECK(sqlite3_bind_int64(stmt, 1, 8) == SQLITE_MISUSE && sqlite3_errcode(db) == SQLITE_MISUSE);
        CHECK(sqlite3_bind_text(stmt, 3, "other", 5, SQLITE_TRANSIENT) == SQLITE_MISUSE);
        CHECK(sqlite3_column_int64(stmt, 0) == 7 && is_text(stmt, 0, "7"));
        CHECK(sqlite3_column_double(stmt, 1) == 0.5 && sqlite3_column_bytes(stmt, 2) == 3);
        CHECK(sqlite3_column_bytes(stmt, 3) == (round == 1 ? 0 : (int)sizeof large));
        CHECK(sqlite3_column_type(stmt, 4) == SQLITE_NULL && sqlite3_column_type(stmt, 99) == SQLITE_NULL);
        CHECK(is_text(stmt, 5, "7x"));
        CHECK(round == 2 || sqlite3_reset(stmt) == SQLITE_OK);
    }
    CHECK(strcmp(sqlite3_column_name(stmt, 0), "one") == 0 && sqlite3_column_decltype(stmt, 0) == NULL);
    CHECK(sqlite3_finalize(stmt) == SQLITE_OK); /* at a row */
    CHECK(sqlite3_close_v2(db) == SQLITE_OK);
}

static void
test_errors(void)
{
    sqlite3 *db = opened(":memory:");
    sqlite3_stmt *stmt;
    const char *tail;

    CHECK(sqlite3_prepare_v2(db, "select frm", -1, &stmt, &tail) == SQLITE_ERROR && stmt == NULL);
    CHECK(strcmp(sqlite3_errmsg(db), "no such column: frm") == 0);
    CHECK(sqlite3_prepare_v2(db, "select 1; select 2", -1, &stmt, &tail) == SQLITE_OK && strcmp(tail, " select 2") == 0);
    CHECK(sqlite3_finalize(stmt) == SQLITE_OK);
    CHECK(sqlite3_prepare_v2(db, " -- nothing", -1, &stmt, &tail) == SQLITE_OK && stmt == NULL && *tail == '\0');
    execute(db, "create table t(a integer primary key, b unique); insert into t values(1, 'x')");
    stmt = prepared(db, "insert into t(b) values(?)");
    for (int round = 0; round < 3; round++) {
        CHECK(sqlite3_bind_text(stmt, 1, "x", 1, SQLITE_TRANSIENT) == SQLITE_OK);
        CHECK(sqlite3_step(stmt) == SQLITE_CONSTRAINT && sqlite3_extended_errcode(db) > 0xff);
        CHECK(sqlite3_reset(stmt) == SQLITE_CONSTRAINT);
    }
    CHECK(sqlite3_bind_text(stmt, 1, "y", 1, SQLITE_TRANSIENT) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_DONE);
    CHECK(sqlite3_changes(db) == 1 && sqlite3_total_changes(db) == 2 && sqlite3_last_insert_rowid(db) == 2);
    CHECK(sqlite3_finalize(stmt) == SQLITE_OK);
    CHECK(sqlite3_exec(db, "begin; insert into t values(3, 'x')", NULL, NULL, NULL) == SQLITE_CONSTRAINT);
    CHECK(!sqlite3_get_autocommit(db));
    CHECK(sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 100) > 100 && sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, -1) == 100);
    CHECK(sqlite3_complete("select 1;") && !sqlite3_complete("select 1"));
    CHECK(sqlite3_close_v2(db) == SQLITE_OK);
    CHECK(sqlite3_open_v2("no/such/folder/x", &db, OPEN, NULL) == SQLITE_CANTOPEN);
    CHECK(strcmp(sqlite3_errmsg(db), "unable to open database file") == 0 && sqlite3_close_v2(db) == SQLITE_OK);
}

/* A schema that changes, and statements that outlive what they are of. */
static void
test_order(void)
{
    sqlite3 *db = opened(":memory:");
    execute(db, "create table t(a); insert into t values(1), (2)");
    sqlite3_stmt *all = prepared(db, "select * from t"), *never = prepared(db, "select 1");

    CHECK(sqlite3_step(all) == SQLITE_ROW && sqlite3_reset(all) == SQLITE_OK);
    execute(db, "alter table t add column b text default 'new'");
    CHECK(sqlite3_step(all) == SQLITE_ROW && sqlite3_column_count(all) == 2);
    CHECK(strcmp(sqlite3_column_name(all, 1), "b") == 0 && strcmp(sqlite3_column_decltype(all, 1), "TEXT") == 0);
    CHECK(sqlite3_close_v2(db) == SQLITE_OK); /* with both open */
    CHECK(sqlite3_step(all) == SQLITE_ROW && sqlite3_finalize(all) == SQLITE_OK);
    CHECK(sqlite3_finalize(never) == SQLITE_OK && sqlite3_finalize(NULL) == SQLITE_OK);
}

/* ---- Callbacks ---- */

static int destroyed;

static void
destroy(void *context)
{
    CHECK(context == &destroyed);
    destroyed++;
}

static void
describe(sqlite3_context *context, int count, sqlite3_value **values)
{
    char text[64];

    CHECK(count == 1 && sqlite3_user_data(context) == &destroyed);
    switch (sqlite3_value_type(values[0])) {
    case SQLITE_INTEGER:
        sqlite3_result_int64(context, sqlite3_value_int64(values[0]) + 1);
        return;
    case SQLITE_FLOAT:
        sqlite3_result_double(context, sqlite3_value_double(values[0]) * 2);
        return;
    case SQLITE_NULL:
        sqlite3_result_error(context, "no NULL here", -1);
        return;
    case SQLITE_BLOB:
        sqlite3_result_blob(context, sqlite3_value_blob(values[0]), sqlite3_value_bytes(values[0]), SQLITE_TRANSIENT);
        return;
    default:
        snprintf(text, sizeof text, "<%.*s>", sqlite3_value_bytes(values[0]), (const char *)sqlite3_value_text(values[0]));
        sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
    }
}

/* Queries its own connection, and puts itself out of place. */
static void
inside(sqlite3_context *context, int count, sqlite3_value **values)
{
    sqlite3 *db = sqlite3_context_db_handle(context);

    (void)count;
    (void)values;
    CHECK(sqlite3_create_function_v2(db, "inside", 0, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL) == SQLITE_BUSY);
    sqlite3_result_int64(context, number(db, "select count(*) from t"));
}

static void
add(sqlite3_context *context, int count, sqlite3_value **values)
{
    sqlite3_int64 *sum = sqlite3_aggregate_context(context, sizeof *sum);

    CHECK(count == 1 && sum != NULL);
    *sum += sqlite3_value_int64(values[0]);
    if (*sum == 777)
        sqlite3_result_error_nomem(context);
}

static void
take(sqlite3_context *context, int count, sqlite3_value **values)
{
    sqlite3_int64 *sum = sqlite3_aggregate_context(context, sizeof *sum);

    CHECK(count == 1 && sum != NULL);
    *sum -= sqlite3_value_int64(values[0]);
}

static void
current(sqlite3_context *context)
{
    sqlite3_int64 *sum = sqlite3_aggregate_context(context, 0);

    sqlite3_result_int64(context, sum == NULL ? 0 : *sum);
}

static int
backwards(void *context, int first_size, const void *first, int second_size, const void *second)
{
    int size = first_size < second_size ? first_size : second_size;
    int order = size == 0 ? 0 : memcmp(second, first, (size_t)size);

    CHECK(context == &destroyed);
    return order != 0 ? order : second_size - first_size;
}

static int
refuse_deletes(void *context, int action, const char *first, const char *second, const char *schema, const char *trigger)
{
    (void)second;
    (void)schema;
    (void)trigger;
    CHECK(context == &destroyed);
    return action == SQLITE_DELETE && strcmp(first, "t") == 0 ? SQLITE_DENY : SQLITE_OK;
}

static int ticks;

static int
tick(void *context)
{
    CHECK(context == &destroyed);
    return ++ticks > 5;
}

static char traced[200];

static int
trace(unsigned event, void *context, void *stmt, void *text)
{
    CHECK(event == SQLITE_TRACE_STMT && context == &destroyed && text != NULL);
    char *expanded = sqlite3_expanded_sql(stmt);
    snprintf(traced, sizeof traced, "%s", expanded == NULL ? "" : expanded);
    sqlite3_free(expanded);
    return 0;
}

static void
test_callbacks(void)
{
    void *context = &destroyed;
    sqlite3 *db = opened(":memory:");
    execute(db, "create table t(a); insert into t values(1), (2), (3)");

    destroyed = 0;
    for (int round = 1; round <= 3; round++) { /* each but the last is replaced */
        CHECK(sqlite3_create_function_v2(db, "describe", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, context, describe, NULL, NULL,
                                         destroy) == SQLITE_OK);
        CHECK(destroyed == round - 1);
    }
    CHECK(number(db, "select describe(41)") == 42 && number(db, "select describe(1.5) = 3.0") == 1);
    CHECK(number(db, "select describe('text') = '<text>'") == 1 && number(db, "select describe(x'00ff') = x'00ff'") == 1);
    CHECK(number(db, "select length(describe(zeroblob(200000)))") == 200000);
    CHECK(sqlite3_exec(db, "select describe(null)", NULL, NULL, NULL) == SQLITE_ERROR);
    CHECK(strcmp(sqlite3_errmsg(db), "no NULL here") == 0);
    CHECK(sqlite3_create_function_v2(db, "inside", 0, SQLITE_UTF8, NULL, inside, NULL, NULL, NULL) == SQLITE_OK);
    CHECK(number(db, "select sum(inside()) from t") == 9);

    CHECK(sqlite3_create_window_function(db, "total2", 1, SQLITE_UTF8, context, add, current, current, take, destroy) == SQLITE_OK);
    CHECK(number(db, "select total2(a) from t") == 6 && number(db, "select total2(a) from t where a > 9") == 0);
    CHECK(number(db, "select max(s) from (select total2(a) over (order by a rows 1 preceding) s from t)") == 5);
    CHECK(sqlite3_exec(db, "select total2(777) from t", NULL, NULL, NULL) == SQLITE_NOMEM);
    sqlite3_stmt *groups = prepared(db, "select a, total2(a) over (partition by a) from t");
    CHECK(sqlite3_step(groups) == SQLITE_ROW && sqlite3_finalize(groups) == SQLITE_OK); /* groups are open */

    CHECK(sqlite3_create_collation_v2(db, "backwards", SQLITE_UTF8, context, backwards, destroy) == SQLITE_OK);
    CHECK(number(db, "select a from t order by cast(a as text) collate backwards limit 1") == 3);
    CHECK(sqlite3_set_authorizer(db, refuse_deletes, context) == SQLITE_OK);
    sqlite3_stmt *stmt;
    CHECK(sqlite3_prepare_v2(db, "delete from t", -1, &stmt, NULL) == SQLITE_AUTH && stmt == NULL);
    CHECK(sqlite3_set_authorizer(db, NULL, NULL) == SQLITE_OK);
    sqlite3_progress_handler(db, 100, tick, context);
    CHECK(sqlite3_exec(db, "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n", NULL, NULL,
                       NULL) == SQLITE_INTERRUPT);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    CHECK(sqlite3_trace_v2(db, SQLITE_TRACE_STMT, trace, context) == SQLITE_OK && number(db, "select 5 + 6") == 11);
    CHECK(strcmp(traced, "select 5 + 6") == 0);

    destroyed = 0;
    CHECK(sqlite3_create_function_v2(db, "describe", 1, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL) == SQLITE_OK);
    CHECK(destroyed == 1 && sqlite3_exec(db, "select describe(1)", NULL, NULL, NULL) == SQLITE_ERROR);
    CHECK(sqlite3_close_v2(db) == SQLITE_OK && destroyed == 3); /* what is left ends with it */
}

/* ---- Blobs, backups, images, files ---- */

static void
test_pieces(const char *folder)
{
    static unsigned char data[150000];
    char name[512];
    sqlite3 *db = opened(":memory:"), *file;
    sqlite3_blob *blob;
    sqlite3_int64 size;

    snprintf(name, sizeof name, "%s/layer.db", folder);
    unlink(name);
    file = opened(name);
    execute(db, "create table t(b); insert into t values(zeroblob(150000))");
    memset(data, 7, sizeof data);
    CHECK(sqlite3_blob_open(db, "main", "t", "b", 1, 1, &blob) == SQLITE_OK && sqlite3_blob_bytes(blob) == (int)sizeof data);
    CHECK(sqlite3_blob_write(blob, data, sizeof data, 0) == SQLITE_OK);
    CHECK(sqlite3_blob_write(blob, data, 1, sizeof data) == SQLITE_ERROR);
    memset(data, 0, sizeof data);
    CHECK(sqlite3_blob_read(blob, data, sizeof data - 1, 1) == SQLITE_OK && data[sizeof data - 2] == 7);
    execute(db, "update t set b = zeroblob(150000)");
    CHECK(sqlite3_blob_read(blob, data, 10, 0) == SQLITE_ABORT && sqlite3_blob_close(blob) == SQLITE_OK);
    CHECK(sqlite3_blob_open(db, "main", "t", "b", 99, 0, &blob) == SQLITE_ERROR && blob == NULL);

    sqlite3_backup *backup = sqlite3_backup_init(file, "main", db, "main");
    CHECK(backup != NULL && sqlite3_backup_step(backup, 5) == SQLITE_OK && sqlite3_backup_remaining(backup) > 0);
    CHECK(sqlite3_backup_pagecount(backup) > sqlite3_backup_remaining(backup));
    CHECK(sqlite3_backup_step(backup, -1) == SQLITE_DONE && sqlite3_backup_finish(backup) == SQLITE_OK);
    backup = sqlite3_backup_init(file, "main", db, "main");
    CHECK(sqlite3_backup_step(backup, 1) == SQLITE_OK && sqlite3_backup_finish(backup) == SQLITE_OK); /* given up */
    CHECK(number(file, "select length(b) from t") == 150000);

    unsigned char *bytes = sqlite3_serialize(file, "main", &size, 0);
    CHECK(bytes != NULL && size > 150000 && memcmp(bytes, "SQLite format 3", 15) == 0);
    sqlite3 *copy = opened(":memory:");
    CHECK(sqlite3_deserialize(copy, "main", bytes, size, size, SQLITE_DESERIALIZE_FREEONCLOSE) == SQLITE_OK);
    CHECK(number(copy, "select count(*) from t") == 1);
    CHECK(sqlite3_serialize(copy, "nothing", &size, 0) == NULL && size == -1);

    CHECK(sqlite3_blob_open(file, "main", "t", "b", 1, 0, &blob) == SQLITE_OK);
    sqlite3 *other = opened(name);
    CHECK(sqlite3_busy_timeout(other, 1) == SQLITE_OK);
    CHECK(sqlite3_exec(other, "drop table t", NULL, NULL, NULL) == SQLITE_BUSY);
    CHECK(sqlite3_close_v2(file) == SQLITE_OK && sqlite3_blob_close(blob) == SQLITE_OK);
    execute(other, "drop table t; create table u(a)");
    CHECK(sqlite3_close_v2(other) == SQLITE_OK && sqlite3_close_v2(copy) == SQLITE_OK && sqlite3_close_v2(db) == SQLITE_OK);
}

int
main(int count, char **arguments)
{
    CHECK(count == 2);
    for (int round = 0; round < 3; round++) {
        test_values();
        test_errors();
        test_order();
        test_callbacks();
        test_pieces(arguments[1]);
        CHECK(live_handles == 0);
    }
    printf("sqlite3.h over the contract: all right\n");
    return 0;
}
