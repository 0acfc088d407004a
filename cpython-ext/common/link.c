/* Calls to providers over the linker's bindings: see link.h. Protocol: docs/reference/dynlink-cbor.md. */
#include "link_private.h"
#include "link_handles.h"

#include <stdlib.h>
#include <string.h>

/* ---- Bytes ---- */

static struct link_text
text_of(dynlink_import_string_t string)
{
    return (struct link_text){(const char *)string.ptr, string.len};
}

void
link_take_failure(struct link_error *error, compose_dynlink_linker_error_t *from)
{
    struct link_text context = {NULL, 0};

    if (from->context.is_some)
        context = text_of(from->context.val);
    link_error_copy(error, text_of(from->code), text_of(from->message), context);
    compose_dynlink_linker_error_free(from);
}

bool
link_resolve(const char *id, size_t id_length, struct link_instance *instance, struct link_error *error)
{
    dynlink_import_string_t name = {(uint8_t *)id, id_length};
    compose_dynlink_linker_own_instance_t own;
    compose_dynlink_linker_error_t failure;

    if (!compose_dynlink_linker_resolve_by_id(&name, &own, &failure)) {
        link_take_failure(error, &failure);
        return false;
    }
    instance->handle = own.__handle;
    return true;
}

bool
link_resolve_digest(const uint8_t digest[32], struct link_instance *instance, struct link_error *error)
{
    dynlink_import_list_u8_t bytes = {(uint8_t *)digest, 32};
    compose_dynlink_linker_own_instance_t own;
    compose_dynlink_linker_error_t failure;

    if (!compose_dynlink_linker_resolve_by_digest(&bytes, &own, &failure)) {
        link_take_failure(error, &failure);
        return false;
    }
    instance->handle = own.__handle;
    return true;
}

void
link_instance_drop(struct link_instance *instance)
{
    if (instance->handle != 0)
        compose_dynlink_linker_instance_drop_own((compose_dynlink_linker_own_instance_t){instance->handle});
    instance->handle = 0;
}

static bool
invoke(struct link_instance instance, const char *method, size_t method_length, const void *payload,
       size_t payload_length, uint8_t **reply, size_t *reply_length, struct link_error *error)
{
    dynlink_import_string_t name = {(uint8_t *)method, method_length};
    dynlink_import_list_u8_t bytes = {(uint8_t *)payload, payload_length}, answer;
    compose_dynlink_linker_borrow_instance_t borrow = {instance.handle};
    compose_dynlink_linker_error_t failure;

    if (!compose_dynlink_linker_method_instance_invoke(borrow, &name, &bytes, &answer, &failure)) {
        link_take_failure(error, &failure);
        return false;
    }
    *reply = answer.ptr;
    *reply_length = answer.len;
    return true;
}

bool
link_ask_for_room(struct link_instance instance, size_t length, struct link_error *error)
{
    struct cbor_writer writer;
    size_t reply_length;
    uint8_t *reply;
    bool ok;

    cbor_writer_open(&writer, CBOR_ROOM);
    cbor_write_array(&writer, 1);
    cbor_write_unsigned(&writer, length);
    ok = invoke(instance, LINK_METHOD("room"), writer.data, writer.length, &reply, &reply_length, error);
    cbor_writer_close(&writer);
    if (ok)
        link_reply_free(reply, reply_length);
    else if ((ok = link_error_is(error, "not-implemented")))
        link_error_free(error);
    return ok;
}

bool
link_invoke(struct link_instance instance, const char *method, size_t method_length, const void *payload,
            size_t payload_length, uint8_t **reply, size_t *reply_length, struct link_error *error)
{
    return (payload_length <= LINK_UNASKED || link_ask_for_room(instance, payload_length, error)) &&
           invoke(instance, method, method_length, payload, payload_length, reply, reply_length, error);
}

void
link_reply_free(uint8_t *reply, size_t reply_length)
{
    if (reply_length > 0)
        free(reply);
}

bool
link_error_ends_instance(const struct link_error *error)
{
    return link_error_is(error, "exec-trap") || link_error_is(error, "exec-timeout") ||
           link_error_is(error, "exec-resource-exhausted");
}

/* ---- Sessions ---- */

