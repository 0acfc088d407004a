/* Written by hand, without the contract's types: every method answers with the bytes that it is given. */
#include "endpoint.h"

static bool
answer(struct endpoint_call *call)
{
    const uint8_t *reply;
    size_t length;
    if (!endpoint_begin(call, 1))
        return false;
    if (!cbor_view_bytes(&call->arguments, &reply, &length))
        return cbor_in_field(&call->arguments, "reply");
    if (!endpoint_accept(call))
        return false;
    cbor_write_raw(&call->reply, reply, length);
    return true;
}

/* By length, then by bytes. */
static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("api.may", answer),     ENDPOINT_METHOD("api.yes", answer),
    ENDPOINT_METHOD("api.draw", answer),    ENDPOINT_METHOD("api.give", answer),
    ENDPOINT_METHOD("api.text", answer),    ENDPOINT_METHOD("api.bytes", answer),
    ENDPOINT_METHOD("api.maybe", answer),   ENDPOINT_METHOD("api.paint", answer),
    ENDPOINT_METHOD("api.small", answer),   ENDPOINT_METHOD("api.words", answer),
    ENDPOINT_METHOD("api.letter", answer),  ENDPOINT_METHOD("api.number", answer),
    ENDPOINT_METHOD("api.people", answer),  ENDPOINT_METHOD("api.nothing", answer),
    ENDPOINT_METHOD("api.outcome", answer),
};

static const char *const interfaces[] = {"test:replies/api@0.1.0", NULL};

const struct endpoint_contract endpoint_contract = {
    .name = "replies",
    .version = "0.1.0",
    .interfaces = interfaces,
    .methods = {methods, sizeof methods / sizeof *methods},
};
