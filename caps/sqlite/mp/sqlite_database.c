/* See sqlite_database.h. */
#include "sqlite_database.h"

#include <stdlib.h>
#include <string.h>

/* From here on a component is asked whether it has memory for what it is passed: half of what it can take in any case. */
enum { ASKED = 64 * 1024 };

/* How deep expressions may nest. SQLite's own 1000 is for the stack that it has as a component; in an image it has what is
 * left of MicroPython's. */
enum { SQLITE_LIMIT_EXPR_DEPTH = 3, EXPR_DEPTH = 500 };

static sqlite_wasm_database_borrow_connection_t
lent(const struct database *self)
{
    return sqlite_wasm_database_borrow_connection(self->handle);
}

static void
forget_problem(struct database *self)
{
    sqlite_import_list_u8_free(&self->problem.message);
    self->problem = (problem_t){0};
}

bool
database_failed(struct database *self, problem_t *problem)
{
    forget_problem(self);
    self->problem = *problem;
    self->is_stale = true;
    return false;
}

bool
database_failed_by(struct database *self, int32_t code)
{
    problem_t problem = {.code = code};
    sqlite_import_string_t text;

    sqlite_wasm_database_error_text(code, &text);
    problem.message = (bytes_t){text.ptr, text.len};
    return database_failed(self, &problem);
}

bool
database_has_room(struct database *self, size_t bytes)
{
    return bytes <= ASKED || (bytes <= UINT32_MAX && sqlite_wasm_database_reserve((uint32_t)bytes)) ||
           database_failed_by(self, SQLITE_NOMEM);
}

struct database *
database_new(void)
{
    struct database *self = calloc(1, sizeof *self);

    if (self != NULL)
        self->references = 1;
    return self;
}

bool
database_open(struct database *self, const char *name, size_t length, uint32_t flags, int32_t timeout)
{
    bytes_t path = {(uint8_t *)name, length};
    problem_t problem;

    if (!sqlite_wasm_database_static_connection_open(&path, flags, &self->handle, &problem))
        return database_failed(self, &problem);
    self->is_open = true;
    self->is_stale = true;
    sqlite_wasm_database_method_connection_limit(lent(self), SQLITE_LIMIT_EXPR_DEPTH, EXPR_DEPTH);
    sqlite_wasm_database_method_connection_busy_timeout(lent(self), timeout);
    return true;
}

void
database_close(struct database *self)
{
    if (!self->is_open)
        return;
    while (self->statements != NULL)
        statement_close(self->statements);
    sqlite_wasm_database_connection_drop_own(self->handle);
    self->is_open = false;
}

void
database_let_go(struct database *self)
{
    if (--self->references > 0)
        return;
    forget_problem(self);
    free(self);
}

bool
database_execute(struct database *self, const char *sql, size_t length)
{
    bytes_t text = {(uint8_t *)sql, length};
    problem_t problem;

    if (!database_has_room(self, length))
        return false;
    if (!sqlite_wasm_database_method_connection_execute(lent(self), &text, &self->status, &problem))
        return database_failed(self, &problem);
    self->is_stale = false;
    return true;
}

const status_t *
database_status(struct database *self)
{
    if (self->is_stale)
        sqlite_wasm_database_method_connection_status(lent(self), &self->status);
    self->is_stale = false;
    return &self->status;
}
