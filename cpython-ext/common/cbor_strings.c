/* The part of cbor.h's reader for what lies in the input as bytes: byte strings, text (RFC 3629 for UTF-8) and typed
 * arrays (RFC 8746); as views, or in memory of their own. */
#include "cbor_private.h"

/* Reads a byte or text string as a view. */
static inline bool
view(struct cbor_reader *reader, unsigned major, const uint8_t **data, size_t *length, const char *expected)
{
    const uint8_t *at = reader->at;
    uint64_t size = 0;

    if (!cbor_take(reader, major, &size, expected, 0))
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
        cbor_no_memory(reader, length);
    else
        memcpy(memory, data, length);
    return memory;
}

/* The same for what has no items: bytes and text. */
static bool
keep(struct cbor_reader *reader, const void *there, size_t size, uint8_t **data, size_t *length)
{
    uint8_t *memory = copy(reader, there, size, 1);
    if (memory == NULL)
        return false;
    *data = memory;
    *length = size;
    return true;
}

bool
cbor_read_bytes(struct cbor_reader *reader, uint8_t **data, size_t *length)
{
    const uint8_t *there;
    size_t size;

    if (!cbor_view_bytes(reader, &there, &size))
        return false;
    return keep(reader, there, size, data, length);
}

bool
cbor_read_text(struct cbor_reader *reader, uint8_t **text, size_t *length)
{
    const char *there;
    size_t size;

    if (!cbor_view_text(reader, &there, &size))
        return false;
    return keep(reader, there, size, text, length);
}

bool
cbor_read_typed_array(struct cbor_reader *reader, enum cbor_typed_array type, size_t size, void *items, size_t *count)
{
    const char *expected = "a typed array, which is tag # over a byte string";
    const uint8_t *at = reader->at, *there;
    uint64_t tag = 0;
    size_t length;

    if (!cbor_take(reader, TAG, &tag, expected, type))
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
