// What bytes_cap.h declares for a cap to define, as calls of its implementation in Rust, whose functions are those of
// the canonical ABI. They own their arguments, and what they return is the caller's: both sides have one malloc().
#include "bytes_cap.h"
#include <string.h>

_Static_assert(sizeof(void *) == 4, "an address is an i32");
void *cabi_realloc(void *memory, size_t old_size, size_t alignment, size_t size);

int32_t rust_digest_update(int32_t, int32_t, int32_t)
    __asm__("rust:golden:bytes/digest@0.1.0#update");

// digest.update(value: u32, data: list<u8>) -> u32
uint32_t
exports_golden_bytes_digest_update(uint32_t value, bytes_cap_list_u8_t *data)
{
    return (uint32_t)rust_digest_update((int32_t)value, (int32_t)(intptr_t)data->ptr, (int32_t)data->len);
}

int32_t rust_digest_update_words(int32_t, int32_t, int32_t)
    __asm__("rust:golden:bytes/digest@0.1.0#update-words");

// digest.update-words(value: u32, words: list<u64>) -> u32
uint32_t
exports_golden_bytes_digest_update_words(uint32_t value, bytes_cap_list_u64_t *words)
{
    return (uint32_t)rust_digest_update_words((int32_t)value, (int32_t)(intptr_t)words->ptr, (int32_t)words->len);
}

const void *rust_digest_name(void)
    __asm__("rust:golden:bytes/digest@0.1.0#name");

// digest.name() -> string
void
exports_golden_bytes_digest_name(bytes_cap_string_t *ret)
{
    memcpy(ret, rust_digest_name(), sizeof *ret);
}

void rust_digest_reset(void)
    __asm__("rust:golden:bytes/digest@0.1.0#reset");

// digest.reset()
void
exports_golden_bytes_digest_reset(void)
{
    rust_digest_reset();
}

double rust_digest_scale(float, int32_t, int32_t, int32_t)
    __asm__("rust:golden:bytes/digest@0.1.0#scale");

// digest.scale(factor: f32, offset: s16, wide: bool, letter: char) -> f64
double
exports_golden_bytes_digest_scale(float factor, int16_t offset, bool wide, uint32_t letter)
{
    return (double)rust_digest_scale((float)factor, (int32_t)offset, (int32_t)wide, (int32_t)letter);
}
