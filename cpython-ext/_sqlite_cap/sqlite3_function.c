/* sqlite3.h over the sqlite:wasm contract: functions and aggregates, called back. */
#include <stdlib.h>
#include <string.h>

#include "sqlite3_callbacks.h"

typedef exports_sqlite_wasm_callbacks_value_t given_t;
typedef exports_sqlite_wasm_callbacks_list_value_t arguments_t;

struct sqlite3_value {
    given_t value;
};

/* The module reads values of rows by the same functions. */
_Static_assert(sizeof(given_t) == sizeof(value_t), "value");
_Static_assert(SQLITE_WASM_CALLBACKS_VALUE_TEXT == EXPORTS_SQLITE_WASM_CALLBACKS_VALUE_TEXT, "value");

/* A group of rows of an aggregate, and the memory that the aggregate asked for. */
struct group {
    struct group *next;
    const struct callback *callback;
    uint32_t number;
    void *memory; /* NULL: none was asked for */
};

/* Groups that are not finished; the one that was used last comes first. */
static struct group *groups;

/* One call of a function. */
struct sqlite3_context {
    struct callback *callback;
    uint32_t group; /* 0: one without rows */
    given_t result;
    bool has_failed;
    failure_t failure;
};

/* The link that leads to a group; to NULL if there is none. */
static struct group **
link_to(const sqlite3_context *context)
{
    struct group **link = &groups;

    while (*link != NULL && ((*link)->number != context->group || (*link)->callback != context->callback))
        link = &(*link)->next;
    return link;
}

static void
put_first(struct group *group)
{
    group->next = groups;
    groups = group;
}

void *
sqlite3_aggregate_context(sqlite3_context *context, int size)
{
    struct group **link = link_to(context), *group = *link;

    if (context->group == 0)
        return NULL;
    if (group == NULL) {
        if (size == 0 || (group = calloc(1, sizeof *group)) == NULL)
            return NULL;
        group->callback = context->callback;
        group->number = context->group;
        group->memory = calloc(1, (size_t)size);
        put_first(group);
    } else if (group != groups) {
        *link = group->next;
        put_first(group);
    }
    return group->memory;
}

static void
end_group(const sqlite3_context *context)
{
    struct group **link = link_to(context), *group = *link;

    if (group == NULL)
        return;
    *link = group->next;
    free(group->memory);
    free(group);
}

void *
sqlite3_user_data(sqlite3_context *context)
{
    return context->callback->context;
}

sqlite3 *
sqlite3_context_db_handle(sqlite3_context *context)
{
    return context->callback->db;
}

int
sqlite3_value_type(sqlite3_value *value)
{
    static const int types[] = {
        [SQLITE_WASM_CALLBACKS_VALUE_NULL] = SQLITE_NULL,       [SQLITE_WASM_CALLBACKS_VALUE_INTEGER] = SQLITE_INTEGER,
        [SQLITE_WASM_CALLBACKS_VALUE_REAL] = SQLITE_FLOAT,      [SQLITE_WASM_CALLBACKS_VALUE_TEXT] = SQLITE_TEXT,
        [SQLITE_WASM_CALLBACKS_VALUE_BLOB] = SQLITE_BLOB,
    };

    return types[value->value.tag];
}

sqlite3_int64
sqlite3_value_int64(sqlite3_value *value)
{
    return value->value.val.integer;
}

double
sqlite3_value_double(sqlite3_value *value)
{
    return value->value.val.real;
}

/* Of a text. */
const unsigned char *
sqlite3_value_text(sqlite3_value *value)
{
    return value->value.val.text.len == 0 ? (const unsigned char *)"" : value->value.val.text.ptr;
}

/* Of a text or blob; NULL for what is empty, as in SQLite. */
const void *
sqlite3_value_blob(sqlite3_value *value)
{
    return sqlite3_value_bytes(value) == 0 ? NULL : value->value.val.blob.ptr;
}

int
sqlite3_value_bytes(sqlite3_value *value)
{
    bool has_bytes = value->value.tag >= SQLITE_WASM_CALLBACKS_VALUE_TEXT;

    return has_bytes ? (int)value->value.val.text.len : 0;
}

/* The last result counts, and the last failure more than any result. */
static inline void
set_result(sqlite3_context *context, given_t result)
{
    sqlite_value_free((value_t *)&context->result);
    context->result = result;
}

static void
set_failure(sqlite3_context *context, failure_t failure)
{
    if (context->has_failed && context->failure.tag == SQLITE_WASM_CALLBACKS_FAILURE_MESSAGE)
        sqlite_import_list_u8_free(&context->failure.val.message);
    context->has_failed = true;
    context->failure = failure;
}

void
sqlite3_result_null(sqlite3_context *context)
{
    set_result(context, (given_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_NULL});
}

void
sqlite3_result_int64(sqlite3_context *context, sqlite3_int64 value)
{
    set_result(context, (given_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_INTEGER, .val.integer = value});
}

void
sqlite3_result_double(sqlite3_context *context, double value)
{
    set_result(context, (given_t){.tag = SQLITE_WASM_CALLBACKS_VALUE_REAL, .val.real = value});
}

