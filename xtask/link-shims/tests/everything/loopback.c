#include "loopback.h"

#include <stdlib.h>
#include <string.h>

#include "dynlink_import.h"
#include "link.h"
#include "provider.h"

struct loopback loopback;

/* The helpers of both bindings that are used here; the rest of the bindings speaks to a component's host. */
void
provider_string_dup_n(provider_string_t *ret, const char *s, size_t len)
{
    ret->ptr = len > 0 ? malloc(len) : (uint8_t *)1;
    ret->len = len;
    memcpy(ret->ptr, s, len);
}

void
provider_string_free(provider_string_t *ret)
{
    if (ret->len > 0)
        free(ret->ptr);
}

void
provider_list_u8_free(provider_list_u8_t *ptr)
{
    if (ptr->len > 0)
        free(ptr->ptr);
}

/* Up to four edits of `size` bytes at `data`, which has room for four more: bytes change, go, or appear. */
static size_t
scramble(uint8_t *data, size_t size, uint64_t seed)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15 + 1;

    for (unsigned edits = 1 + seed % 4; edits > 0 && size > 0; edits--) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        size_t at = (state >> 8) % size;
        switch (state % 4) {
        case 0: /* a head of any kind, with a small or an extreme value */
            data[at] = (uint8_t)(state >> 40 & 0xe0) | (uint8_t)(state >> 48 & 0x1f);
            break;
        case 1:
            data[at] = (uint8_t)(state >> 40);
            break;
        case 2:
            memmove(data + at, data + at + 1, --size - at);
            break;
        default:
            memmove(data + at + 1, data + at, size++ - at);
        }
    }
    return size;
}

/* A copy of exactly that size, so that reading past its end is noticed. Spoilt if it is this message's turn. */
static uint8_t *
carry(const uint8_t *data, size_t *length, bool contract, enum leg leg)
{
    bool turn = contract && loopback.messages++ == loopback.message && loopback.spoiling != INTACT;
    size_t size = *length;

    if (turn && loopback.spoiling == TRUNCATED && loopback.at < size) {
        size = loopback.at;
        loopback.spoilt = true;
    }
    bool scrambled = turn && loopback.spoiling == SCRAMBLED;
    uint8_t *copy = malloc(scrambled ? size + 4 : size > 0 ? size : 1);
    memcpy(copy, data, size);
    if (scrambled) {
        size = scramble(copy, size, loopback.at);
        copy = realloc(copy, size > 0 ? size : 1);
        loopback.spoilt = true;
    }
    if (turn && loopback.spoiling == FLIPPED && loopback.at < 8 * size) {
        copy[loopback.at / 8] ^= (uint8_t)(1 << loopback.at % 8);
        loopback.spoilt = true;
    }
    *length = size;
    if (turn)
        loopback.leg = leg;
    return copy;
}

static void
record(uint8_t *room, size_t *room_length, const uint8_t *data, size_t length)
{
    if (length > sizeof loopback.request)
        abort();
    memcpy(room, data, length);
    *room_length = length;
}

/* As a lowered list: an empty one has no memory. */
static uint8_t *
as_list(uint8_t *data, size_t length)
{
    if (length > 0)
        return data;
    free(data);
    return (uint8_t *)1;
}

static void
convert(dynlink_import_string_t *to, provider_string_t *from)
{
    to->ptr = from->ptr;
    to->len = from->len;
}

static bool
is_contract(const uint8_t *method, size_t length)
{
    return memchr(method, '.', length) != NULL;
}

bool
compose_dynlink_linker_method_instance_invoke(compose_dynlink_linker_borrow_instance_t self,
                                              dynlink_import_string_t *method, dynlink_import_list_u8_t *payload,
                                              dynlink_import_list_u8_t *ret, compose_dynlink_linker_error_t *err)
{
    bool contract = is_contract(method->ptr, method->len);
    provider_string_t name;
    provider_list_u8_t request, reply;
    exports_compose_dynlink_endpoint_error_t error;

    if (self.__handle != 1)
        abort();
    request.len = payload->len;
    request.ptr = carry(payload->ptr, &request.len, contract, REQUEST);
    request.ptr = as_list(request.ptr, request.len);
    if (contract)
        record(loopback.request, &loopback.request_length, payload->ptr, payload->len);
    provider_string_dup_n(&name, (const char *)method->ptr, method->len);
    bool answered = exports_compose_dynlink_endpoint_handle(&name, &request, &reply, &error);
    if (answered) {
        if (contract)
            record(loopback.answer, &loopback.answer_length, reply.ptr, reply.len);
        ret->len = reply.len;
        ret->ptr = carry(reply.ptr, &ret->len, contract, REPLY);
        ret->ptr = as_list(ret->ptr, ret->len);
        provider_list_u8_free(&reply);
    } else {
        convert(&err->code, &error.code);
        convert(&err->message, &error.message);
        err->context.is_some = error.context.is_some;
        if (error.context.is_some)
            convert(&err->context.val, &error.context.val);
    }
    return answered;
}

