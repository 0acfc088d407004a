/* The reader of cbor.h, item by item, from RFC 8949 (section 3 for heads, 4.2.1 for the deterministic form, appendix D
 * for half floats), RFC 8746 (typed arrays) and RFC 3629 (UTF-8). The keys of maps, and items of any kind: cbor_map.c.
 */
#include "cbor_private.h"

#include <stdlib.h>

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

static bool
no_memory(struct cbor_reader *reader, uint64_t size)
{
    reader->problem.no_memory = reader->problem.expected == NULL;
    return cbor_reject(reader, reader->at, "# bytes of memory", size, "less");
}

/* Reads the head of an item of the major type, when it is not one byte only. */
SHARED static bool
take_long(struct cbor_reader *reader, unsigned major, uint64_t *argument, const char *expected, uint64_t number)
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

/* Reads the head of an item of the major type. */
static inline bool
take(struct cbor_reader *reader, unsigned major, uint64_t *argument, const char *expected, uint64_t number)
{
    if (reader->at < reader->end && (reader->at[0] ^ major << 5) < 24) {
        *argument = *reader->at++ & 31;
        return true;
    }
    return take_long(reader, major, argument, expected, number);
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

/* Reads an unsigned integer up to `most`. */
static inline bool
take_unsigned(struct cbor_reader *reader, uint64_t most, uint64_t *value, const char *expected)
{
    const uint8_t *at = reader->at;
    uint64_t number = 0;

    if (!take(reader, UNSIGNED, &number, expected, most))
        return false;
    if (number > most) {
        reader->at = at;
        return cbor_mismatch(reader, expected, most);
    }
    *value = number;
    return true;
}

/* Reads an integer between `-most - 1` and `most`. */
SHARED static bool
take_signed(struct cbor_reader *reader, uint64_t most, int64_t *value)
{
    const char *expected = "an integer from ~ to #";
    const uint8_t *at = reader->at;
    bool negative = at < reader->end && at[0] >> 5 == NEGATIVE;
    uint64_t number = 0;

    if (!take(reader, negative ? NEGATIVE : UNSIGNED, &number, expected, most))
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
    if (!take_unsigned(reader, UINT8_MAX, &number, "an integer from 0 to #"))
        return false;
    *value = (uint8_t)number;
    return true;
}

bool
cbor_read_u16(struct cbor_reader *reader, uint16_t *value)
{
    uint64_t number;
    if (!take_unsigned(reader, UINT16_MAX, &number, "an integer from 0 to #"))
        return false;
    *value = (uint16_t)number;
    return true;
}

bool
cbor_read_u32(struct cbor_reader *reader, uint32_t *value)
{
    uint64_t number;
    if (!take_unsigned(reader, UINT32_MAX, &number, "an integer from 0 to #"))
        return false;
    *value = (uint32_t)number;
    return true;
}

bool
cbor_read_u64(struct cbor_reader *reader, uint64_t *value)
{
    return take_unsigned(reader, UINT64_MAX, value, "an integer from 0 to #");
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

    if (!take_unsigned(reader, 0x10ffff, &number, expected))
        return false;
    if (number >= 0xd800 && number <= 0xdfff) {
        reader->at = at;
        return cbor_mismatch(reader, expected, 0);
    }
    *value = (uint32_t)number;
    return true;
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

/* Reads a byte or text string as a view. */
static inline bool
view(struct cbor_reader *reader, unsigned major, const uint8_t **data, size_t *length, const char *expected)
{
    const uint8_t *at = reader->at;
    uint64_t size = 0;

    if (!take(reader, major, &size, expected, 0))
        return false;
    if (size > cbor_left(reader)) {
        reader->at = at;
        return cbor_reject_found(reader, at, expected, 0, "one of # bytes that is cut off", size);
    }
    *data = reader->at;
    *length = (size_t)size;
    reader->at += size;
    return true;
}

/* Whether the bytes are UTF-8 (RFC 3629): no surrogates, nothing above U+10FFFF, nothing longer than needed. */
static bool
is_utf8(const uint8_t *at, size_t length)
{
    const uint8_t *end = at + length;

    while (at < end) {
        uint64_t eight;
        while (end - at >= 8 && (memcpy(&eight, at, 8), (eight & UINT64_C(0x8080808080808080)) == 0))
            at += 8;
        if (at == end)
            break;
        unsigned first = *at++;
        if (first < 0x80)
            continue;
        /* The number of continuation bytes, and what the first of them may be (RFC 3629 section 4). */
        unsigned more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (first < 0xc2 || first > 0xf4 || (size_t)(end - at) < more || *at < low || *at > high)
            return false;
        for (at++; --more > 0; at++) {
            if ((*at & 0xc0) != 0x80)
                return false;
        }
    }
    return true;
}

bool
cbor_view_bytes(struct cbor_reader *reader, const uint8_t **data, size_t *length)
{
    return view(reader, BYTES, data, length, "a byte string");
}

bool
cbor_view_text(struct cbor_reader *reader, const char **text, size_t *length)
{
    const uint8_t *at = reader->at, *data;
    size_t size;

    if (!view(reader, TEXT, &data, &size, "text"))
        return false;
    if (!is_utf8(data, size)) {
        reader->at = at;
        return cbor_reject(reader, at, "text", 0, "text that is not UTF-8");
    }
    *text = (const char *)data;
    *length = size;
    return true;
}

/* Moves bytes of the input, which the reader has passed, into memory of their own; without any the pointer is `empty`.
 * NULL without memory. */
static void *
copy(struct cbor_reader *reader, const void *data, size_t length, uintptr_t empty)
{
    if (length == 0)
        return (void *)empty;
    if (reader->spare != NULL && length >= (size_t)(reader->end - reader->start) / 2) {
        /* Down, over what has been read already. */
        uint8_t *buffer = memmove(reader->spare, data, length);
        reader->spare = NULL;
        return buffer;
    }
    void *memory = malloc(length);
    if (memory == NULL)
        no_memory(reader, length);
    else
        memcpy(memory, data, length);
    return memory;
}

bool
cbor_read_bytes(struct cbor_reader *reader, uint8_t **data, size_t *length)
{
    const uint8_t *there;
    size_t size;

    if (!cbor_view_bytes(reader, &there, &size))
        return false;
    uint8_t *memory = copy(reader, there, size, 1);
    if (memory == NULL)
        return false;
    *data = memory;
    *length = size;
    return true;
}

bool
cbor_read_text(struct cbor_reader *reader, uint8_t **text, size_t *length)
{
    const char *there;
    size_t size;

    if (!cbor_view_text(reader, &there, &size))
        return false;
    uint8_t *memory = copy(reader, there, size, 1);
    if (memory == NULL)
        return false;
    *text = memory;
    *length = size;
    return true;
}

bool
cbor_read_typed_array(struct cbor_reader *reader, enum cbor_typed_array type, size_t size, void *items, size_t *count)
{
    const char *expected = "a typed array, which is tag # over a byte string";
    const uint8_t *at = reader->at, *there;
    uint64_t tag = 0;
    size_t length;

    if (!take(reader, TAG, &tag, expected, type))
        return false;
    if (tag != type) {
        reader->at = at;
        return cbor_mismatch(reader, expected, type);
    }
    if (!view(reader, BYTES, &there, &length, "the byte string of a typed array"))
        return false;
    if (length % size != 0)
        return cbor_reject_found(reader, at, "a typed array, whose length is a multiple of #", size, "# bytes", length);
    void *memory = copy(reader, there, length, size);
    if (memory == NULL)
        return false;
    memcpy(items, &memory, sizeof(memory));
    *count = length / size;
    return true;
}

/* Reads the head of an array or map whose parts are at least one byte (`each`) long. */
static inline bool
take_count(struct cbor_reader *reader, unsigned major, unsigned each, size_t *count, const char *expected)
{
    const uint8_t *at = reader->at;
    uint64_t number = 0;

    if (!take(reader, major, &number, expected, 0))
        return false;
    if (number > cbor_left(reader) / each) {
        reader->at = at;
        return cbor_reject_found(reader, at, expected, 0, "one of # items, more than there are bytes", number);
    }
    *count = (size_t)number;
    return true;
}

bool
cbor_read_array(struct cbor_reader *reader, size_t *count)
{
    return take_count(reader, ARRAY, 1, count, "an array");
}

bool
cbor_read_list(struct cbor_reader *reader, size_t size, void *items, size_t *count)
{
    void *memory = (void *)8;
    size_t number;

    if (!take_count(reader, ARRAY, 1, &number, "an array"))
        return false;
    if (number > 0 && (memory = calloc(number, size)) == NULL)
        return no_memory(reader, (uint64_t)number * size);
    memcpy(items, &memory, sizeof(memory));
    *count = number;
    return true;
}

bool
cbor_read_map(struct cbor_reader *reader, struct cbor_map *map)
{
    size_t count;
    if (!take_count(reader, MAP, 2, &count, "a map"))
        return false;
    *map = (struct cbor_map){count, NULL, 0};
    return true;
}

bool
cbor_read_tuple(struct cbor_reader *reader, size_t count)
{
    const char *expected = "an array of # items";
    const uint8_t *at = reader->at;
    uint64_t number = 0;

    if (!take(reader, ARRAY, &number, expected, count))
        return false;
    if (number != count) {
        reader->at = at;
        return cbor_mismatch(reader, expected, count);
    }
    return true;
}

bool
cbor_read_option(struct cbor_reader *reader, bool *is_some)
{
    const char *expected = "an option, which is an array of no or one item";
    const uint8_t *at = reader->at;
    uint64_t number = 0;

    if (!take(reader, ARRAY, &number, expected, 0))
        return false;
    if (number > 1) {
        reader->at = at;
        return cbor_mismatch(reader, expected, 0);
    }
    *is_some = number == 1;
    return true;
}

bool
cbor_read_variant(struct cbor_reader *reader, uint32_t cases, const bool *has_payload, uint32_t *index)
{
    const uint8_t *at = reader->at;
    uint64_t items = 0, number;

    if (!take(reader, ARRAY, &items, "a variant, which is an array of a case and its payload", 0))
        return false;
    if (!take_unsigned(reader, cases - 1, &number, "a case from 0 to #"))
        return false;
    if (items != 1u + has_payload[number]) {
        reader->at = at;
        return cbor_mismatch(reader,
                             has_payload[number] ? "a case with its payload, which is an array of 2 items"
                                                 : "a case without payload, which is an array of 1 item",
                             0);
    }
    *index = (uint32_t)number;
    return true;
}

bool
cbor_read_enum(struct cbor_reader *reader, uint32_t cases, uint32_t *index)
{
    uint64_t number;
    if (!take_unsigned(reader, cases - 1, &number, "a case from 0 to #"))
        return false;
    *index = (uint32_t)number;
    return true;
}

bool
cbor_read_flags(struct cbor_reader *reader, unsigned count, uint64_t *bits)
{
    uint64_t most = count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
    return take_unsigned(reader, most, bits, "flags from 0 to #");
}

bool
cbor_read_any_tag(struct cbor_reader *reader, uint64_t *tag)
{
    return take(reader, TAG, tag, "a tag", 0);
}

bool
cbor_read_tag(struct cbor_reader *reader, uint64_t tag)
{
    const uint8_t *at = reader->at;
    uint64_t number = 0;

    if (!take(reader, TAG, &number, "tag #", tag))
        return false;
    if (number != tag) {
        reader->at = at;
        return cbor_mismatch(reader, "tag #", tag);
    }
    return true;
}
