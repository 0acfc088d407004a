/* The host's part in one native program: each invoke of the consumer is a call of the endpoint. What travels can be spoilt
 * on the way. */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a message is spoilt. */
enum spoiling { INTACT, TRUNCATED, FLIPPED, SCRAMBLED };

/* What happens to the messages of contract methods; the protocol's own (`open`, `drop`) are left alone. */
struct loopback {
    unsigned call;          /* the number of the call to spoil, counting from 0 */
    bool reply;             /* its reply, else its request */
    enum spoiling spoiling; /* TRUNCATED: `at` bytes are left; FLIPPED: the bit `at` is inverted; SCRAMBLED: a few
                               edits that depend on `at` only */
    size_t at;
    /* Results. */
    unsigned calls;  /* of contract methods so far */
    bool spoilt;     /* the message was there and long enough */
    uint8_t request[4096], answer[4096]; /* the last messages, as they were sent */
    size_t request_length, answer_length;
};

extern struct loopback loopback;

#endif
