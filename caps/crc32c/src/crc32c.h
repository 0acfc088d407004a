/* CRC-32C (Castagnoli) in software, over tables of 16 KiB that are computed on first use. */
#ifndef PYLON_CRC32C_H
#define PYLON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The CRC-32C of what `value` is the CRC-32C of, followed by the `length` bytes at `data`, which may have any
 * alignment. `value` is 0 to start. Never fails; `data` may be null when `length` is 0. */
uint32_t crc32c_update(uint32_t value, const uint8_t *data, size_t length);

/* The CRC-32C of a concatenation: `first` and `second` are the CRC-32C of its parts, `second_length` the length of the
 * second part in bytes. */
uint32_t crc32c_combine(uint32_t first, uint32_t second, uint64_t second_length);

#endif
