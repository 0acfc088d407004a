/* memchr, memrchr, memcmp and strlen by SIMD, in place of wasi-libc's, which go byte by byte or word by word. CPython finds,
 * splits, compares and hashes by them, and DuckDB sorts by memcmp.
 *
 * A line is 16 bytes at an address that 16 divides. Whole lines are read, also where the range begins or ends inside of one:
 * a line with one byte in memory is in memory as a whole. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <wasm_simd128.h>

/* What is defined here must not be compiled to a call of itself. */
#define SEARCH __attribute__((target("simd128"), no_builtin("memchr", "memcmp", "strlen")))
#define PART static inline __attribute__((target("simd128"), always_inline))

enum { LINE = 16, BATCH = 4 };

PART const v128_t *
line_of(const unsigned char *byte)
{
    return (const v128_t *)((uintptr_t)byte & ~(uintptr_t)(LINE - 1));
}

PART unsigned
offset_in_line(const unsigned char *byte)
{
    return (uintptr_t)byte & (LINE - 1);
}

/* Which bytes of a line are equal to those of `wanted`, as bits, the first byte's lowest. */
PART uint32_t
equal_bytes(const v128_t *line, v128_t wanted)
{
    return wasm_i8x16_bitmask(wasm_i8x16_eq(*line, wanted));
}

PART int
any_in_batch(const v128_t *lines, v128_t wanted)
{
    v128_t found = wasm_i8x16_eq(lines[0], wanted);
    for (int i = 1; i < BATCH; i++)
        found = wasm_v128_or(found, wasm_i8x16_eq(lines[i], wanted));
    return wasm_v128_any_true(found);
}

SEARCH void *
memchr(const void *memory, int wanted_byte, size_t length)
{
    if (length == 0)
        return NULL;
    const unsigned char *first = memory, *last = first + length - 1;
    if (last < first) /* As for a caller who knows that the byte is there, and says SIZE_MAX. */
        last = (const unsigned char *)UINTPTR_MAX;
    const v128_t wanted = wasm_i8x16_splat((int8_t)wanted_byte);
    const v128_t *line = line_of(first), *last_line = line_of(last);
    uint32_t found = equal_bytes(line, wanted) & (0xffffu << offset_in_line(first));

    while (found == 0) {
        if (line == last_line)
            return NULL;
        line++;
        while (last_line - line >= BATCH && !any_in_batch(line, wanted))
            line += BATCH;
        found = equal_bytes(line, wanted);
    }
    const unsigned char *byte = (const unsigned char *)line + __builtin_ctz(found);
    return byte <= last ? (void *)byte : NULL;
}

SEARCH void *
memrchr(const void *memory, int wanted_byte, size_t length)
{
    if (length == 0)
        return NULL;
    const unsigned char *first = memory, *last = first + length - 1;
    const v128_t wanted = wasm_i8x16_splat((int8_t)wanted_byte);
    const v128_t *line = line_of(last), *first_line = line_of(first);
    uint32_t found = equal_bytes(line, wanted) & (0xffffu >> (LINE - 1 - offset_in_line(last)));

    while (found == 0) {
        if (line == first_line)
            return NULL;
        line--;
        while (line - first_line >= BATCH && !any_in_batch(line - (BATCH - 1), wanted))
            line -= BATCH;
        found = equal_bytes(line, wanted);
    }
    const unsigned char *byte = (const unsigned char *)line + (31 - __builtin_clz(found));
    return byte >= first ? (void *)byte : NULL;
}

SEARCH size_t
strlen(const char *string)
{
    const unsigned char *first = (const unsigned char *)string;
    const v128_t zero = wasm_i8x16_splat(0);
    const v128_t *line = line_of(first);
    uint32_t found = equal_bytes(line, zero) & (0xffffu << offset_in_line(first));

    while (found == 0)
        found = equal_bytes(++line, zero);
    return (size_t)((const unsigned char *)line + __builtin_ctz(found) - first);
}

PART int
batches_differ(const unsigned char *a, const unsigned char *b)
{
    v128_t bits = wasm_i8x16_splat(0);
    for (int i = 0; i < BATCH * LINE; i += LINE) {
        v128_t differing = wasm_v128_xor(wasm_v128_load(a + i), wasm_v128_load(b + i));
        bits = wasm_v128_or(bits, differing);
    }
    return wasm_v128_any_true(bits);
}

SEARCH int
memcmp(const void *one, const void *other, size_t length)
{
    const unsigned char *a = one, *b = other;

    for (; length >= BATCH * LINE && !batches_differ(a, b); length -= BATCH * LINE) {
        a += BATCH * LINE;
        b += BATCH * LINE;
    }
    for (; length >= LINE; a += LINE, b += LINE, length -= LINE) {
        uint32_t same = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(a), wasm_v128_load(b)));
        if (same != 0xffff) {
            int at = __builtin_ctz(~same);
            return a[at] - b[at];
        }
    }
    if (length >= sizeof(uint64_t)) {
        uint64_t left, right;
        memcpy(&left, a, sizeof left);
        memcpy(&right, b, sizeof right);
        if (left != right) {
            int at = __builtin_ctzll(left ^ right) / 8;
            return a[at] - b[at];
        }
        a += sizeof left;
        b += sizeof right;
        length -= sizeof left;
    }
    for (; length > 0; a++, b++, length--) {
        if (*a != *b)
            return *a - *b;
    }
    return 0;
}
