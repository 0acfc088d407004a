/* CBOR in its deterministic form: see cbor.h. Written from RFC 8949 (section 3 for heads, 4.2.1 for the form, appendix
 * D for half floats), RFC 8746 (typed arrays) and RFC 3629 (UTF-8). No printf, so that a small provider stays small. */
#include "cbor.h"

#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "typed arrays are copied as they lie in memory, which must be little endian"
#endif

/* Major types. */
enum { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

/* First bytes of major type 7. */
enum { FALSE = 0xf4, TRUE, NIL, UNDEFINED, FLOAT16 = 0xf9, FLOAT32, FLOAT64 };

/* What nearly every function needs stays a function, for the sake of small providers. */
#define SHARED __attribute__((noinline)) static

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

/* ---- Writer ---- */

bool
cbor_writer_take(struct cbor_writer *writer, uint8_t **data, size_t *length)
{
    uint8_t *taken = NULL;

    if (writer->failed)
        goto close;
    if (writer->length == 0) {
        taken = (uint8_t *)1;
    } else if (writer->data != writer->room) {
        taken = writer->data;
        writer->data = writer->room;
    } else if ((taken = malloc(writer->length)) == NULL) {
        writer->failed = CBOR_NO_MEMORY;
        goto close;
    } else {
        memcpy(taken, writer->room, writer->length);
    }
    *data = taken;
    *length = writer->length;
close:
    cbor_writer_close(writer);
    return taken != NULL;
}

/* Stops the writer: with no capacity left, every later write ends up in grow(). */
static bool
stop(struct cbor_writer *writer, enum cbor_failure why)
{
    writer->failed = why;
    writer->capacity = writer->length;
    return false;
}

/* Makes room for `more` bytes, at least doubling what there is, and for short items after a long one. */
SHARED bool
grow(struct cbor_writer *writer, size_t more)
{
    if (writer->failed)
        return false;
    if (more > writer->limit - writer->length)
        return stop(writer, CBOR_TOO_LARGE);
    size_t needed = writer->length + more;
    size_t capacity = writer->capacity <= writer->limit / 2 ? 2 * writer->capacity : writer->limit;
    if (capacity < needed)
        capacity = needed + (writer->limit - needed < CBOR_ROOM ? writer->limit - needed : CBOR_ROOM);
    uint8_t *data = realloc(writer->data == writer->room ? NULL : writer->data, capacity);
    if (data == NULL)
        return stop(writer, CBOR_NO_MEMORY);
    if (writer->data == writer->room)
        memcpy(data, writer->room, writer->length);
    writer->data = data;
    writer->capacity = capacity;
    return true;
}

static inline bool
reserve(struct cbor_writer *writer, size_t more)
{
    return more <= writer->capacity - writer->length || grow(writer, more);
}

static inline void
put(struct cbor_writer *writer, unsigned byte)
{
    if (reserve(writer, 1))
        writer->data[writer->length++] = (uint8_t)byte;
}

/* Writes a head of more than one byte, the shortest, and makes room for `more` bytes after it. False when there is
 * none. */
SHARED bool
put_long_head(struct cbor_writer *writer, unsigned major, uint64_t argument, size_t more)
{
    unsigned exponent = argument <= UINT8_MAX ? 0 : argument <= UINT16_MAX ? 1 : argument <= UINT32_MAX ? 2 : 3;
    size_t size = argument < 24 ? 0 : (size_t)1 << exponent;

    if (more > SIZE_MAX - 9)
        return stop(writer, CBOR_TOO_LARGE);
    if (!reserve(writer, 1 + size + more))
        return false;
    uint8_t *at = writer->data + writer->length;
    writer->length += 1 + size;
    if (size == 0) {
        at[0] = (uint8_t)(major << 5 | argument);
        return true;
    }
    at[0] = (uint8_t)(major << 5 | (24 + exponent));
    switch (size) {
    case 1:
        at[1] = (uint8_t)argument;
        break;
    case 2:
        put_big_endian(at + 1, argument, 2);
        break;
    case 4:
        put_big_endian(at + 1, argument, 4);
        break;
    default:
        put_big_endian(at + 1, argument, 8);
        break;
    }
    return true;
}

/* Writes any head, the shortest, and makes room for `more` bytes after it. False when there is none. */
static inline bool
put_head(struct cbor_writer *writer, unsigned major, uint64_t argument, size_t more)
{
    if (argument < 24 && more < writer->capacity - writer->length) {
        writer->data[writer->length++] = (uint8_t)(major << 5 | argument);
        return true;
    }
    return put_long_head(writer, major, argument, more);
}

/* Writes bytes for which there is room. */
static inline void
put_bytes(struct cbor_writer *writer, const void *data, size_t length)
{
    if (length > 0)
        memcpy(writer->data + writer->length, data, length);
    writer->length += length;
}

void
cbor_write_unsigned(struct cbor_writer *writer, uint64_t value)
{
    put_head(writer, UNSIGNED, value, 0);
}

void
cbor_write_signed(struct cbor_writer *writer, int64_t value)
{
    if (value < 0)
        put_head(writer, NEGATIVE, ~(uint64_t)value, 0);
    else
        put_head(writer, UNSIGNED, (uint64_t)value, 0);
}

void
cbor_write_bool(struct cbor_writer *writer, bool value)
{
    put(writer, value ? TRUE : FALSE);
}

void
cbor_write_null(struct cbor_writer *writer)
{
    put(writer, NIL);
}

void
cbor_write_undefined(struct cbor_writer *writer)
{
    put(writer, UNDEFINED);
}

void
cbor_write_float(struct cbor_writer *writer, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    if (value != value)
        bits = canonical_nan;
    if (reserve(writer, 9)) {
        writer->data[writer->length] = FLOAT64;
        put_big_endian(writer->data + writer->length + 1, bits, 8);
        writer->length += 9;
    }
}

void
cbor_write_bytes(struct cbor_writer *writer, const void *data, size_t length)
{
    if (put_head(writer, BYTES, length, length))
        put_bytes(writer, data, length);
}

void
cbor_write_text(struct cbor_writer *writer, const void *text, size_t length)
{
    if (put_head(writer, TEXT, length, length))
        put_bytes(writer, text, length);
}

void
cbor_write_array(struct cbor_writer *writer, uint64_t count)
{
    put_head(writer, ARRAY, count, 0);
}

void
cbor_write_map(struct cbor_writer *writer, uint64_t count)
{
    put_head(writer, MAP, count, 0);
}

void
cbor_write_tag(struct cbor_writer *writer, uint64_t tag)
{
    put_head(writer, TAG, tag, 0);
}

void
cbor_write_typed_array(struct cbor_writer *writer, enum cbor_typed_array type, const void *items, size_t count,
                       size_t size)
{
    if (count > SIZE_MAX / size) {
        stop(writer, CBOR_TOO_LARGE);
        return;
    }
    put_head(writer, TAG, type, 0);
    cbor_write_bytes(writer, items, count * size);
}

void
cbor_write_raw(struct cbor_writer *writer, const void *data, size_t length)
{
    if (reserve(writer, length))
        put_bytes(writer, data, length);
}

/* ---- Problems ---- */

/* One item's head, in full or as far as it goes. */
struct head {
    enum cbor_kind kind;
    size_t length;     /* of the head in bytes, and of a float its bits */
    uint64_t argument; /* number, length, count, tag or float bits */
    const char *found; /* for a problem; `#` stands for the argument */
};

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

/* What stands at the reader's position, without moving on. */
SHARED struct head
look(const struct cbor_reader *reader)
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
        return (struct head){CBOR_END, 0, 0, "the end of the payload"};
    unsigned major = reader->at[0] >> 5, info = reader->at[0] & 31;
    if (info == 31)
        return (struct head){CBOR_REFUSED, 1, 0, "an indefinite length or a break"};
    if (info > 27)
        return (struct head){CBOR_REFUSED, 1, info, "the reserved additional information #"};
    size_t size = info < 24 ? 0 : (size_t)1 << (info - 24);
    if (left - 1 < size)
        return (struct head){CBOR_REFUSED, left, 0, "a head that is cut off"};
    uint64_t argument = size == 0 ? info : big_endian(reader->at + 1, size);
    if (major != SIMPLE) {
        if (size > 0 && !is_shortest(argument, size))
            return (struct head){CBOR_REFUSED, 1 + size, argument, "a head that is not the shortest for #"};
        return (struct head){majors[major].kind, 1 + size, argument, majors[major].found};
    }
    switch (reader->at[0]) {
    case FALSE:
        return (struct head){CBOR_BOOL, 1, 0, "false"};
    case TRUE:
        return (struct head){CBOR_BOOL, 1, 1, "true"};
    case NIL:
        return (struct head){CBOR_NULL, 1, 0, "null"};
    case UNDEFINED:
        return (struct head){CBOR_UNDEFINED, 1, 0, "undefined"};
    case FLOAT16:
        return (struct head){CBOR_FLOAT, 3, argument, "a float of 16 bits"};
    case FLOAT32:
        return (struct head){CBOR_FLOAT, 5, argument, "a float of 32 bits"};
    case FLOAT64:
        return (struct head){CBOR_FLOAT, 9, argument, "a float of 64 bits"};
    default:
        return (struct head){CBOR_REFUSED, 1 + size, argument, "the reserved simple value #"};
    }
}

