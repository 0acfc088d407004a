/* Calls to providers through compose:dynlink/linker@0.1.1. No Python in here: see link_python.h.
 *
 * Two layers. Generated shims (`<world>_dynlink.c`) describe each provider by a static `struct link_provider` and make
 * each call with link_begin(), cbor_write_*(), link_send(), cbor_read_*(), link_end(). Hand-written extensions may use
 * link_resolve() and link_invoke(), which know bytes only.
 *
 * link_error.c holds the errors and the pending error and imports nothing, so that an extension may call link_failed()
 * and link_raise() in every linkage mode; link.c imports the linker. One thread, as in all of pylon. */
#ifndef PYLON_LINK_H
#define PYLON_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cbor.h"

enum {
    LINK_MAX_PAYLOAD = 256 << 20, /* bytes of arguments; the host's own limit may be lower */
    LINK_MAX_HANDLES = 1 << 20,   /* live handles of all sessions together */
    LINK_MAX_NESTED = 64,         /* questions that are being answered inside of each other */
    LINK_UNASKED = 96 << 10       /* bytes of arguments that a provider takes whether or not its memory is full */
};

/* The code of a call that came to nothing because memory is full, here or in the provider. In Python: MemoryError. */
#define LINK_NO_MEMORY "no-memory"

/* ---- Errors (link_error.c) ---- */

/* UTF-8 of any content, and a NUL after it. */
struct link_text {
    const char *text; /* NULL: there is none */
    size_t length;
};

/* Why a call came to nothing; all zeros is no error. To be freed by link_error_free(). The codes are in
 * docs/reference/dynlink-cbor.md. */
struct link_error {
    struct link_text code;
    struct link_text message;
    struct link_text context; /* may be none */
    void *memory;             /* what holds the texts, NULL when they are static */
};

/* Fills `error` with copies of the texts. `code` and `message` are C strings, `context` may be NULL. Without memory for
 * the copies the error becomes a static one with code LINK_NO_MEMORY. */
void link_error_set(struct link_error *error, const char *code, const char *message, const char *context);

/* The same from texts of given lengths; `context.text` may be NULL. */
void link_error_copy(struct link_error *error, struct link_text code, struct link_text message,
                     struct link_text context);

/* Frees the texts and makes it no error. */
void link_error_free(struct link_error *error);

/* Whether the error's code is `code`. */
bool link_error_is(const struct link_error *error, const char *code);

/* The pending error: that of the first call of generated code which failed since it was last taken. Functions of a
 * contract cannot return it, so they return zeros and the extension asks here. */
extern bool link_error_pending;
static inline bool
link_failed(void)
{
    return __builtin_expect(link_error_pending, false);
}

/* Moves the pending error into `error`, which the caller frees. False when there is none. */
bool link_take_error(struct link_error *error);

/* Drops the pending error, if there is one. For the entry of code that cannot be sure that it was asked for the last one:
 * whoever would have raised it may have raised something else, MemoryError for instance. */
static inline void
link_forget_error(void)
{
    struct link_error error;

    if (link_failed() && link_take_error(&error))
        link_error_free(&error);
}

/* Makes `error` the pending one and takes it over; where one is pending already, `error` is freed. */
void link_set_pending(struct link_error *error);

/* Makes LINK_NO_MEMORY the pending error. Called by the adapters of what is fused, where there is no room for handles. */
void link_no_memory(void);

/* ---- Bytes (link.c) ---- */

/* An instance of a provider. Ended by link_instance_drop(). */
struct link_instance {
    int32_t handle; /* 0: none */
};

/* A new instance of the provider that the plan knows by this name. False: `error` is set, the caller frees it. */
bool link_resolve(const char *id, size_t id_length, struct link_instance *instance, struct link_error *error);

/* The same by SHA-256 digest. */
bool link_resolve_digest(const uint8_t digest[32], struct link_instance *instance, struct link_error *error);

