/* evp.h over the contract: HMAC, keys of passwords, and what went wrong. */
#include <stdlib.h>
#include <string.h>

#include "evp_private.h"

/* The last call that failed. */
static unsigned long last_code;
static char last_library[80];
static char last_reason[160];

static void
keep(char *text, size_t room, const openssl_import_string_t *from)
{
    size_t length = from->len < room ? from->len : room - 1;
    if (length > 0)
        memcpy(text, from->ptr, length);
    text[length] = '\0';
}

/* Of a failure of which the pending error has all. A code, so that the module raises at once, and looks for it. */
static void
explain(const char *reason)
{
    last_code = 1;
    last_library[0] = '\0';
    strcpy(last_reason, reason);
}

void
no_memory(void)
{
    struct link_error full;
    link_error_set(&full, LINK_NO_MEMORY, "memory is full", NULL);
    link_set_pending(&full);
    explain("memory is full");
}

bool
went_well(bool done, failure_t *failure)
{
    if (link_failed()) {
        explain("the call did not reach OpenSSL");
        return false;
    }
    if (done)
        return true;
    if (failure->kind == OPENSSL_COMPONENT_ERROR_KIND_MEMORY) {
        no_memory();
        openssl_component_error_failure_free(failure);
        return false;
    }
    last_code = (unsigned long)failure->library << 23 | failure->reason;
    keep(last_library, sizeof last_library, &failure->library_text);
    keep(last_reason, sizeof last_reason, &failure->reason_text);
    openssl_component_error_failure_free(failure);
    return false;
}

bool
take_list(openssl_import_list_u8_t *list, unsigned char *output, size_t length)
{
    bool fits = list->len == length;
    if (fits && length > 0)
        memcpy(output, list->ptr, length);
    openssl_import_list_u8_free(list);
    return fits;
}

unsigned long
ERR_peek_last_error(void)
{
    return last_code;
}

void
ERR_clear_error(void)
{
    last_code = 0;
}

const char *
ERR_lib_error_string(unsigned long code)
{
    (void)code;
    return last_library[0] == '\0' ? NULL : last_library;
}

const char *
ERR_reason_error_string(unsigned long code)
{
    (void)code;
    return last_reason;
}

/* ---- HMAC ---- */

HMAC_CTX *
HMAC_CTX_new(void)
{
    return calloc(1, sizeof(HMAC_CTX));
}

static void
clear(HMAC_CTX *context)
{
    if (context->started)
        openssl_component_mac_mac_context_drop_own((openssl_component_mac_own_mac_context_t){context->code});
    context->started = false;
}

static void
set_digest(HMAC_CTX *context, const EVP_MD *digest)
{
    if (digest != NULL)
        EVP_MD_up_ref((EVP_MD *)digest);
    EVP_MD_free((EVP_MD *)context->digest);
    context->digest = digest;
}

void
HMAC_CTX_free(HMAC_CTX *context)
{
    if (context == NULL)
        return;
    clear(context);
    set_digest(context, NULL);
    free(context);
}

static openssl_component_mac_borrow_mac_context_t
code_of(const HMAC_CTX *context)
{
    return openssl_component_mac_borrow_mac_context((openssl_component_mac_own_mac_context_t){context->code});
}

/* Keeps a code that was made. */
static int
started(HMAC_CTX *context, bool made, openssl_component_mac_own_mac_context_t code, failure_t *failure)
{
    if (!went_well(made, failure))
        return 0;
    clear(context);
    context->code = code.__handle;
    context->started = true;
    return 1;
}

int
HMAC_CTX_copy(HMAC_CTX *to, HMAC_CTX *from)
{
    openssl_component_mac_own_mac_context_t code;
    failure_t failure;
    link_forget_error();
    set_digest(to, from->digest);
    bool made = openssl_component_mac_method_mac_context_copy(code_of(from), &code, &failure);
    return started(to, made, code, &failure);
}

