/* What it costs a cap to call back. */
#include "../clock.h"

#include "consumer.h"

/* How many comparisons were less, together: the work was done. */
static uint64_t sum;

int32_t
exports_bench_callback_cb_compare(int32_t a, int32_t b)
{
    return (a > b) - (a < b);
}

/* One call, in which the cap calls back `times` times. */
static void
callbacks(unsigned times)
{
    sum += bench_callback_api_often(times);
}

int
main(void)
{
    tell("callback", best(callbacks, 1000, 2000));
    return sum == 100 * 2000 ? 0 : 1;
}
