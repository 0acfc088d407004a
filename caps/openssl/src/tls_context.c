/* The resource `context`, over SSL_CTX. Who is believed is in tls_trust.c. */
#include "tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

typedef exports_openssl_component_tls_own_context_t own_context_t;

void
context_release(context_t *context)
{
    if (--context->references > 0)
        return;
    SSL_CTX_free(context->ssl);
    authorities_free(context);
    openssl_cap_list_u8_free(&context->protocols);
    free(context);
}

static const SSL_METHOD *
method_of(exports_openssl_component_tls_side_t side)
{
    switch (side) {
    case EXPORTS_OPENSSL_COMPONENT_TLS_SIDE_CLIENT:
        return TLS_client_method();
    case EXPORTS_OPENSSL_COMPONENT_TLS_SIDE_SERVER:
        return TLS_server_method();
    default:
        return TLS_method();
    }
}

bool
exports_openssl_component_tls_static_context_create(exports_openssl_component_tls_side_t side, own_context_t *created,
                                                    failure_t *failure)
{
    context_t *context = calloc(1, sizeof *context);
    if (context == NULL)
        return failed_by(failure, NO_MEMORY);
    context->references = 1;
    context->ssl = SSL_CTX_new(method_of(side));
    if (context->ssl == NULL) {
        free(context);
        return failed(failure);
    }
    SSL_CTX_set_mode(context->ssl,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    *created = exports_openssl_component_tls_context_new(context);
    return true;
}

void
exports_openssl_component_tls_context_destructor(context_t *context)
{
    context_release(context);
}

void
exports_openssl_component_tls_method_context_set_options(context_t *context, uint64_t options)
{
    SSL_CTX_clear_options(context->ssl, SSL_CTX_get_options(context->ssl) & ~options);
    SSL_CTX_set_options(context->ssl, options);
}

uint64_t
exports_openssl_component_tls_method_context_options(context_t *context)
{
    return SSL_CTX_get_options(context->ssl);
}

static bool
is_version(uint32_t version)
{
    return version == 0 || (version >= SSL3_VERSION && version <= TLS1_3_VERSION);
}

bool
exports_openssl_component_tls_method_context_set_minimum_version(context_t *context, uint32_t version,
                                                                 failure_t *failure)
{
    if (!is_version(version) || SSL_CTX_set_min_proto_version(context->ssl, (int)version) != 1)
        return failed_by(failure, ARGUMENT);
    return true;
}

uint32_t
exports_openssl_component_tls_method_context_minimum_version(context_t *context)
{
    return (uint32_t)SSL_CTX_get_min_proto_version(context->ssl);
}

bool
exports_openssl_component_tls_method_context_set_maximum_version(context_t *context, uint32_t version,
                                                                 failure_t *failure)
{
    if (!is_version(version) || SSL_CTX_set_max_proto_version(context->ssl, (int)version) != 1)
        return failed_by(failure, ARGUMENT);
    return true;
}

uint32_t
exports_openssl_component_tls_method_context_maximum_version(context_t *context)
{
    return (uint32_t)SSL_CTX_get_max_proto_version(context->ssl);
}

void
exports_openssl_component_tls_method_context_set_security_level(context_t *context, uint32_t level)
{
    SSL_CTX_set_security_level(context->ssl, (int)level);
}

uint32_t
exports_openssl_component_tls_method_context_security_level(context_t *context)
{
    return (uint32_t)SSL_CTX_get_security_level(context->ssl);
}

/* A C string of a text that arrived and is freed; the caller frees it. NULL without memory, and for a 0 in it. */
static char *
take_text(text_t *text)
{
    char *copy = text->len > 0 && memchr(text->ptr, 0, text->len) != NULL ? NULL : malloc(text->len + 1);
    if (copy != NULL) {
        if (text->len > 0)
            memcpy(copy, text->ptr, text->len);
        copy[text->len] = '\0';
    }
    openssl_cap_string_free(text);
    return copy;
}

bool
exports_openssl_component_tls_method_context_set_ciphers(context_t *context, text_t *text, failure_t *failure)
{
    char *list = take_text(text);
    bool done = list != NULL && SSL_CTX_set_cipher_list(context->ssl, list) == 1;
    free(list);
    return settled(done, failure);
}

bool
exports_openssl_component_tls_method_context_set_suites(context_t *context, text_t *text, failure_t *failure)
{
    char *list = take_text(text);
    bool done = list != NULL && SSL_CTX_set_ciphersuites(context->ssl, list) == 1;
    free(list);
    return settled(done, failure);
}

bool
exports_openssl_component_tls_method_context_suites(context_t *context, suites_t *suites, failure_t *failure)
{
    SSL *ssl = SSL_new(context->ssl);
    STACK_OF(SSL_CIPHER) *ciphers = ssl == NULL ? NULL : SSL_get_ciphers(ssl);
    bool room = ssl != NULL;
    *suites = (suites_t){NULL, 0};
    for (int i = 0; room && ciphers != NULL && i < sk_SSL_CIPHER_num(ciphers); i++)
        room = add_suite(suites, sk_SSL_CIPHER_value(ciphers, i));
    SSL_free(ssl);
    return room || failed_by(failure, NO_MEMORY);
}

bool
exports_openssl_component_tls_method_context_set_groups(context_t *context, text_t *text, failure_t *failure)
{
    char *list = take_text(text);
    bool done = list != NULL && SSL_CTX_set1_groups_list(context->ssl, list) == 1;
    free(list);
    return settled(done, failure);
}

bool
exports_openssl_component_tls_method_context_set_dh_parameters(context_t *context, bytes_t *pem, failure_t *failure)
{
    BIO *bio = reader(pem), *again = reader(pem);
    unsigned char *der = NULL;
    long length;
    /* The first look is for what OpenSSL says of a file without any. */
    bool there = bio != NULL && again != NULL &&
                 PEM_bytes_read_bio(&der, &length, NULL, PEM_STRING_DHPARAMS, bio, NULL, NULL) == 1;
    EVP_PKEY *parameters = there ? PEM_read_bio_Parameters(again, NULL) : NULL;
    bool done = parameters != NULL && SSL_CTX_set0_tmp_dh_pkey(context->ssl, parameters) == 1;
    if (!done)
        EVP_PKEY_free(parameters);
    OPENSSL_free(der);
    BIO_free(bio);
    BIO_free(again);
    openssl_cap_list_u8_free(pem);
    return settled(done, failure);
}

/* The first of our protocols that the client offers. */
static int
select_protocol(SSL *ssl, const unsigned char **selected, unsigned char *length, const unsigned char *offered,
                unsigned int offered_length, void *argument)
{
    (void)ssl;
    const context_t *context = argument;
    unsigned char *found = NULL;
    int result = SSL_select_next_proto(&found, length, context->protocols.ptr, (unsigned int)context->protocols.len,
                                       offered, offered_length);
    *selected = found;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

bool
exports_openssl_component_tls_method_context_set_protocols(context_t *context, bytes_t *names, failure_t *failure)
{
    /* OpenSSL returns 0 for what went well. */
    if (SSL_CTX_set_alpn_protos(context->ssl, names->ptr, (unsigned int)names->len) != 0) {
        openssl_cap_list_u8_free(names);
        return failed_by(failure, ARGUMENT);
    }
    openssl_cap_list_u8_free(&context->protocols);
    context->protocols = *names;
    SSL_CTX_set_alpn_select_cb(context->ssl, names->len > 0 ? select_protocol : NULL, context);
    return true;
}

/* ---- What it has of its own ---- */

/* As SSL_CTX_use_certificate_chain_file(). */
static bool
use_chain(SSL_CTX *ssl, BIO *bio)
{
    X509 *own = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
    if (own == NULL) {
        ERR_raise(ERR_LIB_SSL, ERR_R_PEM_LIB);
        return false;
    }
    bool done = SSL_CTX_use_certificate(ssl, own) == 1 && ERR_peek_error() == 0 && SSL_CTX_clear_chain_certs(ssl) == 1;
    X509_free(own);
    X509 *issuer;
    while (done && (issuer = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        done = SSL_CTX_add0_chain_cert(ssl, issuer) == 1;
        if (!done)
            X509_free(issuer);
    }
    unsigned long code = ERR_peek_last_error();
    return done && ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

bool
exports_openssl_component_tls_method_context_use_certificates(context_t *context, bytes_t *pem, failure_t *failure)
{
    BIO *bio = reader(pem);
    ERR_clear_error();
    bool done = bio != NULL && use_chain(context->ssl, bio);
    BIO_free(bio);
    openssl_cap_list_u8_free(pem);
    return settled(done, failure);
}

/* A password, and whether one was asked for. */
struct password {
    const bytes_t *text;
    bool asked;
};

static int
give_password(char *buffer, int room, int writing, void *argument)
{
    (void)writing;
    struct password *password = argument;
    password->asked = true;
    if (password->text == NULL || password->text->len > (size_t)room)
        return -1;
    if (password->text->len > 0)
        memcpy(buffer, password->text->ptr, password->text->len);
    return (int)password->text->len;
}

bool
exports_openssl_component_tls_method_context_use_key(context_t *context, bytes_t *pem, bytes_t *maybe_password,
                                                     failure_t *failure)
{
    struct password password = {maybe_password, false};
    BIO *bio = reader(pem);
    ERR_clear_error();
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, give_password, &password);
    bool needed = key == NULL && password.asked && maybe_password == NULL;
    if (key == NULL)
        ERR_raise(ERR_LIB_SSL, ERR_R_PEM_LIB);
    bool done = key != NULL && SSL_CTX_use_PrivateKey(context->ssl, key) == 1 &&
                SSL_CTX_check_private_key(context->ssl) == 1;
    EVP_PKEY_free(key);
    BIO_free(bio);
    forget(pem);
    if (maybe_password != NULL)
        forget(maybe_password);
    return needed ? failed_by(failure, PASSWORD_NEEDED) : settled(done, failure);
}

/* ---- The rest ---- */

bool
exports_openssl_component_tls_method_context_set_tickets(context_t *context, uint32_t number, failure_t *failure)
{
    return settled(SSL_CTX_set_num_tickets(context->ssl, number) == 1, failure);
}

uint32_t
exports_openssl_component_tls_method_context_tickets(context_t *context)
{
    return (uint32_t)SSL_CTX_get_num_tickets(context->ssl);
}

void
exports_openssl_component_tls_method_context_set_later_authentication(context_t *context, bool offered)
{
    context->later_authentication = offered;
}

bool
exports_openssl_component_tls_method_context_set_identity_hint(context_t *context, text_t *maybe_hint,
                                                               failure_t *failure)
{
    char *hint = maybe_hint == NULL ? NULL : take_text(maybe_hint);
    bool done = (maybe_hint == NULL || hint != NULL) && SSL_CTX_use_psk_identity_hint(context->ssl, hint) == 1;
    free(hint);
    return settled(done, failure);
}

void
exports_openssl_component_tls_method_context_statistics(context_t *context,
                                                        exports_openssl_component_tls_statistics_t *statistics)
{
    *statistics = (exports_openssl_component_tls_statistics_t){
        .number = (uint32_t)SSL_CTX_sess_number(context->ssl),
        .connect = (uint32_t)SSL_CTX_sess_connect(context->ssl),
        .connect_good = (uint32_t)SSL_CTX_sess_connect_good(context->ssl),
        .connect_renegotiate = (uint32_t)SSL_CTX_sess_connect_renegotiate(context->ssl),
        .accept = (uint32_t)SSL_CTX_sess_accept(context->ssl),
        .accept_good = (uint32_t)SSL_CTX_sess_accept_good(context->ssl),
        .accept_renegotiate = (uint32_t)SSL_CTX_sess_accept_renegotiate(context->ssl),
        .hits = (uint32_t)SSL_CTX_sess_hits(context->ssl),
        .misses = (uint32_t)SSL_CTX_sess_misses(context->ssl),
        .timeouts = (uint32_t)SSL_CTX_sess_timeouts(context->ssl),
        .cache_full = (uint32_t)SSL_CTX_sess_cache_full(context->ssl),
    };
}

void
exports_openssl_component_tls_method_context_set_notices(context_t *context, notices_t what)
{
    context->notices = what;
    context_ask(context);
}
