/* The interface `kdf` over EVP_KDF. */
#include "common.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

/* `length` bytes by the function `name` with these parameters. */
static bool
derive(const char *name, const OSSL_PARAM *parameters, uint32_t length, bytes_t *bytes, failure_t *failure)
{
    if (!bytes_new(bytes, length))
        return failed_by(failure, NO_MEMORY);
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
    EVP_KDF_CTX *context = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    EVP_KDF_free(kdf);
    bool done = context != NULL && EVP_KDF_derive(context, bytes->ptr, length, parameters) == 1;
    EVP_KDF_CTX_free(context);
    if (!done) {
        openssl_cap_list_u8_free(bytes);
        failed(failure);
    }
    return done;
}

static OSSL_PARAM
octets(const char *key, const bytes_t *bytes)
{
    return OSSL_PARAM_construct_octet_string(key, bytes->len == 0 ? (uint8_t *)"" : bytes->ptr, bytes->len);
}

static OSSL_PARAM
text(const char *key, char *value)
{
    return OSSL_PARAM_construct_utf8_string(key, value, 0);
}

bool
exports_openssl_component_kdf_pbkdf2(text_t *digest, bytes_t *password, bytes_t *salt, uint32_t iterations,
                                     uint32_t length, bytes_t *bytes, failure_t *failure)
{
    char name[NAME_ROOM];
    int any_size = 1; /* no lower bounds, as PKCS5_PBKDF2_HMAC() has none */
    bool done = false;
    if (take_name(digest, name)) {
        OSSL_PARAM parameters[] = {
            text(OSSL_KDF_PARAM_DIGEST, name),
            octets(OSSL_KDF_PARAM_PASSWORD, password),
            octets(OSSL_KDF_PARAM_SALT, salt),
            OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &iterations),
            OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &any_size),
            OSSL_PARAM_construct_end(),
        };
        done = derive(OSSL_KDF_NAME_PBKDF2, parameters, length, bytes, failure);
    } else {
        failed_by(failure, UNSUPPORTED);
    }
    forget(password);
    forget(salt);
    return done;
}

bool
exports_openssl_component_kdf_scrypt(bytes_t *password, bytes_t *salt, uint64_t cost, uint64_t block_size,
                                     uint64_t parallel, uint64_t memory, uint32_t length, bytes_t *bytes,
                                     failure_t *failure)
{
    if (memory == 0)
        memory = 32 * 1024 * 1024;
    OSSL_PARAM parameters[] = {
        octets(OSSL_KDF_PARAM_PASSWORD, password),
        octets(OSSL_KDF_PARAM_SALT, salt),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &cost),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_R, &block_size),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_P, &parallel),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
        OSSL_PARAM_construct_end(),
    };
    bool done = derive(OSSL_KDF_NAME_SCRYPT, parameters, length, bytes, failure);
    forget(password);
    forget(salt);
    return done;
}

bool
exports_openssl_component_kdf_hkdf(text_t *digest, bytes_t *key, bytes_t *salt, bytes_t *info, uint32_t length,
                                   bytes_t *bytes, failure_t *failure)
{
    char name[NAME_ROOM];
    bool done = false;
    if (take_name(digest, name)) {
        OSSL_PARAM parameters[] = {
            text(OSSL_KDF_PARAM_DIGEST, name),
            octets(OSSL_KDF_PARAM_KEY, key),
            octets(OSSL_KDF_PARAM_SALT, salt),
            octets(OSSL_KDF_PARAM_INFO, info),
            OSSL_PARAM_construct_end(),
        };
        done = derive(OSSL_KDF_NAME_HKDF, parameters, length, bytes, failure);
    } else {
        failed_by(failure, UNSUPPORTED);
    }
    forget(key);
    forget(salt);
    forget(info);
    return done;
}

bool
exports_openssl_component_kdf_argon2(exports_openssl_component_kdf_argon2_type_t which, bytes_t *password,
                                     bytes_t *salt, bytes_t *secret, bytes_t *associated,
                                     exports_openssl_component_kdf_argon2_cost_t *cost, uint32_t length,
                                     bytes_t *bytes, failure_t *failure)
{
    static const char *const names[] = {"ARGON2D", "ARGON2I", "ARGON2ID"};
    OSSL_PARAM parameters[] = {
        octets(OSSL_KDF_PARAM_PASSWORD, password),
        octets(OSSL_KDF_PARAM_SALT, salt),
        octets(OSSL_KDF_PARAM_SECRET, secret),
        octets(OSSL_KDF_PARAM_ARGON2_AD, associated),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &cost->iterations),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &cost->memory),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &cost->lanes),
        OSSL_PARAM_construct_end(),
    };
    bool done = derive(names[which], parameters, length, bytes, failure);
    forget(password);
    forget(salt);
    forget(secret);
    forget(associated);
    return done;
}
