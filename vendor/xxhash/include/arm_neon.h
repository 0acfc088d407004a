/* What xxHash's path for SIMD calls, which is written in NEON, in vectors that clang has for every target: with -msimd128 each of
 * these is an instruction or two of wasm. */
#ifndef PYLON_XXHASH_ARM_NEON_H
#define PYLON_XXHASH_ARM_NEON_H

#include <stdint.h>

typedef uint8_t uint8x16_t __attribute__((vector_size(16)));
typedef uint32_t uint32x2_t __attribute__((vector_size(8)));
typedef uint32_t uint32x4_t __attribute__((vector_size(16)));
typedef uint64_t uint64x2_t __attribute__((vector_size(16)));
typedef struct {
    uint32x4_t val[2];
} uint32x4x2_t;

static inline uint8x16_t
vld1q_u8(const uint8_t *from)
{
    uint8x16_t vector;
    __builtin_memcpy(&vector, from, sizeof vector);
    return vector;
}

static inline uint64x2_t
vreinterpretq_u64_u8(uint8x16_t vector)
{
    return (uint64x2_t)vector;
}

static inline uint32x4_t
vreinterpretq_u32_u64(uint64x2_t vector)
{
    return (uint32x4_t)vector;
}

static inline uint64x2_t
veorq_u64(uint64x2_t one, uint64x2_t other)
{
    return one ^ other;
}

static inline uint64x2_t
vaddq_u64(uint64x2_t one, uint64x2_t other)
{
    return one + other;
}

#define vshrq_n_u64(vector, bits) ((vector) >> (bits))

/* The lanes behind `from` of both. */
#define vextq_u64(one, other, from) __builtin_shufflevector(one, other, from, (from) + 1)

/* The even lanes of both, and the odd ones. */
static inline uint32x4x2_t
vuzpq_u32(uint32x4_t one, uint32x4_t other)
{
    return (uint32x4x2_t){{
        __builtin_shufflevector(one, other, 0, 2, 4, 6),
        __builtin_shufflevector(one, other, 1, 3, 5, 7),
    }};
}

static inline uint32x2_t
vget_low_u32(uint32x4_t vector)
{
    return __builtin_shufflevector(vector, vector, 0, 1);
}

static inline uint32x2_t
vget_high_u32(uint32x4_t vector)
{
    return __builtin_shufflevector(vector, vector, 2, 3);
}

/* The low halves of the lanes. */
static inline uint32x2_t
vmovn_u64(uint64x2_t vector)
{
    return __builtin_convertvector(vector, uint32x2_t);
}

#define vshrn_n_u64(vector, bits) vmovn_u64((vector) >> (bits))

/* The sum and the products, of twice the bits. */
static inline uint64x2_t
vmlal_u32(uint64x2_t sum, uint32x2_t one, uint32x2_t other)
{
    return sum + __builtin_convertvector(one, uint64x2_t) * __builtin_convertvector(other, uint64x2_t);
}

#endif
