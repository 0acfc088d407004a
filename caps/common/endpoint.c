/* The provider's side of compose:dynlink: `endpoint.handle`, which finds the handler of a method and answers with its
 * reply or an error. See endpoint.h; docs/reference/dynlink-cbor.md. */
#include "endpoint_private.h"

#include <string.h>

/* Read through pointers only: gcc 12 takes a copy of a weak constant for the constant itself. */
__attribute__((weak)) const struct endpoint_methods endpoint_own = {NULL, 0};
__attribute__((weak)) const struct endpoint_description endpoint_description = {NULL, 0};

static endpoint_handler *
find_other(const uint8_t *name, size_t length)
{
    endpoint_handler *handler = endpoint_find(&endpoint_own, name, length);

    return handler != NULL ? handler : endpoint_find(&endpoint_protocol, name, length);
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

/* Hands an error over as the canonical ABI wants it. Its texts fit into the reserve of cabi_realloc.c. */
static void
answer_failure(exports_compose_dynlink_endpoint_error_t *error, const struct endpoint_call *call)
{
    struct endpoint_failure failure;

    endpoint_describe(&failure, call);
    provider_string_dup_n(&error->code, failure.code, strlen(failure.code));
    provider_string_dup_n(&error->message, failure.message.at, failure.message.length);
    error->context.is_some = failure.context.at != NULL;
    if (failure.context.at != NULL)
        provider_string_dup_n(&error->context.val, failure.context.at, failure.context.length);
}

bool
exports_compose_dynlink_endpoint_handle(provider_string_t *method, provider_list_u8_t *payload, provider_list_u8_t *ret,
                                        exports_compose_dynlink_endpoint_error_t *err)
{
    endpoint_handler *generated = endpoint_find(&endpoint_contract.methods, method->ptr, method->len);
    endpoint_handler *handler = generated != NULL ? generated : find_other(method->ptr, method->len);
    struct endpoint_call call;

    endpoint_begin_call(&call, 0, method->ptr, method->len, payload->ptr, payload->len);
    bool spare = generated != NULL && payload->len > 0;
    if (spare)
        cbor_spare(&call.arguments, payload->ptr);
    cbor_writer_open(&call.reply, ENDPOINT_MAX_REPLY);
    bool answered = endpoint_run(&call, handler) && take_reply(&call.reply, ret);
    if (!answered)
        answer_failure(err, &call);
    endpoint_end_call(&call, answered);
    /* Else a string of the arguments has it. */
    if (!spare || call.arguments.spare != NULL)
        provider_list_u8_free(payload);
    provider_string_free(method);
    return answered;
}
