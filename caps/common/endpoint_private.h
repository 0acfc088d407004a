/* What the files of endpoint.h share, and nobody else includes. */
#ifndef PYLON_ENDPOINT_PRIVATE_H
#define PYLON_ENDPOINT_PRIVATE_H

#include "endpoint.h"
#include "provider.h"

/* The bindings', or runtimes/common/memory: memory for what is handed over, out of a reserve where there is no other. */
void *cabi_realloc(void *memory, size_t old_size, size_t alignment, size_t size);

/* ---- endpoint_handles.c ---- */

/* An entry of the table of handles. A pointer to one is valid until the next endpoint_new() or
 * endpoint_write_own(). */
struct endpoint_slot;

/* Starts a call of a session, inside of the one that waits for an answer if there is one: nothing is borrowed, taken or
 * given. Before anything else that handles need. */
void endpoint_begin_handles(struct endpoint_call *call, uint32_t session);

/* Ends it: what it has borrowed is borrowed no more. */
void endpoint_end_handles(const struct endpoint_call *call);

/* Undoes what a call that failed did to handles: what its arguments gave away is the consumer's again, and what its
 * reply gave away, of which the consumer will never hear, is destroyed. */
void endpoint_undo(struct endpoint_call *call);

/* Reads a token: the slot of the consumer's live handle of that type (any type for NULL), or NULL and a problem. */
struct endpoint_slot *endpoint_read_token(struct endpoint_call *call, const struct endpoint_resource *type);

/* Whether a call that waits for an answer has borrowed the handle. */
bool endpoint_is_borrowed(const struct endpoint_slot *slot);

/* Ends a handle that is the other side's, and runs the destructor. */
void endpoint_end(struct endpoint_slot *slot);

/* What came of passing a handle of ours in a call of ours. */
enum endpoint_passed {
    ENDPOINT_PASSED,
    ENDPOINT_DEAD,     /* it is no live handle of ours of that type */
    ENDPOINT_BORROWED, /* an open call borrows it */
    ENDPOINT_NO_ROOM   /* there is no memory for one more, or the other side holds ENDPOINT_MAX_HANDLES */
};

/* Makes a handle the other side's, as one that the call `giver` gave (0 is none). */
enum endpoint_passed endpoint_give(const struct endpoint_resource *type, int32_t handle, uint32_t session,
                                   uint32_t giver, uint64_t *token);

/* Lends one for a call, which keeps it in a list (-1: empty) until endpoint_end_loans(). Meanwhile it can be neither given
 * nor dropped. */
enum endpoint_passed endpoint_lend(const struct endpoint_resource *type, int32_t handle, uint32_t session,
                                   int32_t *loans, uint64_t *token);
void endpoint_end_loans(int32_t *loans);

/* Reads the token of a handle that the other side gives back in a reply. It is in a list (-1: empty) until
 * endpoint_settle_taken_back(), which destroys what is not kept. */
bool endpoint_take_back(struct cbor_reader *reader, const struct endpoint_resource *type, uint32_t session,
                        int32_t *taken, int32_t *handle);
void endpoint_settle_taken_back(int32_t *taken, bool kept);

/* Destroys what the other side has of ours in a session: what the call `giver` gave, or all of it for 0. */
void endpoint_reclaim(uint32_t session, uint32_t giver);

/* ---- endpoint_tokens.c ---- */

/* Takes the key of the tokens. False, and nothing done, when there is one or tokens were made without. */
bool endpoint_seed(const uint8_t seed[16]);

/* A number that was not there before. */
uint64_t endpoint_token(void);

/* ---- endpoint_dispatch.c ---- */

/* The handler of a name in a table; NULL if it is not there. */
endpoint_handler *endpoint_find(const struct endpoint_methods *table, const uint8_t *name, size_t length);

/* Starts a call of a session (a provider has one, 0). The caller opens `call->reply` next. */
void endpoint_begin_call(struct endpoint_call *call, uint32_t session, const uint8_t *method, size_t method_length,
                         const uint8_t *payload, size_t length);

/* Runs the handler, NULL where there is none. True: `call->reply` is the reply, if nothing became of that. */
bool endpoint_run(struct endpoint_call *call, endpoint_handler *handler);

/* Ends the call, and undoes what it did to handles if it was not answered. */
void endpoint_end_call(struct endpoint_call *call, bool answered);

/* drop(token), room(bytes) */
bool endpoint_handle_drop(struct endpoint_call *call);
bool endpoint_handle_room(struct endpoint_call *call);

/* ---- endpoint_protocol.c ---- */

/* `drop`, `open`, `session`, `manifest`. */
extern const struct endpoint_methods endpoint_protocol;

/* ---- endpoint_error.c ---- */

/* A text that is put together in a room of its own; what does not fit is cut, at the end of a character. */
struct endpoint_text {
    char *at;
    size_t length;
    size_t room;
};

/* Appends bytes, or a C string. Once something was cut, nothing is appended any more. */
void endpoint_append(struct endpoint_text *text, const char *part, size_t length);
void endpoint_append_string(struct endpoint_text *text, const char *part);

/* The length of a text that is cut to `most` bytes, at the end of a character. */
size_t endpoint_cut(const char *text, size_t length, size_t most);

/* The error of a call that failed in any way. Of its texts only the lengths count, and they may be in it or in the call. */
struct endpoint_failure {
    const char *code;
    struct {
        const char *at; /* NULL: there is none */
        size_t length;
    } message, context;
    char message_room[CBOR_EXPLANATION];
    char context_room[96 + CBOR_PATH];
};

/* Fills it in: what endpoint_fail() said, else the problem with the arguments, else that of the reply. */
void endpoint_describe(struct endpoint_failure *failure, const struct endpoint_call *call);

#endif
