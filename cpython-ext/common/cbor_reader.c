/* The reader of cbor.h: heads, and what is a head only (numbers, enums, flags, other simple values, tags), from RFC
 * 8949 (section 3 for heads, 4.2.1 for the deterministic form, appendix D for half floats). What follows a head is in
 * cbor_strings.c and cbor_arrays.c, input whose shape no type tells in cbor_map.c. */
#include "cbor_private.h"

/* Whether `size` bytes were needed for this argument. */
static inline bool
is_shortest(uint64_t argument, size_t size)
{
    switch (size) {
    case 1:
        return argument >= 24;
    case 2:
        return argument > UINT8_MAX;
    case 4:
        return argument > UINT16_MAX;
    default:
        return argument > UINT32_MAX;
    }
}

struct cbor_head
cbor_look(const struct cbor_reader *reader)
{
    static const struct {
        enum cbor_kind kind;
        const char *found;
    } majors[] = {
        [UNSIGNED] = {CBOR_UNSIGNED, "the integer #"},
        [NEGATIVE] = {CBOR_NEGATIVE, "the integer ~"},
        [BYTES] = {CBOR_BYTES, "a byte string of # bytes"},
        [TEXT] = {CBOR_TEXT, "text of # bytes"},
        [ARRAY] = {CBOR_ARRAY, "an array of # items"},
        [MAP] = {CBOR_MAP, "a map of # pairs"},
        [TAG] = {CBOR_TAG, "tag #"},
    };
    size_t left = cbor_left(reader);

    if (left == 0)
        return (struct cbor_head){CBOR_END, 0, 0, "the end of the payload"};
    unsigned major = reader->at[0] >> 5, info = reader->at[0] & 31;
    if (info == 31)
        return (struct cbor_head){CBOR_REFUSED, 1, 0, "an indefinite length or a break"};
    if (info > 27)
        return (struct cbor_head){CBOR_REFUSED, 1, info, "the reserved additional information #"};
    size_t size = info < 24 ? 0 : (size_t)1 << (info - 24);
    if (left - 1 < size)
        return (struct cbor_head){CBOR_REFUSED, left, 0, "a head that is cut off"};
    uint64_t argument = size == 0 ? info : big_endian(reader->at + 1, size);
    if (major != SIMPLE) {
        if (size > 0 && !is_shortest(argument, size))
            return (struct cbor_head){CBOR_REFUSED, 1 + size, argument, "a head that is not the shortest for #"};
        return (struct cbor_head){majors[major].kind, 1 + size, argument, majors[major].found};
    }
    switch (reader->at[0]) {
    case FALSE:
        return (struct cbor_head){CBOR_BOOL, 1, 0, "false"};
    case TRUE:
        return (struct cbor_head){CBOR_BOOL, 1, 1, "true"};
    case NIL:
        return (struct cbor_head){CBOR_NULL, 1, 0, "null"};
    case UNDEFINED:
        return (struct cbor_head){CBOR_UNDEFINED, 1, 0, "undefined"};
    case FLOAT16:
        return (struct cbor_head){CBOR_FLOAT, 3, argument, "a float of 16 bits"};
    case FLOAT32:
        return (struct cbor_head){CBOR_FLOAT, 5, argument, "a float of 32 bits"};
    case FLOAT64:
        return (struct cbor_head){CBOR_FLOAT, 9, argument, "a float of 64 bits"};
    default:
        return (struct cbor_head){CBOR_REFUSED, 1 + size, argument, "the reserved simple value #"};
    }
}

bool
cbor_mismatch(struct cbor_reader *reader, const char *expected, uint64_t number)
{
    struct cbor_head head = cbor_look(reader);
    return cbor_reject_found(reader, reader->at, expected, number, head.found, head.argument);
}

