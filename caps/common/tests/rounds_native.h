/* What native tests begin with that make the same random calls to two implementations of a stream: numbers, sizes, data, and
   how a round is named that differs. For one file a program. */
#ifndef PYLON_ROUNDS_NATIVE_H
#define PYLON_ROUNDS_NATIVE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "handles_native.h"

static uint64_t seed;
static uint64_t round_seed;

static uint32_t
random_number(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33);
}

/* Mostly small, sometimes far more than a slice. */
static unsigned
random_size(void)
{
    switch (random_number() % 8) {
    case 0:
        return 0;
    case 1:
        return 1 + random_number() % 4;
    case 2:
    case 3:
        return random_number() % 300000;
    case 4:
        return 65536;
    default:
        return random_number() % 5000;
    }
}

static void *
allocate(size_t size)
{
    void *memory = malloc(size + 1);
    if (memory == NULL)
        abort();
    return memory;
}

/* Bytes that compress: runs, repeats and noise; or noise alone; or runs alone. */
static uint8_t *
sample(size_t length)
{
    uint8_t *data = allocate(length);
    uint32_t kinds = random_number() % 4;
    uint32_t longest = random_number() % 2 == 0 ? 200 : 20000;
    for (size_t at = 0; at < length;) {
        size_t run = 1 + random_number() % longest;
        uint32_t kind = kinds == 0 ? 2 : kinds == 1 ? 0 : random_number() % 3;
        uint8_t repeated = (uint8_t)random_number();
        size_t from = at == 0 ? 0 : random_number() % at;
        for (; run > 0 && at < length; run--, at++)
            data[at] = kind == 0 ? repeated : kind == 1 && at > 0 ? data[from++] : (uint8_t)random_number();
    }
    return data;
}

static void
fail(const char *what)
{
    fprintf(stderr, "%s differs; again with: 1 %llu\n", what, (unsigned long long)round_seed);
    exit(1);
}

/* Makes as many rounds as the command line says, PROGRAM [ROUNDS [FIRST_SEED]], or else `usual`; prints how many. */
static void
make_rounds(int argc, char **argv, unsigned long usual, void (*one_round)(void), const char *name, const char *library)
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : usual;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (unsigned long round = 0; round < rounds; round++) {
        seed = round_seed = first + round;
        one_round();
    }
    if (live_handles != 0) {
        fprintf(stderr, "%d handles were not dropped\n", live_handles);
        exit(1);
    }
    printf("%s: %lu rounds of calls equal to %s's\n", name, rounds, library);
}

#endif
