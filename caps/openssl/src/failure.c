/* Failures, texts and lists; the interface `error`. */
#include "common.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

/* The bytes of the character that begins at `p`, with `left` bytes there; 0: it is not well-formed UTF-8. */
static size_t
character(const uint8_t *p, size_t left)
{
    size_t length = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    /* Longer than needed, surrogates, beyond Unicode. */
    bool odd = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
               (p[0] == 0xf4 && p[1] > 0x8f);
    return odd ? 0 : length;
}

static bool
is_utf8(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0, step; i < length; i += step) {
        step = character(bytes + i, length - i);
        if (step == 0)
            return false;
    }
    return true;
}

text_t
text_of_bytes(const uint8_t *bytes, size_t length)
{
    text_t text = {NULL, 0};
    if (length > 0)
        text.ptr = malloc(2 * length);
    if (text.ptr == NULL)
        return text;
    bool plain = is_utf8(bytes, length);
    for (size_t i = 0; i < length; i++) {
        if (plain || bytes[i] < 0x80) {
            text.ptr[text.len++] = bytes[i];
        } else {
            text.ptr[text.len++] = 0xc0 | bytes[i] >> 6;
            text.ptr[text.len++] = 0x80 | (bytes[i] & 0x3f);
        }
    }
    return text;
}

text_t
text_of(const char *text)
{
    return text == NULL ? (text_t){NULL, 0} : text_of_bytes((const uint8_t *)text, strlen(text));
}

text_t
text_in(BIO *bio)
{
    char *written = NULL;
    long length = BIO_get_mem_data(bio, &written);
    return text_of_bytes((const uint8_t *)written, length > 0 ? (size_t)length : 0);
}

int
order_of_texts(const text_t *one, const text_t *other)
{
    int order = memcmp(one->ptr, other->ptr, one->len < other->len ? one->len : other->len);
    return order != 0 ? order : (one->len > other->len) - (one->len < other->len);
}

bool
bytes_new(bytes_t *bytes, size_t length)
{
    bytes->len = length;
    bytes->ptr = length == 0 ? NULL : malloc(length);
    return length == 0 || bytes->ptr != NULL;
}

void
forget(bytes_t *bytes)
{
    if (bytes->len > 0)
        OPENSSL_cleanse(bytes->ptr, bytes->len);
    openssl_cap_list_u8_free(bytes);
}

bool
take_name(text_t *text, char name[NAME_ROOM])
{
    bool fits = text->len < NAME_ROOM && (text->len == 0 || memchr(text->ptr, 0, text->len) == NULL);
    if (fits && text->len > 0)
        memcpy(name, text->ptr, text->len);
    name[fits ? text->len : 0] = '\0';
    openssl_cap_string_free(text);
    return fits;
}

bool
failed_by(failure_t *failure, exports_openssl_component_error_kind_t kind)
{
    memset(failure, 0, sizeof *failure);
    failure->kind = kind;
    ERR_clear_error();
    return false;
}

/* Empties the queue. A lack of memory is the reason of whatever was said after it. */
static bool
lacked_memory(void)
{
    bool lacked = false;
    for (unsigned long code; (code = ERR_get_error()) != 0;)
        lacked = lacked || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    return lacked;
}

bool
failed(failure_t *failure)
{
    const char *details = NULL;
    int flags = 0;
    unsigned long code = ERR_peek_last_error_all(NULL, NULL, NULL, &details, &flags);
    int reason = ERR_GET_REASON(code);
    bool unsupported = reason == ERR_R_UNSUPPORTED || reason == ERR_R_FETCH_FAILED;
    *failure = (failure_t){
        .kind = unsupported ? UNSUPPORTED : EXPORTS_OPENSSL_COMPONENT_ERROR_KIND_OPENSSL,
        .library = (uint32_t)ERR_GET_LIB(code),
        .reason = (uint32_t)reason,
        .library_text = text_of(ERR_lib_error_string(code)),
        .reason_text = text_of(ERR_reason_error_string(code)),
        .details = text_of((flags & ERR_TXT_STRING) != 0 ? details : NULL),
    };
    if (lacked_memory())
        failure->kind = NO_MEMORY;
    return false;
}

bool
settled(bool done, failure_t *failure)
{
    if (done)
        ERR_clear_error();
    return done || failed(failure);
}

BIO *
reader(const bytes_t *bytes)
{
    return BIO_new_mem_buf(bytes->len == 0 ? (const void *)"" : bytes->ptr, (int)bytes->len);
}

void
exports_openssl_component_error_library_version(exports_openssl_component_error_version_t *version)
{
    version->number = (uint32_t)OpenSSL_version_num();
    version->text = text_of(OpenSSL_version(OPENSSL_VERSION));
}
