/* What the files of cbor.h share, and nobody else includes. */
#ifndef PYLON_CBOR_PRIVATE_H
#define PYLON_CBOR_PRIVATE_H

#include "cbor.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "typed arrays are copied as they lie in memory, which must be little endian"
#endif

/* Major types. */
enum { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

/* First bytes of major type 7. */
enum { FALSE = 0xf4, TRUE, NIL, UNDEFINED, FLOAT16 = 0xf9, FLOAT32, FLOAT64 };

/* What nearly every function needs stays a function, for the sake of small providers. */
#define SHARED __attribute__((noinline))

/* The only NaN of a scalar. */
static const uint64_t canonical_nan = UINT64_C(0x7ff8000000000000);

/* A number of `size` bytes (1, 2, 4 or 8), most significant first: read from anywhere, and written to anywhere. */
static inline uint64_t
big_endian(const uint8_t *at, size_t size)
{
    uint64_t eight;
    uint32_t four;

    switch (size) {
    case 1:
        return at[0];
    case 2:
        return (uint64_t)at[0] << 8 | at[1];
    case 4:
        memcpy(&four, at, 4);
        return __builtin_bswap32(four);
    default:
        memcpy(&eight, at, 8);
        return __builtin_bswap64(eight);
    }
}

static inline void
put_big_endian(uint8_t *at, uint64_t value, size_t size)
{
    uint64_t swapped = __builtin_bswap64(value) >> (64 - 8 * size);
    memcpy(at, &swapped, size);
}

/* One item's head, in full or as far as it goes. */
struct cbor_head {
    enum cbor_kind kind;
    size_t length;     /* of the head in bytes, and of a float its bits */
    uint64_t argument; /* number, length, count, tag or float bits */
    const char *found; /* for a problem; `#` stands for the argument */
};

/* What stands at the reader's position, without moving on. */
SHARED struct cbor_head cbor_look(const struct cbor_reader *reader);

/* Notes that what stands at the reader's position is not what was expected. Always false. */
SHARED bool cbor_mismatch(struct cbor_reader *reader, const char *expected, uint64_t number);

/* As cbor_reject(), with a number for `found` too. Only the first problem is noted. Always false. */
SHARED bool cbor_reject_found(struct cbor_reader *reader, const uint8_t *at, const char *expected,
                              uint64_t expected_number, const char *found, uint64_t found_number);

/* The part of cbor_take() for heads of more than one byte. */
SHARED bool cbor_take_long(struct cbor_reader *reader, unsigned major, uint64_t *argument, const char *expected,
                           uint64_t number);

/* Reads the head of an item of the major type, and its argument. Else a problem: `expected`, in which `#` stands for
 * `number`. */
static inline bool
cbor_take(struct cbor_reader *reader, unsigned major, uint64_t *argument, const char *expected, uint64_t number)
{
    if (reader->at < reader->end && (reader->at[0] ^ major << 5) < 24) {
        *argument = *reader->at++ & 31;
        return true;
    }
    return cbor_take_long(reader, major, argument, expected, number);
}

/* Reads an unsigned integer up to `most`, for which `#` stands in `expected`. */
static inline bool
cbor_take_unsigned(struct cbor_reader *reader, uint64_t most, uint64_t *value, const char *expected)
{
    const uint8_t *at = reader->at;
    uint64_t number = 0;

    if (!cbor_take(reader, UNSIGNED, &number, expected, most))
        return false;
    if (number > most) {
        reader->at = at;
        return cbor_mismatch(reader, expected, most);
    }
    *value = number;
    return true;
}

#endif
