#include "cap.h"
#include "endpoint.h"

#include <string.h>

bool
exports_bench_asking_api_ready(void)
{
    return true;
}

/* Asks as often as it is told, each time with the same 64 bytes. */
static bool
many(struct endpoint_call *call)
{
    uint8_t bytes[64];
    uint32_t times, total = 0;

    if (cbor_left(&call->arguments) != sizeof(times))
        return false;
    memcpy(&times, call->arguments.at, sizeof(times));
    memset(bytes, 1, sizeof(bytes));
    while (times-- > 0) {
        struct endpoint_answer answer;
        if (endpoint_ask("sum", 3, bytes, sizeof(bytes), &answer) && answer.length == sizeof(bytes))
            total += answer.data[0];
        endpoint_answer_free(&answer);
    }
    cbor_write_unsigned(&call->reply, total);
    return true;
}

static const struct endpoint_method methods[] = {ENDPOINT_METHOD("many", many)};

const struct endpoint_methods endpoint_own = {methods, sizeof(methods) / sizeof(methods[0])};
