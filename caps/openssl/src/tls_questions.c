/* What connections stop and report for: OpenSSL's callbacks, which call nobody. Where an answer is needed, the
 * handshake stops before it is, and goes on when it is there. */
#include "tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/objects.h>

typedef exports_openssl_component_tls_message_t message_t;
typedef exports_openssl_component_tls_query_t query_t;

/* What a connection keeps of key lines and messages at most. */
enum { KEPT = 4096 };

void
question_open(struct asked *asked, const uint8_t *text, size_t length, bool has_text)
{
    asked->text = text_of_bytes(text, length);
    asked->has_text = has_text;
    asked->state = OPEN;
}

/* The name in a server_name extension: a list with one of type 0. */
static bool
name_in(const unsigned char *p, size_t length, const unsigned char **name, size_t *name_length)
{
    if (length < 5 || p[2] != 0)
        return false;
    *name = p + 5;
    *name_length = (size_t)p[3] << 8 | p[4];
    return *name_length <= length - 5;
}

/* The first identity in a pre_shared_key extension. */
static bool
identity_in(const unsigned char *p, size_t length, const unsigned char **identity, size_t *identity_length)
{
    if (length < 4)
        return false;
    *identity = p + 4;
    *identity_length = (size_t)p[2] << 8 | p[3];
    return *identity_length <= length - 4;
}