bool
cbor_take_long(struct cbor_reader *reader, unsigned major, uint64_t *argument, const char *expected, uint64_t number)
{
    size_t left = cbor_left(reader);

    if (left > 0 && reader->at[0] >> 5 == major) {
        unsigned info = reader->at[0] & 31;
        size_t size = (size_t)1 << (info & 3);
        if (info >= 24 && info < 28 && left > size) {
            uint64_t value = big_endian(reader->at + 1, size);
            if (is_shortest(value, size)) {
                *argument = value;
                reader->at += 1 + size;
                return true;
            }
        }
    }
    return cbor_mismatch(reader, expected, number);
}

bool
cbor_reject_rest(struct cbor_reader *reader)
{
    return cbor_mismatch(reader, "the end of the payload", 0);
}

/* Reads an item of one byte. */
static bool
take_byte(struct cbor_reader *reader, unsigned byte, const char *expected)
{
    if (reader->at == reader->end || reader->at[0] != byte)
        return cbor_mismatch(reader, expected, 0);
    reader->at++;
    return true;
}

bool
cbor_read_bool(struct cbor_reader *reader, bool *value)
{
    if (reader->at == reader->end || (reader->at[0] != FALSE && reader->at[0] != TRUE))
        return cbor_mismatch(reader, "true or false", 0);
    *value = *reader->at++ == TRUE;
    return true;
}

bool
cbor_read_null(struct cbor_reader *reader)
{
    return take_byte(reader, NIL, "null");
}

bool
cbor_read_undefined(struct cbor_reader *reader)
{
    return take_byte(reader, UNDEFINED, "undefined");
}

/* Reads an integer between `-most - 1` and `most`. */
SHARED static bool
take_signed(struct cbor_reader *reader, uint64_t most, int64_t *value)
{
    const char *expected = "an integer from ~ to #";
    const uint8_t *at = reader->at;
    bool negative = at < reader->end && at[0] >> 5 == NEGATIVE;
    uint64_t number = 0;

    if (!cbor_take(reader, negative ? NEGATIVE : UNSIGNED, &number, expected, most))
        return false;
    if (number > most) {
        reader->at = at;
        return cbor_mismatch(reader, expected, most);
    }
    *value = negative ? -1 - (int64_t)number : (int64_t)number;
    return true;
}

bool
cbor_read_u8(struct cbor_reader *reader, uint8_t *value)
{
    uint64_t number;
    if (!cbor_take_unsigned(reader, UINT8_MAX, &number, "an integer from 0 to #"))
        return false;
    *value = (uint8_t)number;
    return true;
}

bool
cbor_read_u16(struct cbor_reader *reader, uint16_t *value)
{
    uint64_t number;
    if (!cbor_take_unsigned(reader, UINT16_MAX, &number, "an integer from 0 to #"))
        return false;
    *value = (uint16_t)number;
    return true;
}

bool
cbor_read_u32(struct cbor_reader *reader, uint32_t *value)
{
    uint64_t number;
    if (!cbor_take_unsigned(reader, UINT32_MAX, &number, "an integer from 0 to #"))
        return false;
    *value = (uint32_t)number;
    return true;
}

bool
cbor_read_u64(struct cbor_reader *reader, uint64_t *value)
{
    return cbor_take_unsigned(reader, UINT64_MAX, value, "an integer from 0 to #");
}

bool
cbor_read_s8(struct cbor_reader *reader, int8_t *value)
{
    int64_t number;
    if (!take_signed(reader, INT8_MAX, &number))
        return false;
    *value = (int8_t)number;
    return true;
}

bool
cbor_read_s16(struct cbor_reader *reader, int16_t *value)
{
    int64_t number;
    if (!take_signed(reader, INT16_MAX, &number))
        return false;
    *value = (int16_t)number;
    return true;
}

bool
cbor_read_s32(struct cbor_reader *reader, int32_t *value)
{
    int64_t number;
    if (!take_signed(reader, INT32_MAX, &number))
        return false;
    *value = (int32_t)number;
    return true;
}

bool
cbor_read_s64(struct cbor_reader *reader, int64_t *value)
{
    return take_signed(reader, INT64_MAX, value);
}