int
HMAC_Init_ex(HMAC_CTX *context, const void *key, int length, const EVP_MD *digest, ENGINE *engine)
{
    (void)engine;
    openssl_component_mac_own_mac_context_t code;
    failure_t failure;
    link_forget_error();
    set_digest(context, digest);
    openssl_component_mac_mac_algorithm_t hmac = {
        .tag = OPENSSL_COMPONENT_MAC_MAC_ALGORITHM_HMAC,
        .val.hmac = name_of(digest),
    };
    openssl_import_list_u8_t secret = list_of(key, (size_t)length);
    bool made = openssl_component_mac_static_mac_context_create(&hmac, &secret, &code, &failure);
    return started(context, made, code, &failure);
}

int
HMAC_Update(HMAC_CTX *context, const unsigned char *data, size_t length)
{
    link_forget_error();
    for (size_t done = 0; done < length;) {
        size_t slice = length - done < SLICE ? length - done : SLICE;
        openssl_import_list_u8_t list = list_of(data + done, slice);
        failure_t failure;
        if (!went_well(openssl_component_mac_method_mac_context_update(code_of(context), &list, &failure), &failure))
            return 0;
        done += slice;
    }
    return 1;
}

int
HMAC_Final(HMAC_CTX *context, unsigned char *output, unsigned int *length)
{
    openssl_import_list_u8_t list;
    failure_t failure;
    link_forget_error();
    *length = (unsigned int)context->digest->size;
    bool done = openssl_component_mac_method_mac_context_output(code_of(context), &list, &failure);
    return went_well(done, &failure) && take_list(&list, output, *length);
}

/* As one call where the message is a slice at most. */
static bool
hmac_of(const EVP_MD *digest, const void *key, int key_length, const unsigned char *data, size_t length,
        unsigned char *output)
{
    openssl_import_string_t name = name_of(digest);
    openssl_import_list_u8_t secret = list_of(key, (size_t)key_length), message = list_of(data, length), list;
    failure_t failure;
    link_forget_error();
    bool done = openssl_component_mac_hmac_of(&name, &secret, &message, &list, &failure);
    return went_well(done, &failure) && take_list(&list, output, (size_t)digest->size);
}

unsigned char *
HMAC(const EVP_MD *digest, const void *key, int key_length, const unsigned char *data, size_t length,
     unsigned char *output, unsigned int *output_length)
{
    HMAC_CTX context = {0};
    *output_length = (unsigned int)digest->size;
    if (length <= SLICE)
        return hmac_of(digest, key, key_length, data, length, output) ? output : NULL;
    bool done = HMAC_Init_ex(&context, key, key_length, digest, NULL) && HMAC_Update(&context, data, length) &&
                HMAC_Final(&context, output, output_length);
    clear(&context);
    set_digest(&context, NULL);
    return done ? output : NULL;
}

/* ---- Keys of passwords ---- */

int
PKCS5_PBKDF2_HMAC(const char *password, int password_length, const unsigned char *salt, int salt_length, int iterations,
                  const EVP_MD *digest, int length, unsigned char *output)
{
    openssl_import_string_t name = name_of(digest);
    openssl_import_list_u8_t secret = list_of(password, (size_t)password_length);
    openssl_import_list_u8_t seed = list_of(salt, (size_t)salt_length), list;
    failure_t failure;
    link_forget_error();
    bool done = openssl_component_kdf_pbkdf2(&name, &secret, &seed, (uint32_t)iterations, (uint32_t)length, &list,
                                             &failure);
    return went_well(done, &failure) && take_list(&list, output, (size_t)length);
}

int
EVP_PBE_scrypt(const char *password, size_t password_length, const unsigned char *salt, size_t salt_length,
               uint64_t cost, uint64_t block_size, uint64_t parallel, uint64_t memory, unsigned char *output,
               size_t length)
{
    openssl_import_list_u8_t secret = list_of(password, password_length), seed = list_of(salt, salt_length), list;
    failure_t failure;
    link_forget_error();
    bool done = openssl_component_kdf_scrypt(&secret, &seed, cost, block_size, parallel, memory, (uint32_t)length,
                                             &list, &failure);
    return went_well(done, &failure) && take_list(&list, output, length);
}

int
CRYPTO_memcmp(const void *a, const void *b, size_t length)
{
    const volatile uint8_t *one = a, *other = b;
    uint8_t different = 0;
    for (size_t i = 0; i < length; i++)
        different |= one[i] ^ other[i];
    return different;
}