/* A ClientHello has been read, and nothing of it is answered yet. */
static int
on_hello(SSL *ssl, int *alert, void *argument)
{
    (void)argument;
    connection_t *connection = connection_of(ssl);
    const unsigned char *extension, *text = NULL;
    size_t length, text_length = 0;
    if ((connection->context->notices & NOTICE(SERVER_NAME)) != 0 && connection->name.state == NOT_ASKED) {
        bool found = SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &extension, &length) == 1 &&
                     name_in(extension, length, &text, &text_length);
        question_open(&connection->name, text, found ? text_length : 0, found);
    }
    if ((connection->context->notices & NOTICE(PSK_SERVER)) != 0 && connection->key.state == NOT_ASKED &&
        SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_psk, &extension, &length) == 1 &&
        identity_in(extension, length, &text, &text_length))
        question_open(&connection->key, text, text_length, true);
    if (connection->name.state == OPEN || connection->key.state == OPEN)
        return SSL_CLIENT_HELLO_RETRY;
    if (connection->alert >= 0) {
        *alert = connection->alert;
        return SSL_CLIENT_HELLO_ERROR;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

/* The name was asked about in on_hello(): the client is told that it was heard. */
static int
on_name(SSL *ssl, int *alert, void *argument)
{
    (void)ssl, (void)alert, (void)argument;
    return SSL_TLSEXT_ERR_OK;
}

/* Copies the key that was answered. 0: there is none. */
static unsigned int
give_key(const connection_t *connection, unsigned char *key, unsigned int room)
{
    if (connection->key.state != ANSWERED || connection->psk.len == 0 || connection->psk.len > room)
        return 0;
    memcpy(key, connection->psk.ptr, connection->psk.len);
    return (unsigned int)connection->psk.len;
}

static unsigned int
on_client_key(SSL *ssl, const char *hint, char *identity, unsigned int identity_room, unsigned char *key,
              unsigned int room)
{
    (void)hint;
    const connection_t *connection = connection_of(ssl);
    if (connection->identity.len >= identity_room)
        return 0;
    if (connection->identity.len > 0)
        memcpy(identity, connection->identity.ptr, connection->identity.len);
    identity[connection->identity.len] = '\0';
    return give_key(connection, key, room);
}

static unsigned int
on_server_key(SSL *ssl, const char *identity, unsigned char *key, unsigned int room)
{
    (void)identity;
    return give_key(connection_of(ssl), key, room);
}

static void
on_secret(const SSL *ssl, const char *line)
{
    texts_t *keys = &connection_of(ssl)->keys;
    if (keys->len >= KEPT)
        return;
    text_t *longer = realloc(keys->ptr, (keys->len + 1) * sizeof *longer);
    if (longer == NULL)
        return;
    keys->ptr = longer;
    keys->ptr[keys->len++] = text_of(line);
}

static void
on_message(int written, int version, int content_type, const void *data, size_t length, SSL *ssl, void *argument)
{
    (void)argument;
    messages_t *messages = &connection_of(ssl)->messages;
    if (messages->len >= KEPT)
        return;
    message_t *longer = realloc(messages->ptr, (messages->len + 1) * sizeof *longer);
    if (longer == NULL)
        return;
    messages->ptr = longer;
    message_t *message = &longer[messages->len];
    *message = (message_t){written != 0, (uint32_t)version, (uint32_t)content_type, {NULL, 0}};
    if (!bytes_new(&message->data, length))
        return;
    if (length > 0)
        memcpy(message->data.ptr, data, length);
    messages->len++;
}

void
context_ask(context_t *context)
{
    notices_t what = context->notices;
    bool hello = (what & (NOTICE(SERVER_NAME) | NOTICE(PSK_SERVER))) != 0;
    bool name = (what & NOTICE(SERVER_NAME)) != 0;
    SSL_CTX_set_client_hello_cb(context->ssl, hello ? on_hello : NULL, NULL);
    /* The macro casts what comes first. */
    SSL_CTX_set_tlsext_servername_callback(context->ssl, (name ? on_name : NULL));
    SSL_CTX_set_psk_client_callback(context->ssl, (what & NOTICE(PSK_CLIENT)) != 0 ? on_client_key : NULL);
    SSL_CTX_set_psk_server_callback(context->ssl, (what & NOTICE(PSK_SERVER)) != 0 ? on_server_key : NULL);
    SSL_CTX_set_keylog_callback(context->ssl, (what & NOTICE(KEYS)) != 0 ? on_secret : NULL);
    context_look_for_issuers(context);
    SSL_CTX_set_msg_callback(context->ssl, (what & NOTICE(MESSAGES)) != 0 ? on_message : NULL);
}

bool
cipher_takes_key(const SSL_CIPHER *cipher)
{
    int exchange = SSL_CIPHER_get_kx_nid(cipher);
    return exchange == NID_kx_psk || exchange == NID_kx_dhe_psk || exchange == NID_kx_ecdhe_psk ||
           exchange == NID_kx_rsa_psk;
}

/* Whether a server waits for the message that has an identity, up to TLS 1.2. */
static bool
awaits_identity(const connection_t *connection)
{
    const SSL_CIPHER *cipher = SSL_get_pending_cipher(connection->ssl);
    if (cipher == NULL || SSL_version(connection->ssl) >= TLS1_3_VERSION ||
        SSL_get_state(connection->ssl) != TLS_ST_SW_SRVR_DONE)
        return false;
    return cipher_takes_key(cipher);
}

enum {
    RECORD_HEADER = 5, /* type, version, length */
    MESSAGE_HEADER = 4, /* type, length */
    CLIENT_KEY_EXCHANGE = 16
};

/* Asks for the key of the identity in the message that is next, which is in clear. OpenSSL must not have a byte of it
 * before: it asks in the middle of it. */
static enum needed
ask_identity(connection_t *connection)
{
    char *data = NULL;
    size_t there = (size_t)BIO_get_mem_data(connection->input, &data);
    const unsigned char *record = (const unsigned char *)data;
    size_t whole = RECORD_HEADER;
    if (there >= RECORD_HEADER)
        whole += (size_t)record[3] << 8 | record[4];
    if (there < whole && !connection->input_ended) {
        connection->wanted = whole - there;
        return INPUT;
    }
    const unsigned char *message = record + RECORD_HEADER, *identity = message + MESSAGE_HEADER + 2;
    size_t length = whole < RECORD_HEADER + MESSAGE_HEADER + 2 ? 0 : (size_t)identity[-2] << 8 | identity[-1];
    bool found = there >= whole && whole >= RECORD_HEADER + MESSAGE_HEADER + 2 + length &&
                 record[0] == SSL3_RT_HANDSHAKE && message[0] == CLIENT_KEY_EXCHANGE;
    if (!found)
        return NOTHING;
    question_open(&connection->key, identity, length, true);
    return AN_ANSWER;
}

/* Whether a client may come to TLS 1.3, where its key is asked for before it begins. */
static bool
may_be_tls13(const SSL *ssl)
{
    int maximum = SSL_get_max_proto_version((SSL *)ssl);
    return (maximum == 0 || maximum >= TLS1_3_VERSION) && (SSL_get_options(ssl) & SSL_OP_NO_TLSv1_3) == 0;
}

/* Up to TLS 1.2 the same client asks again, when the server has said its hint. */
static enum needed
client_key_needed(connection_t *connection)
{
    if (connection->key.state == NOT_ASKED && may_be_tls13(connection->ssl))
        question_open(&connection->key, NULL, 0, false);
    if (connection->key.state == OPEN)
        return AN_ANSWER;
    if (connection->hint_asked || SSL_get_state(connection->ssl) != TLS_ST_CW_CLNT_HELLO)
        return NOTHING;
    enum needed needed = ask_with_hint(connection);
    connection->hint_asked = needed != INPUT;
    return needed;
}

enum needed
needed_now(connection_t *connection)
{
    notices_t notices = connection->context->notices;
    if (!connection->server && (notices & NOTICE(PSK_CLIENT)) != 0) {
        enum needed needed = client_key_needed(connection);
        if (needed != NOTHING)
            return needed;
    }
    if (connection->name.state == OPEN || connection->key.state == OPEN || connection->issuers.open)
        return AN_ANSWER;
    bool asks = connection->key.state == NOT_ASKED && connection->server && (notices & NOTICE(PSK_SERVER)) != 0;
    return asks && awaits_identity(connection) ? ask_identity(connection) : NOTHING;
}

static void
issuers_asked(const connection_t *connection, openssl_cap_list_u32_t *names)
{
    size_t count = connection->issuers.count - connection->issuers.asked;
    *names = (openssl_cap_list_u32_t){malloc(count * sizeof *names->ptr), 0};
    if (names->ptr == NULL)
        return;
    memcpy(names->ptr, connection->issuers.names + connection->issuers.asked, count * sizeof *names->ptr);
    names->len = count;
}

/* The text of a question, as long as that is open. */
static bool
text_asked(const struct asked *asked, text_t *text)
{
    *text = asked->has_text ? text_of_bytes(asked->text.ptr, asked->text.len) : (text_t){NULL, 0};
    return asked->has_text;
}

bool
exports_openssl_component_tls_method_connection_question(connection_t *connection, query_t *query)
{
    if (connection->name.state == OPEN) {
        query->tag = EXPORTS_OPENSSL_COMPONENT_TLS_QUERY_SERVER_NAME;
        query->val.server_name.is_some = text_asked(&connection->name, &query->val.server_name.val);
        return true;
    }
    if (connection->issuers.open) {
        query->tag = EXPORTS_OPENSSL_COMPONENT_TLS_QUERY_ISSUERS;
        issuers_asked(connection, &query->val.issuers);
        return true;
    }
    if (connection->key.state != OPEN)
        return false;
    if (connection->server) {
        query->tag = EXPORTS_OPENSSL_COMPONENT_TLS_QUERY_PSK_SERVER;
        text_asked(&connection->key, &query->val.psk_server);
    } else {
        query->tag = EXPORTS_OPENSSL_COMPONENT_TLS_QUERY_PSK_CLIENT;
        query->val.psk_client.is_some = text_asked(&connection->key, &query->val.psk_client.val);
    }
    return true;
}

void
exports_openssl_component_tls_method_connection_answer_name(connection_t *connection, uint8_t *maybe_alert)
{
    connection->alert = maybe_alert == NULL ? -1 : *maybe_alert;
    connection->name.state = ANSWERED;
}

void
exports_openssl_component_tls_method_connection_answer_key(connection_t *connection, text_t *identity, bytes_t *key)
{
    openssl_cap_list_u8_free(&connection->identity);
    forget(&connection->psk);
    connection->identity = (bytes_t){identity->ptr, identity->len};
    connection->psk = *key;
    connection->key.state = ANSWERED;
}

void
exports_openssl_component_tls_method_connection_answer_issuers(connection_t *connection)
{
    connection->issuers.asked = connection->issuers.count;
    connection->issuers.open = false;
}

void
exports_openssl_component_tls_method_connection_take_keys(connection_t *connection, texts_t *keys)
{
    *keys = connection->keys;
    connection->keys = (texts_t){NULL, 0};
}

void
exports_openssl_component_tls_method_connection_take_messages(connection_t *connection, messages_t *messages)
{
    *messages = connection->messages;
    connection->messages = (messages_t){NULL, 0};
}

void
questions_free(connection_t *connection)
{
    openssl_cap_string_free(&connection->name.text);
    openssl_cap_string_free(&connection->key.text);
    openssl_cap_list_u8_free(&connection->identity);
    forget(&connection->psk);
    openssl_cap_list_string_free(&connection->keys);
    exports_openssl_component_tls_list_message_free(&connection->messages);
}
