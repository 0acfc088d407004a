#include "consumer.h"
#include "check.h"

#include <string.h>

/* The provider's sum, made here. */
static uint32_t
digest(const uint8_t *bytes, size_t length)
{
    uint32_t digest = 1;
    for (size_t i = 0; i < length; i++)
        digest = digest * 31 + bytes[i];
    return digest;
}

static void
bytes(size_t length)
{
    consumer_list_u8_t made;
    test_large_api_make((uint32_t)length, 3, &made);
    uint32_t here = digest(made.ptr, made.len);
    uint32_t there = test_large_api_digest(&made);
    printf("%zu bytes: %zu, digest %08" PRIx32 ", %s\n", length, made.len, here,
           here == there ? "the same there" : "another one there");
    consumer_list_u8_free(&made);
}

static void
words(size_t count)
{
    consumer_list_u64_t list = {malloc(count * sizeof *list.ptr), count};
    for (size_t i = 0; i < count; i++)
        list.ptr[i] = i * UINT64_C(0x9e3779b97f4a7c15);
    consumer_list_u64_t result;
    test_large_api_words(&list, &result);
    size_t right = 0;
    for (size_t i = 0; i < result.len; i++)
        right += result.ptr[i] == ~list.ptr[i];
    printf("%zu words: %zu, %zu right\n", count, result.len, right);
    consumer_list_u64_free(&result);
    free(list.ptr);
}

static void
lines(size_t count)
{
    static const char line[] = "a line of text, \xc3\xa4 \xc3\xb6 \xc3\xbc\n";
    size_t length = sizeof line - 1;
    consumer_string_t text = {malloc(count * length), count * length};
    for (size_t i = 0; i < count; i++)
        memcpy(text.ptr + i * length, line, length);
    consumer_list_string_t result;
    test_large_api_lines(&text, &result);
    size_t right = 0;
    for (size_t i = 0; i < result.len; i++)
        right += result.ptr[i].len == length - 1 && memcmp(result.ptr[i].ptr, line, length - 1) == 0;
    printf("%zu lines: %zu, %zu right, then %zu bytes\n", count, result.len, right, result.ptr[result.len - 1].len);
    consumer_list_string_free(&result);
    free(text.ptr);
}

int
main(void)
{
    begin();
    /* Around a page of wasm memory, and as large as a payload of a bench. */
    bytes(0);
    bytes(65535);
    bytes(65536);
    bytes(65537);
    bytes(1 << 20);
    bytes((16 << 20) + 1);
    words(1 << 17);
    lines(50000);
    return finish();
}
