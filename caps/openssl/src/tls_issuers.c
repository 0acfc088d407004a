/* Certificates that a store does not have and somebody else may. OpenSSL looks for them by their names in the middle of a
 * verification; here the names are noted, and when it has failed the handshake stops until they were asked for. */
#include "tls.h"

#include <openssl/x509_vfy.h>

/* The connection whose peer is being verified. */
static connection_t *verifying;

/* Looks for nothing, and finds nothing. */
static int
on_lookup(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name, X509_OBJECT *found)
{
    (void)lookup, (void)type, (void)found;
    if (verifying == NULL)
        return 0;
    uint32_t hash = (uint32_t)X509_NAME_hash_ex(name, NULL, NULL, NULL);
    size_t count = verifying->issuers.count;
    for (size_t i = 0; i < count; i++) {
        if (verifying->issuers.names[i] == hash)
            return 0;
    }
    if (count < sizeof verifying->issuers.names / sizeof verifying->issuers.names[0])
        verifying->issuers.names[verifying->issuers.count++] = hash;
    return 0;
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
add_lookup(X509_STORE *store)
{
    static X509_LOOKUP_METHOD *method;
    if (method == NULL && (method = X509_LOOKUP_meth_new("issuers")) != NULL)
        X509_LOOKUP_meth_set_get_by_subject(method, on_lookup);
    if (method != NULL)
        X509_STORE_add_lookup(store, method);
}

void
context_look_for_issuers(context_t *context, bool look)
{
    SSL_CTX_set_cert_verify_callback(context->ssl, look ? on_verify : NULL, NULL);
    if (look)
        add_lookup(SSL_CTX_get_cert_store(context->ssl));
}
