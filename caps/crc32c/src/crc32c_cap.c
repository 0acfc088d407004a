/* The crc32c contract over crc32c.c. Lists arrive owned and are freed here. */
#include "crc32c.h"
#include "crc32c_cap.h"

uint32_t
exports_crc32c_checksum_crc32c_update(uint32_t value, crc32c_cap_list_u8_t *data)
{
    uint32_t crc = crc32c_update(value, data->ptr, data->len);
    crc32c_cap_list_u8_free(data);
    return crc;
}

uint32_t
exports_crc32c_checksum_crc32c_combine(uint32_t first, uint32_t second, uint64_t second_length)
{
    return crc32c_combine(first, second, second_length);
}
