/* The host's part in one native program: each call of the consumer is a call of the endpoint, and each question of that one
 * of the consumer. What travels can be spoilt on the way. */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a message is spoilt. */
enum spoiling { INTACT, TRUNCATED, FLIPPED, SCRAMBLED };

/* What travels: a call and its reply, a question in it and the answer. */
enum leg { REQUEST, REPLY, QUESTION, ANSWER };

/* What happens to the messages of contract methods; the protocol's own (`open`, `drop`) are left alone. */
struct loopback {
    unsigned message;       /* the number of the message to spoil, counting from 0 */
    enum spoiling spoiling; /* TRUNCATED: `at` bytes are left; FLIPPED: the bit `at` is inverted; SCRAMBLED: a few
                               edits that depend on `at` only */
    size_t at;
    bool silent; /* no question is answered */
    /* Results. */
    unsigned messages;                   /* of contract methods so far, those with errors not counted */
    bool spoilt;                         /* the message was there and long enough */
    enum leg leg;                        /* of the one that was spoilt */
    bool refused;                        /* a question came to nothing */
    uint8_t request[4096], answer[4096]; /* the last call and its reply, as they were sent */
    size_t request_length, answer_length;
};

extern struct loopback loopback;

#endif
