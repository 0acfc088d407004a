#include "cap.h"

uint32_t
exports_bench_calls_api_sum(uint32_t value, cap_list_u8_t *data)
{
    for (size_t index = 0; index < data->len; index++)
        value += data->ptr[index];
    cap_list_u8_free(data);
    return value;
}

uint32_t
exports_bench_calls_api_sum8(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f, uint32_t g,
                             uint32_t h)
{
    return a + b + c + d + e + f + g + h;
}
