/* sqlite3.h over the sqlite:wasm contract: what the component calls back, by number. */
#include "sqlite3_callbacks.h"

#include <stdlib.h>
#include <string.h>

struct sqlite_callbacks sqlite_callbacks;

/* A number for a callback, which is copied. 0: there is no memory, and the context was destroyed. */
static uint32_t
add(struct callback callback)
{
    struct callback *copy = malloc(sizeof *copy), **table = sqlite_callbacks.table;
    uint32_t place = 0, size = sqlite_callbacks.size;

    while (place < size && table[place] != NULL)
        place++;
    if (copy != NULL && place == size) {
        size = size * 2 + 16;
        table = realloc(table, size * sizeof *table);
        if (table != NULL) {
            memset(table + place, 0, (size - place) * sizeof *table);
            sqlite_callbacks.table = table;
            sqlite_callbacks.size = size;
        }
    }
    if (copy == NULL || place >= sqlite_callbacks.size) {
        free(copy);
        if (callback.destroy != NULL)
            callback.destroy(callback.context);
        return 0;
    }
    *copy = callback;
    table[place] = copy;
    return place + 1;
}

void
sqlite_callback_free(struct callback *callback)
{
    if (callback->destroy != NULL)
        callback->destroy(callback->context);
    free(callback);
}

static void
release(uint32_t number)
{
    struct callback *callback = sqlite_callback_find(number);
    if (callback == NULL)
        return;
    sqlite_callbacks.table[number - 1] = NULL;
    callback->is_released = true;
    if (callback->running == 0)
        sqlite_callback_free(callback);
}

void
sqlite_callbacks_end(sqlite3 *db)
{
    for (uint32_t number = 1; number <= sqlite_callbacks.size; number++) {
        const struct callback *callback = sqlite_callback_find(number);
        if (callback != NULL && callback->db == db)
            release(number);
    }
}

void
sqlite_failure_set(failure_t *failure, const char *message, size_t length)
{
    *failure = (failure_t){.tag = SQLITE_WASM_CALLBACKS_FAILURE_NO_MEMORY};
    uint8_t *copy = malloc(length + 1);
    if (copy == NULL)
        return;
    memcpy(copy, message, length);
    failure->tag = SQLITE_WASM_CALLBACKS_FAILURE_MESSAGE;
    failure->val.message = (bytes_t){copy, length};
}

void
sqlite_callback_refuse(const struct callback *callback, failure_t *failure)
{
    static const char too_deep[] = "too many callbacks inside of each other", gone[] = "no such callback";

    if (callback == NULL)
        sqlite_failure_set(failure, gone, sizeof gone - 1);
    else
        sqlite_failure_set(failure, too_deep, sizeof too_deep - 1);
}

bool
exports_sqlite_wasm_callbacks_release(uint32_t number, failure_t *err)
{
    (void)err;
    release(number);
    return true;
}

bool
exports_sqlite_wasm_callbacks_reserve(uint32_t bytes, bool *ret, failure_t *err)
{
    /* A compiler may take a pair of malloc() and free() out. */
    void *volatile memory = malloc(bytes);

    (void)err;
    free(memory);
    *ret = memory != NULL;
    return true;
}

/* The end of a call that was to make something of the callback: the code. Where it came to nothing the component has released
 * the callback, if it could be reached. */
static int
made(sqlite3 *db, bool is_made, uint32_t number, problem_t *problem)
{
    if (is_made)
        return SQLITE_OK;
    if (link_failed())
        release(number);
    return sqlite_database_failed(db, problem);
}

int
sqlite3_create_function_v2(sqlite3 *db, const char *name, int arguments, int flags, void *context,
                           void (*call)(sqlite3_context *, int, sqlite3_value **),
                           void (*step)(sqlite3_context *, int, sqlite3_value **), void (*finish)(sqlite3_context *),
                           void (*destroy)(void *))
{
    struct callback callback = {
        .db = db, .context = context, .destroy = destroy, .call = call, .step = step, .finish = finish};
    bytes_t text = sqlite_bytes_lent(name);
    uint32_t number = 0;
    problem_t problem;

    sqlite_database_begin(db);
    if ((call != NULL || step != NULL) && (number = add(callback)) == 0)
        return sqlite_database_failed_by(db, SQLITE_NOMEM);
    uint32_t *given = number == 0 ? NULL : &number;
    bool is_made =
        step == NULL ? sqlite_wasm_database_method_connection_create_function(sqlite_database_lent(db), &text, arguments,
                                                                              (uint32_t)flags, given, &problem)
                     : sqlite_wasm_database_method_connection_create_aggregate(sqlite_database_lent(db), &text, arguments,
                                                                               (uint32_t)flags, false, given, &problem);
    return made(db, is_made, number, &problem);
}

