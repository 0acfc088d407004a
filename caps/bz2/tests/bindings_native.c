/* What the generated bz2_cap.c gives the cap in wasm, for tests in a native process: freeing, copying, and resource
 * handles, which are those of caps/common/tests.
 */
#include "bindings_native.h"

#include <stdlib.h>
#include <string.h>

exports_bzip2_compression_streams_own_compressor_t
exports_bzip2_compression_streams_compressor_new(exports_bzip2_compression_streams_compressor_t *representation)
{
    return (exports_bzip2_compression_streams_own_compressor_t){new_handle(representation)};
}

void
exports_bzip2_compression_streams_compressor_drop_own(exports_bzip2_compression_streams_own_compressor_t own)
{
    exports_bzip2_compression_streams_compressor_destructor(drop_handle(own.__handle));
}

exports_bzip2_compression_streams_own_decompressor_t
exports_bzip2_compression_streams_decompressor_new(exports_bzip2_compression_streams_decompressor_t *representation)
{
    return (exports_bzip2_compression_streams_own_decompressor_t){new_handle(representation)};
}

void
exports_bzip2_compression_streams_decompressor_drop_own(exports_bzip2_compression_streams_own_decompressor_t own)
{
    exports_bzip2_compression_streams_decompressor_destructor(drop_handle(own.__handle));
}

void
bz2_cap_list_u8_free(bz2_cap_list_u8_t *list)
{
    if (list->len > 0)
        free(list->ptr);
}

void
exports_bzip2_compression_streams_progress_free(exports_bzip2_compression_streams_progress_t *progress)
{
    bz2_cap_list_u8_free(&progress->output);
}

void
bz2_cap_string_dup(bz2_cap_string_t *string, const char *text)
{
    string->len = strlen(text);
    string->ptr = malloc(string->len + 1);
    if (string->ptr == NULL)
        abort();
    memcpy(string->ptr, text, string->len);
}

void
bz2_cap_string_free(bz2_cap_string_t *string)
{
    if (string->len > 0)
        free(string->ptr);
}

bz2_cap_list_u8_t
new_list(const void *bytes, size_t length)
{
    /* An empty list's pointer is not to be read; this one is not to be freed either. */
    bz2_cap_list_u8_t list = {(uint8_t *)8, length};
    if (length > 0) {
        list.ptr = malloc(length);
        if (list.ptr == NULL)
            abort();
        memcpy(list.ptr, bytes, length);
    }
    return list;
}
