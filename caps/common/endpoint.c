/* The provider's side of compose:dynlink: `endpoint.handle`, which finds the handler of a method and answers with its
 * reply or an error. See endpoint.h; docs/reference/dynlink-cbor.md. */
#include "endpoint_private.h"

#include <string.h>

/* Read through pointers only: gcc 12 takes a copy of a weak constant for the constant itself. */
__attribute__((weak)) const struct endpoint_methods endpoint_own = {NULL, 0};

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
static endpoint_handler *
find(const struct endpoint_methods *table, const uint8_t *name, size_t length)
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

static endpoint_handler *
find_other(const uint8_t *name, size_t length)
{
    endpoint_handler *handler = find(&endpoint_own, name, length);

    return handler != NULL ? handler : find(&endpoint_protocol, name, length);
}

/* Hands the reply over to the bindings, as cbor_writer_take() does. A short one is there in a full memory, too. */
static bool
take_reply(struct cbor_writer *reply, provider_list_u8_t *taken)
{
    if (reply->failed || reply->length == 0 || reply->data != reply->room)
        return cbor_writer_take(reply, &taken->ptr, &taken->len);
    taken->ptr = cabi_realloc(NULL, 0, 1, reply->length);
    taken->len = reply->length;
    memcpy(taken->ptr, reply->room, reply->length);
    cbor_writer_close(reply);
    return true;
}

bool
exports_compose_dynlink_endpoint_handle(provider_string_t *method, provider_list_u8_t *payload, provider_list_u8_t *ret,
                                        exports_compose_dynlink_endpoint_error_t *err)
{
    endpoint_handler *generated = find(&endpoint_contract.methods, method->ptr, method->len);
    endpoint_handler *handler = generated != NULL ? generated : find_other(method->ptr, method->len);
    struct endpoint_call call;

    cbor_reader_open(&call.arguments, payload->ptr, payload->len);
    bool spare = generated != NULL && payload->len > 0;
    if (spare)
        cbor_spare(&call.arguments, payload->ptr);
    cbor_writer_open(&call.reply, ENDPOINT_MAX_REPLY);
    call.method = (const char *)method->ptr;
    call.method_length = method->len;
    endpoint_begin_handles(&call);
    call.code = NULL;
    if (handler == NULL) {
        endpoint_fail(&call, "not-implemented", "there is no such method", NULL);
        call.context = call.method;
        call.context_length = endpoint_cut(call.method, call.method_length, CBOR_PATH);
    }
    bool answered = handler != NULL && handler(&call) && call.code == NULL && call.arguments.problem.expected == NULL &&
                    take_reply(&call.reply, ret);
    if (!answered) {
        endpoint_undo(&call);
        endpoint_answer_failure(err, &call);
        cbor_writer_close(&call.reply);
    }
    endpoint_end_handles(&call);
    /* Else a string of the arguments has it. */
    if (!spare || call.arguments.spare != NULL)
        provider_list_u8_free(payload);
    provider_string_free(method);
    return answered;
}
