/* How a call is answered, by a provider and by a consumer that is asked: the handler of its method is found and run. And
 * the two methods that both have: `drop` and `room`. See endpoint.h; docs/reference/dynlink-cbor.md. */
#include "endpoint_private.h"

#include <stdlib.h>
#include <string.h>

/* Whether two texts of one length are the same, eight bytes at a time: names are too short for memcmp() to pay. */
static inline bool
is_same(const uint8_t *a, const char *b, size_t length)
{
    uint64_t eight[2];

    if (length < 8)
        return memcmp(a, b, length) == 0;
    for (size_t at = 0; at < length; at += 8) {
        if (at > length - 8)
            at = length - 8;
        memcpy(&eight[0], a + at, 8);
        memcpy(&eight[1], b + at, 8);
        if (eight[0] != eight[1])
            return false;
    }
    return true;
}

/* The handler of a name in a table that is sorted by length; NULL if it is not there. */
endpoint_handler *
endpoint_find(const struct endpoint_methods *table, const uint8_t *name, size_t length)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->methods[middle].length < length)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < table->count && table->methods[low].length == length; low++) {
        if (is_same(name, table->methods[low].name, length))
            return table->methods[low].handler;
    }
    return NULL;
}

void
endpoint_begin_call(struct endpoint_call *call, uint32_t session, const uint8_t *method, size_t method_length,
                    const uint8_t *payload, size_t length)
{
    cbor_reader_open(&call->arguments, payload, length);
    call->method = (const char *)method;
    call->method_length = method_length;
    call->code = NULL;
    call->settle = NULL;
    endpoint_begin_handles(call, session);
}

bool
endpoint_run(struct endpoint_call *call, endpoint_handler *handler)
{
    if (handler == NULL) {
        endpoint_fail(call, "not-implemented", "there is no such method", NULL);
        call->context = call->method;
        call->context_length = endpoint_cut(call->method, call->method_length, CBOR_PATH);
        return false;
    }
    return handler(call) && call->code == NULL && call->arguments.problem.expected == NULL;
}

void
endpoint_end_call(struct endpoint_call *call, bool answered)
{
    if (!answered) {
        endpoint_undo(call);
        cbor_writer_close(&call->reply);
    }
    if (call->settle != NULL)
        call->settle(call, answered);
    endpoint_end_handles(call);
}

/* drop(token): ends a handle that the consumer owns. */
bool
endpoint_handle_drop(struct endpoint_call *call)
{
    if (!endpoint_begin(call, 1))
        return false;
    const uint8_t *at = call->arguments.at;
    struct endpoint_slot *slot = endpoint_read_token(call, NULL);
    if (slot == NULL)
        return cbor_in_item(&call->arguments, 0);
    if (endpoint_is_borrowed(slot))
        return cbor_reject(&call->arguments, at, "a handle", 0, "one that an open call borrows") ||
               cbor_in_item(&call->arguments, 0);
    if (!endpoint_accept(call))
        return false;
    endpoint_end(slot);
    cbor_write_null(&call->reply);
    return true;
}

/* room(bytes): whether there is memory for a payload of so many bytes, which is in the next call. */
bool
endpoint_handle_room(struct endpoint_call *call)
{
    enum { METHOD = 4096 }; /* its name comes first */
    uint32_t size;

    if (!endpoint_begin(call, 1))
        return false;
    if (!cbor_read_u32(&call->arguments, &size))
        return cbor_in_item(&call->arguments, 0);
    if (!endpoint_accept(call))
        return false;
    void *volatile memory = NULL; /* or no memory is asked for, since none is used */
    if (size <= UINT32_MAX - METHOD)
        memory = malloc(size + METHOD);
    if (memory == NULL)
        return endpoint_fail(call, ENDPOINT_NO_MEMORY, "no memory for the payload", "room");
    free(memory);
    cbor_write_null(&call->reply);
    return true;
}
