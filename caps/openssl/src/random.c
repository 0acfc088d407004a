/* The interface `random`, over OpenSSL's own generator: its seed is getentropy()'s, which is the host's. */
#include "common.h"

#include <openssl/rand.h>

bool
exports_openssl_component_random_random_bytes(uint32_t length, bytes_t *bytes, failure_t *failure)
{
    if (length > LIMIT)
        return failed_by(failure, ARGUMENT);
    if (!bytes_new(bytes, length))
        return failed_by(failure, NO_MEMORY);
    if (length > 0 && RAND_bytes(bytes->ptr, (int)length) != 1) {
        openssl_cap_list_u8_free(bytes);
        return failed(failure);
    }
    return true;
}

void
exports_openssl_component_random_random_add(bytes_t *data, double entropy)
{
    if (data->len > 0 && data->len <= INT32_MAX)
        RAND_add(data->ptr, (int)data->len, entropy);
    forget(data);
}

bool
exports_openssl_component_random_random_status(void)
{
    return RAND_status() == 1;
}
