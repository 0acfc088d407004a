/* Fuzz target of the sqlite contract. See docs/fuzz.md.
 *
 * The first byte chooses. With 0 the rest is a database, which is opened, read, changed and copied; else it is SQL, run statement by
 * statement with parameters, functions and collations. Whatever the bytes are, calls end with a value or an error, and what was made
 * can be dropped. */
#include <stdlib.h>
#include <string.h>

#include "handles_native.h"
#include "sqlite_cap_private.h"

#define D(name) exports_sqlite_wasm_database_##name

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* MOST_*: what one statement may come to. LENGTH: SQLITE_LIMIT_LENGTH. */
enum { MOST_ROWS = 64, MOST_TICKS = 300, INSTRUCTIONS = 1000, LENGTH = 0, LONGEST = 1000000, MEMORY = 0x80 | 2 | 4 };

static int ticks;

static void
holds(bool condition)
{
    if (!condition)
        abort();
}

static bytes_t
new_bytes(const void *data, size_t size)
{
    bytes_t bytes = {size > 0 ? malloc(size) : NULL, size};

    holds(size == 0 || bytes.ptr != NULL);
    if (size > 0)
        memcpy(bytes.ptr, data, size);
    return bytes;
}

static bytes_t
new_text(const char *text)
{
    return new_bytes(text, strlen(text));
}

/* The end of a call that has failed as the contract allows. */
static void
failed(problem_t *problem)
{
    holds(problem->code != 0 && problem->code != 100 && problem->code != 101);
    sqlite_cap_list_u8_free(&problem->message);
}

/* ---- The consumer's callbacks: a number says what one does ---- */

static bool
fails(failure_t *err)
{
    *err = (failure_t){.tag = SQLITE_WASM_CALLBACKS_FAILURE_MESSAGE, .val.message = new_text("no")};
    return false;
}

bool
sqlite_wasm_callbacks_call(uint32_t callback, values_t *arguments, value_t *ret, failure_t *err)
{
    (void)callback;
    if (arguments->len == 0)
        return fails(err);
    *ret = arguments->ptr[0];
    if (ret->tag >= SQLITE_WASM_CALLBACKS_VALUE_TEXT)
        ret->val.text = new_bytes(ret->val.text.ptr, ret->val.text.len);
    return true;
}

bool
sqlite_wasm_callbacks_step(uint32_t callback, uint32_t group, values_t *arguments, failure_t *err)
{
    (void)callback;
    holds(group > 0);
    return arguments->len < 3 || fails(err);
}

bool
sqlite_wasm_callbacks_inverse(uint32_t callback, uint32_t group, values_t *arguments, failure_t *err)
{
    return sqlite_wasm_callbacks_step(callback, group, arguments, err);
}

bool
sqlite_wasm_callbacks_current(uint32_t callback, uint32_t group, value_t *ret, failure_t *err)
{
    (void)callback;
    (void)err;
    *ret = (value_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_INTEGER, .val.integer = group};
    return true;
}

bool
sqlite_wasm_callbacks_finish(uint32_t callback, uint32_t group, value_t *ret, failure_t *err)
{
    return sqlite_wasm_callbacks_current(callback, group, ret, err);
}

bool
sqlite_wasm_callbacks_compare(uint32_t callback, bytes_t *first, bytes_t *second, int32_t *ret, failure_t *err)
{
    size_t shorter = first->len < second->len ? first->len : second->len;

    (void)callback;
    (void)err;
    *ret = shorter == 0 ? 0 : memcmp(second->ptr, first->ptr, shorter);
    return true;
}

bool
sqlite_wasm_callbacks_authorize(uint32_t callback, int32_t action, bytes_t *first, bytes_t *second, bytes_t *schema,
                                bytes_t *trigger, int32_t *ret, failure_t *err)
{
    (void)callback, (void)first, (void)second, (void)schema, (void)trigger, (void)err;
    *ret = action == 24 ? 1 : 0; /* nothing is attached: SQLITE_DENY */
    return true;
}

bool
sqlite_wasm_callbacks_tick(uint32_t callback, bool *ret, failure_t *err)
{
    (void)callback, (void)err;
    *ret = ++ticks > MOST_TICKS;
    return true;
}

