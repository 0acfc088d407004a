/* Fuzz target of cbor.h.
 *
 * An input that cbor_skip() accepts is deterministic, so writing it anew must give the same bytes. Then every getter
 * meets the input, in an order that the input chooses, as generated code would. */
#include "check.h"
#include "corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads an item by its kind and writes it. */
static bool
transcribe(struct cbor_reader *reader, struct cbor_writer *writer)
{
    const uint8_t *start = reader->at, *bytes;
    struct cbor_map map;
    const char *text;
    uint64_t number;
    int64_t integer;
    size_t count;
    bool truth = false;

    switch (cbor_peek(reader)) {
    case CBOR_UNSIGNED:
        if (!cbor_read_u64(reader, &number))
            return false;
        cbor_write_unsigned(writer, number);
        return true;
    case CBOR_NEGATIVE:
        if (start[0] == 0x3b && start[1] >= 0x80) {
            if (!cbor_skip(reader))
                return false;
            cbor_write_raw(writer, start, (size_t)(reader->at - start));
            return true;
        }
        if (!cbor_read_s64(reader, &integer))
            return false;
        cbor_write_signed(writer, integer);
        return true;
    case CBOR_BYTES:
        if (!cbor_view_bytes(reader, &bytes, &count))
            return false;
        cbor_write_bytes(writer, bytes, count);
        return true;
    case CBOR_TEXT:
        if (!cbor_view_text(reader, &text, &count))
            return false;
        cbor_write_text(writer, text, count);
        return true;
    case CBOR_ARRAY:
        if (!cbor_enter(reader) || !cbor_read_array(reader, &count))
            return false;
        cbor_write_array(writer, count);
        for (size_t i = 0; i < count; i++) {
            if (!transcribe(reader, writer))
                return cbor_in_item(reader, i);
        }
        cbor_leave(reader);
        return true;
    case CBOR_MAP:
        if (!cbor_enter(reader) || !cbor_read_map(reader, &map))
            return false;
        cbor_write_map(writer, map.left);
        while (cbor_more(&map)) {
            if (cbor_peek(reader) == CBOR_TEXT) {
                if (!cbor_next_text_key(reader, &map, &text, &count))
                    return false;
                cbor_write_text(writer, text, count);
            } else {
                if (!cbor_next_integer_key(reader, &map, &integer))
                    return false;
                cbor_write_signed(writer, integer);
            }
            if (!transcribe(reader, writer))
                return cbor_in_field(reader, "value");
        }
        cbor_leave(reader);
        return true;
    case CBOR_TAG:
        if (!cbor_enter(reader) || !cbor_read_any_tag(reader, &number))
            return false;
        cbor_write_tag(writer, number);
        if (!transcribe(reader, writer))
            return false;
        cbor_leave(reader);
        return true;
    case CBOR_BOOL:
        if (!cbor_read_bool(reader, &truth))
            return false;
        cbor_write_bool(writer, truth);
        return true;
    case CBOR_NULL:
        cbor_write_null(writer);
        return cbor_read_null(reader);
    case CBOR_UNDEFINED:
        cbor_write_undefined(writer);
        return cbor_read_undefined(reader);
    case CBOR_FLOAT: {
        struct cbor_reader copy = *reader;
        double value;
        if (!cbor_read_any_float(reader, &value))
            return false;
        if (cbor_read_f64(&copy, &value))
            cbor_write_float(writer, value);
        else
            cbor_write_raw(writer, start, (size_t)(reader->at - start));
        return true;
    }
    case CBOR_END:
    case CBOR_REFUSED:
        break;
    }
    return cbor_skip(reader);
}

/* Whether there may be map keys beyond 64 signed bits, the one thing that cbor_skip() accepts and no getter reads. */
static bool
has_wide_key(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 1 < size; i++) {
        if ((data[i] == 0x3b || data[i] == 0x1b) && data[i + 1] >= 0x80)
            return true;
    }
    return false;
}

static void
fuzz_generic(const uint8_t *data, size_t size)
{
    struct cbor_reader skipper, reader;
    struct cbor_writer writer;
    char text[CBOR_EXPLANATION];

    cbor_reader_open(&skipper, data, size);
    cbor_reader_open(&reader, data, size);
    cbor_writer_open(&writer, SIZE_MAX);
    bool skipped = cbor_skip(&skipper), copied = transcribe(&reader, &writer);
    check(skipped == (skipper.problem.expected == NULL), "a failure and a problem go together");
    check(skipper.at <= skipper.end, "the reader stays inside");
    check(skipper.problem.offset <= size || skipped, "the offset is in the payload");
    check(cbor_explain(&skipper, text) < CBOR_EXPLANATION, "the explanation has room");
    if (!has_wide_key(data, size)) {
        check(skipped == copied, "skip and getters accept the same");
        check(!copied || writer.length == (size_t)(reader.at - reader.start), "as many bytes are written as were read");
    }
    if (copied)
        check(memcmp(writer.data, data, writer.length) == 0, "what is accepted is written the same");
    check(!writer.failed, "the writer does not fail");
    cbor_writer_close(&writer);
}

