/* The interface `pkey` over EVP_PKEY: keys made, read and written. What is done with them is in pkey_use.c. */
#include "pkey.h"

#include <string.h>
#include <strings.h>

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>

typedef exports_openssl_component_pkey_own_key_t own_key_t;
typedef exports_openssl_component_pkey_key_type_t key_type_t;

static bool
handed_out(EVP_PKEY *pkey, own_key_t *created, failure_t *failure)
{
    if (pkey == NULL)
        return failed(failure);
    ERR_clear_error();
    *created = exports_openssl_component_pkey_key_new((pkey_t *)pkey);
    return true;
}

bool
exports_openssl_component_pkey_static_key_generate(key_type_t *what, own_key_t *created, failure_t *failure)
{
    char name[NAME_ROOM];
    EVP_PKEY *pkey = NULL;
    switch (what->tag) {
    case EXPORTS_OPENSSL_COMPONENT_PKEY_KEY_TYPE_RSA:
        if (what->val.rsa < 1024 || what->val.rsa > 16384)
            return failed_by(failure, ARGUMENT);
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)what->val.rsa);
        break;
    case EXPORTS_OPENSSL_COMPONENT_PKEY_KEY_TYPE_EC:
        if (take_name(&what->val.ec, name))
            pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", name);
        break;
    default:
        /* Those that take a parameter are above. */
        if (take_name(&what->val.other, name) && strcasecmp(name, "RSA") != 0 && strcasecmp(name, "EC") != 0)
            pkey = EVP_PKEY_Q_keygen(NULL, NULL, name);
        break;
    }
    if (pkey == NULL && ERR_peek_error() == 0)
        return failed_by(failure, UNSUPPORTED);
    return handed_out(pkey, created, failure);
}

/* A password for a decoder, and whether it asked for one. */
struct password {
    const bytes_t *text;
    bool asked;
};

static int
give_password(char *buffer, size_t room, size_t *length, const OSSL_PARAM parameters[], void *argument)
{
    (void)parameters;
    struct password *password = argument;
    password->asked = true;
    if (password->text == NULL || password->text->len > room)
        return 0;
    if (password->text->len > 0)
        memcpy(buffer, password->text->ptr, password->text->len);
    *length = password->text->len;
    return 1;
}

