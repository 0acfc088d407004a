/* lzma_stream.c against liblzma itself: the same bytes when compressing, and the same random calls when
 * decompressing, after which both must look the same, call by call.
 *
 * ./run.sh OUTPUT_FOLDER XZ_SOURCE_FOLDER [ROUNDS [FIRST_SEED]] builds and runs it. Prints one line and exits 0, or
 * what differs and exits 1.
 */
#include "driver.h"
#include "rounds_native.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* liblzma's numbers. */
enum { OK = 0, STREAM_END = 1, NO_CHECK = 2, GET_CHECK = 4, MEM_ERROR = 5, MEMLIMIT_ERROR = 6, BUF_ERROR = 10 };
enum { LZMA2 = 0x21, DELTA = 3 };
#define LZMA1 UINT64_C(0x4000000000000001)

static void
expect_same(const char *what, struct outcome a, struct outcome b)
{
    if (a.code == b.code && a.avail_in == b.avail_in && a.avail_out == b.avail_out)
        return;
    fprintf(stderr, "ours: code %d avail_in %zu avail_out %zu; liblzma: code %d avail_in %zu avail_out %zu\n", a.code,
            a.avail_in, a.avail_out, b.code, b.avail_in, b.avail_out);
    fail(what);
}

/* A format that is mostly a good one. */
static struct format
random_format(void)
{
    static const uint32_t checks[] = {0, 1, 4, 10};
    static const uint64_t firsts[] = {0, DELTA, 4, 5, 6, 7, 8, 9};
    static const uint32_t finders[] = {3, 4, 0x12, 0x13, 0x14};
    struct format format = {
        .container = (enum container)(random_number() % 4),
        .preset = random_number() % 4 | (random_number() % 4 == 0 ? 1u << 31 : 0),
        .check = checks[random_number() % 4],
        .dict_size = 4096u << random_number() % 8,
    };
    if (format.container != ALONE)
        format.first = firsts[random_number() % 8];
    format.option = format.first == DELTA ? 1 + random_number() % 256 : 16 * (random_number() % 4);
    if (random_number() % 2 == 0) {
        format.lc = random_number() % 5;
        format.lp = random_number() % (5 - format.lc);
        format.pb = random_number() % 5;
        format.mode = 1 + random_number() % 2;
        format.nice_len = 5 + random_number() % 269;
        format.mf = finders[format.mode == 1 ? random_number() % 2 : random_number() % 5];
        format.depth = random_number() % 3 * 8;
    }
    return format;
}

/* Compresses `data` in random calls and returns the bytes; *size is their number. */
static uint8_t *
encode(const struct driver *driver, const struct format *format, const uint8_t *data, size_t length, size_t *size)
{
    int code;
    void *stream = driver->new_encoder(format, &code);
    if (stream == NULL)
        fail("a good format");
    size_t done = 0, space = 2 * length + 400000;
    uint8_t *packed = allocate(space);
    bool last = false;
    while (code != STREAM_END) {
        size_t piece = random_size(), room = random_size();
        /* What finishes is exactly the rest, as liblzma demands. */
        last = last || piece >= length;
        if (last)
            piece = length;
        struct outcome o = driver->code(stream, data, piece, packed + done, room, last);
        code = o.code;
        if (code != OK && code != STREAM_END && (code != BUF_ERROR || o.avail_in != piece || o.avail_out != room))
            fail("encode: the code");
        if (o.avail_in > 0 && o.avail_out > 0)
            fail("encode: a stop");
        done += room - o.avail_out;
        data += piece - o.avail_in;
        length -= piece - o.avail_in;
        if (done + 300000 > space)
            abort();
    }
    driver->end(stream);
    *size = done;
    return packed;
}

/* The same bytes from both. Not call by call: where room is short, liblzma takes more of its input. */
static uint8_t *
encode_both(const struct format *format, const uint8_t *data, size_t length, size_t *size)
{
    size_t other_size;
    uint8_t *packed = encode(&ours, format, data, length, size);
    uint8_t *other = encode(&theirs, format, data, length, &other_size);
    if (*size != other_size || memcmp(packed, other, other_size) != 0)
        fail("compressed data");
    free(other);
    return packed;
}

/* Decompresses with both, call by call, and compares everything. Returns true at the end of the stream. */
static bool
decode_both(const struct format *format, uint64_t memlimit, const uint8_t *packed, size_t size, const uint8_t *data,
            size_t length)
{
    int a, b, automatic = random_number() % 2 == 0;
    void *our = ours.new_decoder(format, automatic, memlimit, &a);
    void *their = theirs.new_decoder(format, automatic, memlimit, &b);
    if (a != b || our == NULL)
        fail("a good format");
    struct outcome o = {OK, 0, 0};
    size_t done = 0;
    uint8_t *ours_out = allocate(300000), *theirs_out = allocate(300000);
    for (size_t at = 0, idle = 0; idle < 50;) {
        size_t piece = random_size(), room = random_size();
        if (piece > size - at)
            piece = size - at;
        o = ours.code(our, packed + at, piece, ours_out, room, 0);
        expect_same("decode", o, theirs.code(their, packed + at, piece, theirs_out, room, 0));
        bool broken = o.code >= MEM_ERROR && o.code != BUF_ERROR;
        /* What liblzma has written when it finds damage did not go through the first filter. */
        if (!(broken && format->first != 0) && memcmp(ours_out, theirs_out, room - o.avail_out) != 0)
            fail("decompressed data");
        if ((o.code == GET_CHECK || o.code == NO_CHECK) && ours.check(our) != theirs.check(their))
            fail("the check");
        if (data != NULL &&
            (done + (room - o.avail_out) > length || memcmp(data + done, ours_out, room - o.avail_out) != 0))
            fail("round trip");
        done += room - o.avail_out;
        at += piece - o.avail_in;
        idle = piece == o.avail_in && room == o.avail_out ? idle + 1 : 0;
        if (o.code == STREAM_END || broken)
            break;
    }
    ours.end(our);
    theirs.end(their);
    if (o.code == STREAM_END && data != NULL && done != length)
        fail("length");
    free(ours_out);
    free(theirs_out);
    return o.code == STREAM_END;
}