/* Ends the instance; nothing for none. */
void link_instance_drop(struct link_instance *instance);

/* Calls a method; with more than LINK_UNASKED bytes of payload, `room` before it. True: the reply is memory from malloc
 * that the caller frees with link_reply_free(). False: `error` is set, the caller frees it. */
bool link_invoke(struct link_instance instance, const char *method, size_t method_length, const void *payload,
                 size_t payload_length, uint8_t **reply, size_t *reply_length, struct link_error *error);

/* Answers what a provider asks in the middle of a call. `context` is link_call()'s. True: `*answer` is memory from malloc
 * of `*answer_length` bytes, which link_call() frees, or NULL where that is 0. False: `error` is set, and link_call() frees
 * it; the provider gets it unchanged. It may make any calls, also of the same instance, but not drop that. */
typedef bool link_answerer(void *context, const char *method, size_t method_length, const uint8_t *payload,
                           size_t payload_length, uint8_t **answer, size_t *answer_length, struct link_error *error);

/* As link_invoke(), and the provider may ask: `answerer` answers, as often as it is asked, before this returns (a NULL
 * answers nothing). More than LINK_MAX_NESTED questions inside of each other are answered with `exec-busy`.
 * (link_call.c; who calls this needs compose:dynlink@0.1.1 of its host.) */
bool link_call(struct link_instance instance, const char *method, size_t method_length, const void *payload,
               size_t payload_length, link_answerer *answerer, void *context, uint8_t **reply, size_t *reply_length,
               struct link_error *error);

/* Frees a reply of link_invoke() or link_call(). */
void link_reply_free(uint8_t *reply, size_t reply_length);

/* Whether an error says that the instance is gone: its code is exec-trap, exec-timeout or exec-resource-exhausted. The
 * instance answers nothing any more; drop it and resolve again. */
bool link_error_ends_instance(const struct link_error *error);

/* ---- Providers, for generated code (link.c) ---- */

/* A provider as a shim knows it. Static; generated code sets the first members, link.c keeps the others.
 *
 * A session is the life of one instance. It begins with the first call (or link_open()), and ends when an error ends
 * the instance, when a reply is not what the contract says (provider and consumer then no longer agree about handles),
 * or by link_close(). The next call begins a new one, but not inside of a call of the old one (in an answer): that fails
 * with `exec-busy`. Handles belong to their session. */
struct link_provider {
    const char *id; /* its name in the plan */
    const char *const
        *interfaces; /* ids of the interfaces that the shim calls, `ns:package/interface@1.2.3`; NULL ends */
    link_answerer *answerer; /* answers its questions, with this as context; NULL: it may not ask */
    /* Told of each session that has ended, once no call of it is open; may be NULL. */
    void (*ended)(uint32_t session);
    struct link_instance instance;
    uint32_t session;       /* unique in the process, 0: none */
    uint32_t ended_session; /* the one before */
    uint32_t open_calls;    /* that wait for their reply; the instance is kept for them when the session ends */
};

/* Begins a session if there is none: resolves the provider, then asks it by `open` whether it serves the interfaces. A
 * provider that answers `not-implemented` to `open` is taken at its word, method by method: a hand-written one need not
 * have it. Any other error ends the instance. False: `error` is set, the caller frees it. */
bool link_open(struct link_provider *provider, struct link_error *error);

/* Ends the session, if there is one, and with it all its handles. */
void link_close(struct link_provider *provider);

/* One call. Lives on the stack of the generated function:
 *
 *     struct link_call call;
 *     uint32_t result = 0;
 *     link_begin(&call, &provider, LINK_METHOD("crc32c.update"), 2);
 *     cbor_write_unsigned(&call.arguments, value);
 *     cbor_write_bytes(&call.arguments, data->ptr, data->len);
 *     if (link_send(&call))
 *         cbor_read_u32(&call.reply, &result);
 *     if (!link_end(&call))
 *         result = 0;
 *     return result; */
