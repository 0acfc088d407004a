/* The same two calls in every linkage mode. */
#include "../clock.h"

#include "consumer.h"

static uint8_t bytes[64];
static uint32_t sum;

static void
sum_64_bytes(unsigned calls)
{
    consumer_list_u8_t data = {bytes, sizeof(bytes)};
    while (calls-- > 0)
        sum = bench_calls_api_sum(sum, &data);
}

static void
sum_8_scalars(unsigned calls)
{
    while (calls-- > 0)
        sum = bench_calls_api_sum8(sum, 2, 3, 4, 5, 6, 7, 8);
}

int
main(void)
{
    for (size_t index = 0; index < sizeof(bytes); index++)
        bytes[index] = (uint8_t)index;
    tell("sum-64-bytes", best(sum_64_bytes, 500, 2000));
    tell("sum-8-scalars", best(sum_8_scalars, 500, 2000));
    /* The work was done: 2,000 x 500 calls of each kind, modulo 2^32. */
    return sum == (uint32_t)(1000000u * 2016u + 1000000u * 35u) ? 0 : 1;
}