int
sqlite3_create_window_function(sqlite3 *db, const char *name, int arguments, int flags, void *context,
                               void (*step)(sqlite3_context *, int, sqlite3_value **), void (*finish)(sqlite3_context *),
                               void (*current)(sqlite3_context *),
                               void (*inverse)(sqlite3_context *, int, sqlite3_value **), void (*destroy)(void *))
{
    struct callback callback = {.db = db,
                                .context = context,
                                .destroy = destroy,
                                .step = step,
                                .finish = finish,
                                .current = current,
                                .inverse = inverse};
    bytes_t text = sqlite_bytes_lent(name);
    uint32_t number = 0;
    problem_t problem;

    sqlite_database_begin(db);
    if (step != NULL && (number = add(callback)) == 0)
        return sqlite_database_failed_by(db, SQLITE_NOMEM);
    bool is_made = sqlite_wasm_database_method_connection_create_aggregate(
        sqlite_database_lent(db), &text, arguments, (uint32_t)flags, true, number == 0 ? NULL : &number, &problem);
    return made(db, is_made, number, &problem);
}

int
sqlite3_create_collation_v2(sqlite3 *db, const char *name, int encoding, void *context,
                            int (*compare)(void *, int, const void *, int, const void *), void (*destroy)(void *))
{
    /* Unlike those of functions, the context stays the caller's where this fails. */
    struct callback callback = {.db = db, .context = context, .compare = compare};
    bytes_t text = sqlite_bytes_lent(name);
    uint32_t number = 0;
    problem_t problem;

    (void)encoding;
    sqlite_database_begin(db);
    if (compare != NULL && (number = add(callback)) == 0)
        return sqlite_database_failed_by(db, SQLITE_NOMEM);
    bool is_made = sqlite_wasm_database_method_connection_create_collation(
        sqlite_database_lent(db), &text, number == 0 ? NULL : &number, &problem);
    if (is_made && sqlite_callback_find(number) != NULL)
        sqlite_callback_find(number)->destroy = destroy;
    return made(db, is_made, number, &problem);
}

int
sqlite3_set_authorizer(sqlite3 *db,
                       int (*authorize)(void *, int, const char *, const char *, const char *, const char *),
                       void *context)
{
    struct callback callback = {.db = db, .context = context, .authorize = authorize};
    uint32_t number = 0;
    problem_t problem;

    sqlite_database_begin(db);
    if (authorize != NULL && (number = add(callback)) == 0)
        return sqlite_database_failed_by(db, SQLITE_NOMEM);
    bool is_made = sqlite_wasm_database_method_connection_set_authorizer(
        sqlite_database_lent(db), number == 0 ? NULL : &number, &problem);
    return made(db, is_made, number, &problem);
}

void
sqlite3_progress_handler(sqlite3 *db, int instructions, int (*tick)(void *), void *context)
{
    struct callback callback = {.db = db, .context = context, .tick = tick};
    uint32_t number = 0;

    link_forget_error();
    if (tick != NULL && (number = add(callback)) == 0)
        return;
    sqlite_wasm_database_method_connection_set_ticker(sqlite_database_lent(db), instructions, number == 0 ? NULL : &number);
}

int
sqlite3_trace_v2(sqlite3 *db, unsigned events, int (*trace)(unsigned, void *, void *, void *), void *context)
{
    struct callback callback = {.db = db, .context = context, .trace = trace};
    uint32_t number = 0;

    (void)events; /* statements that begin, which are all that the module asks for */
    sqlite_database_begin(db);
    if (trace != NULL && (number = add(callback)) == 0)
        return sqlite_database_failed_by(db, SQLITE_NOMEM);
    sqlite_wasm_database_method_connection_set_tracer(sqlite_database_lent(db), number == 0 ? NULL : &number);
    return link_failed() ? sqlite_database_failed_by(db, SQLITE_ERROR) : SQLITE_OK;
}
