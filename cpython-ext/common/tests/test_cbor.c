/* Native tests of cbor.h, function by function. Prints one line and exits 0, or names what is wrong and exits 1.
 * Includes the C files, with a malloc that can be told to fail. */
#include <stdbool.h>
#include <stdlib.h>

static int allocations_left = -1; /* until malloc fails, -1: never */

static bool
may_allocate(void)
{
    return allocations_left < 0 || allocations_left-- > 0;
}
#define malloc(size) (may_allocate() ? malloc(size) : NULL)
#define calloc(count, size) (may_allocate() ? calloc(count, size) : NULL)
#define realloc(old, size) (may_allocate() ? realloc(old, size) : NULL)
#include "../cbor_arrays.c"
#include "../cbor_map.c"
#include "../cbor_problem.c"
#include "../cbor_reader.c"
#include "../cbor_strings.c"
#include "../cbor_writer.c"

#include "check.h"
#include "corpus.h"

#include <math.h>

/* Whether the writer holds the bytes of the hex. Closes it. */
static bool
wrote(struct cbor_writer *writer, const char *hex)
{
    uint8_t bytes[CORPUS_ITEM];
    const char *rest;
    size_t length = corpus_hex(hex, bytes, &rest);
    bool same = !writer->failed && writer->length == length && memcmp(writer->data, bytes, length) == 0;

    if (!same) {
        fprintf(stderr, "expected %s, wrote ", hex);
        for (size_t i = 0; i < writer->length; i++)
            fprintf(stderr, "%02x", writer->data[i]);
        fprintf(stderr, "\n");
    }
    cbor_writer_close(writer);
    return same;
}

/* corpus_reader(), with a malloc that works again. */
static struct cbor_reader
reading(const char *hex)
{
    allocations_left = -1;
    return corpus_reader(hex);
}

/* Whether the reader's problem reads so, at the path. */
static bool
refused(const struct cbor_reader *reader, const char *explanation, const char *path)
{
    char text[CBOR_EXPLANATION];
    const char *got = reader->problem.path_length > 0 ? reader->problem.path : "";

    cbor_explain(reader, text);
    if (strcmp(text, explanation) == 0 && strcmp(got, path) == 0)
        return true;
    fprintf(stderr, "expected `%s` in `%s`\n     got `%s` in `%s`\n", explanation, path, text, got);
    return false;
}