/* ---- Questions ----
 *
 * The conversation of link_call.c and endpoint_ask.c, in which the provider waits on a stack of its own, is tested where
 * there is a host. Here link_call() is a call that remembers who answers. */

static struct answering {
    link_answerer *answerer;
    void *context;
    const struct answering *outer;
} const *answering;

bool
link_call(struct link_instance instance, const char *method, size_t method_length, const void *payload,
          size_t payload_length, link_answerer *answerer, void *context, uint8_t **reply, size_t *reply_length,
          struct link_error *error)
{
    struct answering inner = {answerer, context, answering};

    answering = &inner;
    bool answered = link_invoke(instance, method, method_length, payload, payload_length, reply, reply_length, error);
    answering = inner.outer;
    return answered;
}

static void
give_text(provider_string_t *to, struct link_text text)
{
    provider_string_dup_n(to, text.text, text.length);
}

bool
compose_dynlink_consumer_ask(provider_string_t *method, provider_list_u8_t *payload,
                             compose_dynlink_consumer_outcome_t *ret, compose_dynlink_consumer_error_t *err)
{
    bool contract = is_contract(method->ptr, method->len);
    size_t length = payload->len, answer_length = 0;
    uint8_t *answer = NULL;
    struct link_error error;

    uint8_t *question = carry(payload->ptr, &length, contract, QUESTION);
    if (answering == NULL)
        abort();
    bool answered = !loopback.silent;
    if (answered)
        answered = answering->answerer(answering->context, (const char *)method->ptr, method->len, question, length,
                                       &answer, &answer_length, &error);
    else
        link_error_set(&error, "not-today", "nobody answers", NULL);
    free(question);
    if (answered) {
        ret->tag = COMPOSE_DYNLINK_CONSUMER_OUTCOME_DONE;
        ret->val.done.len = answer_length;
        ret->val.done.ptr = carry(answer, &ret->val.done.len, contract, ANSWER);
        ret->val.done.ptr = as_list(ret->val.done.ptr, ret->val.done.len);
        free(answer);
        return true;
    }
    loopback.refused = true;
    give_text(&err->code, error.code);
    give_text(&err->message, error.message);
    err->context.is_some = error.context.text != NULL;
    if (err->context.is_some)
        give_text(&err->context.val, error.context);
    link_error_free(&error);
    return false;
}

bool
compose_dynlink_consumer_reply(compose_dynlink_consumer_result_list_u8_error_t *reply,
                               compose_dynlink_consumer_outcome_t *ret, compose_dynlink_consumer_error_t *err)
{
    (void)reply, (void)ret, (void)err;
    abort();
}

void
compose_dynlink_consumer_result_list_u8_error_free(compose_dynlink_consumer_result_list_u8_error_t *ptr)
{
    (void)ptr;
    abort();
}

bool
compose_dynlink_linker_resolve_by_id(dynlink_import_string_t *id, compose_dynlink_linker_own_instance_t *ret,
                                     compose_dynlink_linker_error_t *err)
{
    (void)err;
    if (id->len != 3 || memcmp(id->ptr, "cap", 3) != 0)
        abort();
    ret->__handle = 1;
    return true;
}

bool
compose_dynlink_linker_resolve_by_digest(dynlink_import_list_u8_t *digest, compose_dynlink_linker_own_instance_t *ret,
                                         compose_dynlink_linker_error_t *err)
{
    (void)digest, (void)ret, (void)err;
    abort();
}

void
compose_dynlink_linker_instance_drop_own(compose_dynlink_linker_own_instance_t handle)
{
    (void)handle;
}

void
compose_dynlink_linker_error_free(compose_dynlink_linker_error_t *error)
{
    free(error->code.len > 0 ? error->code.ptr : NULL);
    free(error->message.len > 0 ? error->message.ptr : NULL);
    if (error->context.is_some && error->context.val.len > 0)
        free(error->context.val.ptr);
}
