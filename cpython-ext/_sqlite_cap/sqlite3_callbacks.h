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

/* Callbacks inside of each other. Each has frames of the component and of Python on the stacks. */
enum { SQLITE_MAX_NESTED = 64 };

/* All that there are; a number is an index and 1. And how many are inside of each other. */
extern struct sqlite_callbacks {
    struct callback **table;
    uint32_t size;
    int nested;
} sqlite_callbacks;

static inline struct callback *
sqlite_callback_find(uint32_t number)
{
    return number - 1 < sqlite_callbacks.size ? sqlite_callbacks.table[number - 1] : NULL;
}

/* Why a callback, NULL if there is none of its number, cannot be called. */
void sqlite_callback_refuse(const struct callback *callback, failure_t *failure);

/* Ends a callback that was released. */
void sqlite_callback_free(struct callback *callback);

/* Begins a call of a callback, which stays alive until the end of it. NULL, with the failure: there is none of this number,
 * or calls are too deep inside of each other. */
static inline struct callback *
sqlite_callback_begin(uint32_t number, failure_t *failure)
{
    struct callback *callback = sqlite_callback_find(number);

    if (callback == NULL || sqlite_callbacks.nested == SQLITE_MAX_NESTED) {
        sqlite_callback_refuse(callback, failure);
        return NULL;
    }
    sqlite_callbacks.nested++;
    callback->running++;
    return callback;
}

static inline void
sqlite_callback_end(struct callback *callback)
{
    sqlite_callbacks.nested--;
    if (--callback->running == 0 && callback->is_released)
        sqlite_callback_free(callback);
}

/* A failure of this text, of which there is nothing without memory. */
void sqlite_failure_set(failure_t *failure, const char *message, size_t length);

#endif
