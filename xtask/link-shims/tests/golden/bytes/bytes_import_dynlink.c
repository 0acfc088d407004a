// Link shim for dynlink: what bytes_import.h declares, as calls of a provider. A call that fails leaves an error
// pending (link_failed()) and returns zeros. Arguments stay the caller's; results are the caller's, from malloc.
#include "bytes_import.h"
#include <stdlib.h>
#include <string.h>
#include "link.h"

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

static const char *const provider_cap_interfaces[] = {"golden:bytes/digest@0.1.0", NULL};
static struct link_provider provider_cap = {.id = "cap", .interfaces = provider_cap_interfaces};

// Resolves what this world imports. Idempotent. False: the caller frees the error.
bool bytes_import_open(struct link_error *error);

bool
bytes_import_open(struct link_error *error)
{
    return link_open(&provider_cap, error);
}

// digest.update(value: u32, data: list<u8>) -> u32
uint32_t
golden_bytes_digest_update(uint32_t value, bytes_import_list_u8_t *data)
{
    struct link_call call;
    uint32_t result = 0;

    link_begin(&call, &provider_cap, LINK_METHOD("digest.update"), 2);
    cbor_write_unsigned(&call.arguments, value);
    cbor_write_bytes(&call.arguments, data->ptr, data->len);
    if (link_send(&call))
        cbor_read_u32(&call.reply, &result);
    if (!link_end(&call)) {
        result = 0;
    }
    return result;
}

// digest.update-words(value: u32, words: list<u64>) -> u32
uint32_t
golden_bytes_digest_update_words(uint32_t value, bytes_import_list_u64_t *words)
{
    struct link_call call;
    uint32_t result = 0;

    link_begin(&call, &provider_cap, LINK_METHOD("digest.update-words"), 2);
    cbor_write_unsigned(&call.arguments, value);
    cbor_write_typed_array(&call.arguments, CBOR_U64, words->ptr, words->len, sizeof *words->ptr);
    if (link_send(&call))
        cbor_read_u32(&call.reply, &result);
    if (!link_end(&call)) {
        result = 0;
    }
    return result;
}

// digest.name() -> string
void
golden_bytes_digest_name(bytes_import_string_t *ret)
{
    struct link_call call;

    memset(ret, 0, sizeof *ret);
    link_begin(&call, &provider_cap, LINK_METHOD("digest.name"), 0);
    if (link_send(&call))
        cbor_read_text(&call.reply, &ret->ptr, &ret->len);
    if (!link_end(&call)) {
        bytes_import_string_free(ret);
        memset(ret, 0, sizeof *ret);
    }
}

// digest.reset()
void
golden_bytes_digest_reset(void)
{
    struct link_call call;

    link_begin(&call, &provider_cap, LINK_METHOD("digest.reset"), 0);
    if (link_send(&call))
        cbor_read_null(&call.reply);
    link_end(&call);
}

// digest.scale(factor: f32, offset: s16, wide: bool, letter: char) -> f64
double
golden_bytes_digest_scale(float factor, int16_t offset, bool wide, uint32_t letter)
{
    struct link_call call;
    double result = 0;

    link_begin(&call, &provider_cap, LINK_METHOD("digest.scale"), 4);
    cbor_write_float(&call.arguments, factor);
    cbor_write_signed(&call.arguments, offset);
    cbor_write_bool(&call.arguments, wide);
    cbor_write_unsigned(&call.arguments, letter);
    if (link_send(&call))
        cbor_read_f64(&call.reply, &result);
    if (!link_end(&call)) {
        result = 0;
    }
    return result;
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
