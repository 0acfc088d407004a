/* What a server says for a key that was agreed on beforehand, up to TLS 1.2: it is read in the server's first flight, which is
 * in clear, before OpenSSL gets any of that and asks for the key in the middle of it. */
#include "tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/objects.h>

enum {
    RECORD_HEADER = 5,   /* type, version, length */
    MESSAGE_HEADER = 4,  /* type, length */
    HELLO_RANDOM = 34,   /* version and random number of a ServerHello */
    SERVER_HELLO = 2,
    SERVER_KEY_EXCHANGE = 12,
    SERVER_HELLO_DONE = 14,
    FLIGHT = 128 * 1024, /* of more than this OpenSSL is to say what is wrong */
};

/* Puts the messages of whole records one behind the other. Returns how many bytes of input there are to be at least for
 * the next record to be whole, 0 if what comes is none of a handshake. */
static size_t
messages_in(const uint8_t *input, size_t there, uint8_t *messages, size_t *length)
{
    size_t at = 0;
    for (;;) {
        if (there - at < RECORD_HEADER)
            return at + RECORD_HEADER;
        size_t size = (size_t)input[at + 3] << 8 | input[at + 4];
        if (input[at] != SSL3_RT_HANDSHAKE || size == 0)
            return 0;
        if (there - at - RECORD_HEADER < size)
            return at + RECORD_HEADER + size;
        memcpy(messages + *length, input + at + RECORD_HEADER, size);
        *length += size;
        at += RECORD_HEADER + size;
    }
}

/* Whether a ServerHello chooses a suite with such a key. */
static bool
chooses_key(SSL *ssl, const uint8_t *hello, size_t length)
{
    if (length <= HELLO_RANDOM || length < HELLO_RANDOM + 1 + (size_t)hello[HELLO_RANDOM] + 2)
        return false;
    const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, hello + HELLO_RANDOM + 1 + hello[HELLO_RANDOM]);
    return cipher != NULL && cipher_takes_key(cipher);
}

/* The size of the message at `at` with its header, 0 if it is not whole. */
static size_t
message_size(const uint8_t *messages, size_t length, size_t at)
{
    if (length - at < MESSAGE_HEADER)
        return 0;
    size_t size = MESSAGE_HEADER + ((size_t)messages[at + 1] << 16 | (size_t)messages[at + 2] << 8 | messages[at + 3]);
    return size <= length - at ? size : 0;
}

/* Looks for the hint. AN_ANSWER: it is there, or the server has said all and there is none. INPUT: the flight goes on. */
static enum needed
find_hint(SSL *ssl, const uint8_t *messages, size_t length, const uint8_t **hint, size_t *hint_length)
{
    size_t size;
    for (size_t at = 0; (size = message_size(messages, length, at)) > 0; at += size) {
        const uint8_t *body = messages + at + MESSAGE_HEADER;
        size_t left = size - MESSAGE_HEADER;
        if (at == 0 && (messages[0] != SERVER_HELLO || !chooses_key(ssl, body, left)))
            return NOTHING;
        if (messages[at] == SERVER_KEY_EXCHANGE) {
            *hint_length = left < 2 ? 0 : (size_t)body[0] << 8 | body[1];
            *hint = body + 2;
            return left >= 2 + *hint_length ? AN_ANSWER : NOTHING;
        }
        if (messages[at] == SERVER_HELLO_DONE)
            return AN_ANSWER;
    }
    return INPUT;
}

enum needed
ask_with_hint(connection_t *connection)
{
    char *data = NULL;
    size_t there = (size_t)BIO_get_mem_data(connection->input, &data), length = 0, hint_length = 0;
    const uint8_t *hint = NULL;
    uint8_t *messages = there > FLIGHT ? NULL : malloc(there + 1);
    if (messages == NULL)
        return NOTHING;
    size_t whole = messages_in((const uint8_t *)data, there, messages, &length);
    enum needed needed = find_hint(connection->ssl, messages, length, &hint, &hint_length);
    if (needed == INPUT && (whole == 0 || connection->input_ended))
        needed = NOTHING;
    if (needed == INPUT)
        connection->wanted = whole - there;
    if (needed == AN_ANSWER)
        question_open(&connection->key, hint, hint_length, hint_length > 0);
    free(messages);
    return needed;
}
