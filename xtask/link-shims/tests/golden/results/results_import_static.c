// Static link: what results_import.h declares, as plain calls of what results_cap.h declares, and the helpers of all of
// them. A handle is the pointer to the resource's representation. Callees own their arguments, so they get copies;
// results are handed over. Not for link-time optimisation: only that the calls cannot be seen through makes one side's
// struct readable as the other's.
#include "results_import.h"
#include "results_cap.h"
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(void *) == 4, "a handle holds a pointer");
_Static_assert(sizeof(golden_results_answers_failure_t) == sizeof(exports_golden_results_answers_failure_t), "failure");
_Static_assert(sizeof(golden_results_answers_bytes_t) == sizeof(exports_golden_results_answers_bytes_t), "bytes");

void *cabi_realloc(void *ptr, size_t old_size, size_t align, size_t new_size);

__attribute__((weak)) void *
cabi_realloc(void *ptr, size_t old_size, size_t align, size_t new_size)
{
    (void)old_size;
    if (new_size == 0)
        return (void *)align;
    void *memory = realloc(ptr, new_size);
    if (memory == NULL)
        abort();
    return memory;
}

// Memory like that of an argument which crossed a component's boundary.
static void *
copy_memory(const void *from, size_t size, size_t alignment)
{
    void *to = cabi_realloc(NULL, 0, alignment, size);

    if (size > 0)
        memcpy(to, from, size);
    return to;
}

static void
copy_golden_results_answers_bytes(exports_golden_results_answers_bytes_t *to,
                                  const golden_results_answers_bytes_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(uint8_t));
    to->len = from->len;
}

static void
copy_results_cap_string(results_cap_string_t *to, const results_import_string_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len, 1);
    to->len = from->len;
}

static void
copy_golden_results_answers_result_u8_string(exports_golden_results_answers_result_u8_string_t *to,
                                             const golden_results_answers_result_u8_string_t *from)
{
    memcpy(to, from, sizeof *to);
    if (from->is_err)
        copy_results_cap_string(&to->val.err, &from->val.err);
}

static void
copy_golden_results_answers_list_result_u8_string(exports_golden_results_answers_list_result_u8_string_t *to,
                                                  const golden_results_answers_list_result_u8_string_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr,
                          _Alignof(exports_golden_results_answers_result_u8_string_t));
    to->len = from->len;
    for (size_t i = 0; i < from->len; i++)
        copy_golden_results_answers_result_u8_string(&to->ptr[i], &from->ptr[i]);
}

// answers.both(data: bytes) -> result<bytes, failure>
bool
golden_results_answers_both(golden_results_answers_bytes_t *data, golden_results_answers_bytes_t *ret,
                            golden_results_answers_failure_t *err)
{
    exports_golden_results_answers_bytes_t copied_data;

    copy_golden_results_answers_bytes(&copied_data, data);
    return exports_golden_results_answers_both(&copied_data, (void *)ret, (void *)err);
}

// answers.only-ok() -> result<u32>
bool
golden_results_answers_only_ok(uint32_t *ret)
{
    return exports_golden_results_answers_only_ok((void *)ret);
}

// answers.only-err(code: u16) -> result<_, failure>
bool
golden_results_answers_only_err(uint16_t code, golden_results_answers_failure_t *err)
{
    return exports_golden_results_answers_only_err(code, (void *)err);
}

// answers.neither() -> result
bool
golden_results_answers_neither(void)
{
    return exports_golden_results_answers_neither();
}

// answers.find(key: option<string>, default: option<u32>) -> option<string>
bool
golden_results_answers_find(results_import_string_t *maybe_key, uint32_t *maybe_default_, results_import_string_t *ret)
{
    results_cap_string_t copied_key;
    uint32_t copied_default_;

    if (maybe_key != NULL)
        copy_results_cap_string(&copied_key, maybe_key);
    if (maybe_default_ != NULL)
        memcpy(&copied_default_, maybe_default_, sizeof copied_default_);
    return exports_golden_results_answers_find(maybe_key != NULL ? &copied_key : NULL,
                                               maybe_default_ != NULL ? &copied_default_ : NULL, (void *)ret);
}

// answers.nested(items: list<result<u8, string>>) -> option<result<u8, string>>
bool
golden_results_answers_nested(golden_results_answers_list_result_u8_string_t *items,
                              golden_results_answers_result_u8_string_t *ret)
{
    exports_golden_results_answers_list_result_u8_string_t copied_items;

    copy_golden_results_answers_list_result_u8_string(&copied_items, items);
    return exports_golden_results_answers_nested(&copied_items, (void *)ret);
}

