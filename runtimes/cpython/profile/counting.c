// What instrumented code calls. LLVM's own runtime is not in the toolchain, and does more: it knows files and operating systems.
#include "counting.h"

#include <stdlib.h>

// Instrumented objects refer to it, so that a runtime is linked.
int __llvm_profile_runtime;

void __llvm_profile_instrument_target(uint64_t value, void *record, uint32_t index);
void __llvm_profile_instrument_memop(uint64_t size, void *record, uint32_t index);

static bool stopped;

void counting_stop(void)
{
    stopped = true;
}

// Counts `value`. If there is no room for another one, the rarest loses one, and its place when nothing is left of it: what is
// frequent stays, whenever it comes.
static void see(struct record *record, uint32_t index, uint64_t value)
{
    if (stopped) {
        return;
    }
    if (record->sites == NULL) {
        record->sites = calloc(site_count(record), sizeof(struct site));
        if (record->sites == NULL) {
            return;
        }
    }
    struct site *site = &record->sites[index];
    uint32_t rarest = 0;
    for (uint32_t i = 0; i < site->used; i++) {
        if (site->seen[i].value == value) {
            site->seen[i].count++;
            return;
        }
        if (site->seen[i].count < site->seen[rarest].count) {
            rarest = i;
        }
    }
    if (site->used < VALUES) {
        rarest = site->used++;
    } else if (--site->seen[rarest].count > 0) {
        return;
    }
    site->seen[rarest].value = value;
    site->seen[rarest].count = 1;
}

void __llvm_profile_instrument_target(uint64_t value, void *record, uint32_t index)
{
    see(record, index, value);
}

// Sizes above 8 count as powers of two, what lies between two as one more than the smaller, all above 512 as 513.
void __llvm_profile_instrument_memop(uint64_t size, void *record, uint32_t index)
{
    if (size > 512) {
        size = 513;
    } else if (size > 8 && (size & (size - 1)) != 0) {
        size = (UINT64_C(1) << (63 - __builtin_clzll(size))) + 1;
    }
    see(record, index, size);
}
