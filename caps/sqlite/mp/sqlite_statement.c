/* Statements: see sqlite_database.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "glue.h"
#include "sqlite_database.h"

typedef sqlite_wasm_database_prepared_t prepared_t;
typedef sqlite_wasm_database_outcome_t outcome_t;

enum {
    /* Statements that nobody uses and that are kept, of one connection. */
    KEPT = 16,
    /* Some bytes that one takes of the cap's memory. */
    STATEMENT = 6 * 1024,
};

static sqlite_wasm_database_borrow_statement_t
lent(const struct statement *self)
{
    return sqlite_wasm_database_borrow_statement(self->handle);
}

/* ---- Texts ---- */

/* Where the first word begins, behind white space and comments; `length`: there is none. */
static size_t
start_of(const char *sql, size_t length)
{
    size_t at = 0;

    while (at < length) {
        const char *rest = sql + at, *end;
        if (strchr(" \t\f\n\r", rest[0]) != NULL && rest[0] != '\0') {
            at++;
        } else if (length - at >= 2 && memcmp(rest, "--", 2) == 0) {
            end = memchr(rest, '\n', length - at);
            at = end == NULL ? length : (size_t)(end - sql) + 1;
        } else if (length - at >= 2 && memcmp(rest, "/*", 2) == 0) {
            for (at += 2; at < length && !(sql[at] == '*' && at + 1 < length && sql[at + 1] == '/'); at++)
                ;
            at = at < length ? at + 2 : length;
        } else {
            return at;
        }
    }
    return length;
}

bool
sql_is_blank(const char *sql, size_t length)
{
    return start_of(sql, length) == length;
}

/* Whether it changes rows: what a transaction is begun for. */
static bool
is_dml(const char *sql, size_t length)
{
    static const char *const words[] = {"insert", "update", "delete", "replace"};
    size_t at = start_of(sql, length);

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i]);
        if (length - at >= size && strncasecmp(sql + at, words[i], size) == 0)
            return true;
    }
    return false;
}

/* ---- What the bindings hand over ---- */

static void
free_columns(columns_t *columns)
{
    for (size_t i = 0; i < columns->len; i++) {
        sqlite_import_list_u8_free(&columns->ptr[i].name);
        if (columns->ptr[i].declared_type.is_some)
            sqlite_import_list_u8_free(&columns->ptr[i].declared_type.val);
    }
    if (columns->len > 0)
        free(columns->ptr);
    *columns = (columns_t){0};
}

static void
free_parameters(parameters_t *parameters)
{
    for (size_t i = 0; i < parameters->len; i++)
        sqlite_import_list_u8_free(&parameters->ptr[i].name);
    if (parameters->len > 0)
        free(parameters->ptr);
    *parameters = (parameters_t){0};
}

static void
free_row(struct statement *self)
{
    for (size_t i = 0; i < self->row.len; i++) {
        value_t *value = &self->row.ptr[i];
        if (value->tag == SQLITE_WASM_CALLBACKS_VALUE_TEXT || value->tag == SQLITE_WASM_CALLBACKS_VALUE_BLOB)
            sqlite_import_list_u8_free(&value->val.text);
    }
    if (self->row.len > 0)
        free(self->row.ptr);
    self->row = (values_t){0};
    self->has_row = false;
}

/* ---- Statements come and go ---- */

/* Takes it out of its database's list. */
static void
unlink_statement(struct statement *self)
{
    struct statement **link = &self->database->statements;

    while (*link != NULL && *link != self)
        link = &(*link)->next;
    if (*link == self)
        *link = self->next;
}

static void
link_first(struct statement *self)
{
    self->next = self->database->statements;
    self->database->statements = self;
}

static void
free_statement(struct statement *self)
{
    free_row(self);
    free_columns(&self->columns);
    free_parameters(&self->parameters);
    free(self);
    glue_release(STATEMENT);
}

void
statement_close(struct statement *self)
{
    unlink_statement(self);
    free_row(self);
    if (self->has_handle)
        sqlite_wasm_database_statement_drop_own(self->handle);
    self->has_handle = false;
    self->is_running = false;
    self->database->is_stale = true;
    if (!self->is_in_use)
        free_statement(self);
}

