/* CBOR (RFC 8949) in its deterministic form (section 4.2): shortest heads, definite lengths, map keys sorted. The
 * writer writes nothing else and the reader accepts nothing else. How WIT values map to it:
 * docs/reference/dynlink-cbor.md.
 *
 * Used by generated link shims and by hand-written extensions and providers; depends on the C library only. */
#ifndef PYLON_CBOR_H
#define PYLON_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    CBOR_ROOM = 256,       /* bytes that a writer holds without malloc */
    CBOR_MAX_DEPTH = 64,   /* levels of arrays, maps and tags in what cbor_skip() and cbor_enter() accept */
    CBOR_PATH = 160,       /* bytes of a path in a problem, the NUL included; the inner end of a longer path is cut */
    CBOR_EXPLANATION = 192 /* bytes that suffice for cbor_explain(), the NUL included */
};

/* RFC 8746 tags of the element types that travel as typed arrays, little endian. list<u8> is a plain byte string. */
enum cbor_typed_array {
    CBOR_U16 = 69,
    CBOR_U32 = 70,
    CBOR_U64 = 71,
    CBOR_S8 = 72,
    CBOR_S16 = 77,
    CBOR_S32 = 78,
    CBOR_S64 = 79,
    CBOR_F32 = 85,
    CBOR_F64 = 86
};

/* ---- Writer ----
 *
 * The functions return nothing. The first one that cannot do its work sets `failed`, and all later ones do nothing;
 * look once, at the end. cbor_writer_close() must follow cbor_writer_open(), unless cbor_writer_take() was called. */

enum cbor_failure { CBOR_WRITTEN, CBOR_NO_MEMORY, CBOR_TOO_LARGE };

struct cbor_writer {
    uint8_t *data;   /* `room`, or memory from malloc */
    size_t length;   /* bytes written */
    size_t capacity; /* bytes that may be written to `data` */
    size_t limit;    /* the most that may be written */
    enum cbor_failure failed;
    uint8_t room[CBOR_ROOM];
};

/* Starts an empty payload of at most `limit` bytes. */
static inline void
cbor_writer_open(struct cbor_writer *writer, size_t limit)
{
    writer->data = writer->room;
    writer->length = 0;
    writer->capacity = limit < CBOR_ROOM ? limit : CBOR_ROOM;
    writer->limit = limit;
    writer->failed = CBOR_WRITTEN;
}

/* Frees what the writer holds. Nothing may be written after it; closing it again does nothing. */
static inline void
cbor_writer_close(struct cbor_writer *writer)
{
    if (writer->data != writer->room)
        free(writer->data);
    writer->data = writer->room;
}

/* Closes the writer and hands its bytes over as memory from malloc, which the caller frees. A payload that outgrew
 * `room` is not copied. An empty payload has the pointer (uint8_t *)1, which is not to be freed: the generated `*_free`
 * of a list knows that. False when the writer failed, also now for want of memory: `failed` says why. */
bool cbor_writer_take(struct cbor_writer *writer, uint8_t **data, size_t *length);

void cbor_write_unsigned(struct cbor_writer *writer, uint64_t value);
void cbor_write_signed(struct cbor_writer *writer, int64_t value);
void cbor_write_bool(struct cbor_writer *writer, bool value);
void cbor_write_null(struct cbor_writer *writer);
void cbor_write_undefined(struct cbor_writer *writer);

/* Always nine bytes; every NaN becomes 7ff8000000000000. Also for f32, which widens without loss. */
void cbor_write_float(struct cbor_writer *writer, double value);

/* A byte string. `data` may be anything when `length` is 0. */
void cbor_write_bytes(struct cbor_writer *writer, const void *data, size_t length);

/* A text string. That it is UTF-8 is the caller's word; readers check. */
void cbor_write_text(struct cbor_writer *writer, const void *text, size_t length);

/* As cbor_write_text(), of a C string literal. */
#define cbor_write_literal(writer, literal) cbor_write_text(writer, "" literal, sizeof(literal) - 1)

/* The head of an array: `count` items follow. */
void cbor_write_array(struct cbor_writer *writer, uint64_t count);

/* The head of a map: `count` pairs follow. The caller writes them in order: the keys' encodings, compared bytewise. */
void cbor_write_map(struct cbor_writer *writer, uint64_t count);

/* A tag; one item follows. */
void cbor_write_tag(struct cbor_writer *writer, uint64_t tag);

/* A typed array of `count` elements of `size` bytes each. The bits of the elements travel as they are, NaN too. */
void cbor_write_typed_array(struct cbor_writer *writer, enum cbor_typed_array type, const void *items, size_t count,
                            size_t size);

/* Bytes as they are: an encoded item, or the whole payload of a method with raw bytes. */
void cbor_write_raw(struct cbor_writer *writer, const void *data, size_t length);

