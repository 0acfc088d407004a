/* The contract wit/xxhash over xxHash. What arrives is owned and is freed here; what is returned belongs to the caller. */
#include "xxhash_cap.h"

#include <stdlib.h>

#define XXH_STATIC_LINKING_ONLY /* the states are known, and are part of ours */
#include "xxhash.h"

typedef exports_xxhash_xxhash_api_algorithm_t algorithm_t;
typedef exports_xxhash_xxhash_api_value_t value_t;
typedef exports_xxhash_xxhash_api_hasher_t hasher_t;
typedef exports_xxhash_xxhash_api_own_hasher_t own_hasher_t;
typedef exports_xxhash_xxhash_api_borrow_hasher_t borrow_hasher_t;

enum {
    OF_32 = EXPORTS_XXHASH_XXHASH_API_ALGORITHM_XXH32,
    OF_64 = EXPORTS_XXHASH_XXHASH_API_ALGORITHM_XXH64,
    XXH3_OF_64 = EXPORTS_XXHASH_XXHASH_API_ALGORITHM_XXH3,
    XXH3_OF_128 = EXPORTS_XXHASH_XXHASH_API_ALGORITHM_XXH128,
};

struct exports_xxhash_xxhash_api_hasher_t {
    union {
        XXH3_state_t xxh3;
        XXH32_state_t xxh32;
        XXH64_state_t xxh64;
    };
    uint64_t seed;
    algorithm_t algorithm;
};

static value_t
value_of_64(uint64_t hash)
{
    return (value_t){.low = hash};
}

static value_t
value_of_128(XXH128_hash_t hash)
{
    return (value_t){.low = hash.low64, .high = hash.high64};
}

/* ---- The library, by algorithm ---- */

static value_t
hash(algorithm_t algorithm, uint64_t seed, const uint8_t *data, size_t length)
{
    switch (algorithm) {
    case OF_32:
        return value_of_64(XXH32(data, length, (XXH32_hash_t)seed));
    case OF_64:
        return value_of_64(XXH64(data, length, seed));
    case XXH3_OF_64:
        return value_of_64(XXH3_64bits_withSeed(data, length, seed));
    default:
        return value_of_128(XXH3_128bits_withSeed(data, length, seed));
    }
}

static void
reset(hasher_t *self)
{
    switch (self->algorithm) {
    case OF_32:
        XXH32_reset(&self->xxh32, (XXH32_hash_t)self->seed);
        break;
    case OF_64:
        XXH64_reset(&self->xxh64, self->seed);
        break;
    case XXH3_OF_64:
        XXH3_64bits_reset_withSeed(&self->xxh3, self->seed);
        break;
    case XXH3_OF_128:
        XXH3_128bits_reset_withSeed(&self->xxh3, self->seed);
        break;
    }
}

static void
update(hasher_t *self, const uint8_t *data, size_t length)
{
    switch (self->algorithm) {
    case OF_32:
        XXH32_update(&self->xxh32, data, length);
        break;
    case OF_64:
        XXH64_update(&self->xxh64, data, length);
        break;
    case XXH3_OF_64:
        XXH3_64bits_update(&self->xxh3, data, length);
        break;
    case XXH3_OF_128:
        XXH3_128bits_update(&self->xxh3, data, length);
        break;
    }
}

static value_t
digest(const hasher_t *self)
{
    switch (self->algorithm) {
    case OF_32:
        return value_of_64(XXH32_digest(&self->xxh32));
    case OF_64:
        return value_of_64(XXH64_digest(&self->xxh64));
    case XXH3_OF_64:
        return value_of_64(XXH3_64bits_digest(&self->xxh3));
    default:
        return value_of_128(XXH3_128bits_digest(&self->xxh3));
    }
}

/* ---- The contract ---- */

#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number

void
exports_xxhash_xxhash_api_version(xxhash_cap_string_t *ret)
{
    xxhash_cap_string_dup(ret, TEXT(XXH_VERSION_MAJOR) "." TEXT(XXH_VERSION_MINOR) "." TEXT(XXH_VERSION_RELEASE));
}

void
exports_xxhash_xxhash_api_hash(algorithm_t algorithm, uint64_t seed, xxhash_cap_list_u8_t *data, value_t *ret)
{
    *ret = hash(algorithm, seed, data->ptr, data->len);
    xxhash_cap_list_u8_free(data);
}

/* A hasher whose state is not set. NULL without memory. */
static hasher_t *
new_hasher(void)
{
    return aligned_alloc(_Alignof(hasher_t), sizeof(hasher_t));
}

bool
exports_xxhash_xxhash_api_static_hasher_create(algorithm_t algorithm, uint64_t seed, own_hasher_t *ret)
{
    hasher_t *self = new_hasher();
    if (self == NULL)
        return false;
    self->algorithm = algorithm;
    self->seed = seed;
    XXH3_INITSTATE(&self->xxh3);
    reset(self);
    *ret = exports_xxhash_xxhash_api_hasher_new(self);
    return true;
}

void
exports_xxhash_xxhash_api_method_hasher_update(borrow_hasher_t self, xxhash_cap_list_u8_t *data)
{
    update(self, data->ptr, data->len);
    xxhash_cap_list_u8_free(data);
}

void
exports_xxhash_xxhash_api_method_hasher_digest(borrow_hasher_t self, value_t *ret)
{
    *ret = digest(self);
}

bool
exports_xxhash_xxhash_api_method_hasher_copy(borrow_hasher_t self, own_hasher_t *ret)
{
    hasher_t *copy = new_hasher();
    if (copy == NULL)
        return false;
    *copy = *self;
    *ret = exports_xxhash_xxhash_api_hasher_new(copy);
    return true;
}

void
exports_xxhash_xxhash_api_method_hasher_reset(borrow_hasher_t self)
{
    reset(self);
}

void
exports_xxhash_xxhash_api_hasher_destructor(hasher_t *self)
{
    free(self);
}
