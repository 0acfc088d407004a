/* What a consumer answers and what its providers hold of it: see link.h. The handlers, the table of handles and the errors
 * are those of an endpoint. Protocol: docs/reference/dynlink-cbor.md. */
#include "link_private.h"
#include "endpoint_private.h"

#include <string.h>

/* ---- Answers ---- */

static const struct endpoint_method common_methods[] = {
    ENDPOINT_METHOD("drop", endpoint_handle_drop),
    ENDPOINT_METHOD("room", endpoint_handle_room),
};
static const struct endpoint_methods common = {common_methods, sizeof(common_methods) / sizeof(common_methods[0])};

static void
take_failure(struct link_error *error, const struct endpoint_call *call)
{
    struct endpoint_failure failure;

    endpoint_describe(&failure, call);
    link_error_copy(error, (struct link_text){failure.code, strlen(failure.code)},
                    (struct link_text){failure.message.at, failure.message.length},
                    (struct link_text){failure.context.at, failure.context.length});
}

bool
link_answer(const struct link_provider *provider, const struct endpoint_methods *methods, const char *method,
            size_t method_length, const uint8_t *payload, size_t payload_length, uint8_t **answer,
            size_t *answer_length, struct link_error *error)
{
    const uint8_t *name = (const uint8_t *)method;
    endpoint_handler *handler = endpoint_find(methods, name, method_length);
    struct endpoint_call call;

    if (provider->session == 0) {
        link_error_set(error, "exec-busy", "its session has ended during a call that is still open", provider->id);
        return false;
    }
    if (handler == NULL)
        handler = endpoint_find(&common, name, method_length);
    endpoint_begin_call(&call, provider->session, name, method_length, payload, payload_length);
    cbor_writer_open(&call.reply, LINK_MAX_PAYLOAD);
    bool answered = endpoint_run(&call, handler) && cbor_writer_take(&call.reply, answer, answer_length);
    if (!answered)
        take_failure(error, &call);
    endpoint_end_call(&call, answered);
    return answered;
}

/* ---- Handles ---- */

/* Ends the loans of a call; what it gave and what came back are as the provider says only if the call was answered. */
static void
settle(struct link_call *call)
{
    endpoint_end_loans(&call->lent);
    endpoint_settle_taken_back(&call->taken, !call->failed);
    if (call->failed && call->number != 0)
        endpoint_reclaim(call->session, call->number);
}

static void
begin_handles(struct link_call *call)
{
    if (call->settle != NULL)
        return;
    call->settle = settle;
    call->session = call->provider->session;
    call->number = 0;
    call->lent = call->taken = -1;
}

static void
write_token(struct link_call *call, enum endpoint_passed passed, uint64_t token)
{
    switch (passed) {
    case ENDPOINT_PASSED:
        cbor_write_unsigned(&call->arguments, token);
        break;
    case ENDPOINT_DEAD:
        link_fail_here(call, "invalid-input", "the handle was dropped or given away", NULL);
        break;
    case ENDPOINT_BORROWED:
        link_fail_here(call, "invalid-input", "an open call borrows the handle", NULL);
        break;
    case ENDPOINT_NO_ROOM:
        link_fail_here(call, LINK_NO_MEMORY, "no memory for another handle", NULL);
        break;
    }
}

void
link_lend(struct link_call *call, const struct endpoint_resource *type, int32_t handle)
{
    uint64_t token = 0;

    begin_handles(call);
    enum endpoint_passed passed = endpoint_lend(type, handle, call->session, &call->lent, &token);
    write_token(call, passed, token);
}

void
link_give(struct link_call *call, const struct endpoint_resource *type, int32_t handle)
{
    static uint32_t numbers;
    uint64_t token = 0;

    begin_handles(call);
    if (call->number == 0 && (call->number = ++numbers) == 0)
        call->number = numbers = 1;
    enum endpoint_passed passed = endpoint_give(type, handle, call->session, call->number, &token);
    write_token(call, passed, token);
}

bool
link_take_back(struct link_call *call, const struct endpoint_resource *type, int32_t *handle)
{
    begin_handles(call);
    return endpoint_take_back(&call->reply, type, call->session, &call->taken, handle);
}

void
link_drop_own(const struct endpoint_resource *type, int32_t handle)
{
    if (handle != 0)
        endpoint_drop(type, handle);
}

void
link_reclaim(uint32_t session)
{
    endpoint_reclaim(session, 0);
}