// answers.words(call: u8, int: u8, ret: u8, err: u8)
void
golden_results_answers_words(uint8_t call_, uint8_t int_, uint8_t ret_, uint8_t err_)
{
    exports_golden_results_answers_words(call_, int_, ret_, err_);
}

void
results_import_string_set(results_import_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
results_import_string_dup(results_import_string_t *ret, const char *s)
{
    results_import_string_dup_n(ret, s, strlen(s));
}

void
results_import_string_dup_n(results_import_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
results_import_string_free(results_import_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
results_import_option_string_free(results_import_option_string_t *ptr)
{
    if (ptr->is_some)
        results_import_string_free(&ptr->val);
}

void
golden_results_answers_failure_free(golden_results_answers_failure_t *ptr)
{
    results_import_option_string_free(&ptr->message);
}

void
golden_results_answers_bytes_free(golden_results_answers_bytes_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_results_answers_result_bytes_failure_free(golden_results_answers_result_bytes_failure_t *ptr)
{
    if (ptr->is_err)
        golden_results_answers_failure_free(&ptr->val.err);
    if (!ptr->is_err)
        golden_results_answers_bytes_free(&ptr->val.ok);
}

void
golden_results_answers_result_u32_void_free(golden_results_answers_result_u32_void_t *ptr)
{
    (void)ptr; // holds nothing
}

void
golden_results_answers_result_void_failure_free(golden_results_answers_result_void_failure_t *ptr)
{
    if (ptr->is_err)
        golden_results_answers_failure_free(&ptr->val.err);
}

void
golden_results_answers_result_void_void_free(golden_results_answers_result_void_void_t *ptr)
{
    (void)ptr; // holds nothing
}

void
results_import_option_u32_free(results_import_option_u32_t *ptr)
{
    (void)ptr; // holds nothing
}

void
golden_results_answers_result_u8_string_free(golden_results_answers_result_u8_string_t *ptr)
{
    if (ptr->is_err)
        results_import_string_free(&ptr->val.err);
}

void
golden_results_answers_list_result_u8_string_free(golden_results_answers_list_result_u8_string_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        golden_results_answers_result_u8_string_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
golden_results_answers_option_result_u8_string_free(golden_results_answers_option_result_u8_string_t *ptr)
{
    if (ptr->is_some)
        golden_results_answers_result_u8_string_free(&ptr->val);
}

void
results_cap_string_set(results_cap_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
results_cap_string_dup(results_cap_string_t *ret, const char *s)
{
    results_cap_string_dup_n(ret, s, strlen(s));
}

void
results_cap_string_dup_n(results_cap_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
results_cap_string_free(results_cap_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
results_cap_option_string_free(results_cap_option_string_t *ptr)
{
    if (ptr->is_some)
        results_cap_string_free(&ptr->val);
}

void
exports_golden_results_answers_failure_free(exports_golden_results_answers_failure_t *ptr)
{
    results_cap_option_string_free(&ptr->message);
}

void
exports_golden_results_answers_bytes_free(exports_golden_results_answers_bytes_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
exports_golden_results_answers_result_bytes_failure_free(exports_golden_results_answers_result_bytes_failure_t *ptr)
{
    if (ptr->is_err)
        exports_golden_results_answers_failure_free(&ptr->val.err);
    if (!ptr->is_err)
        exports_golden_results_answers_bytes_free(&ptr->val.ok);
}

void
exports_golden_results_answers_result_u32_void_free(exports_golden_results_answers_result_u32_void_t *ptr)
{
    (void)ptr; // holds nothing
}

void
exports_golden_results_answers_result_void_failure_free(exports_golden_results_answers_result_void_failure_t *ptr)
{
    if (ptr->is_err)
        exports_golden_results_answers_failure_free(&ptr->val.err);
}

void
exports_golden_results_answers_result_void_void_free(exports_golden_results_answers_result_void_void_t *ptr)
{
    (void)ptr; // holds nothing
}

void
results_cap_option_u32_free(results_cap_option_u32_t *ptr)
{
    (void)ptr; // holds nothing
}

void
exports_golden_results_answers_result_u8_string_free(exports_golden_results_answers_result_u8_string_t *ptr)
{
    if (ptr->is_err)
        results_cap_string_free(&ptr->val.err);
}

void
exports_golden_results_answers_list_result_u8_string_free(exports_golden_results_answers_list_result_u8_string_t *ptr)
{
    for (size_t i = 0; i < ptr->len; i++)
        exports_golden_results_answers_result_u8_string_free(&ptr->ptr[i]);
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
exports_golden_results_answers_option_result_u8_string_free(
    exports_golden_results_answers_option_result_u8_string_t *ptr)
{
    if (ptr->is_some)
        exports_golden_results_answers_result_u8_string_free(&ptr->val);
}
