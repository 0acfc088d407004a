/* Functions, aggregates and collations of the consumer's. */
#include "sqlite_cap_private.h"

#include <stdlib.h>

/* Arguments up to this many need no memory. */
enum { FEW = 8 };

/* What SQLite knows a callback by is its number. */
static void *
pointer_to(uint32_t callback)
{
    return (void *)(uintptr_t)callback;
}

static uint32_t
number_of(void *pointer)
{
    return (uint32_t)(uintptr_t)pointer;
}

static void
release(void *pointer)
{
    failure_t failure;

    if (!sqlite_wasm_callbacks_release(number_of(pointer), &failure))
        free_failure(&failure);
}

/* The arguments of a function, in `few` if they fit. False: the function has failed. */
static inline bool
begin(sqlite3_context *context, int count, sqlite3_value **values, value_t few[FEW], values_t *arguments)
{
    *arguments = (values_t){few, (size_t)count};
    if (count > FEW)
        arguments->ptr = malloc((size_t)count * sizeof *arguments->ptr);
    if (arguments->ptr != NULL && values_lent(arguments->ptr, count, values) == SQLITE_OK)
        return true;
    if (count > FEW)
        free(arguments->ptr);
    sqlite3_result_error_nomem(context);
    return false;
}

static inline void
end(values_t *arguments)
{
    if (arguments->len > FEW)
        free(arguments->ptr);
}

static inline void
give(sqlite3_context *context, bool is_given, value_t *value, failure_t *failure)
{
    if (is_given)
        values_result(context, value);
    else
        values_failure(context, failure);
}

static void
call(sqlite3_context *context, int count, sqlite3_value **values)
{
    value_t few[FEW], value;
    values_t arguments;
    failure_t failure;

    if (!begin(context, count, values, few, &arguments))
        return;
    bool is_given =
        sqlite_wasm_callbacks_call(number_of(sqlite3_user_data(context)), &arguments, &value, &failure);
    end(&arguments);
    give(context, is_given, &value, &failure);
}

/* The number of the last group. */
static uint32_t groups;

/* The number of the group that the context stands for is in SQLite's memory for it. */
static void
step(sqlite3_context *context, int count, sqlite3_value **values)
{
    uint32_t *group = sqlite3_aggregate_context(context, sizeof *group);
    value_t few[FEW];
    values_t arguments;
    failure_t failure;

    if (group == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (*group == 0)
        *group = ++groups > 0 ? groups : ++groups;
    if (!begin(context, count, values, few, &arguments))
        return;
    if (!sqlite_wasm_callbacks_step(number_of(sqlite3_user_data(context)), *group, &arguments, &failure))
        values_failure(context, &failure);
    end(&arguments);
}

static uint32_t
group_of(sqlite3_context *context)
{
    uint32_t *group = sqlite3_aggregate_context(context, 0);

    return group == NULL ? 0 : *group;
}

static void
inverse(sqlite3_context *context, int count, sqlite3_value **values)
{
    value_t few[FEW];
    values_t arguments;
    failure_t failure;

    if (!begin(context, count, values, few, &arguments))
        return;
    if (!sqlite_wasm_callbacks_inverse(number_of(sqlite3_user_data(context)), group_of(context), &arguments, &failure))
        values_failure(context, &failure);
    end(&arguments);
}

static void
current(sqlite3_context *context)
{
    value_t value;
    failure_t failure;
    bool is_given = sqlite_wasm_callbacks_current(number_of(sqlite3_user_data(context)), group_of(context), &value,
                                                  &failure);

    give(context, is_given, &value, &failure);
}

static void
finish(sqlite3_context *context)
{
    value_t value;
    failure_t failure;
    bool is_given = sqlite_wasm_callbacks_finish(number_of(sqlite3_user_data(context)), group_of(context), &value,
                                                 &failure);

    give(context, is_given, &value, &failure);
}

static int
compare(void *pointer, int first_length, const void *first, int second_length, const void *second)
{
    bytes_t texts[2] = {
        {(uint8_t *)first, (size_t)first_length},
        {(uint8_t *)second, (size_t)second_length},
    };
    int32_t order = 0;
    failure_t failure;

    if (!consumer_has_room(texts[0].len + texts[1].len))
        return 0;
    if (!sqlite_wasm_callbacks_compare(number_of(pointer), &texts[0], &texts[1], &order, &failure)) {
        free_failure(&failure);
        return 0;
    }
    return order;
}

bool
exports_sqlite_wasm_database_method_connection_create_function(connection_t *self, bytes_t *name, int32_t arguments,
                                                               uint32_t mode, uint32_t *maybe_callback, problem_t *err)
{
    char *text = bytes_to_name(name, err);
    if (text == NULL) {
        if (maybe_callback != NULL)
            release(pointer_to(*maybe_callback));
        return false;
    }
    /* Where this fails, it releases, too. */
    int code = maybe_callback == NULL
                   ? sqlite3_create_function_v2(self->db, text, arguments, (int)mode, NULL, NULL, NULL, NULL, NULL)
                   : sqlite3_create_function_v2(self->db, text, arguments, (int)mode, pointer_to(*maybe_callback), call,
                                                NULL, NULL, release);

    free(text);
    return code == SQLITE_OK || (code == SQLITE_MISUSE ? problem_code(code, err) : problem_of(self->db, err));
}

bool
exports_sqlite_wasm_database_method_connection_create_aggregate(connection_t *self, bytes_t *name, int32_t arguments,
                                                                uint32_t mode, bool window, uint32_t *maybe_callback,
                                                                problem_t *err)
{
    char *text = bytes_to_name(name, err);
    int code;
    if (text == NULL) {
        if (maybe_callback != NULL)
            release(pointer_to(*maybe_callback));
        return false;
    }
    if (maybe_callback == NULL)
        code = sqlite3_create_function_v2(self->db, text, arguments, (int)mode, NULL, NULL, NULL, NULL, NULL);
    else if (window)
        code = sqlite3_create_window_function(self->db, text, arguments, (int)mode, pointer_to(*maybe_callback), step,
                                              finish, current, inverse, release);
    else
        code = sqlite3_create_function_v2(self->db, text, arguments, (int)mode, pointer_to(*maybe_callback), NULL, step,
                                          finish, release);
    free(text);
    return code == SQLITE_OK || (code == SQLITE_MISUSE ? problem_code(code, err) : problem_of(self->db, err));
}

bool
exports_sqlite_wasm_database_method_connection_create_collation(connection_t *self, bytes_t *name,
                                                                uint32_t *maybe_callback, problem_t *err)
{
    char *text = bytes_to_name(name, err);
    int code = SQLITE_MISUSE;

    if (text != NULL)
        code = maybe_callback == NULL
                   ? sqlite3_create_collation_v2(self->db, text, SQLITE_UTF8, NULL, NULL, NULL)
                   : sqlite3_create_collation_v2(self->db, text, SQLITE_UTF8, pointer_to(*maybe_callback), compare,
                                                 release);
    /* This one does not release where it fails. */
    if (code != SQLITE_OK && maybe_callback != NULL)
        release(pointer_to(*maybe_callback));
    if (text == NULL)
        return false;
    free(text);
    return code == SQLITE_OK || (code == SQLITE_MISUSE ? problem_code(code, err) : problem_of(self->db, err));
}