/* ---- Reader ----
 *
 * Reads a buffer that the caller keeps. Every function returns true and moves on, or returns false, notes the problem
 * in the reader and leaves its results untouched (but see lists below). After a false nothing more is to be read;
 * whoever reads a part of something prepends that part's name to the problem's path while returning:
 *
 *     return (cbor_read_u32(reader, &value->size) || cbor_in_field(reader, "size"))
 *            && (cbor_read_text(reader, &value->name.ptr, &value->name.len) || cbor_in_field(reader, "name"));
 *
 * Nothing is read beyond the end, whatever the input. No head can make the reader allocate more than the input pays
 * for: byte strings, text and typed arrays take as many bytes as they occupy in the input, and a list takes `count` x
 * `size` bytes where count is at most the number of bytes left: at worst sizeof(element) times the length of the
 * payload, all lists of the same nesting level together. */

/* What went wrong, and where. In the texts `#` stands for the number and `~` for -1 minus the number. */
struct cbor_problem {
    const char *expected; /* static text; NULL while there is no problem */
    const char *found;    /* static text */
    uint64_t expected_number;
    uint64_t found_number;
    size_t offset;  /* in the payload */
    bool no_memory; /* it was not the input's fault */
    size_t path_length;
    char path[CBOR_PATH]; /* `items[3].name`, NUL-terminated once path_length > 0 */
};

struct cbor_reader {
    const uint8_t *at;
    const uint8_t *end;
    const uint8_t *start;
    uint8_t *spare; /* `start`, where it may be given away: see cbor_spare() */
    unsigned depth;
    struct cbor_problem problem;
};

/* Reads `length` bytes at `data`, which must outlive the reader. Nothing has to be closed. */
static inline void
cbor_reader_open(struct cbor_reader *reader, const void *data, size_t length)
{
    reader->at = reader->start = data;
    reader->end = reader->start + length;
    reader->spare = NULL;
    reader->depth = 0;
    reader->problem.expected = NULL;
    reader->problem.path_length = 0;
    reader->problem.no_memory = false;
}

/* Offers the buffer, which is from malloc and not empty, to the first string or typed array that fills at least half of
 * it: it is moved to the buffer's beginning and not copied, and `spare` becomes NULL, since the value has the buffer
 * now. Not for callers who view strings before they read others: what was viewed may be overwritten. */
static inline void
cbor_spare(struct cbor_reader *reader, uint8_t *buffer)
{
    reader->spare = buffer;
}