struct pair {
    uint8_t *name;
    size_t length;
    double *values;
    size_t count;
};

/* One getter. What it allocates is freed. */
static bool
step(struct cbor_reader *reader, unsigned choice)
{
    static const bool has_payload[] = {true, false, true};
    union corpus_scalar value;
    struct cbor_map map;
    struct pair *pairs = NULL;
    uint8_t *bytes = NULL;
    uint16_t *words = NULL;
    size_t count = 0;
    bool ok;

    switch (choice % 26) {
    case 0:
        return cbor_read_bool(reader, &value.truth);
    case 1:
        return cbor_read_u8(reader, &value.u8);
    case 2:
        return cbor_read_u16(reader, &value.u16);
    case 3:
        return cbor_read_u32(reader, &value.u32);
    case 4:
        return cbor_read_u64(reader, &value.u64);
    case 5:
        return cbor_read_s8(reader, &value.s8);
    case 6:
        return cbor_read_s16(reader, &value.s16);
    case 7:
        return cbor_read_s32(reader, &value.s32);
    case 8:
        return cbor_read_s64(reader, &value.s64);
    case 9:
        return cbor_read_f32(reader, &value.f32);
    case 10:
        return cbor_read_f64(reader, &value.f64);
    case 11:
        return cbor_read_any_float(reader, &value.f64);
    case 12:
        ok = cbor_read_char(reader, &value.u32);
        check(!ok || (value.u32 <= 0x10ffff && (value.u32 < 0xd800 || value.u32 > 0xdfff)), "a char is a scalar value");
        return ok;
    case 13:
        return cbor_read_enum(reader, 3, &value.u32) && (check(value.u32 < 3, "an enum has a case"), true);
    case 14:
        return cbor_read_flags(reader, 11, &value.u64) && (check(value.u64 < 1 << 11, "flags are few"), true);
    case 15:
        return cbor_read_variant(reader, 3, has_payload, &value.u32);
    case 16:
        return cbor_read_option(reader, &value.truth);
    case 17:
        return cbor_read_tuple(reader, 2);
    case 18:
        return cbor_read_any_tag(reader, &value.u64);
    case 19:
        ok = cbor_read_map(reader, &map);
        while (ok && cbor_more(&map)) {
            const char *key;
            ok = cbor_next_text_key(reader, &map, &key, &count) && cbor_skip(reader);
        }
        return ok;
    case 20:
        ok = cbor_read_bytes(reader, &bytes, &count);
        break;
    case 21:
        ok = cbor_read_text(reader, &bytes, &count);
        break;
    case 22:
        ok = cbor_read_typed_array(reader, CBOR_U16, 2, &words, &count);
        if (ok && count > 0)
            free(words);
        return ok;
    case 23:
        return cbor_read_null(reader);
    case 24:
        return cbor_skip(reader);
    default:
        ok = cbor_read_list(reader, sizeof(*pairs), &pairs, &count);
        check(count <= cbor_left(reader), "a list is no longer than its input");
        for (size_t i = 0; ok && i < count; i++)
            ok = (cbor_read_tuple(reader, 2) && cbor_read_text(reader, &pairs[i].name, &pairs[i].length) &&
                  cbor_read_typed_array(reader, CBOR_F64, 8, &pairs[i].values, &pairs[i].count)) ||
                 cbor_in_item(reader, i) || cbor_in_field(reader, "pairs");
        for (size_t i = 0; i < count; i++) {
            if (pairs[i].length > 0)
                free(pairs[i].name);
            if (pairs[i].count > 0)
                free(pairs[i].values);
        }
        if (count > 0)
            free(pairs);
        return ok;
    }
    if (ok && count > 0)
        free(bytes);
    return ok;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_generic(data, size);
    /* Every getter first, then as the first bytes choose. */
    for (unsigned first = 0; first < 26; first++) {
        struct cbor_reader reader;
        cbor_reader_open(&reader, data, size);
        step(&reader, first);
        check(reader.at <= reader.end, "the reader stays inside");
    }
    if (size > 8) {
        struct cbor_reader reader;
        cbor_reader_open(&reader, data + 8, size - 8);
        for (int i = 0; i < 8 && step(&reader, data[i]); i++)
            check(reader.at <= reader.end, "the reader stays inside");
    }
    return 0;
}
