/* What the provider answers beside the functions of the contract: a method for callers without one. */
#include "crc32c.h"
#include "endpoint.h"

/* `compute`: the payload is the data as it is, not CBOR. Replies with its CRC-32C, an unsigned integer. */
static bool
compute(struct endpoint_call *call)
{
    const uint8_t *data = call->arguments.at;
    cbor_write_unsigned(&call->reply, crc32c_update(0, data, cbor_left(&call->arguments)));
    return true;
}

static const struct endpoint_method methods[] = {
    ENDPOINT_METHOD("compute", compute),
};

const struct endpoint_methods endpoint_own = {methods, sizeof methods / sizeof *methods};