struct link_call {
    struct link_provider *provider;
    const char *method;
    size_t method_length;
    uint8_t *memory; /* the reply */
    size_t memory_length;
    int32_t given;                /* the last handle that the arguments give away, a list through the table; -1: none */
    bool failed;                  /* an error is pending already */
    struct cbor_writer arguments; /* between link_begin() and link_send() */
    struct cbor_reader reply;     /* between link_send() and link_end() */
    /* Ends the call for handles of our own (link_answer.c); NULL: it has none, and what follows is not initialised. */
    void (*settle)(struct link_call *call);
    uint32_t session;     /* of the call */
    uint32_t number;      /* among those that give any; 0: gives none */
    int32_t lent, taken; /* lists through their table; -1: none */
};

/* Method name and length, as two arguments. */
#define LINK_METHOD(name) "" name, sizeof(name) - 1

/* Starts a call with `count` arguments, which the caller writes to `call->arguments` next. */
void link_begin(struct link_call *call, struct link_provider *provider, const char *method, size_t method_length,
                size_t count);

/* Writes a handle as an argument. A handle that is not alive, or of another session or provider, is never sent: the
 * call then fails with `invalid-input`. link_write_own() also ends the handle here, whatever comes of the call; if the
 * call fails, link_end() drops it in the provider. */
void link_write_borrow(struct link_call *call, int32_t handle);
void link_write_own(struct link_call *call, int32_t handle);

/* Sends the call. True: the reply can be read from `call->reply`. False: it failed; link_end() comes next. */
bool link_send(struct link_call *call);

/* Reads an own<> in the reply and makes a handle for it, never 0. Where there is no memory for that, the provider is told
 * to drop what it gave. */
bool link_read_own(struct link_call *call, int32_t *handle);

/* Ends the call. True: it was answered and the reply was read without a problem and to its end. False: an error is
 * pending, and the session has ended if the reply was to blame (not if memory was); the caller frees what it has read so far and returns
 * zeros. */
bool link_end(struct link_call *call);

/* Drops an own handle: ends it here and tells the provider (`drop`). Nothing for a handle that is not alive or whose
 * session has ended. Leaves no error pending: there is nothing that the caller could do. */
void link_drop(struct link_provider *provider, int32_t handle);

/* ---- Providers that ask, for generated code (link_answer.c) ----
 *
 * The consumer's resources are kept as a provider's are (endpoint.h), and what the provider is given of them is tokens. A
 * token means something in its session only. A handle that is lent in arguments is the provider's to use during the call;
 * meanwhile it can be neither given nor dropped. What the provider still holds when its session ends is destroyed. */

struct endpoint_resource;
struct endpoint_methods;

/* Answers a question by the handlers of a provider: the arguments are those of a link_answerer. */
bool link_answer(const struct link_provider *provider, const struct endpoint_methods *methods, const char *method,
                 size_t method_length, const uint8_t *payload, size_t payload_length, uint8_t **answer,
                 size_t *answer_length, struct link_error *error);

/* Writes a handle of the consumer's own as an argument. With one that is not alive the call fails with `invalid-input`.
 * What link_give() gave is destroyed if the call fails and the provider has it still. */
void link_lend(struct link_call *call, const struct endpoint_resource *type, int32_t handle);
void link_give(struct link_call *call, const struct endpoint_resource *type, int32_t handle);

/* Reads a handle of the consumer's own that the reply gives back. It is destroyed if the call fails. */
bool link_take_back(struct link_call *call, const struct endpoint_resource *type, int32_t *handle);

/* Ends a handle of the consumer's own, and destroys the resource; nothing for 0, which a call that failed returns. */
void link_drop_own(const struct endpoint_resource *type, int32_t handle);

/* Destroys what a provider holds: for `ended` of struct link_provider. */
void link_reclaim(uint32_t session);

#endif
