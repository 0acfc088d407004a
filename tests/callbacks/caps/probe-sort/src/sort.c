/* Sorts by qsort(), whose comparisons are the consumer's. */
#include <stdlib.h>

#include "probe_sort_cap.h"

/* Whether the sort that runs is to be given up. Sorts run inside of each other, when a comparison sorts. */
static bool failed;

static bool
precedes(uint32_t a, uint32_t b)
{
    bool answer = false;

    failed = failed || !probe_sort_order_precedes(a, b, &answer);
    return !failed && answer;
}

static int
compare(const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

    return precedes(first, second) ? -1 : precedes(second, first);
}

bool
exports_probe_sort_sorting_arrange(uint32_t count, probe_sort_cap_list_u32_t *ret)
{
    bool outer = failed;

    *ret = (probe_sort_cap_list_u32_t){calloc(count, sizeof *ret->ptr), count};
    failed = ret->ptr == NULL && count > 0;
    if (!failed) {
        for (uint32_t i = 0; i < count; i++)
            ret->ptr[i] = i;
        qsort(ret->ptr, count, sizeof *ret->ptr, compare);
    }
    bool sorted = !failed;
    if (!sorted)
        free(ret->ptr);
    failed = outer;
    return sorted;
}

uint32_t
exports_probe_sort_sorting_pages(void)
{
    return __builtin_wasm_memory_size(0);
}
