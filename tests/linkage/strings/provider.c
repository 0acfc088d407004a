#include "cap.h"

#include <stdlib.h>
#include <string.h>

/* Room for a string of the caller's, which is given with that length; never null. */
static uint8_t *
room(size_t length)
{
    uint8_t *bytes = malloc(length + 1);
    if (bytes == NULL)
        abort();
    return bytes;
}

/* By each of the generated helpers; what cap_string_set() makes is not ours to free, so it cannot be returned. */
void
exports_test_strings_api_greeting(cap_string_t *ret)
{
    cap_string_t borrowed;
    cap_string_set(&borrowed, "hello, world");
    cap_string_t copied;
    cap_string_dup(&copied, "never seen");
    cap_string_free(&copied);
    if (copied.ptr != NULL || copied.len != 0)
        abort();
    cap_string_dup_n(ret, (const char *)borrowed.ptr, borrowed.len - 2);
}

/* What arrives is ours, so it can be what we return. */
void
exports_test_strings_api_echo(cap_string_t *text, cap_string_t *ret)
{
    *ret = *text;
}

void
exports_test_strings_api_join(cap_list_string_t *parts, cap_string_t *separator, cap_string_t *ret)
{
    size_t length = 0;
    for (size_t i = 0; i < parts->len; i++)
        length += parts->ptr[i].len + separator->len;
    uint8_t *bytes = room(length);
    size_t end = 0;
    for (size_t i = 0; i < parts->len; i++) {
        if (i > 0) {
            memcpy(bytes + end, separator->ptr, separator->len);
            end += separator->len;
        }
        memcpy(bytes + end, parts->ptr[i].ptr, parts->ptr[i].len);
        end += parts->ptr[i].len;
    }
    cap_string_dup_n(ret, (const char *)bytes, end);
    free(bytes);
    cap_list_string_free(parts);
    cap_string_free(separator);
}

/* Writes a scalar value as UTF-8 and returns the number of bytes, at most 4. */
static size_t
encode(uint32_t value, uint8_t bytes[4])
{
    if (value < 0x80) {
        bytes[0] = (uint8_t)value;
        return 1;
    }
    size_t length = value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (uint8_t)(0x80 | (value & 0x3f));
        value >>= 6;
    }
    bytes[0] = (uint8_t)(0xf00 >> length | value);
    return length;
}

void
exports_test_strings_api_split(cap_string_t *text, uint32_t separator, cap_list_string_t *ret)
{
    uint8_t mark[4];
    size_t mark_length = encode(separator, mark);
    ret->ptr = malloc((text->len + 1) * sizeof *ret->ptr);
    if (ret->ptr == NULL)
        abort();
    ret->len = 0;
    size_t begin = 0;
    for (size_t i = 0; i + mark_length <= text->len; i++) {
        if (memcmp(text->ptr + i, mark, mark_length) == 0) {
            cap_string_dup_n(&ret->ptr[ret->len++], (const char *)text->ptr + begin, i - begin);
            i += mark_length - 1;
            begin = i + 1;
        }
    }
    cap_string_dup_n(&ret->ptr[ret->len++], (const char *)text->ptr + begin, text->len - begin);
    cap_string_free(text);
}

uint32_t
exports_test_strings_api_length(cap_string_t *text)
{
    uint32_t length = 0;
    for (size_t i = 0; i < text->len; i++)
        length += (text->ptr[i] & 0xc0) != 0x80;
    cap_string_free(text);
    return length;
}
