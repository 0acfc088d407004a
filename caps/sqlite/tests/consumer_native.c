/* What the bindings and the consumer do besides files, for native tests. */
#include <stdlib.h>

#include "sqlite_cap.h"

/* Where bindings_native.c is not linked. */
__attribute__((weak)) void
sqlite_cap_list_u8_free(sqlite_cap_list_u8_t *list)
{
    if (list->len > 0)
        free(list->ptr);
}

__attribute__((weak)) void
sqlite_cap_string_free(sqlite_cap_string_t *string)
{
    if (string->len > 0)
        free(string->ptr);
}

bool
sqlite_wasm_callbacks_reserve(uint32_t bytes, bool *ret, sqlite_wasm_callbacks_failure_t *err)
{
    (void)bytes;
    (void)err;
    *ret = true;
    return true;
}
