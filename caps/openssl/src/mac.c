/* The interface `mac` over EVP_MAC. */
#include "common.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

typedef exports_openssl_component_mac_mac_algorithm_t algorithm_t;
typedef exports_openssl_component_mac_mac_context_t mac_t;
typedef exports_openssl_component_mac_own_mac_context_t own_mac_t;

static EVP_MAC_CTX *
context_of(mac_t *mac)
{
    return (EVP_MAC_CTX *)mac;
}

/* What an algorithm is in OpenSSL's terms: its name, and its parameters up to an end. */
struct wanted {
    const char *name;
    char text[NAME_ROOM];
    size_t size;
    OSSL_PARAM parameters[2];
};

/* Fills `wanted`, which must not move, from what arrived. False for a name that is none. */
static bool
want(struct wanted *wanted, algorithm_t *algorithm)
{
    OSSL_PARAM *parameter = &wanted->parameters[0];
    wanted->parameters[0] = wanted->parameters[1] = OSSL_PARAM_construct_end();
    switch (algorithm->tag) {
    case EXPORTS_OPENSSL_COMPONENT_MAC_MAC_ALGORITHM_HMAC:
        wanted->name = OSSL_MAC_NAME_HMAC;
        *parameter = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, wanted->text, 0);
        return take_name(&algorithm->val.hmac, wanted->text);
    case EXPORTS_OPENSSL_COMPONENT_MAC_MAC_ALGORITHM_CMAC:
        wanted->name = OSSL_MAC_NAME_CMAC;
        *parameter = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, wanted->text, 0);
        return take_name(&algorithm->val.cmac, wanted->text);
    case EXPORTS_OPENSSL_COMPONENT_MAC_MAC_ALGORITHM_KMAC128:
    case EXPORTS_OPENSSL_COMPONENT_MAC_MAC_ALGORITHM_KMAC256: {
        bytes_t *custom = &algorithm->val.kmac128;
        bool short_key = algorithm->tag == EXPORTS_OPENSSL_COMPONENT_MAC_MAC_ALGORITHM_KMAC128;
        wanted->name = short_key ? OSSL_MAC_NAME_KMAC128 : OSSL_MAC_NAME_KMAC256;
        *parameter = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_CUSTOM, custom->ptr, custom->len);
        return true;
    }
    case EXPORTS_OPENSSL_COMPONENT_MAC_MAC_ALGORITHM_POLY1305:
        wanted->name = OSSL_MAC_NAME_POLY1305;
        return true;
    default:
        wanted->name = OSSL_MAC_NAME_SIPHASH;
        wanted->size = algorithm->val.siphash;
        *parameter = OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &wanted->size);
        return true;
    }
}

/* A context without input. NULL, and `failure` is set. */
static EVP_MAC_CTX *
start(const struct wanted *wanted, const bytes_t *key, failure_t *failure)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, wanted->name, NULL);
    EVP_MAC_CTX *context = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    /* An empty key is one; NULL would be none. */
    const uint8_t *secret = key->len == 0 ? (const uint8_t *)"" : key->ptr;
    if (context != NULL && EVP_MAC_init(context, secret, key->len, wanted->parameters) == 1)
        return context;
    failed(failure);
    EVP_MAC_CTX_free(context);
    return NULL;
}

bool
exports_openssl_component_mac_static_mac_context_create(algorithm_t *algorithm, bytes_t *key, own_mac_t *created,
                                                        failure_t *failure)
{
    struct wanted wanted;
    EVP_MAC_CTX *context = NULL;
    if (want(&wanted, algorithm))
        context = start(&wanted, key, failure);
    else
        failed_by(failure, UNSUPPORTED);
    forget(key);
    bool custom = algorithm->tag == EXPORTS_OPENSSL_COMPONENT_MAC_MAC_ALGORITHM_KMAC128 ||
                  algorithm->tag == EXPORTS_OPENSSL_COMPONENT_MAC_MAC_ALGORITHM_KMAC256;
    if (custom)
        openssl_cap_list_u8_free(&algorithm->val.kmac128);
    if (context != NULL)
        *created = exports_openssl_component_mac_mac_context_new((mac_t *)context);
    return context != NULL;
}

bool
exports_openssl_component_mac_method_mac_context_update(mac_t *mac, bytes_t *data, failure_t *failure)
{
    bool done = EVP_MAC_update(context_of(mac), data->ptr, data->len) == 1;
    openssl_cap_list_u8_free(data);
    return done || failed(failure);
}

/* Ends `context`, which is of no use afterwards. */
static bool
finish(EVP_MAC_CTX *context, bytes_t *bytes, failure_t *failure)
{
    if (!bytes_new(bytes, EVP_MAC_CTX_get_mac_size(context)))
        return failed_by(failure, NO_MEMORY);
    size_t length = bytes->len;
    if (EVP_MAC_final(context, bytes->ptr, &length, bytes->len) == 1)
        return true;
    openssl_cap_list_u8_free(bytes);
    return failed(failure);
}

bool
exports_openssl_component_mac_method_mac_context_output(mac_t *mac, bytes_t *bytes, failure_t *failure)
{
    EVP_MAC_CTX *copy = EVP_MAC_CTX_dup(context_of(mac));
    bool done = copy == NULL ? failed(failure) : finish(copy, bytes, failure);
    EVP_MAC_CTX_free(copy);
    return done;
}

uint32_t
exports_openssl_component_mac_method_mac_context_size(mac_t *mac)
{
    return (uint32_t)EVP_MAC_CTX_get_mac_size(context_of(mac));
}

bool
exports_openssl_component_mac_method_mac_context_copy(mac_t *mac, own_mac_t *created, failure_t *failure)
{
    EVP_MAC_CTX *copy = EVP_MAC_CTX_dup(context_of(mac));
    if (copy == NULL)
        return failed(failure);
    *created = exports_openssl_component_mac_mac_context_new((mac_t *)copy);
    return true;
}

void
exports_openssl_component_mac_mac_context_destructor(mac_t *mac)
{
    EVP_MAC_CTX_free(context_of(mac));
}

bool
exports_openssl_component_mac_hmac_of(text_t *digest, bytes_t *key, bytes_t *data, bytes_t *bytes, failure_t *failure)
{
    struct wanted wanted;
    algorithm_t hmac = {.tag = EXPORTS_OPENSSL_COMPONENT_MAC_MAC_ALGORITHM_HMAC, .val.hmac = *digest};
    EVP_MAC_CTX *context = NULL;
    if (want(&wanted, &hmac))
        context = start(&wanted, key, failure);
    else
        failed_by(failure, UNSUPPORTED);
    bool done = false;
    if (context != NULL)
        done = EVP_MAC_update(context, data->ptr, data->len) == 1 ? finish(context, bytes, failure) : failed(failure);
    EVP_MAC_CTX_free(context);
    forget(key);
    openssl_cap_list_u8_free(data);
    return done;
}
