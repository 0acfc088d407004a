// Static link: what bytes_import.h declares, as plain calls of what bytes_cap.h declares, and the helpers of all of
// them. A handle is the pointer to the resource's representation. Callees own their arguments, so they get copies;
// results are handed over. Not for link-time optimisation: only that the calls cannot be seen through makes one side's
// struct readable as the other's.
#include "bytes_import.h"
#include "bytes_cap.h"
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(void *) == 4, "a handle holds a pointer");

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
copy_bytes_cap_list_u8(bytes_cap_list_u8_t *to, const bytes_import_list_u8_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(uint8_t));
    to->len = from->len;
}

static void
copy_bytes_cap_list_u64(bytes_cap_list_u64_t *to, const bytes_import_list_u64_t *from)
{
    to->ptr = copy_memory(from->ptr, from->len * sizeof *to->ptr, _Alignof(uint64_t));
    to->len = from->len;
}

// digest.update(value: u32, data: list<u8>) -> u32
uint32_t
golden_bytes_digest_update(uint32_t value, bytes_import_list_u8_t *data)
{
    bytes_cap_list_u8_t copied_data;

    copy_bytes_cap_list_u8(&copied_data, data);
    return exports_golden_bytes_digest_update(value, &copied_data);
}

// digest.update-words(value: u32, words: list<u64>) -> u32
uint32_t
golden_bytes_digest_update_words(uint32_t value, bytes_import_list_u64_t *words)
{
    bytes_cap_list_u64_t copied_words;

    copy_bytes_cap_list_u64(&copied_words, words);
    return exports_golden_bytes_digest_update_words(value, &copied_words);
}

// digest.name() -> string
void
golden_bytes_digest_name(bytes_import_string_t *ret)
{
    exports_golden_bytes_digest_name((void *)ret);
}

// digest.reset()
void
golden_bytes_digest_reset(void)
{
    exports_golden_bytes_digest_reset();
}

// digest.scale(factor: f32, offset: s16, wide: bool, letter: char) -> f64
double
golden_bytes_digest_scale(float factor, int16_t offset, bool wide, uint32_t letter)
{
    return exports_golden_bytes_digest_scale(factor, offset, wide, letter);
}

void
bytes_import_string_set(bytes_import_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
bytes_import_string_dup(bytes_import_string_t *ret, const char *s)
{
    bytes_import_string_dup_n(ret, s, strlen(s));
}

void
bytes_import_string_dup_n(bytes_import_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
bytes_import_string_free(bytes_import_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
bytes_import_list_u8_free(bytes_import_list_u8_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
bytes_import_list_u64_free(bytes_import_list_u64_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
bytes_cap_string_set(bytes_cap_string_t *ret, const char *s)
{
    ret->ptr = (uint8_t *)s;
    ret->len = strlen(s);
}

void
bytes_cap_string_dup(bytes_cap_string_t *ret, const char *s)
{
    bytes_cap_string_dup_n(ret, s, strlen(s));
}

void
bytes_cap_string_dup_n(bytes_cap_string_t *ret, const char *s, size_t len)
{
    // An empty string has a pointer that is not NULL and not to be freed.
    ret->ptr = cabi_realloc(NULL, 0, 1, len);
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
bytes_cap_string_free(bytes_cap_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
    ret->ptr = NULL;
    ret->len = 0;
}

void
bytes_cap_list_u8_free(bytes_cap_list_u8_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

void
bytes_cap_list_u64_free(bytes_cap_list_u64_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}
