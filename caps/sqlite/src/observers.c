/* Who is asked or told while a connection works. */
#include "sqlite_cap_private.h"

/* Sets an observer or, for NULL, ends it, and releases the one before. */
static void
replace(struct observer *observer, const uint32_t *callback)
{
    struct observer before = *observer;
    failure_t failure;

    *observer = (struct observer){0};
    if (callback != NULL)
        *observer = (struct observer){true, *callback};
    if (before.is_set && !sqlite_wasm_callbacks_release(before.callback, &failure))
        free_failure(&failure);
}

/* A text of SQLite's as an optional argument: NULL for none. */
static bytes_t *
optional(bytes_t *space, const char *text)
{
    if (text == NULL)
        return NULL;
    *space = bytes_lent(text);
    return space;
}

static int
authorize(void *pointer, int action, const char *first, const char *second, const char *schema, const char *trigger)
{
    connection_t *self = pointer;
    bytes_t space[4];
    int32_t answer = SQLITE_DENY;
    failure_t failure;

    if (!sqlite_wasm_callbacks_authorize(self->authorizer.callback, action, optional(&space[0], first),
                                         optional(&space[1], second), optional(&space[2], schema),
                                         optional(&space[3], trigger), &answer, &failure)) {
        free_failure(&failure);
        return SQLITE_DENY;
    }
    return answer;
}

bool
exports_sqlite_wasm_database_method_connection_set_authorizer(connection_t *self, uint32_t *maybe_callback,
                                                              problem_t *err)
{
    (void)err; /* SQLite's own function cannot fail for a connection that is open. */
    sqlite3_set_authorizer(self->db, maybe_callback == NULL ? NULL : authorize, self);
    replace(&self->authorizer, maybe_callback);
    return true;
}

static int
tick(void *pointer)
{
    connection_t *self = pointer;
    bool stop = true;
    failure_t failure;

    if (!sqlite_wasm_callbacks_tick(self->ticker.callback, &stop, &failure)) {
        free_failure(&failure);
        return 1;
    }
    return stop;
}

void
exports_sqlite_wasm_database_method_connection_set_ticker(connection_t *self, int32_t instructions,
                                                          uint32_t *maybe_callback)
{
    sqlite3_progress_handler(self->db, instructions, maybe_callback == NULL ? NULL : tick, self);
    replace(&self->ticker, maybe_callback);
}

static int
trace(unsigned event, void *pointer, void *statement, void *text)
{
    connection_t *self = pointer;
    char *expanded = sqlite3_expanded_sql(statement);
    bytes_t space[2];
    failure_t failure;

    (void)event;
    space[0] = bytes_lent(text);
    if (optional(&space[1], expanded) != NULL && !consumer_has_room(space[0].len + space[1].len)) {
        sqlite3_free(expanded);
        expanded = NULL;
    }
    if (!sqlite_wasm_callbacks_trace(self->tracer.callback, &space[0], optional(&space[1], expanded), &failure))
        free_failure(&failure);
    sqlite3_free(expanded);
    return 0;
}

void
exports_sqlite_wasm_database_method_connection_set_tracer(connection_t *self, uint32_t *maybe_callback)
{
    sqlite3_trace_v2(self->db, SQLITE_TRACE_STMT, maybe_callback == NULL ? NULL : trace, self);
    replace(&self->tracer, maybe_callback);
}
