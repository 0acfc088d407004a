/* What fuzz targets of codec caps begin with: what must hold, and how the steps are cut. For one file a program. */
#ifndef PYLON_FUZZ_NATIVE_H
#define PYLON_FUZZ_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_OUTPUT = 1 << 20 };

static void
holds(bool condition)
{
    if (!condition)
        abort();
}

/* Set by a byte of the input. */
static uint32_t cuts;

static uint32_t
next_cut(uint32_t bound)
{
    cuts = cuts * 1664525u + 1013904223u;
    return (cuts >> 8) % bound;
}

#endif
