/* Frees what has bytes in it. */
#include "sqlite_cap_private.h"

#include <stdlib.h>

void
free_value(value_t *value)
{
    if (value->tag == SQLITE_WASM_CALLBACKS_VALUE_TEXT)
        sqlite_cap_list_u8_free(&value->val.text);
    else if (value->tag == SQLITE_WASM_CALLBACKS_VALUE_BLOB)
        sqlite_cap_list_u8_free(&value->val.blob);
}

void
free_values(value_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free_value(&values[i]);
    if (count > 0)
        free(values);
}

void
free_failure(failure_t *failure)
{
    if (failure->tag == SQLITE_WASM_CALLBACKS_FAILURE_MESSAGE)
        sqlite_cap_list_u8_free(&failure->val.message);
    else if (failure->tag == SQLITE_WASM_CALLBACKS_FAILURE_UNAVAILABLE)
        sqlite_cap_string_free(&failure->val.unavailable);
}

void
free_columns(columns_t *columns)
{
    for (size_t i = 0; i < columns->len; i++) {
        sqlite_cap_list_u8_free(&columns->ptr[i].name);
        if (columns->ptr[i].declared_type.is_some)
            sqlite_cap_list_u8_free(&columns->ptr[i].declared_type.val);
    }
    if (columns->len > 0)
        free(columns->ptr);
    *columns = (columns_t){0};
}