/* Notes the first problem. */
SHARED bool
reject(struct cbor_reader *reader, const uint8_t *at, const char *expected, uint64_t expected_number, const char *found,
       uint64_t found_number)
{
    if (reader->problem.expected != NULL)
        return false;
    reader->problem.expected = expected;
    reader->problem.expected_number = expected_number;
    reader->problem.found = found;
    reader->problem.found_number = found_number;
    reader->problem.offset = (size_t)(at - reader->start);
    return false;
}

bool
cbor_reject(struct cbor_reader *reader, const uint8_t *at, const char *expected, uint64_t number, const char *found)
{
    return reject(reader, at, expected, number, found, 0);
}

/* Notes that what stands at the reader's position is not what was expected. */
SHARED bool
mismatch(struct cbor_reader *reader, const char *expected, uint64_t number)
{
    struct head head = look(reader);
    return reject(reader, reader->at, expected, number, head.found, head.argument);
}

static bool
no_memory(struct cbor_reader *reader, uint64_t size)
{
    reader->problem.no_memory = reader->problem.expected == NULL;
    return reject(reader, reader->at, "# bytes of memory", size, "less", 0);
}

/* Puts a segment before the path. What does not fit is cut at the inner end. */
static bool
prepend(struct cbor_reader *reader, const char *segment, size_t length)
{
    struct cbor_problem *problem = &reader->problem;
    size_t room = CBOR_PATH - 1;
    size_t dot = problem->path_length > 0 && problem->path[0] != '[';

    if (length > room)
        length = room;
    if (dot > room - length)
        dot = 0;
    size_t kept = problem->path_length <= room - length - dot ? problem->path_length : room - length - dot;
    memmove(problem->path + length + dot, problem->path, kept);
    memcpy(problem->path, segment, length);
    if (dot)
        problem->path[length] = '.';
    problem->path_length = length + dot + kept;
    problem->path[problem->path_length] = '\0';
    return false;
}