/* How many bytes are left. */
static inline size_t
cbor_left(const struct cbor_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* Prepends a field's name to the path of the problem. Always false, to be used as above. */
bool cbor_in_field(struct cbor_reader *reader, const char *name);

/* Prepends `[index]` to the path of the problem. Always false. */
bool cbor_in_item(struct cbor_reader *reader, size_t index);

/* Notes a problem of the caller's own with what was read from offset `at - start`, for instance a value out of range.
 * Both texts are static; in `expected`, `#` stands for `number`. Always false. */
bool cbor_reject(struct cbor_reader *reader, const uint8_t *at, const char *expected, uint64_t number,
                 const char *found);

/* Notes that there is no memory of `size` bytes, which is not the input's fault. Always false. */
bool cbor_no_memory(struct cbor_reader *reader, uint64_t size);

/* Writes `expected ..., found ... at byte N` into `text`, which has room for CBOR_EXPLANATION bytes, and returns its
 * length. */
size_t cbor_explain(const struct cbor_reader *reader, char *text);

/* Notes that something follows where the input should end. Always false. */
bool cbor_reject_rest(struct cbor_reader *reader);

/* True at the end of the input, a problem otherwise: one payload is one item. */
static inline bool
cbor_read_end(struct cbor_reader *reader)
{
    return reader->at == reader->end || cbor_reject_rest(reader);
}

bool cbor_read_bool(struct cbor_reader *reader, bool *value);
bool cbor_read_null(struct cbor_reader *reader);
bool cbor_read_undefined(struct cbor_reader *reader);
bool cbor_read_u8(struct cbor_reader *reader, uint8_t *value);
bool cbor_read_u16(struct cbor_reader *reader, uint16_t *value);
bool cbor_read_u32(struct cbor_reader *reader, uint32_t *value);
bool cbor_read_u64(struct cbor_reader *reader, uint64_t *value);
bool cbor_read_s8(struct cbor_reader *reader, int8_t *value);
bool cbor_read_s16(struct cbor_reader *reader, int16_t *value);
bool cbor_read_s32(struct cbor_reader *reader, int32_t *value);
bool cbor_read_s64(struct cbor_reader *reader, int64_t *value);

/* A Unicode scalar value, as WIT's char. */
bool cbor_read_char(struct cbor_reader *reader, uint32_t *value);

/* Exactly what cbor_write_float() writes; f32 must be exact, so that nothing is rounded silently. */
bool cbor_read_f32(struct cbor_reader *reader, float *value);
bool cbor_read_f64(struct cbor_reader *reader, double *value);

/* A float of 16, 32 or 64 bits, for payloads from encoders that shorten floats. Not what contracts use. */
bool cbor_read_any_float(struct cbor_reader *reader, double *value);

/* A byte or text string where it lies in the input, not NUL-terminated. Text is checked to be UTF-8. */
bool cbor_view_bytes(struct cbor_reader *reader, const uint8_t **data, size_t *length);
bool cbor_view_text(struct cbor_reader *reader, const char **text, size_t *length);

/* As the views, copied into memory from malloc, which the caller frees (an empty one is not to be freed, its pointer is
 * (uint8_t *)1). */
bool cbor_read_bytes(struct cbor_reader *reader, uint8_t **data, size_t *length);
bool cbor_read_text(struct cbor_reader *reader, uint8_t **text, size_t *length);

/* A typed array of elements of `size` bytes, copied into memory from malloc, which the caller frees (an empty one is
 * not to be freed, its pointer is (void *)size). `items` points to a pointer of the elements' type. */
bool cbor_read_typed_array(struct cbor_reader *reader, enum cbor_typed_array type, size_t size, void *items,
                           size_t *count);

/* An array's head. At most as many items as there are bytes left. */
bool cbor_read_array(struct cbor_reader *reader, size_t *count);

/* An array's head and memory for its items: zeroed, from calloc, `size` bytes each, not to be freed when there are none
 * (the pointer is then (void *)8). `items` points to a pointer of the items' type. The caller reads the items next;
 * when one fails, the zeroed rest makes it safe to free the list with its generated `*_free`. */
bool cbor_read_list(struct cbor_reader *reader, size_t size, void *items, size_t *count);

/* The head of a record or tuple: an array of exactly `count` items. */
bool cbor_read_tuple(struct cbor_reader *reader, size_t count);

/* An option's head; the value follows when `is_some`. */
bool cbor_read_option(struct cbor_reader *reader, bool *is_some);

/* A variant's head: the index of one of `cases` cases, and exactly the payload that `has_payload[index]` tells of,
 * which follows. A result is a variant of two cases. */
bool cbor_read_variant(struct cbor_reader *reader, uint32_t cases, const bool *has_payload, uint32_t *index);

/* An enum's case index, less than `cases`. */
bool cbor_read_enum(struct cbor_reader *reader, uint32_t cases, uint32_t *index);

/* Flags: `count` (at most 64) bits. */
bool cbor_read_flags(struct cbor_reader *reader, unsigned count, uint64_t *bits);

/* A tag, any or exactly `tag`. One item follows. */
bool cbor_read_any_tag(struct cbor_reader *reader, uint64_t *tag);
bool cbor_read_tag(struct cbor_reader *reader, uint64_t tag);

/* Maps have text or integer keys, in order and each once:
 *
 *     for (ok = cbor_read_map(reader, &map); ok && cbor_more(&map);)
 *         ok = cbor_next_text_key(reader, &map, &key, &length) && ...the value; */
struct cbor_map {
    size_t left;        /* pairs that were not begun */
    const uint8_t *key; /* encoding of the key before, NULL at first */
    size_t key_length;
};
bool cbor_read_map(struct cbor_reader *reader, struct cbor_map *map);
static inline bool
cbor_more(const struct cbor_map *map)
{
    return map->left > 0;
}
bool cbor_next_text_key(struct cbor_reader *reader, struct cbor_map *map, const char **key, size_t *length);
bool cbor_next_integer_key(struct cbor_reader *reader, struct cbor_map *map, int64_t *key);

/* What comes next, without reading it. The kind of an item that the reader would refuse is CBOR_REFUSED. */
enum cbor_kind {
    CBOR_END,
    CBOR_UNSIGNED,
    CBOR_NEGATIVE,
    CBOR_BYTES,
    CBOR_TEXT,
    CBOR_ARRAY,
    CBOR_MAP,
    CBOR_TAG,
    CBOR_BOOL,
    CBOR_NULL,
    CBOR_UNDEFINED,
    CBOR_FLOAT,
    CBOR_REFUSED
};
enum cbor_kind cbor_peek(const struct cbor_reader *reader);

/* Reads over one item of any kind and checks all of it, to CBOR_MAX_DEPTH levels. */
bool cbor_skip(struct cbor_reader *reader);

/* For code that follows input of any shape by recursion: one level down (false beyond CBOR_MAX_DEPTH), and up again. */
bool cbor_enter(struct cbor_reader *reader);
static inline void
cbor_leave(struct cbor_reader *reader)
{
    reader->depth--;
}

#endif
