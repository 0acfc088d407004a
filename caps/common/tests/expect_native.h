/* What native tests of codec caps begin with: expectations that are counted, and data to compress. For one file a program.
 */
#ifndef PYLON_EXPECT_NATIVE_H
#define PYLON_EXPECT_NATIVE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define EXPECT(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition); \
            failures++; \
        } \
    } while (0)

static uint32_t seed = 1;

static uint32_t
random_number(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

/* Bytes that compress: runs, repeats and noise. */
static uint8_t *
sample(size_t length)
{
    uint8_t *data = malloc(length + 1);
    if (data == NULL)
        abort();
    for (size_t at = 0; at < length;) {
        size_t run = 1 + random_number() % 200;
        uint32_t kind = random_number() % 3;
        size_t from = at == 0 ? 0 : random_number() % at;
        for (; run > 0 && at < length; run--, at++)
            data[at] = kind == 0 ? 'a' : kind == 1 && at > 0 ? data[from++] : (uint8_t)random_number();
    }
    return data;
}

/* A copy of a stream with some of its bits turned over, all of them in what it begins with. */
static uint8_t *
damaged(const uint8_t *packed, size_t size, size_t beginning)
{
    uint8_t *broken = malloc(size);
    if (broken == NULL)
        abort();
    memcpy(broken, packed, size);
    for (uint32_t flips = 1 + random_number() % 8; flips > 0; flips--)
        broken[random_number() % beginning] ^= (uint8_t)(1u << random_number() % 8);
    return broken;
}

#endif
