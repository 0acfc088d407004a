/* The corpus's text files, and items in memory and in diagnostic notation: for tests and fuzzers. */
#ifndef CORPUS_H
#define CORPUS_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cbor.h"

enum {
    CORPUS_ITEM = 4096,                  /* the most bytes of an item */
    CORPUS_LINE = 2 * CORPUS_ITEM + 256, /* the most characters of a line, which is an item's hex and a text */
};

/* Any value of one number. */
union corpus_scalar {
    bool truth;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    int8_t s8;
    int16_t s16;
    int32_t s32;
    int64_t s64;
    float f32;
    double f64;
};

/* Opens a file of the corpus, for the caller to close. Exits when it cannot be read. */
static inline FILE *
corpus_open(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

/* Reads the next line with an item into `line`, of CORPUS_LINE bytes, without its end. Comments and blank lines before
 * it go to `skipped` unless that is NULL. False: there is none. */
static inline bool
corpus_next(FILE *file, char *line, FILE *skipped)
{
    while (fgets(line, CORPUS_LINE, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '#' && line[0] != '\0')
            return true;
        if (skipped != NULL)
            fprintf(skipped, "%s\n", line);
    }
    return false;
}

/* Reads hex at `text` up to what is none, and sets `*rest` behind it. Returns the number of bytes. */
static inline size_t
corpus_hex(const char *text, uint8_t *bytes, const char **rest)
{
    size_t length = 0;
    unsigned byte;

    while (length < CORPUS_ITEM && strspn(text, "0123456789abcdef") >= 2 && sscanf(text, "%2x", &byte) == 1) {
        bytes[length++] = (uint8_t)byte;
        text += 2;
    }
    *rest = text;
    return length;
}

/* A reader over the bytes of the hex, in memory of exactly that length so that a sanitizer sees an overrun. The memory
 * is valid until the next call. */
static inline struct cbor_reader
corpus_reader(const char *hex)
{
    static uint8_t *exact;
    uint8_t bytes[CORPUS_ITEM];
    struct cbor_reader reader;
    const char *rest;
    size_t length = corpus_hex(hex, bytes, &rest);

    free(exact);
    exact = malloc(length > 0 ? length : 1);
    if (exact == NULL)
        abort();
    memcpy(exact, bytes, length);
    cbor_reader_open(&reader, exact, length);
    return reader;
}

/* Writes the next item to a stream in diagnostic notation, as README.md of the corpus has it. False: it is refused. */
static inline bool
corpus_print(struct cbor_reader *reader, FILE *out)
{
    struct cbor_map map;
    const uint8_t *bytes;
    const char *text;
    uint64_t number, bits;
    size_t count;
    double value;
    bool truth = false;

    switch (cbor_peek(reader)) {
    case CBOR_UNSIGNED:
        if (!cbor_read_u64(reader, &number))
            return false;
        fprintf(out, "%" PRIu64, number);
        return true;
    case CBOR_NEGATIVE: {
        /* The reader's getters end at -2**63; CBOR goes on to -2**64. */
        struct cbor_reader copy = *reader;
        int64_t small;
        if (cbor_read_s64(reader, &small)) {
            fprintf(out, "%" PRId64, small);
            return true;
        }
        *reader = copy;
        const uint8_t *at = reader->at;
        if (!cbor_skip(reader) || at[0] != 0x3b)
            return false;
        for (number = 0, at++; at < reader->at; at++)
            number = number << 8 | *at;
        if (number == UINT64_MAX)
            fprintf(out, "-18446744073709551616");
        else
            fprintf(out, "-%" PRIu64, number + 1);
        return true;
    }
    case CBOR_BYTES:
        if (!cbor_view_bytes(reader, &bytes, &count))
            return false;
        fprintf(out, "h'");
        for (size_t i = 0; i < count; i++)
            fprintf(out, "%02x", bytes[i]);
        fprintf(out, "'");
        return true;
    case CBOR_TEXT:
        if (!cbor_view_text(reader, &text, &count))
            return false;
        fputc('"', out);
        for (size_t i = 0; i < count; i++) {
            uint8_t byte = (uint8_t)text[i];
            if (byte == '"' || byte == '\\')
                fprintf(out, "\\%c", byte);
            else if (byte < 0x20 || byte == 0x7f)
                fprintf(out, "\\u%04x", byte);
            else if (byte == 0xc2 && (uint8_t)text[i + 1] < 0xa0)
                fprintf(out, "\\u%04x", (uint8_t)text[++i]);
            else
                fputc(byte, out);
        }
        fputc('"', out);
        return true;
    case CBOR_ARRAY:
        if (!cbor_enter(reader) || !cbor_read_array(reader, &count))
            return false;
        fputc('[', out);
        for (size_t i = 0; i < count; i++) {
            fputs(i > 0 ? ", " : "", out);
            if (!corpus_print(reader, out))
                return cbor_in_item(reader, i);
        }
        fputc(']', out);
        cbor_leave(reader);
        return true;
    case CBOR_MAP:
        if (!cbor_enter(reader) || !cbor_read_map(reader, &map))
            return false;
        fputc('{', out);
        for (const char *comma = ""; cbor_more(&map); comma = ", ") {
            int64_t integer;
            fputs(comma, out);
            if (cbor_peek(reader) == CBOR_TEXT) {
                struct cbor_reader key = *reader;
                if (!cbor_next_text_key(reader, &map, &text, &count) || !corpus_print(&key, out))
                    return false;
            } else {
                if (!cbor_next_integer_key(reader, &map, &integer))
                    return false;
                fprintf(out, "%" PRId64, integer);
            }
            fputs(": ", out);
            if (!corpus_print(reader, out))
                return false;
        }
        fputc('}', out);
        cbor_leave(reader);
        return true;
    case CBOR_TAG:
        if (!cbor_enter(reader) || !cbor_read_any_tag(reader, &number))
            return false;
        fprintf(out, "%" PRIu64 "(", number);
        if (!corpus_print(reader, out))
            return false;
        fputc(')', out);
        cbor_leave(reader);
        return true;
    case CBOR_BOOL:
        if (!cbor_read_bool(reader, &truth))
            return false;
        fputs(truth ? "true" : "false", out);
        return true;
    case CBOR_NULL:
        fputs("null", out);
        return cbor_read_null(reader);
    case CBOR_UNDEFINED:
        fputs("undefined", out);
        return cbor_read_undefined(reader);
    case CBOR_FLOAT:
        if (!cbor_read_any_float(reader, &value))
            return false;
        memcpy(&bits, &value, sizeof(bits));
        if (value != value)
            bits = UINT64_C(0x7ff8000000000000);
        fprintf(out, "float'%016" PRIx64 "'", bits);
        return true;
    case CBOR_END:
    case CBOR_REFUSED:
        break;
    }
    return cbor_skip(reader);
}

#endif
