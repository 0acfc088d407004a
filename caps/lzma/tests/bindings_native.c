/* What the generated lzma_cap.c gives the cap in wasm, for tests in a native process, and lists for them to pass. */
#include "bindings_native.h"

#include "lists_native.h"
#include "lzma_cap_native.c"

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
