/* What the generated zlib_cap.c gives the cap in wasm, for tests in a native process: freeing, copying, and resource
 * handles, which are those of caps/common/tests.
 */
#include "bindings_native.h"

#include <stdlib.h>
#include <string.h>

exports_zlib_compression_streams_own_deflater_t
exports_zlib_compression_streams_deflater_new(exports_zlib_compression_streams_deflater_t *representation)
{
    return (exports_zlib_compression_streams_own_deflater_t){new_handle(representation)};
}

void
exports_zlib_compression_streams_deflater_drop_own(exports_zlib_compression_streams_own_deflater_t own)
{
    exports_zlib_compression_streams_deflater_destructor(drop_handle(own.__handle));
}

exports_zlib_compression_streams_own_inflater_t
exports_zlib_compression_streams_inflater_new(exports_zlib_compression_streams_inflater_t *representation)
{
    return (exports_zlib_compression_streams_own_inflater_t){new_handle(representation)};
}

void
exports_zlib_compression_streams_inflater_drop_own(exports_zlib_compression_streams_own_inflater_t own)
{
    exports_zlib_compression_streams_inflater_destructor(drop_handle(own.__handle));
}

void
zlib_cap_list_u8_free(zlib_cap_list_u8_t *list)
{
    if (list->len > 0)
        free(list->ptr);
}

void
zlib_cap_string_dup(zlib_cap_string_t *string, const char *text)
{
    string->len = strlen(text);
    string->ptr = malloc(string->len + 1);
    if (string->ptr == NULL)
        abort();
    memcpy(string->ptr, text, string->len);
}

void
zlib_cap_string_free(zlib_cap_string_t *string)
{
    if (string->len > 0)
        free(string->ptr);
}

void
exports_zlib_compression_streams_failure_free(exports_zlib_compression_streams_failure_t *failure)
{
    if (failure->message.is_some)
        zlib_cap_string_free(&failure->message.val);
}

void
exports_zlib_compression_streams_progress_free(exports_zlib_compression_streams_progress_t *progress)
{
    zlib_cap_list_u8_free(&progress->output);
    if (progress->message.is_some)
        zlib_cap_string_free(&progress->message.val);
}

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