bool
cbor_in_field(struct cbor_reader *reader, const char *name)
{
    return prepend(reader, name, strlen(name));
}

/* Writes a number in decimal and returns its length, at most 20. */
static size_t
decimal(char *text, uint64_t number)
{
    char digits[20];
    size_t length = 0;

    do {
        digits[sizeof(digits) - ++length] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    memcpy(text, digits + sizeof(digits) - length, length);
    return length;
}

bool
cbor_in_item(struct cbor_reader *reader, size_t index)
{
    char segment[22] = "[";
    size_t length = 1 + decimal(segment + 1, index);
    segment[length++] = ']';
    return prepend(reader, segment, length);
}

/* Appends `part` to a text, as long as there is room for it: with `number` in place of `#`, and -1 - number in place of
 * `~`. */
static size_t
append(char *text, size_t length, const char *part, uint64_t number)
{
    for (; *part != '\0' && length + 21 < CBOR_EXPLANATION; part++) {
        if (*part == '#') {
            length += decimal(text + length, number);
        } else if (*part == '~' && number < UINT64_MAX) {
            text[length++] = '-';
            length += decimal(text + length, number + 1);
        } else if (*part == '~') {
            memcpy(text + length, "-18446744073709551616", 21);
            length += 21;
        } else {
            text[length++] = *part;
        }
    }
    return length;
}

size_t
cbor_explain(const struct cbor_reader *reader, char *text)
{
    const struct cbor_problem *problem = &reader->problem;
    size_t length = 0;

    if (problem->expected != NULL) {
        length = append(text, length, "expected ", 0);
        length = append(text, length, problem->expected, problem->expected_number);
        length = append(text, length, ", found ", 0);
        length = append(text, length, problem->found, problem->found_number);
        length = append(text, length, " at byte #", problem->offset);
    }
    text[length] = '\0';
    return length;
}

/* ---- Reader ---- */

/* Reads the head of an item of the major type, when it is not one byte only. */
SHARED bool
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
    return mismatch(reader, expected, number);
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
    return mismatch(reader, "the end of the payload", 0);
}

