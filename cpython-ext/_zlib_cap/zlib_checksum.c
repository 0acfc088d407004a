/* The checksums of zlib.h over the zlib:compression contract. */
#include "zlib.h"

#include "link.h"
#include "zlib_import.h"

/* The most that one call takes: what is copied into the component stays in a core's cache until it is read there. */
enum { SLICE = 64 * 1024 };

/* Buffers up to this many bytes are checksummed in one call over bytes, longer ones over words, which copy faster. */
enum { SMALL = 256 };

/* A checksum in both of the contract's forms. */
struct checksum {
    uint32_t (*of_bytes)(uint32_t value, zlib_import_list_u8_t *data);
    uint32_t (*of_words)(uint32_t value, zlib_import_list_u64_t *words);
};

/* Continues `value` over `length` bytes: bytes to the first word, words a slice at a time, the bytes that are left.
 * Ends with any value when a call fails on its way to the component: zlib_raise.h raises the error that is then
 * pending. */
static uint32_t
checksum(const struct checksum *kind, uint32_t value, const Bytef *data, uInt length)
{
    link_forget_error();
    if (length > SMALL) {
        uInt misaligned = (uInt)(-(uintptr_t)data % sizeof(uint64_t));
        if (misaligned > 0) {
            zlib_import_list_u8_t head = {(uint8_t *)data, misaligned};
            value = kind->of_bytes(value, &head);
            data += misaligned;
            length -= misaligned;
        }
        while (length >= sizeof(uint64_t) && !link_failed()) {
            uInt words = (length < SLICE ? length : SLICE) / sizeof(uint64_t);
            zlib_import_list_u64_t slice = {(uint64_t *)data, words};
            value = kind->of_words(value, &slice);
            data += words * sizeof(uint64_t);
            length -= words * sizeof(uint64_t);
        }
    }
    if (length > 0 && !link_failed()) {
        zlib_import_list_u8_t tail = {(uint8_t *)data, length};
        value = kind->of_bytes(value, &tail);
    }
    return value;
}

uLong
crc32(uLong value, const Bytef *data, uInt length)
{
    static const struct checksum kind = {zlib_compression_checksum_crc32, zlib_compression_checksum_crc32_words};
    if (data == NULL)
        return 0;
    return checksum(&kind, (uint32_t)value, data, length);
}

uLong
adler32(uLong value, const Bytef *data, uInt length)
{
    static const struct checksum kind = {zlib_compression_checksum_adler32, zlib_compression_checksum_adler32_words};
    if (data == NULL)
        return 1;
    return checksum(&kind, (uint32_t)value, data, length);
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
