/* GHASH in constant time: in place of OpenSSL's, which without assembler looks up 4-bit tables at addresses that
 * depend on secrets (`-DGHASH_ASM` in vendor/openssl/vendor.toml leaves it out).
 *
 * A block is a polynomial of GF(2^128); the highest bit of its first byte is its constant term (NIST SP 800-38D,
 * 6.3). OpenSSL hands over the products of H and each half of a byte. They are kept by bytes, the j-th of all
 * sixteen in one register, in which all halves of the bytes of a block are looked up at once: what that gives stands
 * in the product j bytes further than in the block. */
#include <stddef.h>
#include <stdint.h>

#include <wasm_simd128.h>

/* OpenSSL's u128: 64 bits each in the processor's order. */
typedef struct {
    uint64_t high, low;
} product_t;

/* libcrypto calls these; no header of its own that is installed has them. */
void gcm_gmult_4bit(uint64_t xi[2], const product_t table[16]);
void gcm_ghash_4bit(uint64_t xi[2], const product_t table[16], const uint8_t *in, size_t length);

typedef struct {
    v128_t byte[16];
} by_bytes_t;

#define LOW_NIBBLES wasm_i8x16_const_splat(0x0f)
#define ADD(a, b) wasm_v128_xor(a, b)

/* Behind the block there are 16 more bytes of the product; x^128 is 1 + x + x^2 + x^7. What a byte there comes to in
 * the byte that is 16 before it, and in the next one, by its lower and higher half. */
#define HERE_LOW                                                                                                       \
    wasm_u8x16_const(0x00, 0x01, 0x03, 0x02, 0x07, 0x06, 0x04, 0x05,                                                   \
                     0x0e, 0x0f, 0x0d, 0x0c, 0x09, 0x08, 0x0a, 0x0b)
#define HERE_HIGH                                                                                                      \
    wasm_u8x16_const(0x00, 0x1c, 0x38, 0x24, 0x70, 0x6c, 0x48, 0x54,                                                   \
                     0xe1, 0xfd, 0xd9, 0xc5, 0x91, 0x8d, 0xa9, 0xb5)
#define NEXT_LOW                                                                                                       \
    wasm_u8x16_const(0x00, 0xc2, 0x84, 0x46, 0x08, 0xca, 0x8c, 0x4e,                                                   \
                     0x10, 0xd2, 0x94, 0x56, 0x18, 0xda, 0x9c, 0x5e)
#define NEXT_HIGH                                                                                                      \
    wasm_u8x16_const(0x00, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0, 0xe0,                                                   \
                     0x00, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0, 0xe0)
#define OF_HALVES(bytes, low, high)                                                                                    \
    ADD(wasm_i8x16_swizzle(low, wasm_v128_and(bytes, LOW_NIBBLES)), wasm_i8x16_swizzle(high, wasm_u8x16_shr(bytes, 4)))

/* Bytes moved up by one, with the last of `before` in front. */
#define UP_BEHIND(before, bytes)                                                                                       \
    wasm_i8x16_shuffle(before, bytes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
#define NOTHING wasm_i8x16_const_splat(0)

/* Rows become columns. */
static void
transpose(by_bytes_t *table)
{
    v128_t *rows = table->byte;
    for (int stage = 0; stage < 4; stage++) {
        v128_t next[16];
        for (int i = 0; i < 8; i++) {
            v128_t one = rows[i], other = rows[i + 8];
            next[2 * i] = wasm_i8x16_shuffle(one, other, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            next[2 * i + 1] =
                wasm_i8x16_shuffle(one, other, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
        for (int i = 0; i < 16; i++)
            rows[i] = next[i];
    }
}

static by_bytes_t
by_bytes(const product_t table[16])
{
    by_bytes_t made;
    for (int n = 0; n < 16; n++)
        made.byte[n] = wasm_u64x2_make(__builtin_bswap64(table[n].high), __builtin_bswap64(table[n].low));
    transpose(&made);
    return made;
}

/* The product of a block and H. */
static inline v128_t
times(v128_t block, const by_bytes_t *table)
{
    v128_t high = wasm_u8x16_shr(block, 4), low = wasm_v128_and(block, LOW_NIBBLES);
    v128_t of_high = NOTHING, behind_high = NOTHING, of_low = NOTHING, behind_low = NOTHING;
#pragma clang loop unroll(full)
    for (int j = 15; j >= 0; j--) {
        behind_high = UP_BEHIND(of_high, behind_high);
        of_high = ADD(UP_BEHIND(NOTHING, of_high), wasm_i8x16_swizzle(table->byte[j], high));
        behind_low = UP_BEHIND(of_low, behind_low);
        of_low = ADD(UP_BEHIND(NOTHING, of_low), wasm_i8x16_swizzle(table->byte[j], low));
    }
    /* What comes of lower halves belongs four bits further. */
    v128_t over = wasm_i8x16_shl(of_low, 4), over_behind = wasm_i8x16_shl(behind_low, 4);
    v128_t product = ADD(ADD(of_high, wasm_u8x16_shr(of_low, 4)), UP_BEHIND(NOTHING, over));
    v128_t behind = ADD(ADD(behind_high, wasm_u8x16_shr(behind_low, 4)), UP_BEHIND(over, over_behind));
    /* What the last byte behind adds to a next one is again behind the product. */
    v128_t last = UP_BEHIND(OF_HALVES(behind, NEXT_LOW, NEXT_HIGH), NOTHING);
    behind = ADD(behind, last);
    v128_t here = OF_HALVES(behind, HERE_LOW, HERE_HIGH), next = OF_HALVES(behind, NEXT_LOW, NEXT_HIGH);
    return ADD(ADD(product, here), UP_BEHIND(NOTHING, next));
}

void
gcm_gmult_4bit(uint64_t xi[2], const product_t products[16])
{
    by_bytes_t table = by_bytes(products);
    wasm_v128_store(xi, times(wasm_v128_load(xi), &table));
}

/* `length` is a multiple of 16. */
void
gcm_ghash_4bit(uint64_t xi[2], const product_t products[16], const uint8_t *in, size_t length)
{
    by_bytes_t table = by_bytes(products);
    v128_t sum = wasm_v128_load(xi);
    for (; length >= 16; length -= 16, in += 16)
        sum = times(ADD(sum, wasm_v128_load(in)), &table);
    wasm_v128_store(xi, sum);
}