bool
cbor_read_char(struct cbor_reader *reader, uint32_t *value)
{
    const char *expected = "a Unicode scalar value";
    const uint8_t *at = reader->at;
    uint64_t number;

    if (!cbor_take_unsigned(reader, 0x10ffff, &number, expected))
        return false;
    if (number >= 0xd800 && number <= 0xdfff) {
        reader->at = at;
        return cbor_mismatch(reader, expected, 0);
    }
    *value = (uint32_t)number;
    return true;
}

bool
cbor_read_enum(struct cbor_reader *reader, uint32_t cases, uint32_t *index)
{
    uint64_t number;
    if (!cbor_take_unsigned(reader, cases - 1, &number, "a case from 0 to #"))
        return false;
    *index = (uint32_t)number;
    return true;
}

bool
cbor_read_flags(struct cbor_reader *reader, unsigned count, uint64_t *bits)
{
    uint64_t most = count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
    return cbor_take_unsigned(reader, most, bits, "flags from 0 to #");
}

/* Reads the bits of a float as cbor_write_float() writes it. */
static bool
take_float(struct cbor_reader *reader, double *value, const char *expected)
{
    if (cbor_left(reader) < 9 || reader->at[0] != FLOAT64)
        return cbor_mismatch(reader, expected, 0);
    uint64_t bits = big_endian(reader->at + 1, 8);
    memcpy(value, &bits, sizeof(bits));
    if (*value != *value && bits != canonical_nan)
        return cbor_reject(reader, reader->at, "the NaN 7ff8000000000000", 0, "another NaN");
    reader->at += 9;
    return true;
}

bool
cbor_read_f64(struct cbor_reader *reader, double *value)
{
    double number;
    if (!take_float(reader, &number, "a float of 64 bits"))
        return false;
    *value = number;
    return true;
}

bool
cbor_read_f32(struct cbor_reader *reader, float *value)
{
    const char *expected = "a float of 64 bits that an f32 holds exactly";
    const uint8_t *at = reader->at;
    double number;

    if (!take_float(reader, &number, expected))
        return false;
    float narrow = (float)number;
    if (number == number && (double)narrow != number) {
        reader->at = at;
        return cbor_reject(reader, at, expected, 0, "one that it does not");
    }
    *value = narrow;
    return true;
}

/* The value of a half float: RFC 8949 appendix D, by rebiasing instead of ldexp(). */
static double
half(unsigned bits)
{
    unsigned exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double magnitude;

    if (exponent == 0) {
        magnitude = mantissa / 16777216.0;
    } else {
        uint64_t wide = (exponent == 31 ? UINT64_C(0x7ff) : exponent + 1008u) << 52 | (uint64_t)mantissa << 42;
        memcpy(&magnitude, &wide, sizeof(wide));
    }
    return bits >> 15 ? -magnitude : magnitude;
}

bool
cbor_read_any_float(struct cbor_reader *reader, double *value)
{
    struct cbor_head head = cbor_look(reader);
    float narrow;
    uint32_t bits = (uint32_t)head.argument;

    if (head.kind != CBOR_FLOAT)
        return cbor_mismatch(reader, "a float", 0);
    switch (head.length) {
    case 3:
        *value = half(bits);
        break;
    case 5:
        memcpy(&narrow, &bits, sizeof(bits));
        *value = narrow;
        break;
    default:
        memcpy(value, &head.argument, sizeof(*value));
        break;
    }
    reader->at += head.length;
    return true;
}

bool
cbor_read_any_tag(struct cbor_reader *reader, uint64_t *tag)
{
    return cbor_take(reader, TAG, tag, "a tag", 0);
}

bool
cbor_read_tag(struct cbor_reader *reader, uint64_t tag)
{
    const uint8_t *at = reader->at;
    uint64_t number = 0;

    if (!cbor_take(reader, TAG, &number, "tag #", tag))
        return false;
    if (number != tag) {
        reader->at = at;
        return cbor_mismatch(reader, "tag #", tag);
    }
    return true;
}
