/* The writer of cbor.h, from RFC 8949 (section 3 for heads, 4.2.1 for the deterministic form) and RFC 8746 (typed
 * arrays). */
#include "cbor_private.h"

#include <stdlib.h>

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
SHARED static bool
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
SHARED static bool
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