static void
test_writer(void)
{
    struct cbor_writer writer;
    uint8_t *taken;
    size_t length;

#define WRITES(hex, ...) \
    do { \
        cbor_writer_open(&writer, SIZE_MAX); \
        __VA_ARGS__; \
        EXPECT(wrote(&writer, hex)); \
    } while (0)
    WRITES("17", cbor_write_unsigned(&writer, 23));
    WRITES("1818", cbor_write_unsigned(&writer, 24));
    WRITES("18ff", cbor_write_unsigned(&writer, 255));
    WRITES("190100", cbor_write_unsigned(&writer, 256));
    WRITES("19ffff", cbor_write_unsigned(&writer, 65535));
    WRITES("1a00010000", cbor_write_unsigned(&writer, 65536));
    WRITES("1affffffff", cbor_write_unsigned(&writer, UINT32_MAX));
    WRITES("1b0000000100000000", cbor_write_unsigned(&writer, UINT64_C(1) << 32));
    WRITES("1bffffffffffffffff", cbor_write_unsigned(&writer, UINT64_MAX));
    WRITES("00", cbor_write_signed(&writer, 0));
    WRITES("20", cbor_write_signed(&writer, -1));
    WRITES("3818", cbor_write_signed(&writer, -25));
    WRITES("3b7fffffffffffffff", cbor_write_signed(&writer, INT64_MIN));
    WRITES("1b7fffffffffffffff", cbor_write_signed(&writer, INT64_MAX));
    WRITES("f4f5f6f7", cbor_write_bool(&writer, false); cbor_write_bool(&writer, true); cbor_write_null(&writer);
           cbor_write_undefined(&writer));
    WRITES("fb3ff8000000000000", cbor_write_float(&writer, 1.5));
    WRITES("fb8000000000000000", cbor_write_float(&writer, -0.0));
    WRITES("fb7ff8000000000000", cbor_write_float(&writer, -NAN));
    WRITES("fb36a0000000000000", cbor_write_float(&writer, 0x1p-149f));
    WRITES("40", cbor_write_bytes(&writer, NULL, 0));
    WRITES("4201ff", cbor_write_bytes(&writer, "\x01\xff", 2));
    WRITES("60", cbor_write_text(&writer, NULL, 0));
    WRITES("646f70656e", cbor_write_literal(&writer, "open"));
    WRITES("83", cbor_write_array(&writer, 3));
    WRITES("a2", cbor_write_map(&writer, 2));
    WRITES("d820", cbor_write_tag(&writer, 32));
    WRITES("d84d42feff", cbor_write_typed_array(&writer, CBOR_S16, (int16_t[]){-2}, 1, 2));
    WRITES("d84740", cbor_write_typed_array(&writer, CBOR_U64, NULL, 0, 8));
    WRITES("c0ffee", cbor_write_raw(&writer, "\xc0\xff\xee", 3));

    /* Taking: nothing, from the room, beyond the room. */
    cbor_writer_open(&writer, 10);
    EXPECT(cbor_writer_take(&writer, &taken, &length) && taken == (uint8_t *)1 && length == 0);
    cbor_writer_open(&writer, 10);
    cbor_write_unsigned(&writer, 7);
    EXPECT(cbor_writer_take(&writer, &taken, &length) && length == 1 && taken[0] == 7);
    free(taken);
    cbor_writer_open(&writer, SIZE_MAX);
    for (unsigned i = 0; i < 10000; i++)
        cbor_write_unsigned(&writer, i % 24);
    const uint8_t *data = writer.data;
    EXPECT(cbor_writer_take(&writer, &taken, &length) && length == 10000 && taken == data && taken[9999] == 9999 % 24);
    free(taken);

    /* The limit is exact, and what comes after a failure is nothing. */
    for (size_t limit = 0; limit < 600; limit++) {
        cbor_writer_open(&writer, limit);
        for (size_t i = 0; i < limit; i++)
            cbor_write_null(&writer);
        EXPECT(!writer.failed && writer.length == limit);
        cbor_write_null(&writer);
        EXPECT(writer.failed == CBOR_TOO_LARGE && writer.length == limit);
        cbor_write_raw(&writer, "", 0);
        cbor_write_float(&writer, 1);
        cbor_write_bytes(&writer, "abc", 3);
        EXPECT(writer.failed == CBOR_TOO_LARGE && writer.length == limit);
        EXPECT(!cbor_writer_take(&writer, &taken, &length));
    }
    cbor_writer_open(&writer, SIZE_MAX);
    cbor_write_bytes(&writer, "", SIZE_MAX);
    EXPECT(writer.failed == CBOR_TOO_LARGE && writer.length == 0);
    cbor_writer_close(&writer);
    cbor_writer_open(&writer, SIZE_MAX);
    cbor_write_typed_array(&writer, CBOR_F64, "", SIZE_MAX / 4, 8);
    EXPECT(writer.failed == CBOR_TOO_LARGE && writer.length == 0);
    cbor_writer_close(&writer);

    /* Memory fails: at the first growth, at a later one, when a small payload is taken. */
    for (int fail_at = 0; fail_at < 3; fail_at++) {
        cbor_writer_open(&writer, SIZE_MAX);
        allocations_left = fail_at;
        for (unsigned i = 0; i < 5000; i++)
            cbor_write_null(&writer);
        EXPECT(writer.failed == CBOR_NO_MEMORY && writer.length == (size_t)CBOR_ROOM << fail_at);
        EXPECT(!cbor_writer_take(&writer, &taken, &length));
        allocations_left = -1;
    }
    cbor_writer_open(&writer, SIZE_MAX);
    cbor_write_null(&writer);
    allocations_left = 0;
    EXPECT(!cbor_writer_take(&writer, &taken, &length) && writer.failed == CBOR_NO_MEMORY);
    allocations_left = -1;
}