/* Reads an item of one byte. */
static bool
take_byte(struct cbor_reader *reader, unsigned byte, const char *expected)
{
    if (reader->at == reader->end || reader->at[0] != byte)
        return mismatch(reader, expected, 0);
    reader->at++;
    return true;
}

bool
cbor_read_bool(struct cbor_reader *reader, bool *value)
{
    if (reader->at == reader->end || (reader->at[0] != FALSE && reader->at[0] != TRUE))
        return mismatch(reader, "true or false", 0);
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
        return mismatch(reader, expected, most);
    }
    *value = number;
    return true;
}

/* Reads an integer between `-most - 1` and `most`. */
SHARED bool
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
        return mismatch(reader, expected, most);
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
        return mismatch(reader, expected, 0);
    }
    *value = (uint32_t)number;
    return true;
}

/* Reads the bits of a float as cbor_write_float() writes it. */
static bool
take_float(struct cbor_reader *reader, double *value, const char *expected)
{
    if (cbor_left(reader) < 9 || reader->at[0] != FLOAT64)
        return mismatch(reader, expected, 0);
    uint64_t bits = big_endian(reader->at + 1, 8);
    memcpy(value, &bits, sizeof(bits));
    if (*value != *value && bits != canonical_nan)
        return reject(reader, reader->at, "the NaN 7ff8000000000000", 0, "another NaN", 0);
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
        return reject(reader, at, expected, 0, "one that it does not", 0);
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
    struct head head = look(reader);
    float narrow;
    uint32_t bits = (uint32_t)head.argument;

    if (head.kind != CBOR_FLOAT)
        return mismatch(reader, "a float", 0);
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
        return reject(reader, at, expected, 0, "one of # bytes that is cut off", size);
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
        return reject(reader, at, "text", 0, "text that is not UTF-8", 0);
    }
    *text = (const char *)data;
    *length = size;
    return true;
}

