/* What connections and sessions say of themselves. */
#include "tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

static text_t
name_of_object(int nid)
{
    return nid == NID_undef ? (text_t){NULL, 0} : text_of(OBJ_nid2ln(nid));
}

suite_t
suite_of(const SSL_CIPHER *cipher)
{
    char description[512] = "";
    int algorithm_bits = 0;
    int secret_bits = SSL_CIPHER_get_bits(cipher, &algorithm_bits);
    SSL_CIPHER_description(cipher, description, sizeof description);
    size_t length = strlen(description);
    if (length > 0 && description[length - 1] == '\n')
        description[length - 1] = '\0';
    return (suite_t){
        .name = text_of(SSL_CIPHER_get_name(cipher)),
        .id = SSL_CIPHER_get_id(cipher),
        .protocol = text_of(SSL_CIPHER_get_version(cipher)),
        .secret_bits = (uint32_t)secret_bits,
        .algorithm_bits = (uint32_t)algorithm_bits,
        .description = text_of(description),
        .authenticated = SSL_CIPHER_is_aead(cipher) == 1,
        .symmetric = name_of_object(SSL_CIPHER_get_cipher_nid(cipher)),
        .digest = name_of_object(SSL_CIPHER_get_digest_nid(cipher)),
        .key_exchange = name_of_object(SSL_CIPHER_get_kx_nid(cipher)),
        .authentication = name_of_object(SSL_CIPHER_get_auth_nid(cipher)),
    };
}

bool
add_suite(suites_t *suites, const SSL_CIPHER *cipher)
{
    suite_t *longer = realloc(suites->ptr, (suites->len + 1) * sizeof *longer);
    if (longer == NULL)
        return false;
    suites->ptr = longer;
    suites->ptr[suites->len++] = suite_of(cipher);
    return true;
}

bool
exports_openssl_component_tls_method_connection_version(connection_t *connection, text_t *version)
{
    if (SSL_is_init_finished(connection->ssl) != 1)
        return false;
    *version = text_of(SSL_get_version(connection->ssl));
    return true;
}

bool
exports_openssl_component_tls_method_connection_suite(connection_t *connection, suite_t *suite)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(connection->ssl);
    if (cipher != NULL)
        *suite = suite_of(cipher);
    return cipher != NULL;
}

bool
exports_openssl_component_tls_method_connection_shared_suites(connection_t *connection, suites_t *suites)
{
    STACK_OF(SSL_CIPHER) *ours = SSL_get_ciphers(connection->ssl);
    STACK_OF(SSL_CIPHER) *theirs = SSL_get_client_ciphers(connection->ssl);
    *suites = (suites_t){NULL, 0};
    if (ours == NULL || theirs == NULL)
        return false;
    for (int i = 0; i < sk_SSL_CIPHER_num(ours); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ours, i);
        if (sk_SSL_CIPHER_find(theirs, (SSL_CIPHER *)cipher) >= 0)
            add_suite(suites, cipher);
    }
    return true;
}

bool
exports_openssl_component_tls_method_connection_group(connection_t *connection, text_t *group)
{
    const char *name = SSL_is_init_finished(connection->ssl) == 1 ? SSL_get0_group_name(connection->ssl) : NULL;
    if (name != NULL)
        *group = text_of(name);
    return name != NULL;
}

/* A copy of bytes of OpenSSL's. */
static bool
copied(const unsigned char *from, size_t length, bytes_t *bytes)
{
    if (!bytes_new(bytes, length))
        return false;
    if (length > 0)
        memcpy(bytes->ptr, from, length);
    return true;
}

bool
exports_openssl_component_tls_method_connection_protocol(connection_t *connection, bytes_t *protocol)
{
    const unsigned char *name = NULL;
    unsigned int length = 0;
    SSL_get0_alpn_selected(connection->ssl, &name, &length);
    return name != NULL && copied(name, length, protocol);
}

bool
exports_openssl_component_tls_method_connection_peer_certificate(connection_t *connection, own_certificate_t *created)
{
    X509 *certificate = SSL_get0_peer_certificate(connection->ssl);
    if (certificate != NULL)
        *created = certificate_of(certificate);
    return certificate != NULL;
}

/* A server's chain lacks the client's own certificate, which stands apart. */
bool
exports_openssl_component_tls_method_connection_peer_chain(connection_t *connection, tls_certificates_t *certificates)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(connection->ssl);
    X509 *own = connection->server ? SSL_get0_peer_certificate(connection->ssl) : NULL;
    if (chain == NULL && own == NULL)
        return false;
    STACK_OF(X509) *all = sk_X509_new_null();
    bool room = all != NULL && (own == NULL || sk_X509_push(all, own) > 0);
    for (int i = 0; room && chain != NULL && i < sk_X509_num(chain); i++)
        room = sk_X509_push(all, sk_X509_value(chain, i)) > 0;
    room = room && tls_certificates_of(all, certificates);
    sk_X509_free(all);
    return room;
}

