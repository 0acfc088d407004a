#include "cap.h"

#include <string.h>

#include "endpoint.h"

static uint32_t
sum(uint32_t value, const uint8_t *data, size_t length)
{
    for (size_t index = 0; index < length; index++)
        value += data[index];
    return value;
}

uint32_t
exports_bench_dynlink_api_sum(uint32_t value, cap_list_u8_t *data)
{
    value = sum(value, data->ptr, data->len);
    cap_list_u8_free(data);
    return value;
}

/* The same over raw bytes. */
static bool
raw_sum(struct endpoint_call *call)
{
    uint32_t value;
    if (cbor_left(&call->arguments) < sizeof(value))
        return endpoint_fail(call, "invalid-input", "there is no value", NULL);
    memcpy(&value, call->arguments.at, sizeof(value));
    value = sum(value, call->arguments.at + sizeof(value), cbor_left(&call->arguments) - sizeof(value));
    cbor_write_raw(&call->reply, &value, sizeof(value));
    return true;
}

/* The payload as it is. */
static bool
raw_echo(struct endpoint_call *call)
{
    cbor_write_raw(&call->reply, call->arguments.at, cbor_left(&call->arguments));
    return true;
}

/* Takes the payload, and answers with nothing. */
static bool
raw_take(struct endpoint_call *call)
{
    (void)call;
    return true;
}

/* Sorted by length, then by bytes. */
static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("sum", raw_sum),
    ENDPOINT_METHOD("echo", raw_echo),
    ENDPOINT_METHOD("take", raw_take),
};

const struct endpoint_methods endpoint_own = {methods, sizeof(methods) / sizeof(methods[0])};