static void
one_stream(void)
{
    size_t length = random_number() % 3 == 0 ? random_number() % 400000 : random_number() % 5000;
    uint8_t *data = sample(length);
    size_t size;
    struct format format = random_format();
    uint8_t *packed = encode_both(&format, data, length, &size);
    /* What follows a stream is left alone. */
    packed = realloc(packed, size + 100);
    if (packed == NULL)
        abort();
    memset(packed + size, 'x', 100);
    if (!decode_both(&format, UINT64_MAX, packed, size + 100, data, length))
        fail("the end of a good stream");
    decode_both(&format, 1 + random_number() % 2000000, packed, size + 100, data, length);
    for (uint32_t flips = 1 + random_number() % 5; flips > 0; flips--) {
        size_t at = random_number() % size;
        if (format.container != ALONE || at > 4) /* A dictionary of 4 GiB is a good one. */
            packed[at] ^= (uint8_t)(1u << random_number() % 8);
    }
    decode_both(&format, UINT64_MAX, packed, size, NULL, 0);
    free(data);
    free(packed);
}

/* Options that liblzma refuses, we refuse with the same code, and the other way round. */
static void
random_options(void)
{
    static const uint32_t odd[] = {0, 1, 2, 3, 4, 5, 8, 9, 10, 256, 257, 273, 274, 4095, 1u << 31, UINT32_MAX};
    struct format format = random_format();
    uint32_t *const fields[] = {&format.preset, &format.check, &format.option, &format.dict_size, &format.lc,
                                &format.lp,     &format.pb,    &format.mode,   &format.nice_len,  &format.mf,
                                &format.depth};
    for (uint32_t changes = random_number() % 3; changes > 0; changes--)
        *fields[random_number() % 11] = odd[random_number() % 16];
    if (format.dict_size > 1u << 20)
        format.dict_size = 1u << 20; /* for the sake of memory */
    if (format.preset % 16 > 4)
        format.preset = 10 + random_number() % 10;
    int a, b;
    void *our = ours.new_encoder(&format, &a), *their = theirs.new_encoder(&format, &b);
    if (a != b)
        fail("the code for an encoder");
    if (our != NULL) {
        ours.end(our);
        theirs.end(their);
    }
    our = ours.new_decoder(&format, 0, UINT64_MAX, &a);
    their = theirs.new_decoder(&format, 0, UINT64_MAX, &b);
    if (a != b)
        fail("the code for a decoder");
    if (our != NULL) {
        ours.end(our);
        theirs.end(their);
    }
    uint8_t ours_out[8] = {0}, theirs_out[8] = {0};
    if (ours.encode_properties(&format, ours_out) != theirs.encode_properties(&format, theirs_out) ||
        memcmp(ours_out, theirs_out, 8) != 0)
        fail("properties");
}

static void
functions(void)
{
    static const uint64_t ids[] = {LZMA1, LZMA2, DELTA, 4, 5, 6, 7, 8, 9};
    for (uint32_t number = 0; number < 12; number++) {
        uint32_t a[8] = {0}, b[8] = {0};
        for (uint32_t extreme = 0; extreme < 2; extreme++)
            if (ours.preset(number | extreme << 31, a) != theirs.preset(number | extreme << 31, b) ||
                memcmp(a, b, sizeof a) != 0)
                fail("a preset");
    }
    for (int check = -2; check < 20; check++)
        if (ours.check_is_supported(check) != theirs.check_is_supported(check))
            fail("a check");
    for (int round = 0; round < 2000; round++) {
        uint64_t id = ids[random_number() % 9];
        uint32_t a[8] = {0}, b[8] = {0};
        uint8_t properties[8];
        for (int i = 0; i < 8; i++)
            properties[i] = (uint8_t)random_number() % (random_number() % 2 ? 60 : 256);
        size_t size = random_number() % 7;
        if (ours.decode_properties(id, properties, size, a) != theirs.decode_properties(id, properties, size, b) ||
            memcmp(a, b, sizeof a) != 0)
            fail("decoded properties");
    }
}

static void
one_round(void)
{
    random_options();
    one_stream();
}

int
main(int argc, char **argv)
{
    functions();
    make_rounds(argc, argv, 120, one_round, "lzma_stream", "liblzma");
    return 0;
}
