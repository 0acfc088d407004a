#include "cap.h"

uint32_t
exports_bench_callback_api_often(uint32_t times)
{
    uint32_t less = 0;

    for (uint32_t n = 0; n < times; n++)
        less += bench_callback_cb_compare((int32_t)n, 100) < 0;
    return less;
}
