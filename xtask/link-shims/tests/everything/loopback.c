#include "loopback.h"

#include <stdlib.h>
#include <string.h>

#include "dynlink_import.h"
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
carry(const uint8_t *data, size_t *length, bool contract, bool reply)
{
    bool turn = contract && loopback.spoiling != INTACT && loopback.calls == loopback.call && loopback.reply == reply;
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

bool
compose_dynlink_linker_method_instance_invoke(compose_dynlink_linker_borrow_instance_t self,
                                              dynlink_import_string_t *method, dynlink_import_list_u8_t *payload,
                                              dynlink_import_list_u8_t *ret, compose_dynlink_linker_error_t *err)
{
    bool contract = memchr(method->ptr, '.', method->len) != NULL;
    provider_string_t name;
    provider_list_u8_t request, reply;
    exports_compose_dynlink_endpoint_error_t error;

    if (self.__handle != 1)
        abort();
    request.len = payload->len;
    request.ptr = carry(payload->ptr, &request.len, contract, false);
    request.ptr = as_list(request.ptr, request.len);
    if (contract)
        record(loopback.request, &loopback.request_length, payload->ptr, payload->len);
    provider_string_dup_n(&name, (const char *)method->ptr, method->len);
    bool answered = exports_compose_dynlink_endpoint_handle(&name, &request, &reply, &error);
    if (answered) {
        if (contract)
            record(loopback.answer, &loopback.answer_length, reply.ptr, reply.len);
        ret->len = reply.len;
        ret->ptr = carry(reply.ptr, &ret->len, contract, true);
        ret->ptr = as_list(ret->ptr, ret->len);
        provider_list_u8_free(&reply);
    } else {
        convert(&err->code, &error.code);
        convert(&err->message, &error.message);
        err->context.is_some = error.context.is_some;
        if (error.context.is_some)
            convert(&err->context.val, &error.context.val);
    }
    if (contract)
        loopback.calls++;
    return answered;
}

/* Calls in which the provider asks: the shims make none. */
bool
compose_dynlink_linker_method_instance_start(compose_dynlink_linker_borrow_instance_t self,
                                             dynlink_import_string_t *method, dynlink_import_list_u8_t *payload,
                                             compose_dynlink_linker_outcome_t *ret,
                                             compose_dynlink_linker_error_t *err)
{
    (void)self, (void)method, (void)payload, (void)ret, (void)err;
    abort();
}

bool
compose_dynlink_linker_method_instance_resume(compose_dynlink_linker_borrow_instance_t self,
                                              compose_dynlink_linker_result_list_u8_error_t *answer,
                                              compose_dynlink_linker_outcome_t *ret,
                                              compose_dynlink_linker_error_t *err)
{
    (void)self, (void)answer, (void)ret, (void)err;
    abort();
}

void
compose_dynlink_linker_question_free(compose_dynlink_linker_question_t *question)
{
    (void)question;
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
