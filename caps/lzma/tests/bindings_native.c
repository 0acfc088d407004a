/* What the generated lzma_cap.c gives the cap in wasm, for tests in a native process, and lists for them to pass. */
#include "bindings_native.h"

#include <stdlib.h>
#include <string.h>

#include "lzma_cap_native.c"

/* A copy. An empty list's pointer is not to be read, and not to be freed either. */
static void *
new_copy(const void *bytes, size_t size)
{
    if (size == 0)
        return (void *)8;
    void *copy = malloc(size);
    if (copy == NULL)
        abort();
    return memcpy(copy, bytes, size);
}

lzma_cap_list_u8_t
new_list(const void *bytes, size_t length)
{
    return (lzma_cap_list_u8_t){new_copy(bytes, length), length};
}

exports_xz_compression_streams_list_filter_t
new_filters(const exports_xz_compression_streams_filter_t *filters, size_t count)
{
    return (exports_xz_compression_streams_list_filter_t){new_copy(filters, count * sizeof *filters), count};
}
