/* What the generated zstd_cap.c gives the cap in wasm, for tests in a native process: freeing, copying, and resource
 * handles, which are those of caps/common/tests.
 */
#include "bindings_native.h"

#include <stdlib.h>
#include <string.h>

#define S(name) exports_zstd_compression_streams_##name

S(own_dictionary_t)
S(dictionary_new)(S(dictionary_t) * representation)
{
    return (S(own_dictionary_t)){new_handle(representation)};
}

void S(dictionary_drop_own)(S(own_dictionary_t) own)
{
    S(dictionary_destructor)(drop_handle(own.__handle));
}

S(own_compressor_t)
S(compressor_new)(S(compressor_t) * representation)
{
    return (S(own_compressor_t)){new_handle(representation)};
}

void S(compressor_drop_own)(S(own_compressor_t) own)
{
    S(compressor_destructor)(drop_handle(own.__handle));
}

S(own_decompressor_t)
S(decompressor_new)(S(decompressor_t) * representation)
{
    return (S(own_decompressor_t)){new_handle(representation)};
}

void S(decompressor_drop_own)(S(own_decompressor_t) own)
{
    S(decompressor_destructor)(drop_handle(own.__handle));
}

void
zstd_cap_list_u8_free(zstd_cap_list_u8_t *list)
{
    if (list->len > 0)
        free(list->ptr);
}

void
zstd_cap_list_u32_free(zstd_cap_list_u32_t *list)
{
    if (list->len > 0)
        free(list->ptr);
}

void S(progress_free)(S(progress_t) * progress)
{
    zstd_cap_list_u8_free(&progress->output);
}

void
zstd_cap_string_dup(zstd_cap_string_t *string, const char *text)
{
    string->len = strlen(text);
    string->ptr = malloc(string->len + 1);
    if (string->ptr == NULL)
        abort();
    memcpy(string->ptr, text, string->len);
}

void
zstd_cap_string_free(zstd_cap_string_t *string)
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

zstd_cap_list_u8_t
new_list(const void *bytes, size_t length)
{
    return (zstd_cap_list_u8_t){new_copy(bytes, length), length};
}

zstd_cap_list_u32_t
new_numbers(const uint32_t *numbers, size_t count)
{
    return (zstd_cap_list_u32_t){new_copy(numbers, count * sizeof *numbers), count};
}
