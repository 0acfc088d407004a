#include "cap.h"

static uint32_t calls;

bool
exports_test_scalars_api_not(bool value)
{
    return !value;
}

uint8_t
exports_test_scalars_api_next_u8(uint8_t value)
{
    return value + 1;
}

uint16_t
exports_test_scalars_api_next_u16(uint16_t value)
{
    return value + 1;
}

uint32_t
exports_test_scalars_api_next_u32(uint32_t value)
{
    return value + 1;
}

uint64_t
exports_test_scalars_api_next_u64(uint64_t value)
{
    return value + 1;
}

/* The smallest of a signed type is its own negation, as in the machine. */
int8_t
exports_test_scalars_api_negate_s8(int8_t value)
{
    return (int8_t)-value;
}

int16_t
exports_test_scalars_api_negate_s16(int16_t value)
{
    return (int16_t)-value;
}

int32_t
exports_test_scalars_api_negate_s32(int32_t value)
{
    return (int32_t)(0 - (uint32_t)value);
}

int64_t
exports_test_scalars_api_negate_s64(int64_t value)
{
    return (int64_t)(0 - (uint64_t)value);
}

float
exports_test_scalars_api_halve_f32(float value)
{
    return value / 2;
}

double
exports_test_scalars_api_halve_f64(double value)
{
    return value / 2;
}

/* The scalar value after it: from U+10FFFF to U+0000, and over the surrogates. */
uint32_t
exports_test_scalars_api_next_char(uint32_t value)
{
    switch (value) {
    case 0xd7ff:
        return 0xe000;
    case 0x10ffff:
        return 0;
    default:
        return value + 1;
    }
}

uint32_t
exports_test_scalars_api_sum8(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f, uint32_t g,
                              uint32_t h)
{
    return a + b + c + d + e + f + g + h;
}

/* Weights the arguments with 1, 3, 9, .., so that each place counts. */
double
exports_test_scalars_api_sum18(uint8_t a, uint16_t b, uint32_t c, uint64_t d, int8_t e, int16_t f, int32_t g, int64_t h,
                               float i, double j, uint32_t k, bool l, uint32_t m, uint32_t n, uint32_t o, uint32_t p,
                               uint32_t q, uint32_t r)
{
    const double values[] = {a, b, c, (double)d, e, f, g, (double)h, i, j, k, l, m, n, o, p, q, r};
    double sum = 0;
    for (int place = sizeof values / sizeof *values - 1; place >= 0; place--)
        sum = sum * 3 + values[place];
    return sum;
}

void
exports_test_scalars_api_count(void)
{
    calls++;
}

uint32_t
exports_test_scalars_api_counted(void)
{
    return calls;
}