/* The last used one with this text that nobody uses. */
static struct statement *
kept_one(struct database *database, const char *sql, size_t length)
{
    struct statement *found = database->statements;

    while (found != NULL && (found->is_in_use || found->length != length || memcmp(found->sql, sql, length) != 0))
        found = found->next;
    return found;
}

/* Compiles the text that it has. */
static bool
prepare(struct statement *self)
{
    struct database *database = self->database;
    bytes_t text = {(uint8_t *)self->sql, self->length};
    prepared_t prepared;
    problem_t problem;

    if (!database_has_room(database, self->length))
        return false;
    if (!sqlite_wasm_database_method_connection_prepare(sqlite_wasm_database_borrow_connection(database->handle), &text,
                                                        &prepared, &problem))
        return database_failed(database, &problem);
    self->has_handle = prepared.statement.is_some;
    self->handle = prepared.statement.val;
    self->is_readonly = prepared.readonly;
    self->is_dml = is_dml(self->sql, self->length);
    self->parameter_count = prepared.parameter_count;
    self->parameters = prepared.parameters;
    self->columns = prepared.columns;
    self->tail = prepared.length < self->length ? prepared.length : self->length;
    return true;
}

struct statement *
statement_of(struct database *database, const char *sql, size_t length)
{
    glue_hold(STATEMENT); /* may collect, and finalisers let statements of this database go */
    struct statement *self = kept_one(database, sql, length);

    if (self != NULL) {
        glue_release(STATEMENT);
        unlink_statement(self);
    } else {
        self = calloc(1, sizeof *self + length);
        if (self == NULL) {
            glue_release(STATEMENT);
            database_failed_by(database, SQLITE_NOMEM);
            return NULL;
        }
        self->database = database;
        self->length = length;
        memcpy(self->sql, sql, length);
        if (!prepare(self)) {
            free_statement(self);
            return NULL;
        }
    }
    self->is_in_use = true;
    database->references++;
    link_first(self);
    return self;
}

/* Closes the one that was last used the longest ago, if too many are kept. */
static void
close_one_of_too_many(struct database *database)
{
    struct statement *oldest = NULL;
    unsigned kept = 0;

    for (struct statement *each = database->statements; each != NULL; each = each->next) {
        if (!each->is_in_use) {
            kept++;
            oldest = each;
        }
    }
    if (kept > KEPT)
        statement_close(oldest);
}

void
statement_let_go(struct statement *self, bool is_kept)
{
    struct database *database = self->database;

    self->is_in_use = false;
    if (!database->is_open) {
        free_statement(self);
    } else if (!is_kept || !self->has_handle) {
        statement_close(self);
    } else {
        free_row(self);
        if (self->is_running) {
            sqlite_wasm_database_method_statement_reset(lent(self));
            database->is_stale = true;
        }
        self->is_running = false;
        close_one_of_too_many(database);
    }
    database_let_go(database);
}

/* ---- Steps ---- */

/* Takes over what a step came to. */
static enum step
take(struct statement *self, bool is_outcome, outcome_t *outcome, problem_t *problem)
{
    struct database *database = self->database;

    self->is_running = is_outcome && outcome->row.is_some;
    if (!is_outcome) {
        database_failed(database, problem);
        return STEP_FAILED;
    }
    database->status = outcome->status;
    database->is_stale = false;
    self->has_row = outcome->row.is_some;
    if (self->has_row)
        self->row = outcome->row.val;
    if (outcome->recompiled) {
        free_columns(&self->columns);
        sqlite_wasm_database_method_statement_columns(lent(self), &self->columns);
    }
    return self->has_row ? STEP_ROW : STEP_DONE;
}

enum step
statement_run(struct statement *self, values_t *values)
{
    outcome_t outcome;
    problem_t problem;

    free_row(self);
    bool is_outcome = sqlite_wasm_database_method_statement_run(lent(self), values, &outcome, &problem);
    return take(self, is_outcome, &outcome, &problem);
}

enum step
statement_step(struct statement *self)
{
    outcome_t outcome;
    problem_t problem;

    free_row(self);
    bool is_outcome = sqlite_wasm_database_method_statement_step(lent(self), &outcome, &problem);
    return take(self, is_outcome, &outcome, &problem);
}
