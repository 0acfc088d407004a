#include "consumer.h"
#include "check.h"

#include <string.h>

static void
echo(const char *what, consumer_string_t text)
{
    consumer_string_t result;
    test_strings_api_echo(&text, &result);
    bool same = result.len == text.len && (text.len == 0 || memcmp(result.ptr, text.ptr, text.len) == 0);
    printf("echo %s: %zu bytes, %s, %" PRIu32 " scalar values\n", what, result.len, same ? "the same" : "others",
           test_strings_api_length(&text));
    consumer_string_free(&result);
}

/* `length` letters and digits; around the lengths at which a CBOR head grows. */
static void
echo_long(size_t length)
{
    char what[32];
    snprintf(what, sizeof what, "%zu", length);
    uint8_t *bytes = malloc(length);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)('0' + i % 75);
    echo(what, (consumer_string_t){bytes, length});
    free(bytes);
}

static void
join(const char *what, consumer_list_string_t parts, consumer_string_t separator)
{
    consumer_string_t result;
    test_strings_api_join(&parts, &separator, &result);
    SHOW_TEXT(what, result);
    consumer_string_free(&result);
}

static void
split(const char *what, consumer_string_t text, uint32_t separator)
{
    consumer_list_string_t result;
    test_strings_api_split(&text, separator, &result);
    SHOW_LIST(what, result, PRINT_TEXT);
    consumer_list_string_free(&result);
}

/* The generated helpers, which each mode has from elsewhere. */
static void
helpers(void)
{
    consumer_string_t set, copied, cut, empty;
    consumer_string_set(&set, "text");
    consumer_string_dup(&copied, "text");
    consumer_string_dup_n(&cut, "text", 3);
    consumer_string_dup(&empty, "");
    SHOW_TEXT("set", set);
    SHOW_TEXT("dup", copied);
    SHOW_TEXT("dup_n", cut);
    SHOW_TEXT("dup of nothing", empty);
    SHOW("is another", (bool)(copied.ptr != set.ptr));
    consumer_string_free(&copied);
    consumer_string_free(&cut);
    consumer_string_free(&empty);
    SHOW("null after free", (bool)(copied.ptr == NULL));
    SHOW("length after free", copied.len);
}

int
main(void)
{
    begin();
    helpers();
    consumer_string_t greeting;
    test_strings_api_greeting(&greeting);
    SHOW_TEXT("greeting", greeting);
    consumer_string_free(&greeting);
    echo("nothing", TEXT(""));
    echo("nothing at no address", (consumer_string_t){NULL, 0});
    echo("ascii", TEXT("hello"));
    echo("zero bytes", TEXT("\0a\0\0b\0"));
    echo("two bytes each", TEXT("\xc2\x80\xdf\xbf"));
    echo("three bytes each", TEXT("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"));
    echo("four bytes each", TEXT("\xf0\x90\x80\x80\xf0\x9f\x90\x8d\xf4\x8f\xbf\xbf"));
    echo("a combining accent", TEXT("e\xcc\x81"));
    const size_t lengths[] = {23, 24, 255, 256, 65535, 65536};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        echo_long(lengths[i]);

    consumer_list_string_t words =
        LIST(consumer_list_string_t, consumer_string_t, TEXT("one"), TEXT(""), TEXT("zw\xc3\xb6lf"));
    consumer_list_string_t empty_words = LIST(consumer_list_string_t, consumer_string_t, TEXT(""), TEXT(""));
    join("join", words, TEXT(", "));
    join("join by \xf0\x9f\x90\x8d", words, TEXT("\xf0\x9f\x90\x8d"));
    join("join by nothing", words, TEXT(""));
    join("join nothing", (consumer_list_string_t){NULL, 0}, TEXT("-"));
    join("join empty ones", empty_words, TEXT("-"));

    split("split", TEXT("a,b,,c,"), ',');
    split("split at zero", TEXT("a\0b"), 0);
    split("split at \xc3\xb6", TEXT("zw\xc3\xb6lf"), 0xf6);
    split("split at U+10FFFF", TEXT("x\xf4\x8f\xbf\xbfy"), 0x10ffff);
    split("split nothing", TEXT(""), ',');
    split("split in one", TEXT("abc"), ',');
    return finish();
}
