/* The interface `cipher` over EVP_CIPHER. */
#include "common.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

typedef exports_openssl_component_cipher_cipher_algorithm_t algorithm_t;
typedef exports_openssl_component_cipher_list_cipher_algorithm_t algorithms_t;
typedef exports_openssl_component_cipher_cipher_context_t cipher_t;

/* What OpenSSL's GCM takes at most. */
enum { LONGEST_IV = 128 };

static EVP_CIPHER_CTX *
context_of(cipher_t *cipher)
{
    return (EVP_CIPHER_CTX *)cipher;
}

static bool
is_authenticated(const EVP_CIPHER *cipher)
{
    return (EVP_CIPHER_get_flags(cipher) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0;
}

/* Those that go over all data twice, or wrap keys, or belong to TLS, are no ciphers of this interface. */
static bool
is_served(const EVP_CIPHER *cipher)
{
    switch (EVP_CIPHER_get_mode(cipher)) {
    case EVP_CIPH_STREAM_CIPHER:
    case EVP_CIPH_ECB_MODE:
    case EVP_CIPH_CBC_MODE:
    case EVP_CIPH_CFB_MODE:
    case EVP_CIPH_OFB_MODE:
    case EVP_CIPH_CTR_MODE:
    case EVP_CIPH_GCM_MODE:
    case EVP_CIPH_OCB_MODE:
        return (EVP_CIPHER_get_flags(cipher) & (EVP_CIPH_FLAG_CTS | EVP_CIPH_FLAG_TLS1_1_MULTIBLOCK)) == 0 &&
               strstr(EVP_CIPHER_get0_name(cipher), "HMAC") == NULL &&
               strcmp(EVP_CIPHER_get0_name(cipher), "NULL") != 0;
    default:
        return false;
    }
}

static algorithm_t
algorithm_of(const EVP_CIPHER *cipher)
{
    return (algorithm_t){
        .name = text_of(EVP_CIPHER_get0_name(cipher)),
        .key_length = (uint32_t)EVP_CIPHER_get_key_length(cipher),
        .iv_length = (uint32_t)EVP_CIPHER_get_iv_length(cipher),
        .block_size = (uint32_t)EVP_CIPHER_get_block_size(cipher),
        .authenticated = is_authenticated(cipher),
    };
}

static void
collect(EVP_CIPHER *cipher, void *list)
{
    algorithms_t *algorithms = list;
    algorithm_t *longer = is_served(cipher) ? realloc(algorithms->ptr, (algorithms->len + 1) * sizeof *longer) : NULL;
    if (longer == NULL)
        return;
    longer[algorithms->len] = algorithm_of(cipher);
    algorithms->ptr = longer;
    algorithms->len++;
}

static int
compare(const void *a, const void *b)
{
    return order_of_texts(&((const algorithm_t *)a)->name, &((const algorithm_t *)b)->name);
}

void
exports_openssl_component_cipher_ciphers(algorithms_t *algorithms)
{
    *algorithms = (algorithms_t){NULL, 0};
    EVP_CIPHER_do_all_provided(NULL, collect, algorithms);
    if (algorithms->len > 0)
        qsort(algorithms->ptr, algorithms->len, sizeof *algorithms->ptr, compare);
}

/* The cipher of a name that arrived, which is freed; NULL for none. The caller frees it. */
static EVP_CIPHER *
fetch(text_t *text)
{
    char name[NAME_ROOM];
    EVP_CIPHER *cipher = take_name(text, name) ? EVP_CIPHER_fetch(NULL, name, NULL) : NULL;
    ERR_clear_error();
    if (cipher != NULL && !is_served(cipher)) {
        EVP_CIPHER_free(cipher);
        return NULL;
    }
    return cipher;
}

bool
exports_openssl_component_cipher_find_cipher(text_t *name, algorithm_t *algorithm)
{
    EVP_CIPHER *cipher = fetch(name);
    if (cipher != NULL)
        *algorithm = algorithm_of(cipher);
    EVP_CIPHER_free(cipher);
    return cipher != NULL;
}

/* Sets `context` up. False with `failure` set. */
static bool
start(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, bool encrypt, const bytes_t *key, const bytes_t *iv,
      bool padding, failure_t *failure)
{
    int other_length = is_authenticated(cipher) && iv->len != (size_t)EVP_CIPHER_get_iv_length(cipher);
    if (key->len != (size_t)EVP_CIPHER_get_key_length(cipher) ||
        (!is_authenticated(cipher) && iv->len != (size_t)EVP_CIPHER_get_iv_length(cipher)) || iv->len > LONGEST_IV)
        return failed_by(failure, ARGUMENT);
    bool done = EVP_CipherInit_ex2(context, cipher, NULL, NULL, encrypt, NULL) == 1 &&
                (!other_length ||
                 EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)iv->len, NULL) == 1) &&
                EVP_CipherInit_ex2(context, NULL, key->ptr, iv->ptr, encrypt, NULL) == 1 &&
                EVP_CIPHER_CTX_set_padding(context, padding) == 1;
    return done || failed(failure);
}