/* Moves bytes of the input, which the reader has passed, into memory of their own; without any the pointer is `empty`. NULL
 * without memory. */
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
        return mismatch(reader, expected, type);
    }
    if (!view(reader, BYTES, &there, &length, "the byte string of a typed array"))
        return false;
    if (length % size != 0)
        return reject(reader, at, "a typed array, whose length is a multiple of #", size, "# bytes", length);
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
        return reject(reader, at, expected, 0, "one of # items, more than there are bytes", number);
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
cbor_read_tuple(struct cbor_reader *reader, size_t count)
{
    const char *expected = "an array of # items";
    const uint8_t *at = reader->at;
    uint64_t number = 0;

    if (!take(reader, ARRAY, &number, expected, count))
        return false;
    if (number != count) {
        reader->at = at;
        return mismatch(reader, expected, count);
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
        return mismatch(reader, expected, 0);
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
        return mismatch(reader,
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
        return mismatch(reader, "tag #", tag);
    }
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

/* Notes the key that was just read, from `at` on, if it comes after the one before in the order of RFC 8949 section
 * 4.2.1. */
static bool
accept_key(struct cbor_reader *reader, struct cbor_map *map, const uint8_t *at)
{
    size_t length = (size_t)(reader->at - at);

    if (map->key != NULL) {
        int order = memcmp(map->key, at, length < map->key_length ? length : map->key_length);
        if (order > 0 || (order == 0 && length <= map->key_length)) {
            reader->at = at;
            return reject(reader, at, "a key that sorts after the one before", 0, "one that does not", 0);
        }
    }
    map->key = at;
    map->key_length = length;
    map->left--;
    return true;
}

bool
cbor_next_text_key(struct cbor_reader *reader, struct cbor_map *map, const char **key, size_t *length)
{
    const uint8_t *at = reader->at;
    return cbor_view_text(reader, key, length) && accept_key(reader, map, at);
}

bool
cbor_next_integer_key(struct cbor_reader *reader, struct cbor_map *map, int64_t *key)
{
    const uint8_t *at = reader->at;
    return cbor_read_s64(reader, key) && accept_key(reader, map, at);
}

enum cbor_kind
cbor_peek(const struct cbor_reader *reader)
{
    return look(reader).kind;
}

bool
cbor_enter(struct cbor_reader *reader)
{
    if (reader->depth == CBOR_MAX_DEPTH)
        return reject(reader, reader->at, "at most # levels of nesting", CBOR_MAX_DEPTH, "more", 0);
    reader->depth++;
    return true;
}

/* Reads over a map's key of either type. */
static bool
skip_key(struct cbor_reader *reader, struct cbor_map *map)
{
    const uint8_t *at = reader->at;
    struct head head = look(reader);
    const char *text;
    size_t length;

    switch (head.kind) {
    case CBOR_UNSIGNED:
    case CBOR_NEGATIVE:
        reader->at += head.length;
        return accept_key(reader, map, at);
    case CBOR_TEXT:
        return cbor_next_text_key(reader, map, &text, &length);
    default:
        return mismatch(reader, "text or an integer as a key", 0);
    }
}

bool
cbor_skip(struct cbor_reader *reader)
{
    struct head head = look(reader);
    struct cbor_map map;
    const uint8_t *data;
    const char *text;
    size_t count;
    bool ok;

    switch (head.kind) {
    case CBOR_END:
    case CBOR_REFUSED:
        return mismatch(reader, "an item", 0);
    case CBOR_BYTES:
        return cbor_view_bytes(reader, &data, &count);
    case CBOR_TEXT:
        return cbor_view_text(reader, &text, &count);
    case CBOR_ARRAY:
        ok = cbor_enter(reader) && cbor_read_array(reader, &count);
        for (size_t i = 0; ok && i < count; i++)
            ok = cbor_skip(reader) || cbor_in_item(reader, i);
        break;
    case CBOR_MAP:
        ok = cbor_enter(reader) && cbor_read_map(reader, &map);
        while (ok && cbor_more(&map))
            ok = skip_key(reader, &map) && cbor_skip(reader);
        break;
    case CBOR_TAG:
        reader->at += head.length;
        ok = cbor_enter(reader) && cbor_skip(reader);
        break;
    default:
        reader->at += head.length;
        return true;
    }
    if (ok)
        cbor_leave(reader);
    return ok;
}
