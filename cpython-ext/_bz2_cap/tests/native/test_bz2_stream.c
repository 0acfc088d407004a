/* bz2_stream.c against bzip2 itself: the same random calls to both, after which both must look the same, call by call.
 *
 * Only a call in which bzip2 finds damage may have given more here: bzip2 then forgets what it had already written.
 *
 * ./run.sh OUTPUT_FOLDER BZIP2_SOURCE_FOLDER [ROUNDS [FIRST_SEED]] builds and runs it. Prints one line and exits 0, or
 * what differs and exits 1.
 */
#include "driver.h"
#include "rounds_native.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, FINISH_OK = 3, STREAM_END = 4, SEQUENCE_ERROR = -1, PARAM_ERROR = -2 };

static void
expect_same(const char *what, struct outcome a, struct outcome b)
{
    if (a.code == b.code && a.avail_in == b.avail_in && a.avail_out == b.avail_out)
        return;
    fprintf(stderr, "ours: code %d avail_in %u avail_out %u; bzip2: code %d avail_in %u avail_out %u\n", a.code,
            a.avail_in, a.avail_out, b.code, b.avail_in, b.avail_out);
    fail(what);
}

/* Compresses `data` with both, in the same random calls, and returns the bytes; *size is their number. */
static uint8_t *
compress_both(const uint8_t *data, size_t length, int block_size, size_t *size)
{
    int code;
    void *our = ours.new_compressor(block_size, 0, &code), *their = theirs.new_compressor(block_size, 0, &code);
    size_t done = 0, space = 2 * length + 400000;
    uint8_t *packed = allocate(space), *other = allocate(300000);
    struct outcome o = {OK, 0, 0};
    bool last = false;
    for (size_t at = 0, left = length; o.code != STREAM_END;) {
        unsigned piece = random_size(), room = random_size();
        /* What finishes is exactly the rest, as bzip2 demands. */
        last = last || piece >= left;
        if (last)
            piece = (unsigned)left;
        o = ours.compress(our, data + at, piece, packed + done, room, last);
        expect_same("compress", o, theirs.compress(their, data + at, piece, other, room, last));
        if (o.code < 0 && o.code != (last ? SEQUENCE_ERROR : PARAM_ERROR))
            fail("compress: an error");
        if (memcmp(packed + done, other, room - o.avail_out) != 0)
            fail("compressed data");
        done += room - o.avail_out;
        at += piece - o.avail_in;
        left -= piece - o.avail_in;
        if (done + 300000 > space)
            abort();
    }
    if (ours.end_compressor(our) != theirs.end_compressor(their))
        fail("compress: the end");
    free(other);
    *size = done;
    return packed;
}

/* Decompresses with both, call by call, and compares everything. Returns true at the end of the stream. */
static bool
decompress_both(const uint8_t *packed, size_t size, const uint8_t *data, size_t length)
{
    int code, small = random_number() % 4 == 0;
    void *our = ours.new_decompressor(small, &code), *their = theirs.new_decompressor(small, &code);
    bool ended = false;
    size_t done = 0;
    uint8_t *ours_out = allocate(300000), *theirs_out = allocate(300000);
    for (size_t at = 0, idle = 0; idle < 50;) {
        unsigned piece = random_size(), room = random_size();
        if (piece > size - at)
            piece = (unsigned)(size - at);
        struct outcome o = ours.decompress(our, packed + at, piece, ours_out, room);
        struct outcome t = theirs.decompress(their, packed + at, piece, theirs_out, room);
        if (o.code < 0 && o.code == t.code && o.avail_out < t.avail_out)
            t.avail_out = o.avail_out;
        expect_same("decompress", o, t);
        if (memcmp(ours_out, theirs_out, room - o.avail_out) != 0)
            fail("decompressed data");
        if (data != NULL &&
            (done + (room - o.avail_out) > length || memcmp(data + done, ours_out, room - o.avail_out) != 0))
            fail("round trip");
        done += room - o.avail_out;
        at += piece - o.avail_in;
        idle = piece == o.avail_in && room == o.avail_out ? idle + 1 : 0;
        ended = o.code == STREAM_END;
        if (o.code != OK)
            break;
    }
    if (ours.end_decompressor(our) != theirs.end_decompressor(their))
        fail("decompress: the end");
    if (ended && data != NULL && done != length)
        fail("length");
    free(ours_out);
    free(theirs_out);
    return ended;
}

static void
one_round(void)
{
    size_t length = random_number() % 3 == 0 ? random_number() % 700000 : random_number() % 5000;
    uint8_t *data = sample(length);
    size_t size;
    uint8_t *packed = compress_both(data, length, 1 + (int)(random_number() % 9), &size);
    /* What follows a stream is left alone. */
    packed = realloc(packed, size + 100);
    if (packed == NULL)
        abort();
    memset(packed + size, 'x', 100);
    if (!decompress_both(packed, size + 100, data, length))
        fail("the end of a good stream");
    for (uint32_t flips = 1 + random_number() % 5; flips > 0; flips--)
        packed[random_number() % size] ^= (uint8_t)(1u << random_number() % 8);
    decompress_both(packed, size, NULL, 0);
    free(data);
    free(packed);
}

/* Parameters that bzip2 refuses, we refuse with the same code, and the other way round. */
static void
parameters(void)
{
    for (int block_size = -2; block_size < 13; block_size++) {
        for (int work_factor = -2; work_factor < 260; work_factor += 26) {
            int a, b;
            void *our = ours.new_compressor(block_size, work_factor, &a);
            void *their = theirs.new_compressor(block_size, work_factor, &b);
            if (a != b)
                fail("the code for parameters");
            if (our != NULL && ours.end_compressor(our) != theirs.end_compressor(their))
                fail("the end of a compressor");
        }
    }
}

/* A call that can do nothing, with more input than a slice: its code is that of what the caller asked for. */
static void
no_room(void)
{
    enum { LENGTH = 250000 };
    uint8_t *data = allocate(LENGTH);
    for (size_t at = 0; at < LENGTH; at++)
        data[at] = (uint8_t)random_number();
    for (int finish = 0; finish < 2; finish++) {
        int code;
        void *our = ours.new_compressor(1, 0, &code), *their = theirs.new_compressor(1, 0, &code);
        struct outcome o = ours.compress(our, data, LENGTH, data, 0, finish);
        expect_same("a full block", o, theirs.compress(their, data, LENGTH, data, 0, finish));
        unsigned left = o.avail_in;
        o = ours.compress(our, data, left, data, 0, finish);
        expect_same("no room", o, theirs.compress(their, data, left, data, 0, finish));
        if (left <= 65536 || o.code != (finish ? SEQUENCE_ERROR : PARAM_ERROR))
            fail("the code for no room");
        ours.end_compressor(our);
        theirs.end_compressor(their);
    }
    free(data);
}

int
main(int argc, char **argv)
{
    parameters();
    no_room();
    make_rounds(argc, argv, 120, one_round, "bz2_stream", "bzip2");
    return 0;
}
