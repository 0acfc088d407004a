/* The keys of maps, and items of any kind: the part of cbor.h's reader for input whose shape no type tells. */
#include "cbor_private.h"

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
            return cbor_reject(reader, at, "a key that sorts after the one before", 0, "one that does not");
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
    return cbor_look(reader).kind;
}

bool
cbor_enter(struct cbor_reader *reader)
{
    if (reader->depth == CBOR_MAX_DEPTH)
        return cbor_reject(reader, reader->at, "at most # levels of nesting", CBOR_MAX_DEPTH, "more");
    reader->depth++;
    return true;
}

/* Reads over a map's key of either type. */
static bool
skip_key(struct cbor_reader *reader, struct cbor_map *map)
{
    const uint8_t *at = reader->at;
    struct cbor_head head = cbor_look(reader);
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
        return cbor_mismatch(reader, "text or an integer as a key", 0);
    }
}

bool
cbor_skip(struct cbor_reader *reader)
{
    struct cbor_head head = cbor_look(reader);
    struct cbor_map map;
    const uint8_t *data;
    const char *text;
    size_t count;
    bool ok;

    switch (head.kind) {
    case CBOR_END:
    case CBOR_REFUSED:
        return cbor_mismatch(reader, "an item", 0);
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
