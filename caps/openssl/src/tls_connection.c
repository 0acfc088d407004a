/* The resource `connection`, over an SSL between two memory BIOs: what it does. What it says is in tls_facts.c. */
#include "tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

typedef exports_openssl_component_tls_own_connection_t own_connection_t;
typedef exports_openssl_component_tls_outcome_t outcome_t;
typedef exports_openssl_component_tls_step_t step_t;

#define OUTCOME(name) EXPORTS_OPENSSL_COMPONENT_TLS_OUTCOME_##name

connection_t *
connection_of(const SSL *ssl)
{
    return SSL_get_app_data(ssl);
}

/* Notes how much OpenSSL wants to read. */
static long
on_read(BIO *bio, int what, const char *to, size_t length, int number, long argument, int result, size_t *processed)
{
    (void)to, (void)number, (void)argument, (void)processed;
    if (what == BIO_CB_READ)
        ((connection_t *)BIO_get_callback_arg(bio))->wanted = length;
    return result;
}

/* Gives the SSL its BIOs. */
static bool
join(connection_t *connection)
{
    connection->input = BIO_new(BIO_s_mem());
    connection->output = BIO_new(BIO_s_mem());
    if (connection->input == NULL || connection->output == NULL) {
        BIO_free(connection->input);
        BIO_free(connection->output);
        return false;
    }
    BIO_set_callback_ex(connection->input, on_read);
    BIO_set_callback_arg(connection->input, (char *)connection);
    SSL_set_bio(connection->ssl, connection->input, connection->output);
    return true;
}

/* Whom a client asks for, and with `verified` whom it has to meet. */
static bool
set_name(SSL *ssl, const char *name, bool verified)
{
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(name);
    ERR_clear_error();
    X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
    bool done = true;
    if (address == NULL) {
        done = SSL_set_tlsext_host_name(ssl, name) == 1 &&
               (!verified || X509_VERIFY_PARAM_set1_host(parameters, name, strlen(name)) == 1);
    } else if (verified) {
        done = X509_VERIFY_PARAM_set1_ip(parameters, ASN1_STRING_get0_data(address),
                                         (size_t)ASN1_STRING_length(address)) == 1;
    }
    ASN1_OCTET_STRING_free(address);
    return done;
}

static void
set_later_authentication(const connection_t *connection)
{
    if (!connection->context->later_authentication)
        return;
    /* A client ignores what the mode says of the handshake; a server must not ask in it and afterwards. */
    if (connection->server)
        SSL_set_verify(connection->ssl, SSL_get_verify_mode(connection->ssl) | SSL_VERIFY_POST_HANDSHAKE, NULL);
    else
        SSL_set_post_handshake_auth(connection->ssl, 1);
}

static void
connection_free(connection_t *connection)
{
    SSL_free(connection->ssl);
    questions_free(connection);
    exports_openssl_component_error_failure_free(&connection->failure);
    context_release(connection->context);
    free(connection);
}

bool
exports_openssl_component_tls_static_connection_create(context_t *within, bool server, text_t *maybe_name,
                                                       bool verified, own_connection_t *created, failure_t *failure)
{
    char name[256] = "";
    bool named = maybe_name != NULL && maybe_name->len > 0;
    bool fits = !named || (maybe_name->len < sizeof name && memchr(maybe_name->ptr, 0, maybe_name->len) == NULL);
    if (named && fits)
        memcpy(name, maybe_name->ptr, maybe_name->len);
    if (maybe_name != NULL)
        openssl_cap_string_free(maybe_name);
    connection_t *connection = fits ? calloc(1, sizeof *connection) : NULL;
    if (connection == NULL)
        return failed_by(failure, fits ? NO_MEMORY : ARGUMENT);
    connection->context = within;
    within->references++;
    connection->alert = -1;
    connection->server = server;
    connection->ssl = SSL_new(within->ssl);
    bool made = connection->ssl != NULL && join(connection);
    if (made) {
        SSL_set_app_data(connection->ssl, connection);
        made = !named || set_name(connection->ssl, name, verified);
    }
    if (!made) {
        failed(failure);
        connection_free(connection);
        return false;
    }
    set_later_authentication(connection);
    if (server) {
        /* Who checks certificates has to say which sessions are its own. A client that says so takes up no others. */
        static const unsigned char id[] = "pylon";
        SSL_set_session_id_context(connection->ssl, id, sizeof id - 1);
        SSL_set_accept_state(connection->ssl);
    } else {
        SSL_set_connect_state(connection->ssl);
    }
    *created = exports_openssl_component_tls_connection_new(connection);
    return true;
}

void
exports_openssl_component_tls_connection_destructor(connection_t *connection)
{
    connection_free(connection);
}

/* ---- Bytes ---- */

bool
exports_openssl_component_tls_method_connection_feed(connection_t *connection, bytes_t *data, failure_t *failure)
{
    bool done = data->len == 0 || BIO_write(connection->input, data->ptr, (int)data->len) == (int)data->len;
    openssl_cap_list_u8_free(data);
    return done || failed_by(failure, NO_MEMORY);
}

void
exports_openssl_component_tls_method_connection_feed_end(connection_t *connection)
{
    connection->input_ended = true;
    BIO_set_mem_eof_return(connection->input, 0);
}

void
exports_openssl_component_tls_method_connection_take_output(connection_t *connection, uint32_t most, bytes_t *output)
{
    size_t there = BIO_ctrl_pending(connection->output);
    size_t length = there < most ? there : most;
    if (length > LIMIT)
        length = LIMIT;
    if (length == 0 || !bytes_new(output, length)) {
        *output = (bytes_t){NULL, 0};
        return;
    }
    BIO_read(connection->output, output->ptr, (int)length);
}

