/* What is done with keys: signatures, shared secrets, encryption. */
#include "pkey.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

typedef exports_openssl_component_pkey_signing_t signing_t;
typedef exports_openssl_component_pkey_rsa_padding_t padding_t;

enum { MODERN = EXPORTS_OPENSSL_COMPONENT_PKEY_RSA_PADDING_MODERN };

/* The digest's name of `how`, in `name`; NULL for none. False for a name that is none. The text is freed. */
static bool
take_digest(signing_t *how, char name[NAME_ROOM], const char **digest)
{
    *digest = how->digest.is_some ? name : NULL;
    return !how->digest.is_some || take_name(&how->digest.val, name);
}

static bool
set_padding(EVP_PKEY_CTX *context, const EVP_PKEY *pkey, padding_t padding)
{
    return padding != MODERN || EVP_PKEY_is_a(pkey, "RSA") != 1 ||
           (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_AUTO_DIGEST_MAX) == 1);
}

bool
exports_openssl_component_pkey_method_key_sign(pkey_t *key, bytes_t *data, signing_t *how, bytes_t *signature,
                                               failure_t *failure)
{
    char name[NAME_ROOM];
    const char *digest;
    EVP_PKEY_CTX *options = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t length = 0;
    ERR_clear_error();
    bool known = take_digest(how, name, &digest);
    bool done = known && context != NULL &&
                EVP_DigestSignInit_ex(context, &options, digest, NULL, NULL, pkey_of(key), NULL) == 1 &&
                set_padding(options, pkey_of(key), how->padding) &&
                EVP_DigestSign(context, NULL, &length, data->ptr, data->len) == 1;
    bool room = done && bytes_new(signature, length);
    done = room && EVP_DigestSign(context, signature->ptr, &length, data->ptr, data->len) == 1;
    if (done)
        signature->len = length;
    else if (room)
        openssl_cap_list_u8_free(signature);
    EVP_MD_CTX_free(context);
    openssl_cap_list_u8_free(data);
    return done || (known ? failed(failure) : failed_by(failure, UNSUPPORTED));
}

bool
exports_openssl_component_pkey_method_key_verify(pkey_t *key, bytes_t *data, bytes_t *signature, signing_t *how,
                                                 bool *valid, failure_t *failure)
{
    char name[NAME_ROOM];
    const char *digest;
    EVP_PKEY_CTX *options = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ERR_clear_error();
    bool known = take_digest(how, name, &digest);
    bool ready = known && context != NULL &&
                 EVP_DigestVerifyInit_ex(context, &options, digest, NULL, NULL, pkey_of(key), NULL) == 1 &&
                 set_padding(options, pkey_of(key), how->padding);
    /* What is no signature at all is a wrong one. */
    *valid = ready && EVP_DigestVerify(context, signature->ptr, signature->len, data->ptr, data->len) == 1;
    EVP_MD_CTX_free(context);
    openssl_cap_list_u8_free(data);
    openssl_cap_list_u8_free(signature);
    if (!ready)
        return known ? failed(failure) : failed_by(failure, UNSUPPORTED);
    ERR_clear_error();
    return true;
}

bool
exports_openssl_component_pkey_method_key_derive(pkey_t *key, pkey_t *other, bytes_t *secret, failure_t *failure)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey_of(key), NULL);
    size_t length = 0;
    bool done = context != NULL && EVP_PKEY_derive_init(context) == 1 &&
                EVP_PKEY_derive_set_peer(context, pkey_of(other)) == 1 &&
                EVP_PKEY_derive(context, NULL, &length) == 1;
    bool room = done && bytes_new(secret, length);
    done = room && EVP_PKEY_derive(context, secret->ptr, &length) == 1;
    if (done)
        secret->len = length;
    else if (room)
        openssl_cap_list_u8_free(secret);
    EVP_PKEY_CTX_free(context);
    return done || failed(failure);
}

/* A step of RSA: EVP_PKEY_encrypt or EVP_PKEY_decrypt. */
typedef int rsa_step(EVP_PKEY_CTX *context, unsigned char *to, size_t *length, const unsigned char *from, size_t size);

/* The rest of encrypting and decrypting, with a context that was made for either. */
static bool
by_rsa(EVP_PKEY_CTX *context, rsa_step *step, const bytes_t *data, padding_t padding, const char *digest,
       bytes_t *result, failure_t *failure)
{
    size_t length = 0;
    bool ready = padding == MODERN
                     ? EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                           EVP_PKEY_CTX_set_rsa_oaep_md_name(context, digest, NULL) == 1
                     : EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    if (!ready || step(context, NULL, &length, data->ptr, data->len) != 1)
        return failed(failure);
    if (!bytes_new(result, length))
        return failed_by(failure, NO_MEMORY);
    if (step(context, result->ptr, &length, data->ptr, data->len) != 1) {
        openssl_cap_list_u8_free(result);
        return failed(failure);
    }
    result->len = length;
    if (length == 0)
        openssl_cap_list_u8_free(result);
    return true;
}

static bool
rsa(pkey_t *key, int init(EVP_PKEY_CTX *), rsa_step *step, bytes_t *data, padding_t padding, text_t *digest,
    bytes_t *result, failure_t *failure)
{
    char name[NAME_ROOM];
    bool known = take_name(digest, name);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey_of(key), NULL);
    bool done;
    if (!known)
        done = failed_by(failure, UNSUPPORTED);
    else if (context == NULL || init(context) != 1)
        done = failed(failure);
    else
        done = by_rsa(context, step, data, padding, name, result, failure);
    EVP_PKEY_CTX_free(context);
    forget(data);
    return done;
}

bool
exports_openssl_component_pkey_method_key_encrypt(pkey_t *key, bytes_t *data, padding_t padding, text_t *digest,
                                                  bytes_t *result, failure_t *failure)
{
    return rsa(key, EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, data, padding, digest, result, failure);
}

bool
exports_openssl_component_pkey_method_key_decrypt(pkey_t *key, bytes_t *data, padding_t padding, text_t *digest,
                                                  bytes_t *result, failure_t *failure)
{
    return rsa(key, EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, data, padding, digest, result, failure);
}
