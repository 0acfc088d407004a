// What results_cap.h declares for a cap to define, as calls of its implementation in Rust, whose functions are those of
// the canonical ABI. They own their arguments, and what they return is the caller's: both sides have one malloc().
#include "results_cap.h"
#include <string.h>

_Static_assert(sizeof(void *) == 4, "an address is an i32");
void *cabi_realloc(void *memory, size_t old_size, size_t alignment, size_t size);

const void *rust_answers_both(int32_t, int32_t)
    __asm__("rust:golden:results/answers@0.1.0#both");

// answers.both(data: bytes) -> result<bytes, failure>
bool
exports_golden_results_answers_both(exports_golden_results_answers_bytes_t *data,
                                    exports_golden_results_answers_bytes_t *ret,
                                    exports_golden_results_answers_failure_t *err)
{
    struct {
        bool is_err;
        union {
            exports_golden_results_answers_bytes_t ok;
            exports_golden_results_answers_failure_t err;
        } val;
    } result;
    memcpy(&result, rust_answers_both((int32_t)(intptr_t)data->ptr, (int32_t)data->len), sizeof result);
    if (!result.is_err)
        *ret = result.val.ok;
    if (result.is_err)
        *err = result.val.err;
    return !result.is_err;
}

const void *rust_answers_only_ok(void)
    __asm__("rust:golden:results/answers@0.1.0#only-ok");

// answers.only-ok() -> result<u32>
bool
exports_golden_results_answers_only_ok(uint32_t *ret)
{
    struct {
        bool is_err;
        union {
            uint32_t ok;
        } val;
    } result;
    memcpy(&result, rust_answers_only_ok(), sizeof result);
    if (!result.is_err)
        *ret = result.val.ok;
    return !result.is_err;
}

const void *rust_answers_only_err(int32_t)
    __asm__("rust:golden:results/answers@0.1.0#only-err");

// answers.only-err(code: u16) -> result<_, failure>
bool
exports_golden_results_answers_only_err(uint16_t code, exports_golden_results_answers_failure_t *err)
{
    struct {
        bool is_err;
        union {
            exports_golden_results_answers_failure_t err;
        } val;
    } result;
    memcpy(&result, rust_answers_only_err((int32_t)code), sizeof result);
    if (result.is_err)
        *err = result.val.err;
    return !result.is_err;
}

int32_t rust_answers_neither(void)
    __asm__("rust:golden:results/answers@0.1.0#neither");

// answers.neither() -> result
bool
exports_golden_results_answers_neither(void)
{
    return rust_answers_neither() == 0;
}

const void *rust_answers_find(int32_t, int32_t, int32_t, int32_t, int32_t)
    __asm__("rust:golden:results/answers@0.1.0#find");

// answers.find(key: option<string>, default: option<u32>) -> option<string>
bool
exports_golden_results_answers_find(results_cap_string_t *maybe_key, uint32_t *maybe_default_,
                                    results_cap_string_t *ret)
{
    int32_t lowered_0 = 0;
    int32_t lowered_1 = 0;
    if (maybe_key != NULL) {
        lowered_0 = (int32_t)(intptr_t)maybe_key->ptr;
        lowered_1 = (int32_t)maybe_key->len;
    }
    int32_t lowered_2 = 0;
    if (maybe_default_ != NULL) {
        lowered_2 = (int32_t)*maybe_default_;
    }
    struct {
        bool is_some;
        results_cap_string_t val;
    } result;
    memcpy(&result, rust_answers_find(maybe_key != NULL, lowered_0, lowered_1, maybe_default_ != NULL, lowered_2),
           sizeof result);
    if (result.is_some)
        *ret = result.val;
    return result.is_some;
}

const void *rust_answers_nested(int32_t, int32_t)
    __asm__("rust:golden:results/answers@0.1.0#nested");

// answers.nested(items: list<result<u8, string>>) -> option<result<u8, string>>
bool
exports_golden_results_answers_nested(exports_golden_results_answers_list_result_u8_string_t *items,
                                      exports_golden_results_answers_result_u8_string_t *ret)
{
    struct {
        bool is_some;
        exports_golden_results_answers_result_u8_string_t val;
    } result;
    memcpy(&result, rust_answers_nested((int32_t)(intptr_t)items->ptr, (int32_t)items->len), sizeof result);
    if (result.is_some)
        *ret = result.val;
    return result.is_some;
}

void rust_answers_words(int32_t, int32_t, int32_t, int32_t)
    __asm__("rust:golden:results/answers@0.1.0#words");

// answers.words(call: u8, int: u8, ret: u8, err: u8)
void
exports_golden_results_answers_words(uint8_t call_, uint8_t int_, uint8_t ret_, uint8_t err_)
{
    rust_answers_words((int32_t)call_, (int32_t)int_, (int32_t)ret_, (int32_t)err_);
}
