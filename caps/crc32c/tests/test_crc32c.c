/* Native tests of crc32c.c: known vectors, and a bit by bit reference over every alignment and length.
 *
 * ./run.sh OUTPUT_FOLDER builds and runs it. Prints one line and exits 0, or names what differs and exits 1.
 */
#include "crc32c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void
expect(const char *what, uint32_t got, uint32_t wanted)
{
    if (got != wanted) {
        fprintf(stderr, "%s: got %08x, wanted %08x\n", what, (unsigned)got, (unsigned)wanted);
        failures++;
    }
}

/* The definition, one bit at a time. */
static uint32_t
reference(uint32_t value, const uint8_t *data, size_t length)
{
    uint32_t crc = ~value;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
    }
    return ~crc;
}

/* RFC 3720, appendix B.4, and the check value. */
static void
known_vectors(void)
{
    uint8_t data[32];
    expect("check value", crc32c_update(0, (const uint8_t *)"123456789", 9), 0xe3069283u);
    expect("empty", crc32c_update(0, NULL, 0), 0);
    expect("empty keeps the value", crc32c_update(0x12345678u, NULL, 0), 0x12345678u);
    memset(data, 0, sizeof data);
    expect("32 zeros", crc32c_update(0, data, sizeof data), 0x8a9136aau);
    memset(data, 0xff, sizeof data);
    expect("32 ones", crc32c_update(0, data, sizeof data), 0x62a8ab43u);
    for (uint8_t i = 0; i < 32; i++)
        data[i] = i;
    expect("ascending", crc32c_update(0, data, sizeof data), 0x46dd794eu);
    for (uint8_t i = 0; i < 32; i++)
        data[i] = (uint8_t)(31 - i);
    expect("descending", crc32c_update(0, data, sizeof data), 0x113fdb5cu);
}

/* Every length to 300 at every alignment, each in a block of its own size, so that a sanitizer sees an overrun. */
static void
against_the_reference(void)
{
    uint32_t random = 1;
    for (size_t length = 0; length <= 300; length++) {
        for (size_t offset = 0; offset < 8; offset++) {
            uint8_t *block = malloc(offset + length + 1);
            if (block == NULL)
                abort();
            for (size_t i = 0; i < offset + length; i++) {
                random = random * 1664525u + 1013904223u;
                block[i] = (uint8_t)(random >> 24);
            }
            const uint8_t *data = block + offset;
            uint32_t wanted = reference(random, data, length);
            char what[64];
            snprintf(what, sizeof what, "length %zu, offset %zu", length, offset);
            expect(what, crc32c_update(random, data, length), wanted);
            size_t cut = length == 0 ? 0 : random % length;
            expect("in two parts", crc32c_update(crc32c_update(random, data, cut), data + cut, length - cut), wanted);
            uint32_t first = crc32c_update(0, data, cut);
            uint32_t second = crc32c_update(0, data + cut, length - cut);
            expect("combined", crc32c_combine(first, second, length - cut), reference(0, data, length));
            free(block);
        }
    }
}

/* Combining with a length that no buffer has. The polynomial is x + 1 times a primitive one of degree 31, so x has
 * order 2^31 - 1: lengths count modulo that. */
static void
huge_lengths_combine(void)
{
    uint64_t order = (UINT64_C(1) << 31) - 1;
    expect("a whole period", crc32c_combine(0xdeadbeefu, 0x1234u, order), 0xdeadbeefu ^ 0x1234u);
    expect("a period and a byte", crc32c_combine(0xdeadbeefu, 7, order + 1), crc32c_combine(0xdeadbeefu, 7, 1));
    expect("2^64 - 1 is 3 above a multiple", crc32c_combine(0xdeadbeefu, 7, UINT64_MAX),
           crc32c_combine(0xdeadbeefu, 7, 3));
}

int
main(void)
{
    known_vectors();
    against_the_reference();
    huge_lengths_combine();
    if (failures != 0)
        return 1;
    puts("crc32c: known vectors, 301 lengths x 8 alignments, combine: ok");
    return 0;
}