bool
exports_openssl_component_cipher_static_cipher_context_create(
    text_t *name, exports_openssl_component_cipher_direction_t what, bytes_t *key, bytes_t *iv, bool padding,
    exports_openssl_component_cipher_own_cipher_context_t *created, failure_t *failure)
{
    EVP_CIPHER *cipher = fetch(name);
    EVP_CIPHER_CTX *context = cipher == NULL ? NULL : EVP_CIPHER_CTX_new();
    bool encrypt = what == EXPORTS_OPENSSL_COMPONENT_CIPHER_DIRECTION_ENCRYPT;
    bool done = context != NULL ? start(context, cipher, encrypt, key, iv, padding, failure)
                                : failed_by(failure, cipher == NULL ? UNSUPPORTED : NO_MEMORY);
    EVP_CIPHER_free(cipher);
    forget(key);
    openssl_cap_list_u8_free(iv);
    if (done)
        *created = exports_openssl_component_cipher_cipher_context_new((cipher_t *)context);
    else
        EVP_CIPHER_CTX_free(context);
    return done;
}

bool
exports_openssl_component_cipher_method_cipher_context_associate(cipher_t *cipher, bytes_t *data, failure_t *failure)
{
    int length = 0;
    bool able = is_authenticated(EVP_CIPHER_CTX_get0_cipher(context_of(cipher))) && data->len <= INT32_MAX;
    bool done = able && (data->len == 0 ||
                         EVP_CipherUpdate(context_of(cipher), NULL, &length, data->ptr, (int)data->len) == 1);
    openssl_cap_list_u8_free(data);
    return done || (able ? failed(failure) : failed_by(failure, ARGUMENT));
}

bool
exports_openssl_component_cipher_method_cipher_context_update(cipher_t *cipher, bytes_t *data, bytes_t *result,
                                                              failure_t *failure)
{
    int length = 0;
    bool fits = data->len <= INT32_MAX - EVP_MAX_BLOCK_LENGTH;
    bool room = fits && bytes_new(result, data->len + EVP_MAX_BLOCK_LENGTH);
    bool done = room && (data->len == 0 ||
                         EVP_CipherUpdate(context_of(cipher), result->ptr, &length, data->ptr, (int)data->len) == 1);
    forget(data);
    if (done) {
        result->len = (size_t)length;
        if (length == 0) {
            free(result->ptr);
            result->ptr = NULL;
        }
        return true;
    }
    if (room)
        openssl_cap_list_u8_free(result);
    return room ? failed(failure) : failed_by(failure, fits ? NO_MEMORY : ARGUMENT);
}

bool
exports_openssl_component_cipher_method_cipher_context_expect_tag(cipher_t *cipher, bytes_t *tag, failure_t *failure)
{
    bool done = tag->len >= 4 && tag->len <= 16 &&
                EVP_CIPHER_CTX_ctrl(context_of(cipher), EVP_CTRL_AEAD_SET_TAG, (int)tag->len, tag->ptr) == 1;
    openssl_cap_list_u8_free(tag);
    return done || failed_by(failure, ARGUMENT);
}

bool
exports_openssl_component_cipher_method_cipher_context_finish(cipher_t *cipher, bytes_t *result, failure_t *failure)
{
    int length = 0;
    if (!bytes_new(result, EVP_MAX_BLOCK_LENGTH))
        return failed_by(failure, NO_MEMORY);
    bool done = EVP_CipherFinal_ex(context_of(cipher), result->ptr, &length) == 1;
    result->len = (size_t)length;
    if (!done || length == 0) {
        free(result->ptr);
        *result = (bytes_t){NULL, 0};
    }
    return done || failed(failure);
}

bool
exports_openssl_component_cipher_method_cipher_context_tag(cipher_t *cipher, uint32_t length, bytes_t *tag,
                                                           failure_t *failure)
{
    if (length < 4 || length > 16)
        return failed_by(failure, ARGUMENT);
    if (!bytes_new(tag, length))
        return failed_by(failure, NO_MEMORY);
    if (EVP_CIPHER_CTX_ctrl(context_of(cipher), EVP_CTRL_AEAD_GET_TAG, (int)length, tag->ptr) == 1)
        return true;
    openssl_cap_list_u8_free(tag);
    return failed_by(failure, ARGUMENT);
}

void
exports_openssl_component_cipher_cipher_context_destructor(cipher_t *cipher)
{
    EVP_CIPHER_CTX_free(context_of(cipher));
}