static void
set_bytes(sqlite3_context *context, uint8_t tag, const void *data, int length)
{
    given_t result = {.tag = tag};

    if (length > 0) {
        result.val.text = (bytes_t){sqlite_component_has_room((size_t)length) ? malloc((size_t)length) : NULL, (size_t)length};
        if (result.val.text.ptr == NULL) {
            sqlite3_result_error_nomem(context);
            return;
        }
        memcpy(result.val.text.ptr, data, (size_t)length);
    }
    set_result(context, result);
}

void
sqlite3_result_text(sqlite3_context *context, const char *text, int length, sqlite3_destructor_type destructor)
{
    (void)destructor;
    set_bytes(context, SQLITE_WASM_CALLBACKS_VALUE_TEXT, text, length < 0 ? (int)strlen(text) : length);
}

void
sqlite3_result_blob(sqlite3_context *context, const void *data, int length, sqlite3_destructor_type destructor)
{
    (void)destructor;
    set_bytes(context, SQLITE_WASM_CALLBACKS_VALUE_BLOB, data, length);
}

void
sqlite3_result_error(sqlite3_context *context, const char *message, int length)
{
    failure_t failure;

    sqlite_failure_set(&failure, message, length < 0 ? strlen(message) : (size_t)length);
    set_failure(context, failure);
}

void
sqlite3_result_error_nomem(sqlite3_context *context)
{
    set_failure(context, (failure_t){.tag = SQLITE_WASM_CALLBACKS_FAILURE_NO_MEMORY});
}

void
sqlite3_result_error_toobig(sqlite3_context *context)
{
    set_failure(context, (failure_t){.tag = SQLITE_WASM_CALLBACKS_FAILURE_TOO_BIG});
}

/* Ends a call: what the function has set is what the component gets. */
static inline bool
finish(sqlite3_context *context, given_t *ret, failure_t *err)
{
    sqlite_callback_end(context->callback);
    if (context->has_failed || ret == NULL)
        sqlite_value_free((value_t *)&context->result);
    if (context->has_failed)
        *err = context->failure;
    else if (ret != NULL)
        *ret = context->result;
    return !context->has_failed;
}

/* Calls with arguments, and frees them. */
static inline void
with_arguments(sqlite3_context *context, void (*function)(sqlite3_context *, int, sqlite3_value **), arguments_t *arguments)
{
    sqlite3_value *few[8], **values = few;

    if (arguments->len > sizeof few / sizeof *few)
        values = malloc(arguments->len * sizeof *values);
    if (values == NULL || function == NULL)
        sqlite3_result_error_nomem(context);
    else {
        for (size_t i = 0; i < arguments->len; i++)
            values[i] = (sqlite3_value *)&arguments->ptr[i];
        function(context, (int)arguments->len, values);
    }
    if (values != few)
        free(values);
    sqlite_values_free((values_t *)arguments);
}

/* Begins a call; false: it has failed, and its arguments are freed. */
static inline bool
begin(sqlite3_context *context, uint32_t number, uint32_t group, arguments_t *arguments, failure_t *err)
{
    *context = (sqlite3_context){.callback = sqlite_callback_begin(number, err), .group = group};
    if (context->callback == NULL && arguments != NULL)
        sqlite_values_free((values_t *)arguments);
    return context->callback != NULL;
}

bool
exports_sqlite_wasm_callbacks_call(uint32_t number, arguments_t *arguments, given_t *ret, failure_t *err)
{
    sqlite3_context context;

    if (!begin(&context, number, 0, arguments, err))
        return false;
    with_arguments(&context, context.callback->call, arguments);
    return finish(&context, ret, err);
}

bool
exports_sqlite_wasm_callbacks_step(uint32_t number, uint32_t group, arguments_t *arguments, failure_t *err)
{
    sqlite3_context context;

    if (!begin(&context, number, group, arguments, err))
        return false;
    with_arguments(&context, context.callback->step, arguments);
    return finish(&context, NULL, err);
}

bool
exports_sqlite_wasm_callbacks_inverse(uint32_t number, uint32_t group, arguments_t *arguments, failure_t *err)
{
    sqlite3_context context;

    if (!begin(&context, number, group, arguments, err))
        return false;
    with_arguments(&context, context.callback->inverse, arguments);
    return finish(&context, NULL, err);
}

bool
exports_sqlite_wasm_callbacks_current(uint32_t number, uint32_t group, given_t *ret, failure_t *err)
{
    sqlite3_context context;

    if (!begin(&context, number, group, NULL, err))
        return false;
    if (context.callback->current == NULL || sqlite3_aggregate_context(&context, 0) == NULL)
        sqlite3_result_error_nomem(&context); /* the module's function would not expect that */
    else
        context.callback->current(&context);
    return finish(&context, ret, err);
}

bool
exports_sqlite_wasm_callbacks_finish(uint32_t number, uint32_t group, given_t *ret, failure_t *err)
{
    sqlite3_context context;

    if (!begin(&context, number, group, NULL, err))
        return false;
    if (context.callback->finish != NULL)
        context.callback->finish(&context);
    end_group(&context);
    return finish(&context, ret, err);
}