/* Tells the provider what it will be asked for, and hears whether it serves that. */
static bool
shake_hands(const struct link_provider *provider, struct link_error *error)
{
    struct cbor_writer writer;
    size_t count = 0, reply_length;
    uint8_t *reply;
    bool ok;

    if (provider->interfaces == NULL)
        return true;
    while (provider->interfaces[count] != NULL)
        count++;
    cbor_writer_open(&writer, LINK_MAX_PAYLOAD);
    cbor_write_array(&writer, 1);
    cbor_write_array(&writer, count);
    for (size_t i = 0; i < count; i++)
        cbor_write_text(&writer, provider->interfaces[i], strlen(provider->interfaces[i]));
    if (writer.failed) {
        link_error_set(error, LINK_NO_MEMORY, "out of memory", provider->id);
        ok = false;
    } else if (link_invoke(provider->instance, LINK_METHOD("open"), writer.data, writer.length, &reply, &reply_length,
                           error)) {
        link_reply_free(reply, reply_length);
        ok = true;
    } else if ((ok = link_error_is(error, "not-implemented"))) {
        link_error_free(error);
    }
    cbor_writer_close(&writer);
    return ok;
}

bool
link_open(struct link_provider *provider, struct link_error *error)
{
    static uint32_t sessions;

    if (provider->session != 0)
        return true;
    if (provider->open_calls > 0) {
        link_error_set(error, "exec-busy", "its session has ended during a call that is still open", provider->id);
        return false;
    }
    if (!link_resolve(provider->id, strlen(provider->id), &provider->instance, error))
        return false;
    if (!shake_hands(provider, error)) {
        link_instance_drop(&provider->instance);
        return false;
    }
    if (++sessions == 0)
        sessions = 1;
    provider->session = sessions;
    return true;
}

/* Ends the instance of a session that has ended, now that no call of it is open. */
static void
bury(struct link_provider *provider)
{
    link_instance_drop(&provider->instance);
    if (provider->ended != NULL)
        provider->ended(provider->ended_session);
}

void
link_close(struct link_provider *provider)
{
    if (provider->session == 0)
        return;
    link_end_session(provider->session);
    provider->ended_session = provider->session;
    provider->session = 0;
    if (provider->open_calls == 0)
        bury(provider);
}

/* ---- Calls ---- */

/* Makes the call fail: the error becomes the pending one, unless the call failed before. Takes the error over. */
static void
fail(struct link_call *call, struct link_error *error)
{
    if (call->failed)
        link_error_free(error);
    else
        link_set_pending(error);
    call->failed = true;
}

void
link_fail_here(struct link_call *call, const char *code, const char *message, const char *where)
{
    char context[128 + CBOR_PATH];
    size_t length = call->method_length < 64 ? call->method_length : 64;
    struct link_error error;

    memcpy(context, call->method, length);
    if (where != NULL) {
        memcpy(context + length, ": ", 2);
        length += 2;
        memcpy(context + length, where, strlen(where));
        length += strlen(where);
    }
    context[length] = '\0';
    link_error_set(&error, code, message, context);
    fail(call, &error);
}

void
link_begin(struct link_call *call, struct link_provider *provider, const char *method, size_t method_length,
           size_t count)
{
    struct link_error error;

    call->provider = provider;
    call->method = method;
    call->method_length = method_length;
    call->memory_length = 0;
    call->given = -1;
    call->failed = false;
    call->settle = NULL;
    cbor_writer_open(&call->arguments, LINK_MAX_PAYLOAD);
    cbor_write_array(&call->arguments, count);
    if (provider->session == 0 && !link_open(provider, &error))
        fail(call, &error);
}

/* Writes the token of a live handle of the call's session, and returns its slot. */
static struct link_slot *
write_handle(struct link_call *call, int32_t handle)
{
    struct link_slot *slot = link_find_handle(call->provider->session, handle);

    if (slot == NULL)
        link_fail_here(call, "invalid-input", "the handle was dropped, or belongs to an instance that has ended", NULL);
    else
        cbor_write_unsigned(&call->arguments, slot->token);
    return slot;
}

void
link_write_borrow(struct link_call *call, int32_t handle)
{
    write_handle(call, handle);
}

void
link_write_own(struct link_call *call, int32_t handle)
{
    struct link_slot *slot = write_handle(call, handle);

    if (slot == NULL)
        return;
    link_end_handle(slot);
    slot->next = call->given;
    call->given = link_index_of(slot);
}

/* Makes a call; the provider may ask in it, if somebody answers. An error that ends the instance ends the session, which
 * may also end in an answer: the instance is kept until the call is over. */
