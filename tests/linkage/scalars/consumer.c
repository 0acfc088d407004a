#include "consumer.h"
#include "check.h"

int
main(void)
{
    begin();
    SHOW("not true", test_scalars_api_not(true));
    SHOW("not false", test_scalars_api_not(false));

    /* Around the lengths of a CBOR head: 23, 24, 255, 256, 65535, 65536, 2^32 - 1, 2^32. */
    SHOW("next-u8 0", test_scalars_api_next_u8(0));
    SHOW("next-u8 22", test_scalars_api_next_u8(22));
    SHOW("next-u8 23", test_scalars_api_next_u8(23));
    SHOW("next-u8 max", test_scalars_api_next_u8(UINT8_MAX));
    SHOW("next-u16 254", test_scalars_api_next_u16(254));
    SHOW("next-u16 255", test_scalars_api_next_u16(255));
    SHOW("next-u16 max", test_scalars_api_next_u16(UINT16_MAX));
    SHOW("next-u32 65534", test_scalars_api_next_u32(65534));
    SHOW("next-u32 65535", test_scalars_api_next_u32(65535));
    SHOW("next-u32 2^31 - 1", test_scalars_api_next_u32(INT32_MAX));
    SHOW("next-u32 max", test_scalars_api_next_u32(UINT32_MAX));
    SHOW("next-u64 2^32 - 2", test_scalars_api_next_u64(UINT64_C(0xfffffffe)));
    SHOW("next-u64 2^32 - 1", test_scalars_api_next_u64(UINT64_C(0xffffffff)));
    SHOW("next-u64 2^63 - 1", test_scalars_api_next_u64(INT64_MAX));
    SHOW("next-u64 max", test_scalars_api_next_u64(UINT64_MAX));

    SHOW("negate-s8 24", test_scalars_api_negate_s8(24));
    SHOW("negate-s8 25", test_scalars_api_negate_s8(25));
    SHOW("negate-s8 max", test_scalars_api_negate_s8(INT8_MAX));
    SHOW("negate-s8 min", test_scalars_api_negate_s8(INT8_MIN));
    SHOW("negate-s16 -1", test_scalars_api_negate_s16(-1));
    SHOW("negate-s16 256", test_scalars_api_negate_s16(256));
    SHOW("negate-s16 257", test_scalars_api_negate_s16(257));
    SHOW("negate-s16 max", test_scalars_api_negate_s16(INT16_MAX));
    SHOW("negate-s16 min", test_scalars_api_negate_s16(INT16_MIN));
    SHOW("negate-s32 0", test_scalars_api_negate_s32(0));
    SHOW("negate-s32 max", test_scalars_api_negate_s32(INT32_MAX));
    SHOW("negate-s32 min", test_scalars_api_negate_s32(INT32_MIN));
    SHOW("negate-s64 2^32", test_scalars_api_negate_s64(INT64_C(0x100000000)));
    SHOW("negate-s64 max", test_scalars_api_negate_s64(INT64_MAX));
    SHOW("negate-s64 min", test_scalars_api_negate_s64(INT64_MIN));

    SHOW("halve-f32 0.2", test_scalars_api_halve_f32(0.2f));
    SHOW("halve-f32 max", test_scalars_api_halve_f32(3.40282347e38f));
    SHOW("halve-f32 smallest", test_scalars_api_halve_f32(2.80259693e-45f));
    SHOW("halve-f32 -0", test_scalars_api_halve_f32(-0.0f));
    SHOW("halve-f32 inf", test_scalars_api_halve_f32(INFINITY));
    SHOW("halve-f32 -inf", test_scalars_api_halve_f32(-INFINITY));
    SHOW("halve-f32 nan", test_scalars_api_halve_f32(NAN));
    SHOW("halve-f64 0.2", test_scalars_api_halve_f64(0.2));
    SHOW("halve-f64 max", test_scalars_api_halve_f64(1.7976931348623157e308));
    SHOW("halve-f64 smallest", test_scalars_api_halve_f64(9.8813129168249309e-324));
    SHOW("halve-f64 -0", test_scalars_api_halve_f64(-0.0));
    SHOW("halve-f64 inf", test_scalars_api_halve_f64(INFINITY));
    SHOW("halve-f64 -inf", test_scalars_api_halve_f64(-INFINITY));
    SHOW("halve-f64 nan", test_scalars_api_halve_f64(NAN));

    /* Surrogates, U+D800 to U+DFFF, are no chars. */
    static const uint32_t chars[] = {0, 'a', 0x7f, 0xff, 0xd7fe, 0xd7ff, 0xe000, 0xfffe, 0xffff, 0x10fffe, 0x10ffff};
    for (size_t i = 0; i < sizeof chars / sizeof *chars; i++)
        printf("next-char U+%04" PRIX32 ": U+%04" PRIX32 "\n", chars[i], test_scalars_api_next_char(chars[i]));

    SHOW("sum8", test_scalars_api_sum8(1, 20, 300, 4000, 50000, 600000, 7000000, 80000000));
    /* Each argument is worth a digit of its own, so that two that are exchanged show. */
    SHOW("sum18", test_scalars_api_sum18(1, 2, 3, 4, -5, -6, -7, -8, 0.5f, 0.25, 'k', true, 1, 2, 3, 4, 5, 6));
    SHOW("sum18 of extremes", test_scalars_api_sum18(UINT8_MAX, UINT16_MAX, UINT32_MAX, 0, INT8_MIN, INT16_MIN,
                                                     INT32_MIN, 0, -0.0f, -0.0, 0, false, 0, 0, 0, 0, 0, 0));
    SHOW("sum18 of u64", test_scalars_api_sum18(0, 0, 0, UINT64_MAX, 0, 0, 0, 0, 0, 0, 0, false, 0, 0, 0, 0, 0, 0));
    SHOW("sum18 of s64", test_scalars_api_sum18(0, 0, 0, 0, 0, 0, 0, INT64_MIN, 0, 0, 0, false, 0, 0, 0, 0, 0, 0));

    SHOW("counted", test_scalars_api_counted());
    test_scalars_api_count();
    test_scalars_api_count();
    test_scalars_api_count();
    SHOW("counted", test_scalars_api_counted());
    return finish();
}