static void
test_integers(void)
{
    struct cbor_reader reader;
    union corpus_scalar value;

#define READS(type, hex, expected) \
    do { \
        reader = reading(hex); \
        EXPECT(cbor_read_##type(&reader, &value.type) && value.type == (expected) && cbor_read_end(&reader)); \
    } while (0)
#define REFUSES(type, hex, explanation) \
    do { \
        reader = reading(hex); \
        value.u64 = 42; \
        EXPECT(!cbor_read_##type(&reader, &value.type) && value.u64 == 42); \
        EXPECT(refused(&reader, explanation, "")); \
    } while (0)
    READS(u8, "18ff", 255);
    REFUSES(u8, "190100", "expected an integer from 0 to 255, found the integer 256 at byte 0");
    REFUSES(u8, "20", "expected an integer from 0 to 255, found the integer -1 at byte 0");
    REFUSES(u8, "1801", "expected an integer from 0 to 255, found a head that is not the shortest for 1 at byte 0");
    REFUSES(u8, "", "expected an integer from 0 to 255, found the end of the payload at byte 0");
    REFUSES(u8, "19", "expected an integer from 0 to 255, found a head that is cut off at byte 0");
    READS(u16, "19ffff", 65535);
    REFUSES(u16, "1a00010000", "expected an integer from 0 to 65535, found the integer 65536 at byte 0");
    READS(u32, "1affffffff", UINT32_MAX);
    REFUSES(u32, "1b0000000100000000",
            "expected an integer from 0 to 4294967295, found the integer 4294967296 at byte 0");
    READS(u64, "1bffffffffffffffff", UINT64_MAX);
    REFUSES(u64, "c249010000000000000000", "expected an integer from 0 to 18446744073709551615, found tag 2 at byte 0");
    READS(s8, "387f", INT8_MIN);
    READS(s8, "187f", INT8_MAX);
    REFUSES(s8, "3880", "expected an integer from -128 to 127, found the integer -129 at byte 0");
    REFUSES(s8, "1880", "expected an integer from -128 to 127, found the integer 128 at byte 0");
    READS(s16, "397fff", INT16_MIN);
    READS(s16, "197fff", INT16_MAX);
    REFUSES(s16, "398000", "expected an integer from -32768 to 32767, found the integer -32769 at byte 0");
    READS(s32, "3a7fffffff", INT32_MIN);
    READS(s32, "1a7fffffff", INT32_MAX);
    REFUSES(s32, "1a80000000",
            "expected an integer from -2147483648 to 2147483647, found the integer 2147483648 at byte 0");
    READS(s64, "3b7fffffffffffffff", INT64_MIN);
    READS(s64, "1b7fffffffffffffff", INT64_MAX);
    READS(s64, "20", -1);
    reader = reading("3b8000000000000000");
    EXPECT(!cbor_read_s64(&reader, &value.s64));
    reader = reading("1bffffffffffffffff");
    EXPECT(!cbor_read_s64(&reader, &value.s64));
}

static void
test_values(void)
{
    struct cbor_reader reader;
    bool truth = false;
    uint32_t number = 0;
    uint64_t bits = 0;
    float narrow = 0;
    double wide = 0;
    size_t count = 0;
    uint8_t *bytes = NULL;

    reader = reading("f5");
    EXPECT(cbor_read_bool(&reader, &truth) && truth && cbor_read_end(&reader));
    reader = reading("f4");
    EXPECT(cbor_read_bool(&reader, &truth) && !truth);
    reader = reading("f6");
    EXPECT(!cbor_read_bool(&reader, &truth) && refused(&reader, "expected true or false, found null at byte 0", ""));
    reader = reading("f6f7");
    EXPECT(cbor_read_null(&reader) && cbor_read_undefined(&reader) && cbor_read_end(&reader));
    reader = reading("01");
    EXPECT(!cbor_read_null(&reader) && refused(&reader, "expected null, found the integer 1 at byte 0", ""));

    reader = reading("1a0010ffff");
    EXPECT(cbor_read_char(&reader, &number) && number == 0x10ffff);
    reader = reading("19d7ff");
    EXPECT(cbor_read_char(&reader, &number) && number == 0xd7ff);
    reader = reading("19d800");
    EXPECT(!cbor_read_char(&reader, &number) &&
           refused(&reader, "expected a Unicode scalar value, found the integer 55296 at byte 0", ""));
    reader = reading("1a00110000");
    EXPECT(!cbor_read_char(&reader, &number));

    reader = reading("fb3ff8000000000000");
    EXPECT(cbor_read_f64(&reader, &wide) && wide == 1.5);
    reader = reading("fb7ff8000000000000");
    EXPECT(cbor_read_f64(&reader, &wide) && isnan(wide));
    reader = reading("fb7ff8000000000000");
    EXPECT(cbor_read_f32(&reader, &narrow) && isnan(narrow));
    reader = reading("fbfff0000000000000");
    EXPECT(cbor_read_f32(&reader, &narrow) && isinf(narrow) && narrow < 0);
    reader = reading("fb7ff8000000000001");
    EXPECT(!cbor_read_f64(&reader, &wide) &&
           refused(&reader, "expected the NaN 7ff8000000000000, found another NaN at byte 0", ""));
    reader = reading("fb3ff199999999999a");
    EXPECT(!cbor_read_f32(&reader, &narrow));
    reader = reading("fb7e37e43c8800759c");
    EXPECT(!cbor_read_f32(&reader, &narrow) &&
           refused(&reader,
                   "expected a float of 64 bits that an f32 holds exactly, found one that it does not at byte 0", ""));
    reader = reading("f93e00");
    EXPECT(!cbor_read_f64(&reader, &wide) &&
           refused(&reader, "expected a float of 64 bits, found a float of 16 bits at byte 0", ""));
    reader = reading("fb3ff80000000000");
    EXPECT(!cbor_read_f64(&reader, &wide));

    reader = reading("43010203");
    EXPECT(cbor_read_bytes(&reader, &bytes, &count) && count == 3 && bytes[2] == 3);
    free(bytes);
    reader = reading("40");
    EXPECT(cbor_read_bytes(&reader, &bytes, &count) && count == 0 && bytes == (uint8_t *)1);
    reader = reading("430102");
    EXPECT(!cbor_read_bytes(&reader, &bytes, &count) &&
           refused(&reader, "expected a byte string, found one of 3 bytes that is cut off at byte 0", ""));
    reader = reading("5bffffffffffffffff");
    EXPECT(!cbor_read_bytes(&reader, &bytes, &count));
    reader = reading("62c3bc");
    EXPECT(cbor_read_text(&reader, &bytes, &count) && count == 2 && bytes[1] == 0xbc);
    free(bytes);
    reader = reading("62c328");
    EXPECT(!cbor_read_text(&reader, &bytes, &count) &&
           refused(&reader, "expected text, found text that is not UTF-8 at byte 0", ""));
    reader = reading("43010203");
    allocations_left = 0;
    EXPECT(!cbor_read_bytes(&reader, &bytes, &count) && reader.problem.no_memory);
    allocations_left = -1;

    reader = reading("1818");
    EXPECT(cbor_read_enum(&reader, 25, &number) && number == 24);
    reader = reading("1819");
    EXPECT(!cbor_read_enum(&reader, 25, &number) &&
           refused(&reader, "expected a case from 0 to 24, found the integer 25 at byte 0", ""));
    reader = reading("1b8000000000000001");
    EXPECT(cbor_read_flags(&reader, 64, &bits) && bits == (UINT64_C(1) << 63 | 1));
    reader = reading("08");
    EXPECT(!cbor_read_flags(&reader, 3, &bits) &&
           refused(&reader, "expected flags from 0 to 7, found the integer 8 at byte 0", ""));
    reader = reading("00");
    EXPECT(cbor_read_flags(&reader, 0, &bits) && bits == 0);
}

static void
test_structures(void)
{
    static const bool has_payload[] = {false, true, false};
    struct cbor_reader reader;
    bool truth = false;
    uint32_t index = 9;
    uint64_t tag = 0;
    size_t count = 0;
    uint32_t *words = NULL;

    reader = reading("820102");
    EXPECT(cbor_read_tuple(&reader, 2) && cbor_left(&reader) == 2);
    EXPECT(!cbor_read_end(&reader) &&
           refused(&reader, "expected the end of the payload, found the integer 1 at byte 1", ""));
    reader = reading("820102");
    EXPECT(!cbor_read_tuple(&reader, 3) &&
           refused(&reader, "expected an array of 3 items, found an array of 2 items at byte 0", ""));
    reader = reading("80");
    EXPECT(cbor_read_option(&reader, &truth) && !truth);
    reader = reading("8100");
    EXPECT(cbor_read_option(&reader, &truth) && truth);
    reader = reading("820000");
    EXPECT(!cbor_read_option(&reader, &truth));
    reader = reading("8100");
    EXPECT(cbor_read_variant(&reader, 3, has_payload, &index) && index == 0);
    reader = reading("820107");
    EXPECT(cbor_read_variant(&reader, 3, has_payload, &index) && index == 1 && cbor_left(&reader) == 1);
    reader = reading("8101");
    EXPECT(
        !cbor_read_variant(&reader, 3, has_payload, &index) &&
        refused(&reader,
                "expected a case with its payload, which is an array of 2 items, found an array of 1 items at byte 0",
                ""));
    reader = reading("820200");
    EXPECT(!cbor_read_variant(&reader, 3, has_payload, &index));
    reader = reading("8103");
    EXPECT(!cbor_read_variant(&reader, 3, has_payload, &index) &&
           refused(&reader, "expected a case from 0 to 2, found the integer 3 at byte 1", ""));
    reader = reading("80");
    EXPECT(!cbor_read_variant(&reader, 3, has_payload, &index));
    reader = reading("811b0000000100000000");
    EXPECT(!cbor_read_variant(&reader, 3, has_payload, &index));
    reader = reading("9bffffffffffffffff00");
    EXPECT(!cbor_read_variant(&reader, 3, has_payload, &index));

    reader = reading("d8464401000000");
    EXPECT(cbor_read_typed_array(&reader, CBOR_U32, 4, &words, &count) && count == 1 && words[0] == 1);
    free(words);
    reader = reading("d84640");
    EXPECT(cbor_read_typed_array(&reader, CBOR_U32, 4, &words, &count) && count == 0 && words == (void *)4);
    reader = reading("d8464301000000");
    EXPECT(!cbor_read_typed_array(&reader, CBOR_U32, 4, &words, &count) &&
           refused(&reader, "expected a typed array, whose length is a multiple of 4, found 3 bytes at byte 0", ""));
    reader = reading("d8454401000000");
    EXPECT(!cbor_read_typed_array(&reader, CBOR_U32, 4, &words, &count) &&
           refused(&reader, "expected a typed array, which is tag 70 over a byte string, found tag 69 at byte 0", ""));
    reader = reading("8101");
    EXPECT(!cbor_read_typed_array(&reader, CBOR_U32, 4, &words, &count));
    reader = reading("d8468101");
    EXPECT(!cbor_read_typed_array(&reader, CBOR_U32, 4, &words, &count) &&
           refused(&reader, "expected the byte string of a typed array, found an array of 1 items at byte 2", ""));
    reader = reading("d8464401000000");
    allocations_left = 0;
    EXPECT(!cbor_read_typed_array(&reader, CBOR_U32, 4, &words, &count) && reader.problem.no_memory);
    allocations_left = -1;

    reader = reading("83010203");
    EXPECT(cbor_read_list(&reader, sizeof(*words), &words, &count) && count == 3 && words[0] == 0 && words[2] == 0);
    free(words);
    reader = reading("80");
    EXPECT(cbor_read_list(&reader, sizeof(*words), &words, &count) && count == 0 && words == (void *)8);
    allocations_left = 0; /* a count that the input does not pay for allocates nothing */
    reader = reading("9a7fffffff00");
    allocations_left = 0;
    EXPECT(
        !cbor_read_list(&reader, sizeof(*words), &words, &count) &&
        refused(&reader, "expected an array, found one of 2147483647 items, more than there are bytes at byte 0", ""));
    EXPECT(!reader.problem.no_memory);
    reader = reading("83010203");
    allocations_left = 0;
    EXPECT(!cbor_read_list(&reader, sizeof(*words), &words, &count) && reader.problem.no_memory);
    allocations_left = -1;

    reader = reading("d82000");
    EXPECT(cbor_read_tag(&reader, 32) && cbor_read_u64(&reader, &tag));
    reader = reading("d82100");
    EXPECT(!cbor_read_tag(&reader, 32) && refused(&reader, "expected tag 32, found tag 33 at byte 0", ""));
    reader = reading("1bffffffffffffffff");
    EXPECT(!cbor_read_any_tag(&reader, &tag));
}

static void
test_maps(void)
{
    struct cbor_reader reader = reading("");
    struct cbor_map map;
    const char *key = NULL;
    size_t length = 0;
    int64_t integer = 0;
    uint8_t value = 0;

    reader = reading("a261610162626220");
    EXPECT(cbor_read_map(&reader, &map) && map.left == 2);
    EXPECT(cbor_next_text_key(&reader, &map, &key, &length) && length == 1 && key[0] == 'a');
    EXPECT(cbor_read_u8(&reader, &value) && cbor_more(&map));
    EXPECT(cbor_next_text_key(&reader, &map, &key, &length) && length == 2 && !cbor_more(&map));
    EXPECT(!cbor_read_u8(&reader, &value) && cbor_in_field(&reader, "bb") == false);
    EXPECT(refused(&reader, "expected an integer from 0 to 255, found the integer -1 at byte 7", "bb"));

    reader = reading("a220f600f6");
    EXPECT(cbor_read_map(&reader, &map) && cbor_next_integer_key(&reader, &map, &integer) && integer == -1 &&
           cbor_skip(&reader) && !cbor_next_integer_key(&reader, &map, &integer));
    EXPECT(refused(&reader, "expected a key that sorts after the one before, found one that does not at byte 3", ""));
    reader = reading("a100f6");
    EXPECT(cbor_read_map(&reader, &map) && !cbor_next_text_key(&reader, &map, &key, &length));
    reader = reading("a200f6");
    EXPECT(!cbor_read_map(&reader, &map) &&
           refused(&reader, "expected a map, found one of 2 items, more than there are bytes at byte 0", ""));
}

static void
test_paths(void)
{
    struct cbor_reader reader = reading("");
    char name[CBOR_PATH + 50];

    EXPECT(!cbor_skip(&reader) && refused(&reader, "expected an item, found the end of the payload at byte 0", ""));
    EXPECT(!cbor_in_item(&reader, 12) && strcmp(reader.problem.path, "[12]") == 0);
    EXPECT(!cbor_in_item(&reader, 3) && strcmp(reader.problem.path, "[3][12]") == 0);
    EXPECT(!cbor_in_field(&reader, "items") && strcmp(reader.problem.path, "items[3][12]") == 0);
    EXPECT(!cbor_in_field(&reader, "argument") && strcmp(reader.problem.path, "argument.items[3][12]") == 0);

    /* What is too long loses its inner end, at any length. */
    for (size_t length = 0; length < sizeof(name) - 1; length++) {
        memset(name, 'x', length);
        name[length] = '\0';
        reader = reading("");
        cbor_skip(&reader);
        cbor_in_field(&reader, "inner");
        cbor_in_item(&reader, SIZE_MAX);
        cbor_in_field(&reader, name);
        EXPECT(reader.problem.path_length < CBOR_PATH && strlen(reader.problem.path) == reader.problem.path_length);
        EXPECT(strncmp(reader.problem.path, name, length < CBOR_PATH - 1 ? length : CBOR_PATH - 1) == 0);
    }

    /* A long explanation is cut, never overrun. */
    char expected[400], text[CBOR_EXPLANATION];
    memset(expected, '#', sizeof(expected) - 1);
    expected[sizeof(expected) - 1] = '\0';
    reader = reading("");
    cbor_reject(&reader, reader.at, expected, UINT64_MAX, "#");
    EXPECT(cbor_explain(&reader, text) < CBOR_EXPLANATION);
    EXPECT(!cbor_reject(&reader, reader.at, "later", 0, "later") && reader.problem.expected == expected);
}

/* Half floats against their definition, all of them. */
static void
test_half_floats(void)
{
    for (unsigned bits = 0; bits < 0x10000; bits++) {
        char hex[7];
        double value = 0, expected = ldexp((bits & 1023) + (bits >> 10 & 31 ? 1024 : 0),
                                           (int)(bits >> 10 & 31 ? bits >> 10 & 31 : 1) - 25);
        if ((bits >> 10 & 31) == 31)
            expected = bits & 1023 ? NAN : INFINITY;
        if (bits >> 15)
            expected = -expected;
        snprintf(hex, sizeof(hex), "f9%04x", bits);
        struct cbor_reader reader = reading(hex);
        bool ok = cbor_read_any_float(&reader, &value) && cbor_read_end(&reader) &&
                  (isnan(expected) ? isnan(value) : value == expected && signbit(value) == signbit(expected));
        if (!ok)
            EXPECT(!"a half float has the value that IEEE 754 gives it");
    }
}

int
main(void)
{
    test_writer();
    test_integers();
    test_values();
    test_structures();
    test_maps();
    test_paths();
    test_half_floats();
    if (has_failed())
        return 1;
    printf("cbor: %d checks\n", checks);
    return 0;
}
