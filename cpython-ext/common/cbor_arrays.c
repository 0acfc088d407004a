/* The part of cbor.h's reader for arrays, for the types of WIT that travel as one (lists, records and tuples, options,
 * variants), and for the heads of maps. Their items are the caller's to read. */
#include "cbor_private.h"

/* Reads the head of an array or map whose parts are at least one byte (`each`) long. */
static inline bool
take_count(struct cbor_reader *reader, unsigned major, unsigned each, size_t *count, const char *expected)
{
    const uint8_t *at = reader->at;
    uint64_t number = 0;

    if (!cbor_take(reader, major, &number, expected, 0))
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
        return cbor_no_memory(reader, (uint64_t)number * size);
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

    if (!cbor_take(reader, ARRAY, &number, expected, count))
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

    if (!cbor_take(reader, ARRAY, &number, expected, 0))
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

    if (!cbor_take(reader, ARRAY, &items, "a variant, which is an array of a case and its payload", 0))
        return false;
    if (!cbor_take_unsigned(reader, cases - 1, &number, "a case from 0 to #"))
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