bool
sqlite_wasm_callbacks_trace(uint32_t callback, bytes_t *sql, bytes_t *expanded, failure_t *err)
{
    (void)callback, (void)sql, (void)expanded, (void)err;
    return true;
}

bool
sqlite_wasm_callbacks_release(uint32_t callback, failure_t *err)
{
    (void)callback, (void)err;
    return true;
}

/* ---- Calls ---- */

static D(own_connection_t)
open_memory(void)
{
    static const char *const functions[] = {"f", "g", "h"};
    D(own_connection_t) own;
    problem_t problem;
    uint32_t callback = 1;
    bytes_t name = new_text(":memory:");

    holds(D(static_connection_open)(&name, MEMORY, &own, &problem));
    connection_t *connection = representation_of(own.__handle);
    D(method_connection_limit)(connection, LENGTH, LONGEST);
    for (size_t i = 0; i < 3; i++) {
        bytes_t function = new_text(functions[i]);
        holds(i == 0 ? D(method_connection_create_function)(connection, &function, -1, 1, &callback, &problem)
                     : D(method_connection_create_aggregate)(connection, &function, -1, 1, i == 2, &callback, &problem));
    }
    bytes_t collation = new_text("backwards");
    holds(D(method_connection_create_collation)(connection, &collation, &callback, &problem));
    holds(D(method_connection_set_authorizer)(connection, &callback, &problem));
    D(method_connection_set_ticker)(connection, INSTRUCTIONS, &callback);
    D(method_connection_set_tracer)(connection, &callback);
    return own;
}

static void
free_outcome(outcome_t *outcome)
{
    if (outcome->row.is_some)
        free_values(outcome->row.val.ptr, outcome->row.val.len);
}

/* Runs a statement. `first`, unless NULL, gets the text that the first row begins with: memory to be freed. */
static void
run_statement(statement_t *statement, uint32_t parameters, bytes_t *first)
{
    D(list_value_t) values = {parameters > 0 ? calloc(parameters, sizeof(value_t)) : NULL, parameters};
    outcome_t outcome;
    problem_t problem;

    for (uint32_t i = 0; i < parameters; i++)
        values.ptr[i] = (value_t){.tag = i % 3 == 2 ? SQLITE_WASM_CALLBACKS_VALUE_BLOB : (uint8_t)(i % 3), .val.integer = i};
    for (uint32_t i = 2; i < parameters; i += 3)
        values.ptr[i].val.blob = new_text("blob");
    bool is_fine = D(method_statement_run)(statement, &values, &outcome, &problem);
    for (int rows = 0; is_fine && outcome.row.is_some; rows++) {
        value_t *value = outcome.row.val.ptr;
        if (first != NULL && first->len == 0 && outcome.row.val.len > 0 && value->tag == SQLITE_WASM_CALLBACKS_VALUE_TEXT)
            *first = new_bytes(value->val.text.ptr, value->val.text.len);
        free_outcome(&outcome);
        if (rows == MOST_ROWS) {
            D(method_statement_reset)(statement);
            return;
        }
        is_fine = D(method_statement_step)(statement, &outcome, &problem);
    }
    if (is_fine)
        free_outcome(&outcome);
    else
        failed(&problem);
}

/* Runs SQL, statement by statement. */
static void
run_all(connection_t *connection, const char *sql, size_t size, bytes_t *first)
{
    D(prepared_t) prepared;
    problem_t problem;

    while (size > 0) {
        bytes_t text = new_bytes(sql, size);
        ticks = 0;
        if (!D(method_connection_prepare)(connection, &text, &prepared, &problem)) {
            failed(&problem);
            return;
        }
        holds(prepared.length <= size);
        if (prepared.statement.is_some && prepared.parameter_count < 100) {
            statement_t *statement = representation_of(prepared.statement.val.__handle);
            D(list_column_t) columns;
            run_statement(statement, prepared.parameter_count, first);
            D(method_statement_columns)(statement, &columns);
            free_columns(&columns);
        }
        if (prepared.statement.is_some)
            D(statement_drop_own)(prepared.statement.val);
        for (size_t i = 0; i < prepared.parameters.len; i++)
            sqlite_cap_list_u8_free(&prepared.parameters.ptr[i].name);
        if (prepared.parameters.len > 0)
            free(prepared.parameters.ptr);
        free_columns(&prepared.columns);
        if (prepared.length == 0)
            return;
        sql += prepared.length;
        size -= prepared.length;
    }
}

