#include "cap.h"

#include <stdlib.h>
#include <string.h>

uint32_t
exports_test_large_api_digest(cap_list_u8_t *bytes)
{
    uint32_t digest = 1;
    for (size_t i = 0; i < bytes->len; i++)
        digest = digest * 31 + bytes->ptr[i];
    cap_list_u8_free(bytes);
    return digest;
}

/* Memory for a list that is not empty; never null. */
static void *
room(size_t size)
{
    void *list = malloc(size);
    if (list == NULL)
        abort();
    return list;
}

void
exports_test_large_api_make(uint32_t length, uint8_t seed, cap_list_u8_t *ret)
{
    *ret = (cap_list_u8_t){length > 0 ? room(length) : NULL, length};
    for (size_t i = 0; i < length; i++)
        ret->ptr[i] = (uint8_t)(seed + i * 7 + i / 256);
}

void
exports_test_large_api_words(cap_list_u64_t *words, cap_list_u64_t *ret)
{
    *ret = *words;
    for (size_t i = 0; i < ret->len; i++)
        ret->ptr[i] = ~ret->ptr[i];
}

/* The text between line feeds; a line of its own behind the last one. */
void
exports_test_large_api_lines(cap_string_t *text, cap_list_string_t *ret)
{
    size_t count = 1;
    for (size_t i = 0; i < text->len; i++)
        count += text->ptr[i] == '\n';
    *ret = (cap_list_string_t){room(count * sizeof *ret->ptr), count};
    const char *line = (const char *)text->ptr;
    const char *end = line + text->len;
    for (size_t i = 0; i < count; i++) {
        const char *feed = i + 1 < count ? memchr(line, '\n', (size_t)(end - line)) : end;
        cap_string_dup_n(&ret->ptr[i], line, (size_t)(feed - line));
        line = feed + 1;
    }
    cap_string_free(text);
}
