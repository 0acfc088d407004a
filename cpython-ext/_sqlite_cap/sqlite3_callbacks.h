/* Callbacks, as the files that implement them know them. */
#ifndef PYLON_SQLITE3_CALLBACKS_H
#define PYLON_SQLITE3_CALLBACKS_H

#include "sqlite3_private.h"

/* A function, collation or observer, which the component knows by its number. */
struct callback {
    sqlite3 *db;
    void *context;
    void (*destroy)(void *); /* of the context; NULL: it is not ours */
    unsigned running;        /* calls of it that are not over */
    bool is_released;
    void (*call)(sqlite3_context *, int, sqlite3_value **);
    void (*step)(sqlite3_context *, int, sqlite3_value **);
    void (*inverse)(sqlite3_context *, int, sqlite3_value **);
    void (*current)(sqlite3_context *);
    void (*finish)(sqlite3_context *);
    int (*compare)(void *, int, const void *, int, const void *);
    int (*authorize)(void *, int, const char *, const char *, const char *, const char *);
    int (*tick)(void *);
    int (*trace)(unsigned, void *, void *, void *);
};

typedef exports_sqlite_wasm_callbacks_failure_t failure_t;

/* Begins a call of a callback, which stays alive until the end of it. NULL, with the failure: there is none of this number,
 * or calls are too deep inside of each other. */
struct callback *sqlite_callback_begin(uint32_t number, failure_t *failure);

void sqlite_callback_end(struct callback *callback);

/* A failure of this text, of which there is nothing without memory. */
void sqlite_failure_set(failure_t *failure, const char *message, size_t length);

#endif
