/* The checksums of zlib.h over the zlib:compression contract. */
#include "zlib.h"

#include "link.h"
#include "zlib_import.h"

/* The most that one call takes: what is copied into the component stays in a core's cache until it is read there. */
enum { SLICE = 64 * 1024 };

/* A checksum of the contract. */
typedef uint32_t checksum_function(uint32_t value, zlib_import_list_u8_t *data);

/* Continues `value` over `length` bytes, a slice at a time. Ends with any value when a call fails on its way to the
 * component: module_python.h raises the error that is then pending. */
static uint32_t
checksum(checksum_function *of, uint32_t value, const Bytef *data, uInt length)
{
    link_forget_error();
    while (length > 0 && !link_failed()) {
        zlib_import_list_u8_t slice = {(uint8_t *)data, length < SLICE ? length : SLICE};
        value = of(value, &slice);
        data += slice.len;
        length -= (uInt)slice.len;
    }
    return value;
}

uLong
crc32(uLong value, const Bytef *data, uInt length)
{
    if (data == NULL)
        return 0;
    return checksum(zlib_compression_checksum_crc32, (uint32_t)value, data, length);
}

uLong
adler32(uLong value, const Bytef *data, uInt length)
{
    if (data == NULL)
        return 1;
    return checksum(zlib_compression_checksum_adler32, (uint32_t)value, data, length);
}

uLong
crc32_combine(uLong first, uLong second, int64_t second_length)
{
    if (second_length < 0)
        return 0;
    link_forget_error();
    return zlib_compression_checksum_crc32_combine((uint32_t)first, (uint32_t)second, (uint64_t)second_length);
}

uLong
adler32_combine(uLong first, uLong second, int64_t second_length)
{
    if (second_length < 0)
        return 0xffffffff;
    link_forget_error();
    return zlib_compression_checksum_adler32_combine((uint32_t)first, (uint32_t)second, (uint64_t)second_length);
}
