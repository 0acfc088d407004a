/* Checksums behind data, by the crc32c cap. */
#include <stdlib.h>
#include <string.h>

#include "probe_seal_cap.h"

/* Each is also a name of what it may be linked with: CPython, MicroPython, the cap that it calls. Neither is to get the
 * other's. */
size_t Py_GetVersion(void);
size_t vstr_init(void);
size_t crc32c_update(void);

size_t
Py_GetVersion(void)
{
    return 1;
}

size_t
vstr_init(void)
{
    return 2;
}

/* Bytes of a checksum. */
size_t
crc32c_update(void)
{
    return Py_GetVersion() + vstr_init() + 1;
}

void
exports_probe_seal_seal_seal(probe_seal_cap_list_u8_t *data, probe_seal_cap_list_u8_t *ret)
{
    uint32_t checksum = crc32c_checksum_crc32c_update(0, data);

    ret->len = data->len + crc32c_update();
    ret->ptr = malloc(ret->len);
    if (ret->ptr == NULL)
        abort();
    memcpy(ret->ptr, data->ptr, data->len);
    for (size_t i = 0; i < crc32c_update(); i++)
        ret->ptr[data->len + i] = (uint8_t)(checksum >> 8 * i);
    probe_seal_cap_list_u8_free(data);
}
