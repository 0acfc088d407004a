/* Contexts and connections, for the files that implement `tls`. */
#ifndef PYLON_OPENSSL_TLS_H
#define PYLON_OPENSSL_TLS_H

#include <openssl/ssl.h>

#include "x509.h"

typedef exports_openssl_component_tls_suite_t suite_t;
typedef exports_openssl_component_tls_list_suite_t suites_t;
typedef exports_openssl_component_tls_notices_t notices_t;
typedef exports_openssl_component_tls_context_t context_t;
typedef exports_openssl_component_tls_session_t session_t;
typedef exports_openssl_component_tls_own_session_t own_session_t;
typedef exports_openssl_component_tls_connection_t connection_t;
typedef exports_openssl_component_tls_list_message_t messages_t;
typedef openssl_cap_list_string_t texts_t;

/* The list of certificates as `tls` has it: that of `x509` by another name. */
typedef exports_openssl_component_tls_list_own_certificate_t tls_certificates_t;

static inline bool
tls_certificates_of(const STACK_OF(X509) *stack, tls_certificates_t *certificates)
{
    certificates_t list;
    bool room = certificates_of(stack, &list);
    *certificates = (tls_certificates_t){list.ptr, list.len};
    return room;
}

#define NOTICE(name) EXPORTS_OPENSSL_COMPONENT_TLS_NOTICES_##name

/* A context outlives its handle as long as connections are within it. */
struct exports_openssl_component_tls_context_t {
    SSL_CTX *ssl;
    int references;
    notices_t notices;
    bool later_authentication; /* a certificate may be asked for after the handshake */
    bytes_t protocols;         /* for ALPN */
    struct unread *unread;     /* certificates that nobody has asked for yet (tls_authorities.c) */
};

/* A question, and what was answered. */
struct asked {
    enum { NOT_ASKED, OPEN, ANSWERED } state;
    text_t text; /* the name or identity that it is about */
    bool has_text;
};

struct exports_openssl_component_tls_connection_t {
    SSL *ssl;
    context_t *context;
    BIO *input, *output; /* the SSL's */
    size_t wanted;       /* bytes of input that OpenSSL asked for last */
    failure_t failure;   /* of the last call that failed */
    bool server;
    bool input_ended;

    struct asked name;
    int alert; /* the answer: an alert, -1 for none */
    struct asked key;
    bool hint_asked; /* of a client: it knows the server's hint, or will know none */
    bytes_t identity, psk; /* the answer */

    struct {
        uint32_t names[32]; /* hashes of those that were looked for in vain, once each */
        size_t count, asked;
        bool open;
    } issuers;

    texts_t keys;
    messages_t messages;
};

/* Lets go of a context. */
void context_release(context_t *context);

/* Reads the unread certificates with this hash of their subject's name, and puts them into the store: the first of them,
 * which is the store's, or NULL. */
X509 *authority_of(context_t *context, uint32_t hash);

/* The same of all of them. */
void authorities_read(context_t *context);

/* Forgets them. */
void authorities_free(context_t *context);

/* Puts what connections of `context` are stopped by into place (tls_questions.c). */
void context_ask(context_t *context);

/* The connection that an SSL belongs to. */
connection_t *connection_of(const SSL *ssl);

/* Frees what questions, key lines and messages hold. */
void questions_free(connection_t *connection);

/* Has unread certificates found, and lets connections stop where they lack some if that is asked for (tls_issuers.c). */
void context_look_for_issuers(context_t *context);

/* Opens a question about a text, or about none. */
void question_open(struct asked *asked, const uint8_t *text, size_t length, bool has_text);

/* Whether a suite takes a key that was agreed on beforehand, up to TLS 1.2. */
bool cipher_takes_key(const SSL_CIPHER *cipher);

/* What a connection needs before OpenSSL may go on. */
enum needed { NOTHING, AN_ANSWER, INPUT };

/* Where it is input, `connection->wanted` is how much. */
enum needed needed_now(connection_t *connection);

/* Opens the question for a client's key when the server has said its hint, or that it has none (tls_hint.c). */
enum needed ask_with_hint(connection_t *connection);

suite_t suite_of(const SSL_CIPHER *cipher);

/* Adds a suite to a list. False without memory. */
bool add_suite(suites_t *suites, const SSL_CIPHER *cipher);

#endif
