/* zlib_stream.c against zlib itself: the same random calls to both, after which both must look the same.
 *
 * Inflating must agree in everything a z_stream shows, call by call. Deflating must agree in the bytes written: how
 * much input a call has taken when it runs out of room is not part of zlib's promise, and differs with the slices.
 *
 * ./run.sh OUTPUT_FOLDER ZLIB_SOURCE_FOLDER [ROUNDS [FIRST_SEED]] builds and runs it. Prints one line and exits 0, or
 * what differs and exits 1.
 */
#include "driver.h"
#include "rounds_native.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINISH = 4, TREES = 6, OK = 0, STREAM_END = 1, NEED_DICT = 2, BUF_ERROR = -5 };

static void
print(const char *name, const struct outcome *o)
{
    fprintf(stderr, "%s: code %d avail_in %u avail_out %u total_in %lu total_out %lu adler %lx data_type %d msg %s\n",
            name, o->code, o->avail_in, o->avail_out, o->total_in, o->total_out, o->adler, o->data_type, o->message);
}

static void
expect_same(const char *what, struct outcome a, struct outcome b)
{
    if (memcmp(&a, &b, sizeof a) != 0) {
        print("ours", &a);
        print("zlib", &b);
        fail(what);
    }
}

/* Compresses `data` with both, in the same random calls, and returns the bytes; *size is their number. */
static uint8_t *
deflate_both(const uint8_t *data, size_t length, const int parameters[5], const uint8_t *dictionary,
             unsigned dictionary_length, size_t *size)
{
    const struct driver *drivers[2] = {&ours, &theirs};
    uint8_t *packed[2];
    size_t packed_size[2];
    uint64_t start = seed;
    for (int which = 0; which < 2; which++) {
        const struct driver *d = drivers[which];
        int code;
        seed = start;
        void *stream =
            d->new_deflater(parameters[0], parameters[1], parameters[2], parameters[3], parameters[4], &code);
        if (stream == NULL)
            fail("deflateInit2");
        if (dictionary != NULL)
            d->set_dictionary(stream, 0, dictionary, dictionary_length);
        size_t room = 2 * length + 100000, done = 0;
        packed[which] = allocate(room);
        for (size_t at = 0;;) {
            /* As CPython does: a piece of input, then calls until there is room left over. */
            size_t piece = random_size();
            int flush = random_number() % 4 == 0 ? (int)(random_number() % 4) : 0;
            if (piece >= length - at) {
                piece = length - at;
                flush = FINISH;
            }
            struct outcome o;
            do {
                size_t offer = 70000;
                o = d->step(stream, 0, data + at, (unsigned)piece, packed[which] + done, (unsigned)offer, flush);
                if (o.code != OK && o.code != STREAM_END && o.code != BUF_ERROR)
                    fail("deflate");
                at += piece - o.avail_in;
                piece = o.avail_in;
                done += offer - o.avail_out;
                if (done + 70000 > room)
                    packed[which] = realloc(packed[which], room *= 2);
            } while (o.avail_out == 0);
            if (piece != 0)
                fail("deflate: input left over");
            if (random_number() % 16 == 0) {
                void *copy = d->copy(stream, 0, &code);
                if (copy == NULL)
                    fail("deflateCopy");
                d->end(stream, 0);
                stream = copy;
            }
            if (flush == FINISH) {
                if (o.code != STREAM_END)
                    fail("deflate: the end");
                break;
            }
        }
        if (d->end(stream, 0) != OK)
            fail("deflateEnd");
        packed_size[which] = done;
    }
    /* With a full window the bytes are the same. With a small one, or without compression, zlib's choice of stored
     * blocks depends on the buffers that it is given, which our slices change: then the sizes are nearly the same. */
    bool full_window = parameters[0] != 0 && abs(parameters[2]) % 16 == 15 && parameters[3] >= 8;
    if (full_window && (packed_size[0] != packed_size[1] || memcmp(packed[0], packed[1], packed_size[0]) != 0))
        fail("compressed data");
    if (packed_size[0] > packed_size[1] + packed_size[1] / 50 + 100)
        fail("compressed size");
    free(packed[1]);
    *size = packed_size[0];
    return packed[0];
}

