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

/* Starts a call, inside of the one that waits for an answer if there is one: nothing is borrowed, taken or given. Before
 * anything else that handles need. */
void endpoint_begin_handles(struct endpoint_call *call);

/* Ends it: what it has borrowed is borrowed no more. */
void endpoint_end_handles(const struct endpoint_call *call);

/* Undoes what a call that failed did to handles: what its arguments gave away is the consumer's again, and what its
 * reply gave away, of which the consumer will never hear, is destroyed. */
void endpoint_undo(struct endpoint_call *call);

/* Reads a token: the slot of the consumer's live handle of that type (any type for NULL), or NULL and a problem. */
struct endpoint_slot *endpoint_read_token(struct endpoint_call *call, const struct endpoint_resource *type);

/* Whether a call that waits for an answer has borrowed the handle. */
bool endpoint_is_borrowed(const struct endpoint_slot *slot);

/* Ends a handle that is the consumer's, and runs the destructor. */
void endpoint_end(struct endpoint_slot *slot);

/* Takes the key of the tokens. False, and nothing done, when there is one or tokens were made without. */
bool endpoint_seed(const uint8_t seed[16]);

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

/* Fills in the error of a call that failed in any way: what endpoint_fail() said, else the problem with the arguments,
 * else that of the reply. Its strings are of the canonical ABI, the caller's to free. */
void endpoint_answer_failure(exports_compose_dynlink_endpoint_error_t *error, const struct endpoint_call *call);

#endif