/* The first key of `data` of which `selection` is there. */
static EVP_PKEY *
decode(const bytes_t *data, int selection, struct password *password)
{
    EVP_PKEY *pkey = NULL;
    const unsigned char *from = data->ptr;
    size_t left = data->len;
    ERR_clear_error();
    OSSL_DECODER_CTX *context = OSSL_DECODER_CTX_new_for_pkey(&pkey, NULL, NULL, NULL, selection, NULL, NULL);
    bool done = context != NULL && left > 0 &&
                (password == NULL || OSSL_DECODER_CTX_set_passphrase_cb(context, give_password, password) == 1) &&
                OSSL_DECODER_from_data(context, &from, &left) == 1;
    OSSL_DECODER_CTX_free(context);
    if (done)
        return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

bool
exports_openssl_component_pkey_static_key_decode(bytes_t *data, bytes_t *maybe_password, own_key_t *created,
                                                 failure_t *failure)
{
    struct password password = {maybe_password, false};
    EVP_PKEY *pkey = decode(data, EVP_PKEY_KEYPAIR, &password);
    forget(data);
    if (maybe_password != NULL)
        forget(maybe_password);
    if (pkey == NULL && password.asked && maybe_password == NULL)
        return failed_by(failure, PASSWORD_NEEDED);
    if (pkey == NULL && !password.asked)
        return failed_by(failure, NOTHING_THERE);
    bool done = handed_out(pkey, created, failure);
    /* A password that is wrong leaves something that no decoder knows. */
    if (!done && failure->kind == UNSUPPORTED)
        failure->kind = EXPORTS_OPENSSL_COMPONENT_ERROR_KIND_OPENSSL;
    return done;
}

bool
exports_openssl_component_pkey_static_key_decode_public(bytes_t *data, own_key_t *created, failure_t *failure)
{
    EVP_PKEY *pkey = decode(data, EVP_PKEY_PUBLIC_KEY, NULL);
    openssl_cap_list_u8_free(data);
    return pkey == NULL ? failed_by(failure, NOTHING_THERE) : handed_out(pkey, created, failure);
}

/* Writes a key by an encoder, which is freed. */
static bool
encode(OSSL_ENCODER_CTX *context, bytes_t *bytes, failure_t *failure)
{
    unsigned char *written = NULL;
    size_t length = 0;
    bool done = context != NULL && OSSL_ENCODER_to_data(context, &written, &length) == 1;
    OSSL_ENCODER_CTX_free(context);
    if (!done)
        return failed(failure);
    bool room = bytes_new(bytes, length);
    if (room)
        memcpy(bytes->ptr, written, length);
    OPENSSL_clear_free(written, length);
    return room || failed_by(failure, NO_MEMORY);
}

static const char *
name_of_form(exports_openssl_component_pkey_encoding_t form)
{
    return form == EXPORTS_OPENSSL_COMPONENT_PKEY_ENCODING_PEM ? "PEM" : "DER";
}

bool
exports_openssl_component_pkey_method_key_encode(pkey_t *key, exports_openssl_component_pkey_encoding_t form,
                                                 bytes_t *maybe_password, bytes_t *bytes, failure_t *failure)
{
    OSSL_ENCODER_CTX *context = OSSL_ENCODER_CTX_new_for_pkey(pkey_of(key), EVP_PKEY_KEYPAIR, name_of_form(form),
                                                              "PrivateKeyInfo", NULL);
    bool ready = context != NULL;
    if (ready && maybe_password != NULL)
        ready = OSSL_ENCODER_CTX_set_cipher(context, "AES-256-CBC", NULL) == 1 &&
                OSSL_ENCODER_CTX_set_passphrase(context, maybe_password->ptr, maybe_password->len) == 1;
    bool done = ready ? encode(context, bytes, failure) : failed(failure);
    if (!ready)
        OSSL_ENCODER_CTX_free(context);
    if (maybe_password != NULL)
        forget(maybe_password);
    return done;
}

bool
exports_openssl_component_pkey_method_key_encode_public(pkey_t *key, exports_openssl_component_pkey_encoding_t form,
                                                        bytes_t *bytes, failure_t *failure)
{
    OSSL_ENCODER_CTX *context = OSSL_ENCODER_CTX_new_for_pkey(pkey_of(key), EVP_PKEY_PUBLIC_KEY, name_of_form(form),
                                                              "SubjectPublicKeyInfo", NULL);
    return encode(context, bytes, failure);
}

/* Whether the private part is among what a key consists of. */
static bool
is_private(const EVP_PKEY *pkey)
{
    OSSL_PARAM *parameters = NULL;
    bool there = EVP_PKEY_todata(pkey, EVP_PKEY_KEYPAIR, &parameters) == 1 &&
                 (OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_PRIV_KEY) != NULL ||
                  OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_RSA_D) != NULL);
    OSSL_PARAM_free(parameters);
    ERR_clear_error();
    return there;
}

void
exports_openssl_component_pkey_method_key_details(pkey_t *key, exports_openssl_component_pkey_key_details_t *details)
{
    const EVP_PKEY *pkey = pkey_of(key);
    char group[NAME_ROOM] = "";
    bool curve = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
                 EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1;
    *details = (exports_openssl_component_pkey_key_details_t){
        .algorithm = text_of(EVP_PKEY_get0_type_name(pkey)),
        .bits = (uint32_t)EVP_PKEY_get_bits(pkey),
        .security_bits = (uint32_t)EVP_PKEY_get_security_bits(pkey),
        .group = {.is_some = curve, .val = text_of(curve ? group : NULL)},
        .private_part = is_private(pkey),
    };
}

bool
exports_openssl_component_pkey_method_key_equals(pkey_t *key, pkey_t *other)
{
    bool equal = EVP_PKEY_eq(pkey_of(key), pkey_of(other)) == 1;
    ERR_clear_error();
    return equal;
}

void
exports_openssl_component_pkey_key_destructor(pkey_t *key)
{
    EVP_PKEY_free(pkey_of(key));
}
