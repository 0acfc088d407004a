/* Checksums behind data, by the crc32c cap. */
#include <stdlib.h>
#include <string.h>

#include "probe_seal_cap.h"

void
exports_probe_seal_seal_seal(probe_seal_cap_list_u8_t *data, probe_seal_cap_list_u8_t *ret)
{
    uint32_t checksum = crc32c_checksum_crc32c_update(0, data);

    ret->len = data->len + 4;
    ret->ptr = malloc(ret->len);
    if (ret->ptr == NULL)
        abort();
    memcpy(ret->ptr, data->ptr, data->len);
    for (size_t i = 0; i < 4; i++)
        ret->ptr[data->len + i] = (uint8_t)(checksum >> 8 * i);
    probe_seal_cap_list_u8_free(data);
}