static bool
transact(struct link_provider *provider, const char *method, size_t method_length, const struct cbor_writer *arguments,
         uint8_t **reply, size_t *reply_length, struct link_error *error)
{
    struct link_instance instance = provider->instance;
    bool ok;

    if (provider->answerer == NULL) {
        ok = link_invoke(instance, method, method_length, arguments->data, arguments->length, reply, reply_length,
                         error);
    } else {
        provider->open_calls++;
        ok = link_call(instance, method, method_length, arguments->data, arguments->length, provider->answerer, provider,
                       reply, reply_length, error);
        provider->open_calls--;
    }
    if (provider->session != 0) {
        if (!ok && link_error_ends_instance(error))
            link_close(provider);
        return ok;
    }
    if (provider->open_calls == 0)
        bury(provider);
    if (ok) {
        link_reply_free(*reply, *reply_length);
        link_error_set(error, "internal-error", "its session has ended in an answer", provider->id);
    }
    return false;
}

bool
link_send(struct link_call *call)
{
    struct cbor_writer *arguments = &call->arguments;
    struct link_error error;

    if (arguments->failed == CBOR_TOO_LARGE)
        link_fail_here(call, "invalid-input", "the arguments are larger than any provider takes", "arguments");
    else if (arguments->failed)
        link_fail_here(call, LINK_NO_MEMORY, "out of memory", "arguments");
    if (!call->failed && !transact(call->provider, call->method, call->method_length, arguments, &call->memory,
                                   &call->memory_length, &error)) {
        call->memory_length = 0;
        fail(call, &error);
    }
    cbor_writer_close(arguments);
    if (call->failed)
        cbor_reader_open(&call->reply, "", 0);
    else
        cbor_reader_open(&call->reply, call->memory, call->memory_length);
    if (call->memory_length > 0)
        cbor_spare(&call->reply, call->memory);
    return !call->failed;
}

/* The reply is not what the contract says: the two sides no longer agree, so the session ends. Where it was only that
 * memory is full, what could not be read is lost, and the session goes on. */
static void
fail_reply(struct link_call *call)
{
    static const char prefix[] = "the reply is wrong: ";
    char message[sizeof(prefix) + CBOR_EXPLANATION];
    char where[16 + CBOR_PATH] = "result";
    const struct cbor_problem *problem = &call->reply.problem;

    if (problem->no_memory) {
        link_fail_here(call, LINK_NO_MEMORY, "out of memory", where);
        return;
    }
    memcpy(message, prefix, sizeof(prefix));
    cbor_explain(&call->reply, message + sizeof(prefix) - 1);
    if (problem->path_length > 0) {
        size_t length = strlen(where);
        if (problem->path[0] != '[')
            where[length++] = '.';
        memcpy(where + length, problem->path, problem->path_length + 1);
    }
    link_fail_here(call, "internal-error", message, where);
    link_close(call->provider);
}

/* Tells the provider to drop a token, and does not mind if it cannot. */
static void
send_drop(struct link_provider *provider, uint64_t token)
{
    struct cbor_writer writer;
    struct link_error error;
    size_t reply_length;
    uint8_t *reply;

    cbor_writer_open(&writer, CBOR_ROOM);
    cbor_write_array(&writer, 1);
    cbor_write_unsigned(&writer, token);
    if (transact(provider, LINK_METHOD("drop"), &writer, &reply, &reply_length, &error))
        link_reply_free(reply, reply_length);
    else
        link_error_free(&error);
    cbor_writer_close(&writer);
}

bool
link_read_own(struct link_call *call, int32_t *handle)
{
    uint64_t token;

    if (!cbor_read_u64(&call->reply, &token))
        return false;
    if (link_add_handle(call->provider->session, token, handle))
        return true;
    send_drop(call->provider, token);
    return cbor_no_memory(&call->reply, sizeof(struct link_slot));
}

/* Ends what the call gave away. A provider that failed the call has not always taken it over: then it is dropped. */
static void
settle_given(struct link_call *call)
{
    while (call->given >= 0) {
        struct link_slot *slot = link_slot_at(call->given);
        call->given = slot->next;
        if (call->failed && call->provider->session != 0)
            send_drop(call->provider, slot->token);
        link_free_slot(slot);
    }
}

bool
link_end(struct link_call *call)
{
    if (!call->failed && (call->reply.problem.expected != NULL || !cbor_read_end(&call->reply)))
        fail_reply(call);
    if (call->given >= 0)
        settle_given(call);
    if (call->settle != NULL)
        call->settle(call);
    /* Else a string of the result has it. */
    if (call->reply.spare != NULL)
        link_reply_free(call->memory, call->memory_length);
    return !call->failed;
}

void
link_drop(struct link_provider *provider, int32_t handle)
{
    struct link_slot *slot = link_find_handle(provider->session, handle);

    if (slot == NULL)
        return;
    uint64_t token = slot->token;
    link_end_handle(slot);
    link_free_slot(slot);
    send_drop(provider, token);
}
