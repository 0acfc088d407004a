/* What the cap may call back: room. Functions, collations and observers would have to run Python, which cannot be run from
 * within a cap, so the module makes none, and nobody is ever asked for their numbers. */
#include <stdlib.h>

#include "sqlite_import.h"

typedef exports_sqlite_wasm_callbacks_failure_t failure_t;
typedef exports_sqlite_wasm_callbacks_value_t value_t;
typedef exports_sqlite_wasm_callbacks_list_value_t values_t;

static bool
nobody(failure_t *failure)
{
    *failure = (failure_t){.tag = EXPORTS_SQLITE_WASM_CALLBACKS_FAILURE_MESSAGE};
    return false;
}

/* Arguments are the callee's. */
static bool
nobody_for(values_t *arguments, failure_t *failure)
{
    for (size_t i = 0; i < arguments->len; i++) {
        value_t *value = &arguments->ptr[i];
        if (value->tag == EXPORTS_SQLITE_WASM_CALLBACKS_VALUE_TEXT || value->tag == EXPORTS_SQLITE_WASM_CALLBACKS_VALUE_BLOB)
            sqlite_import_list_u8_free(&value->val.text);
    }
    if (arguments->len > 0)
        free(arguments->ptr);
    return nobody(failure);
}

static void
free_given(sqlite_import_list_u8_t *maybe)
{
    if (maybe != NULL)
        sqlite_import_list_u8_free(maybe);
}

bool
exports_sqlite_wasm_callbacks_call(uint32_t callback, values_t *arguments, value_t *ret, failure_t *err)
{
    (void)callback;
    (void)ret;
    return nobody_for(arguments, err);
}

bool
exports_sqlite_wasm_callbacks_step(uint32_t callback, uint32_t group, values_t *arguments, failure_t *err)
{
    (void)callback;
    (void)group;
    return nobody_for(arguments, err);
}

bool
exports_sqlite_wasm_callbacks_inverse(uint32_t callback, uint32_t group, values_t *arguments, failure_t *err)
{
    (void)callback;
    (void)group;
    return nobody_for(arguments, err);
}

bool
exports_sqlite_wasm_callbacks_current(uint32_t callback, uint32_t group, value_t *ret, failure_t *err)
{
    (void)callback;
    (void)group;
    (void)ret;
    return nobody(err);
}

bool
exports_sqlite_wasm_callbacks_finish(uint32_t callback, uint32_t group, value_t *ret, failure_t *err)
{
    (void)callback;
    (void)group;
    (void)ret;
    return nobody(err);
}

bool
exports_sqlite_wasm_callbacks_compare(uint32_t callback, sqlite_import_list_u8_t *first, sqlite_import_list_u8_t *second,
                                      int32_t *ret, failure_t *err)
{
    (void)callback;
    (void)ret;
    free_given(first);
    free_given(second);
    return nobody(err);
}

bool
exports_sqlite_wasm_callbacks_authorize(uint32_t callback, int32_t action, sqlite_import_list_u8_t *maybe_first,
                                        sqlite_import_list_u8_t *maybe_second, sqlite_import_list_u8_t *maybe_schema,
                                        sqlite_import_list_u8_t *maybe_trigger, int32_t *ret, failure_t *err)
{
    (void)callback;
    (void)action;
    (void)ret;
    free_given(maybe_first);
    free_given(maybe_second);
    free_given(maybe_schema);
    free_given(maybe_trigger);
    return nobody(err);
}

bool
exports_sqlite_wasm_callbacks_tick(uint32_t callback, bool *ret, failure_t *err)
{
    (void)callback;
    (void)ret;
    return nobody(err);
}

bool
exports_sqlite_wasm_callbacks_trace(uint32_t callback, sqlite_import_list_u8_t *sql, sqlite_import_list_u8_t *maybe_expanded,
                                    failure_t *err)
{
    (void)callback;
    free_given(sql);
    free_given(maybe_expanded);
    return nobody(err);
}

bool
exports_sqlite_wasm_callbacks_release(uint32_t callback, failure_t *err)
{
    (void)callback;
    (void)err;
    return true;
}

bool
exports_sqlite_wasm_callbacks_reserve(uint32_t bytes, bool *ret, failure_t *err)
{
    /* volatile: the compiler takes memory that is only freed for memory that can be had. */
    void *volatile memory = malloc(bytes);

    (void)err;
    free(memory);
    *ret = memory != NULL;
    return true;
}
