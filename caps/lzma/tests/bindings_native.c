/* What the generated lzma_cap.c gives the cap in wasm, for tests in a native process: freeing, copying, and resource
 * handles, which are those of caps/common/tests.
 */
#include "bindings_native.h"

#include <stdlib.h>
#include <string.h>

exports_xz_compression_streams_own_coder_t
exports_xz_compression_streams_coder_new(exports_xz_compression_streams_coder_t *representation)
{
    return (exports_xz_compression_streams_own_coder_t){new_handle(representation)};
}

void
exports_xz_compression_streams_coder_drop_own(exports_xz_compression_streams_own_coder_t own)
{
    exports_xz_compression_streams_coder_destructor(drop_handle(own.__handle));
}

void
lzma_cap_list_u8_free(lzma_cap_list_u8_t *list)
{
    if (list->len > 0)
        free(list->ptr);
}

void
exports_xz_compression_streams_list_filter_free(exports_xz_compression_streams_list_filter_t *list)
{
    if (list->len > 0)
        free(list->ptr);
}

void
exports_xz_compression_streams_filter_free(exports_xz_compression_streams_filter_t *filter)
{
    (void)filter; /* It owns nothing. */
}

void
exports_xz_compression_streams_progress_free(exports_xz_compression_streams_progress_t *progress)
{
    lzma_cap_list_u8_free(&progress->output);
}

void
lzma_cap_string_dup(lzma_cap_string_t *string, const char *text)
{
    string->len = strlen(text);
    string->ptr = malloc(string->len + 1);
    if (string->ptr == NULL)
        abort();
    memcpy(string->ptr, text, string->len);
}

void
lzma_cap_string_free(lzma_cap_string_t *string)
{
    if (string->len > 0)
        free(string->ptr);
}

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