bool
exports_openssl_component_tls_method_connection_verified_chain(connection_t *connection,
                                                               tls_certificates_t *certificates)
{
    STACK_OF(X509) *chain = SSL_get0_verified_chain(connection->ssl);
    return chain != NULL && tls_certificates_of(chain, certificates);
}

bool
exports_openssl_component_tls_method_connection_channel_binding(connection_t *connection, bytes_t *binding)
{
    unsigned char message[128];
    bool reused = SSL_session_reused(connection->ssl) == 1;
    /* Of the side whose Finished came first. */
    size_t length = reused != !connection->server ? SSL_get_finished(connection->ssl, message, sizeof message)
                                                  : SSL_get_peer_finished(connection->ssl, message, sizeof message);
    return length > 0 && copied(message, length < sizeof message ? length : sizeof message, binding);
}

bool
exports_openssl_component_tls_method_connection_export_key(connection_t *connection, text_t *label,
                                                           bytes_t *maybe_context, uint32_t length, bytes_t *key,
                                                           failure_t *failure)
{
    bool done = false;
    if (length == 0 || length > LIMIT)
        failed_by(failure, ARGUMENT);
    else if (!bytes_new(key, length))
        failed_by(failure, NO_MEMORY);
    else if (SSL_export_keying_material(connection->ssl, key->ptr, length, (const char *)label->ptr, label->len,
                                        maybe_context == NULL ? NULL : maybe_context->ptr,
                                        maybe_context == NULL ? 0 : maybe_context->len, maybe_context != NULL) == 1)
        done = true;
    else {
        openssl_cap_list_u8_free(key);
        failed(failure);
    }
    openssl_cap_string_free(label);
    if (maybe_context != NULL)
        openssl_cap_list_u8_free(maybe_context);
    return done;
}

/* ---- Sessions ---- */

static SSL_SESSION *
ssl_of(session_t *session)
{
    return (SSL_SESSION *)session;
}

/* A copy, since the connection's own is given up when that ends without a word. */
bool
exports_openssl_component_tls_method_connection_session(connection_t *connection, own_session_t *created)
{
    SSL_SESSION *own = SSL_get_session(connection->ssl);
    SSL_SESSION *session = own == NULL ? NULL : SSL_SESSION_dup(own);
    if (session != NULL)
        *created = exports_openssl_component_tls_session_new((session_t *)session);
    return session != NULL;
}

/* A copy, since two connections would change one session. */
bool
exports_openssl_component_tls_method_connection_set_session(connection_t *connection, session_t *earlier,
                                                            failure_t *failure)
{
    if (connection->server || SSL_in_before(connection->ssl) != 1)
        return failed_by(failure, ARGUMENT);
    SSL_SESSION *copy = SSL_SESSION_dup(ssl_of(earlier));
    bool done = copy != NULL && SSL_set_session(connection->ssl, copy) == 1;
    SSL_SESSION_free(copy);
    return done || failed(failure);
}

bool
exports_openssl_component_tls_method_connection_session_reused(connection_t *connection)
{
    return SSL_session_reused(connection->ssl) == 1;
}

void
exports_openssl_component_tls_method_session_id(session_t *session, bytes_t *id)
{
    unsigned int length = 0;
    const unsigned char *from = SSL_SESSION_get_id(ssl_of(session), &length);
    if (!copied(from, length, id))
        *id = (bytes_t){NULL, 0};
}

uint64_t
exports_openssl_component_tls_method_session_begun(session_t *session)
{
    return (uint64_t)SSL_SESSION_get_time_ex(ssl_of(session));
}

uint64_t
exports_openssl_component_tls_method_session_lifetime(session_t *session)
{
    return (uint64_t)SSL_SESSION_get_timeout(ssl_of(session));
}

bool
exports_openssl_component_tls_method_session_has_ticket(session_t *session)
{
    return SSL_SESSION_has_ticket(ssl_of(session)) == 1;
}

uint64_t
exports_openssl_component_tls_method_session_ticket_lifetime(session_t *session)
{
    return SSL_SESSION_get_ticket_lifetime_hint(ssl_of(session));
}

bool
exports_openssl_component_tls_method_session_encode(session_t *session, bytes_t *der, failure_t *failure)
{
    int length = i2d_SSL_SESSION(ssl_of(session), NULL);
    if (length <= 0)
        return failed(failure);
    if (!bytes_new(der, (size_t)length))
        return failed_by(failure, NO_MEMORY);
    uint8_t *to = der->ptr;
    i2d_SSL_SESSION(ssl_of(session), &to);
    return true;
}

bool
exports_openssl_component_tls_static_session_decode(bytes_t *der, own_session_t *created, failure_t *failure)
{
    const uint8_t *from = der->ptr;
    SSL_SESSION *session = der->len == 0 ? NULL : d2i_SSL_SESSION(NULL, &from, (long)der->len);
    forget(der);
    if (session == NULL)
        return failed(failure);
    *created = exports_openssl_component_tls_session_new((session_t *)session);
    return true;
}

void
exports_openssl_component_tls_session_destructor(session_t *session)
{
    SSL_SESSION_free(ssl_of(session));
}
