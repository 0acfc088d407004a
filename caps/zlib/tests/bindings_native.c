/* What the generated zlib_cap.c gives the cap in wasm, for tests in a native process, and lists for them to pass. */
#include "bindings_native.h"

#include <stdlib.h>
#include <string.h>

#include "zlib_cap_native.c"

zlib_cap_list_u8_t
new_list(const void *bytes, size_t length)
{
    /* An empty list's pointer is not to be read; this one is not to be freed either. */
    zlib_cap_list_u8_t list = {(uint8_t *)8, length};
    if (length > 0) {
        list.ptr = malloc(length);
        if (list.ptr == NULL)
            abort();
        memcpy(list.ptr, bytes, length);
    }
    return list;
}