/* ---- Steps ---- */

static bool
is_unexpected_end(void)
{
    unsigned long code = ERR_peek_last_error();
    return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

static outcome_t
outcome_of(const connection_t *connection, int result)
{
    switch (SSL_get_error(connection->ssl, result)) {
    case SSL_ERROR_NONE:
        return OUTCOME(DONE);
    case SSL_ERROR_WANT_READ:
        return OUTCOME(WANT_INPUT);
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
    case SSL_ERROR_WANT_RETRY_VERIFY:
        return OUTCOME(QUESTION);
    case SSL_ERROR_ZERO_RETURN:
        return OUTCOME(CLOSED);
    case SSL_ERROR_SYSCALL:
        return ERR_peek_error() == 0 ? OUTCOME(ENDED) : OUTCOME(FAILED);
    default:
        return is_unexpected_end() ? OUTCOME(ENDED) : OUTCOME(FAILED);
    }
}

/* How a call of OpenSSL ended that returned `result`. */
static step_t
ended(connection_t *connection, int result, size_t taken)
{
    outcome_t outcome = outcome_of(connection, result);
    if (outcome == OUTCOME(FAILED) || outcome == OUTCOME(ENDED)) {
        exports_openssl_component_error_failure_free(&connection->failure);
        failed(&connection->failure);
    }
    ERR_clear_error();
    return (step_t){
        .outcome = outcome,
        .taken = (uint32_t)taken,
        .wanted = outcome == OUTCOME(WANT_INPUT) ? (uint32_t)connection->wanted : 0,
        .output = (uint32_t)BIO_ctrl_pending(connection->output),
        .notices = connection->keys.len > 0 || connection->messages.len > 0,
    };
}

/* Whether OpenSSL may not go on yet: `step` is then that of a connection that waits. */
static bool
waits(connection_t *connection, step_t *step)
{
    enum needed needed = needed_now(connection);
    if (needed == NOTHING)
        return false;
    *step = (step_t){
        .outcome = needed == AN_ANSWER ? OUTCOME(QUESTION) : OUTCOME(WANT_INPUT),
        .wanted = needed == AN_ANSWER ? 0 : (uint32_t)connection->wanted,
        .output = (uint32_t)BIO_ctrl_pending(connection->output),
    };
    return true;
}

void
exports_openssl_component_tls_method_connection_handshake(connection_t *connection, step_t *step)
{
    ERR_clear_error();
    if (!waits(connection, step))
        *step = ended(connection, SSL_do_handshake(connection->ssl), 0);
}

void
exports_openssl_component_tls_method_connection_send(connection_t *connection, bytes_t *data, step_t *step)
{
    size_t taken = 0;
    ERR_clear_error();
    if (!waits(connection, step)) {
        int result = SSL_write_ex(connection->ssl, data->ptr, data->len, &taken);
        *step = ended(connection, result, result == 1 ? taken : 0);
    }
    openssl_cap_list_u8_free(data);
}

void
exports_openssl_component_tls_method_connection_receive(connection_t *connection, uint32_t most,
                                                        exports_openssl_component_tls_tuple2_step_list_u8_t *received)
{
    size_t length = most < LIMIT ? most : LIMIT, taken = 0;
    bytes_t bytes = {NULL, 0};
    ERR_clear_error();
    if (waits(connection, &received->f0)) {
        /* Nothing comes yet. */
    } else if (!bytes_new(&bytes, length)) {
        failed_by(&connection->failure, NO_MEMORY);
        received->f0 = (step_t){.outcome = OUTCOME(FAILED)};
    } else {
        int result = SSL_read_ex(connection->ssl, bytes.ptr, length, &taken);
        received->f0 = ended(connection, result, 0);
        bytes.len = result == 1 ? taken : 0;
    }
    if (bytes.len == 0) {
        free(bytes.ptr);
        bytes.ptr = NULL;
    }
    received->f1 = bytes;
}

void
exports_openssl_component_tls_method_connection_shutdown(connection_t *connection, step_t *step)
{
    ERR_clear_error();
    int result = SSL_shutdown(connection->ssl);
    /* Ours is sent. Is the other's there? */
    if (result == 0)
        result = SSL_shutdown(connection->ssl);
    *step = ended(connection, result, 0);
}

void
exports_openssl_component_tls_method_connection_failure(connection_t *connection, failure_t *failure)
{
    *failure = connection->failure;
    memset(&connection->failure, 0, sizeof connection->failure);
}

void
exports_openssl_component_tls_method_connection_verdict(connection_t *connection,
                                                        exports_openssl_component_tls_verdict_t *verdict)
{
    long code = SSL_get_verify_result(connection->ssl);
    verdict->code = (uint32_t)code;
    verdict->text = text_of(X509_verify_cert_error_string(code));
}

uint32_t
exports_openssl_component_tls_method_connection_pending(connection_t *connection)
{
    return (uint32_t)SSL_pending(connection->ssl);
}

bool
exports_openssl_component_tls_method_connection_set_context(connection_t *connection, context_t *to,
                                                            failure_t *failure)
{
    if (SSL_set_SSL_CTX(connection->ssl, to->ssl) == NULL)
        return failed(failure);
    to->references++;
    context_release(connection->context);
    connection->context = to;
    SSL_set_msg_callback(connection->ssl, NULL);
    context_ask(to);
    return true;
}

bool
exports_openssl_component_tls_method_connection_request_certificate(connection_t *connection, failure_t *failure)
{
    ERR_clear_error();
    return SSL_verify_client_post_handshake(connection->ssl) == 1 || failed(failure);
}
