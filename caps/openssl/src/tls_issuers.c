/* Certificates that a store does not have. OpenSSL looks for them by their names in the middle of a verification. Unread ones
 * are read then; for others, which somebody else may have, the names are noted, and when the verification has failed the
 * handshake stops until they were asked for. */
#include "tls.h"

#include <openssl/x509_vfy.h>

/* The connection whose peer is being verified. */
static connection_t *verifying;

static void
note(connection_t *connection, uint32_t hash)
{
    size_t count = connection->issuers.count;
    for (size_t i = 0; i < count; i++) {
        if (connection->issuers.names[i] == hash)
            return;
    }
    if (count < sizeof connection->issuers.names / sizeof connection->issuers.names[0])
        connection->issuers.names[connection->issuers.count++] = hash;
}

static int
on_lookup(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name, X509_OBJECT *found)
{
    uint32_t hash = (uint32_t)X509_NAME_hash_ex(name, NULL, NULL, NULL);
    X509 *certificate = type == X509_LU_X509 ? authority_of(X509_LOOKUP_get_method_data(lookup), hash) : NULL;
    if (certificate == NULL || X509_OBJECT_set1_X509(found, certificate) != 1) {
        if (verifying != NULL)
            note(verifying, hash);
        return 0;
    }
    /* The store's: who looks for it takes a reference of its own. */
    X509_free(certificate);
    return 1;
}

static int
on_verify(X509_STORE_CTX *verification, void *argument)
{
    (void)argument;
    SSL *ssl = X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx());
    connection_t *connection = connection_of(ssl);
    bool asks = !connection->server && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE;
    verifying = asks ? connection : NULL;
    int result = X509_verify_cert(verification);
    verifying = NULL;
    if (result > 0 || connection->issuers.count == connection->issuers.asked)
        return result;
    connection->issuers.open = true;
    return SSL_set_retry_verify(ssl);
}

/* A store has one lookup of a method. The method is never freed, since all stores have the same. Without memory nothing is
 * looked for, and then nobody is believed that was not before. */
static void
add_lookup(context_t *context)
{
    static X509_LOOKUP_METHOD *method;
    if (method == NULL && (method = X509_LOOKUP_meth_new("issuers")) != NULL)
        X509_LOOKUP_meth_set_get_by_subject(method, on_lookup);
    X509_LOOKUP *lookup =
        method == NULL ? NULL : X509_STORE_add_lookup(SSL_CTX_get_cert_store(context->ssl), method);
    if (lookup != NULL)
        X509_LOOKUP_set_method_data(lookup, context);
}

void
context_look_for_issuers(context_t *context)
{
    bool asks = (context->notices & NOTICE(ISSUERS)) != 0;
    SSL_CTX_set_cert_verify_callback(context->ssl, asks ? on_verify : NULL, NULL);
    if (asks || context->unread != NULL)
        add_lookup(context);
}