/* Inflates with both, step by step, and compares everything. Returns true at the end of the stream. */
static bool
inflate_both(const uint8_t *packed, size_t size, int window_bits, const uint8_t *dictionary, unsigned dictionary_length,
             const uint8_t *data, size_t length)
{
    int our_code, their_code;
    void *our = ours.new_inflater(window_bits, &our_code);
    void *their = theirs.new_inflater(window_bits, &their_code);
    bool ended = false, asked = false;
    size_t done = 0;
    if (dictionary != NULL && window_bits < 0)
        expect_same("inflateSetDictionary", ours.set_dictionary(our, 1, dictionary, dictionary_length),
                    theirs.set_dictionary(their, 1, dictionary, dictionary_length));
    bool plain = random_number() % 2 == 0;
    for (size_t at = 0, idle = 0; idle < 50;) {
        unsigned piece = random_size(), room = random_size();
        if (piece > size - at)
            piece = (unsigned)(size - at);
        int flush = plain ? (int)(random_number() % 2 * 2) : (int)(random_number() % (TREES + 1));
        uint8_t *ours_out = allocate(room), *theirs_out = allocate(room);
        struct outcome o = ours.step(our, 1, packed + at, piece, ours_out, room, flush);
        struct outcome t = theirs.step(their, 1, packed + at, piece, theirs_out, room, flush);
        /* zlib forgets to count the header that it stops at to ask for a dictionary; we count what was consumed. */
        asked = asked || o.code == NEED_DICT;
        if (asked)
            o.total_in = t.total_in;
        expect_same("inflate", o, t);
        if (memcmp(ours_out, theirs_out, room - o.avail_out) != 0)
            fail("decompressed data");
        if (data != NULL &&
            (done + (room - o.avail_out) > length || memcmp(data + done, ours_out, room - o.avail_out) != 0))
            fail("round trip");
        done += room - o.avail_out;
        at += piece - o.avail_in;
        idle = piece == o.avail_in && room == o.avail_out ? idle + 1 : 0;
        free(ours_out);
        free(theirs_out);
        if (o.code == NEED_DICT && dictionary != NULL) {
            if (ours.set_dictionary(our, 1, packed, 2).code != theirs.set_dictionary(their, 1, packed, 2).code)
                fail("a wrong dictionary");
            if (ours.set_dictionary(our, 1, dictionary, dictionary_length).code !=
                theirs.set_dictionary(their, 1, dictionary, dictionary_length).code)
                fail("inflateSetDictionary");
        } else if (o.code == STREAM_END) {
            ended = true;
            break;
        } else if (o.code != OK && o.code != BUF_ERROR) {
            break;
        }
        if (random_number() % 16 == 0) {
            void *our_copy = ours.copy(our, 1, &our_code), *their_copy = theirs.copy(their, 1, &their_code);
            if (our_copy == NULL || their_copy == NULL)
                fail("inflateCopy");
            ours.end(our, 1);
            theirs.end(their, 1);
            our = our_copy;
            their = their_copy;
        }
    }
    if (ours.end(our, 1) != theirs.end(their, 1))
        fail("inflateEnd");
    if (ended && data != NULL && done != length)
        fail("length");
    return ended;
}

static void
one_round(void)
{
    static const int windows[] = {15, 9, -15, -9, 31, 25, 12};
    int parameters[5] = {(int)(random_number() % 11) - 1, 8, windows[random_number() % 7],
                         1 + (int)(random_number() % 9), (int)(random_number() % 5)};
    size_t length = random_number() % 3 == 0 ? random_number() % 400000 : random_number() % 5000;
    uint8_t *data = sample(length);
    bool with_dictionary = random_number() % 3 == 0 && parameters[2] < 16;
    unsigned dictionary_length = with_dictionary ? random_number() % 500 : 0;
    uint8_t *dictionary = with_dictionary ? sample(dictionary_length) : NULL;
    size_t size;
    uint8_t *packed = deflate_both(data, length, parameters, dictionary, dictionary_length, &size);
    int window_bits = parameters[2];
    if (window_bits > 0 && random_number() % 2 == 0)
        window_bits = 47;
    if (!inflate_both(packed, size, window_bits, dictionary, dictionary_length, data, length))
        fail("the end of a good stream");
    for (uint32_t flips = 1 + random_number() % 5; flips > 0; flips--)
        packed[random_number() % size] ^= (uint8_t)(1u << random_number() % 8);
    /* Damage can make distances that reach beyond a small window, which zlib follows as far as the caller's buffer
     * goes. */
    inflate_both(packed, size, window_bits < 0 ? -15 : 47, dictionary, dictionary_length, NULL, 0);

    unsigned cut = length == 0 ? 0 : random_number() % (unsigned)length;
    if (ours.crc32(cut, data + cut, (unsigned)length - cut) != theirs.crc32(cut, data + cut, (unsigned)length - cut))
        fail("crc32");
    if (ours.adler32(cut, data + cut, (unsigned)length - cut) !=
        theirs.adler32(cut, data + cut, (unsigned)length - cut))
        fail("adler32");
    free(data);
    free(dictionary);
    free(packed);
}

/* Parameters that zlib refuses, we refuse with the same code, and the other way round. */
static void
parameters(void)
{
    for (int i = 0; i < 20000; i++) {
        int level = (int)(random_number() % 14) - 3, window_bits = (int)(random_number() % 100) - 40;
        int mem_level = (int)(random_number() % 12) - 1, strategy = (int)(random_number() % 8) - 1;
        int method = random_number() % 8 == 0 ? (int)(random_number() % 12) : 8;
        int a, b;
        void *our = ours.new_deflater(level, method, window_bits, mem_level, strategy, &a);
        void *their = theirs.new_deflater(level, method, window_bits, mem_level, strategy, &b);
        if (a != b)
            fail("deflateInit2");
        if (our != NULL && ours.end(our, 0) != theirs.end(their, 0))
            fail("deflateEnd");
        our = ours.new_inflater(window_bits, &a);
        their = theirs.new_inflater(window_bits, &b);
        if (a != b)
            fail("inflateInit2");
        if (our != NULL && ours.end(our, 1) != theirs.end(their, 1))
            fail("inflateEnd");
    }
}

int
main(int argc, char **argv)
{
    if (strcmp(ours.version(), theirs.version()) != 0)
        fail("version");
    parameters();
    make_rounds(argc, argv, 300, one_round, "zlib_stream", "zlib");
    return 0;
}
