#include "consumer.h"
#include "check.h"

/* Calls reverse-<name> with the items given, with one of them, and with none, at an address and at none. */
#define REVERSE(name, list_name, item_type, ...) \
    do { \
        consumer_list_##list_name##_t values = LIST(consumer_list_##list_name##_t, item_type, __VA_ARGS__); \
        consumer_list_##list_name##_t lists[] = {values, {values.ptr, 1}, {values.ptr, 0}, {NULL, 0}}; \
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) { \
            consumer_list_##list_name##_t result; \
            test_lists_api_reverse_##name(&lists[i], &result); \
            SHOW_LIST("reverse-" #name, result, PRINT); \
            consumer_list_##list_name##_free(&result); \
        } \
        /* The caller keeps its arguments. */ \
        SHOW_LIST("still", values, PRINT); \
    } while (0)

static void
flatten(const char *what, consumer_list_list_u8_t rows)
{
    consumer_list_u8_t result;
    test_lists_api_flatten(&rows, &result);
    SHOW_TEXT(what, result);
    consumer_list_u8_free(&result);
}

#define PRINT_ROW(row) PRINT_LIST(row, PRINT)

static void
triangle(uint32_t rows)
{
    consumer_list_list_u32_t result;
    test_lists_api_triangle(rows, &result);
    printf("triangle %" PRIu32 ": %zu rows\n", rows, result.len);
    for (size_t i = 0; i < result.len; i++)
        SHOW_LIST("  row", result.ptr[i], PRINT);
    consumer_list_list_u32_free(&result);
}

int
main(void)
{
    begin();
    REVERSE(bytes, u8, uint8_t, 0, 1, 23, 24, 127, 128, 255);
    REVERSE(u16, u16, uint16_t, 0, 255, 256, 0x1234, UINT16_MAX);
    REVERSE(u32, u32, uint32_t, 0, 65535, 65536, 0x12345678, UINT32_MAX);
    REVERSE(u64, u64, uint64_t, 0, UINT32_MAX, UINT64_C(0x123456789abcdef0), UINT64_MAX);
    REVERSE(s8, s8, int8_t, 0, 1, -1, INT8_MAX, INT8_MIN);
    REVERSE(s16, s16, int16_t, 0, 1, -1, INT16_MAX, INT16_MIN);
    REVERSE(s32, s32, int32_t, 0, 1, -1, INT32_MAX, INT32_MIN);
    REVERSE(s64, s64, int64_t, 0, 1, -1, INT64_MAX, INT64_MIN);
    REVERSE(f32, f32, float, 0, -0.0f, 0.1f, 1e-45f, 3.40282347e38f, INFINITY, -INFINITY, NAN);
    REVERSE(f64, f64, double, 0, -0.0, 0.1, 5e-324, 1.7976931348623157e308, INFINITY, -INFINITY, NAN);
    REVERSE(bools, bool, bool, true, true, false);
    REVERSE(chars, char32, uint32_t, 0, 0x7f, 0xd7ff, 0xe000, 0x10ffff);

    consumer_list_list_u8_t rows =
        LIST(consumer_list_list_u8_t, consumer_list_u8_t, LIST(consumer_list_u8_t, uint8_t, 'a', 'b'), {NULL, 0},
             LIST(consumer_list_u8_t, uint8_t, 'c'));
    flatten("flatten", rows);
    flatten("flatten an empty row", (consumer_list_list_u8_t){rows.ptr + 1, 1});
    flatten("flatten nothing", (consumer_list_list_u8_t){NULL, 0});
    triangle(4);
    triangle(0);

    consumer_list_tuple2_u32_u64_t pairs =
        LIST(consumer_list_tuple2_u32_u64_t, consumer_tuple2_u32_u64_t, {1, 10}, {UINT32_MAX, UINT64_MAX}, {3, 0});
    consumer_list_tuple2_u32_u64_t no_pairs = {NULL, 0};
    SHOW("sum-pairs", test_lists_api_sum_pairs(&pairs));
    SHOW("sum-pairs of none", test_lists_api_sum_pairs(&no_pairs));
    return finish();
}