static void
run_text(connection_t *connection, const char *sql)
{
    run_all(connection, sql, strlen(sql), NULL);
}

/* Copies one database into another, and its bytes out of it. */
static void
copy(connection_t *connection)
{
    D(own_connection_t) other = open_memory();
    D(own_backup_t) backup;
    D(own_image_t) image;
    problem_t problem;
    bytes_t target = new_text("main"), source = new_text("main"), name = new_text("main"), data;

    if (D(static_backup_open)(representation_of(other.__handle), &target, connection, &source, &backup, &problem)) {
        D(backup_progress_t) progress;
        D(method_backup_step)(representation_of(backup.__handle), 2, &progress);
        D(method_backup_step)(representation_of(backup.__handle), -1, &progress);
        if (!D(method_backup_finish)(representation_of(backup.__handle), &problem))
            failed(&problem);
        D(backup_drop_own)(backup);
    } else
        failed(&problem);
    run_text(representation_of(other.__handle), "select count(*) from sqlite_schema");
    D(connection_drop_own)(other);
    if (D(method_connection_serialize)(connection, &name, &image, &problem)) {
        D(method_image_read)(representation_of(image.__handle), 0, 600, &data);
        holds(data.len <= 600 && data.len <= D(method_image_size)(representation_of(image.__handle)));
        sqlite_cap_list_u8_free(&data);
        D(image_drop_own)(image);
    } else
        failed(&problem);
}

/* Reads a blob, and writes to it. */
static void
use_blob(connection_t *connection, const bytes_t *table)
{
    bytes_t schema = new_text("main"), name = new_bytes(table->ptr, table->len), column = new_text("b"), data;
    D(opened_blob_t) opened;
    problem_t problem;

    if (!D(static_blob_open)(connection, &schema, &name, &column, 1, true, &opened, &problem)) {
        failed(&problem);
        return;
    }
    D(blob_t) *blob = representation_of(opened.blob.__handle);
    if (D(method_blob_read)(blob, 1, opened.size, &data, &problem))
        sqlite_cap_list_u8_free(&data);
    else
        failed(&problem);
    data = new_text("written");
    if (!D(method_blob_write)(blob, opened.size / 2, &data, &problem))
        failed(&problem);
    D(blob_drop_own)(opened.blob);
}

static void
use_database(connection_t *connection, const uint8_t *data, size_t size)
{
    static const char select[] = "select name from sqlite_schema where type = 'table'";
    D(own_image_t) image;
    problem_t problem;
    bytes_t schema = new_text("main"), bytes = new_bytes(data, size), table = {0};

    holds(D(static_image_create)(size, &image, &problem));
    if (!D(method_image_write)(representation_of(image.__handle), 0, &bytes, &problem))
        failed(&problem);
    if (!D(method_connection_deserialize)(connection, &schema, image, &problem)) {
        failed(&problem);
        return;
    }
    run_text(connection, "pragma integrity_check; pragma foreign_key_check; select * from sqlite_schema");
    run_all(connection, select, strlen(select), &table);
    if (table.len > 0) {
        use_blob(connection, &table);
        sqlite_cap_list_u8_free(&table);
    }
    run_text(connection, "select * from t; select a, count(*) from t group by 1; update t set a = b where rowid % 2; "
                         "insert into t select b, a from t; delete from t where rowid < 3; create table u as select * from t");
    run_text(connection, "select * from s where s match 'word'; select * from r where x0 < 3; insert into s values('a word')");
    copy(connection);
    run_text(connection, "vacuum; reindex; analyze; pragma integrity_check");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    D(own_connection_t) own = open_memory();
    connection_t *connection = representation_of(own.__handle);
    if (data[0] == 0)
        use_database(connection, data + 1, size - 1);
    else
        run_all(connection, (const char *)data + 1, size - 1, NULL);
    D(connection_drop_own)(own);
    holds(live_handles == 0);
    return 0;
}
