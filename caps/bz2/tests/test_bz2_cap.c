/* Native tests of bz2_cap.c, called as the generated bindings call it.
 *
 * ./run.sh OUTPUT_FOLDER BZIP2_SOURCE_FOLDER builds and runs it. Prints one line and exits 0, or names what is wrong and
 * exits 1. Leaks are the sanitizer's, or valgrind's, to report.
 */
#include "bindings_native.h"
#include "expect_native.h"
#include "failing_native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S(name) exports_bzip2_compression_streams_##name
#define STATUS(name) EXPORTS_BZIP2_COMPRESSION_STREAMS_STATUS_##name
#define ACTION(name) EXPORTS_BZIP2_COMPRESSION_STREAMS_ACTION_##name

static S(compressor_t) *
new_compressor(int block_size, int *handle)
{
    S(own_compressor_t) own;
    S(status_t) status;
    if (!S(static_compressor_create)(block_size, 0, &own, &status))
        abort();
    *handle = own.__handle;
    return representation_of(own.__handle);
}

static S(decompressor_t) *
new_decompressor(bool small, int *handle)
{
    S(own_decompressor_t) own;
    S(status_t) status;
    if (!S(static_decompressor_create)(small, &own, &status))
        abort();
    *handle = own.__handle;
    return representation_of(own.__handle);
}

static void
drop_compressor(int handle)
{
    S(compressor_drop_own)((S(own_compressor_t)){handle});
}

static void
drop_decompressor(int handle)
{
    S(decompressor_drop_own)((S(own_decompressor_t)){handle});
}

/* One step with a copy of the input. */
static S(progress_t)
compress(S(compressor_t) * compressor, const void *data, size_t length, uint32_t room, int what)
{
    S(progress_t) progress;
    bz2_cap_list_u8_t input = new_list(data, length);
    S(method_compressor_step)(compressor, &input, room, (uint8_t)what, &progress);
    EXPECT(progress.consumed <= length && progress.output.len <= room);
    return progress;
}

static S(progress_t)
decompress(S(decompressor_t) * decompressor, const void *data, size_t length, uint32_t room)
{
    S(progress_t) progress;
    bz2_cap_list_u8_t input = new_list(data, length);
    S(method_decompressor_step)(decompressor, &input, room, &progress);
    EXPECT(progress.consumed <= length && progress.output.len <= room);
    return progress;
}

/* Appends a step's output to what is at `end`, frees it, and returns its length. */
static size_t
take_output(S(progress_t) *progress, uint8_t *end)
{
    size_t length = progress->output.len;
    if (length > 0)
        memcpy(end, progress->output.ptr, length);
    S(progress_free)(progress);
    return length;
}

/* A whole stream in steps of random sizes. Returns its length; *packed is the caller's. */
static size_t
compress_all(int block_size, const uint8_t *data, size_t length, uint8_t **packed)
{
    size_t size = 0;
    S(progress_t) progress;
    int handle;
    S(compressor_t) *compressor = new_compressor(block_size, &handle);
    *packed = malloc(2 * length + 100000);
    if (*packed == NULL)
        abort();
    bool last = false;
    do {
        size_t slice = random_number() % 5000;
        /* What finishes is exactly the rest. */
        last = last || slice >= length;
        if (last)
            slice = length;
        progress = compress(compressor, data, slice, random_number() % 3000, last ? ACTION(FINISH) : ACTION(RUN));
        data += progress.consumed;
        length -= progress.consumed;
        bool nothing = progress.consumed == 0 && progress.output.len == 0;
        size += take_output(&progress, *packed + size);
        EXPECT(progress.status == (last ? nothing ? STATUS(SEQUENCE_ERROR) : STATUS(FINISH_OK)
                                        : nothing ? STATUS(PARAMETER_ERROR) : STATUS(RUN_OK)) ||
               progress.status == STATUS(STREAM_END));
    } while (progress.status != STATUS(STREAM_END) && failures == 0);
    drop_compressor(handle);
    return size;
}

/* The other way; the result is checked against `data`. The stream is followed by `surplus` bytes that must be left
 * alone. */
static void
decompress_all(bool small, const uint8_t *packed, size_t size, size_t surplus, const uint8_t *data, size_t length)
{
    S(progress_t) progress;
    int handle;
    S(decompressor_t) *decompressor = new_decompressor(small, &handle);
    size_t done = 0;
    size += surplus;
    do {
        size_t slice = random_number() % 3000;
        if (slice > size)
            slice = size;
        uint32_t room = random_number() % 5000;
        progress = decompress(decompressor, packed, slice, room);
        packed += progress.consumed;
        size -= progress.consumed;
        EXPECT(progress.limited == (progress.output.len == room));
        EXPECT(done + progress.output.len <= length);
        EXPECT(progress.output.len == 0 || memcmp(data + done, progress.output.ptr, progress.output.len) == 0);
        done += progress.output.len;
        EXPECT(progress.status == STATUS(OK) || progress.status == STATUS(STREAM_END));
        S(progress_free)(&progress);
    } while (progress.status != STATUS(STREAM_END) && failures == 0);
    EXPECT(done == length && size == surplus);
    progress = decompress(decompressor, packed, surplus, 100);
    EXPECT(progress.status == STATUS(SEQUENCE_ERROR) && progress.consumed == 0);
    drop_decompressor(handle);
}

static void
round_trips(void)
{
    for (int round = 0; round < 60; round++) {
        size_t length = random_number() % (round % 5 == 0 ? 250000 : 20000);
        uint8_t *data = sample(length), *packed;
        size_t size = compress_all(1 + round % 9, data, length, &packed);
        EXPECT(packed[3] == '1' + round % 9);
        memcpy(packed + size, "surplus", 7);
        decompress_all(round % 2 == 0, packed, size, 7, data, length);
        free(packed);
        free(data);
    }
    EXPECT(live_handles == 0);
}

/* After a flush, all of the input up to the flush before can be read, and more or less of this one: the last bits of a
 * block, fewer than 8, wait for the next. */
static void
flushes(void)
{
    size_t length = 30000, done = 0, flushed = 0;
    uint8_t *data = sample(length), *packed = malloc(length), *out = malloc(length);
    int to, from;
    S(compressor_t) *compressor = new_compressor(1, &to);
    S(decompressor_t) *decompressor = new_decompressor(false, &from);
    S(progress_t) progress;
    for (size_t at = 0; at < length;) {
        size_t piece = random_number() % 4000, size = 0;
        if (piece > length - at)
            piece = length - at;
        int what = piece == length - at ? ACTION(FINISH) : ACTION(FLUSH);
        do {
            progress = compress(compressor, data + at, piece, 1 + random_number() % 500, what);
            at += progress.consumed;
            piece -= progress.consumed;
            size += take_output(&progress, packed + size);
        } while (progress.status == STATUS(FLUSH_OK) || progress.status == STATUS(FINISH_OK));
        EXPECT(piece == 0 && progress.status == (what == ACTION(FINISH) ? STATUS(STREAM_END) : STATUS(RUN_OK)));
        progress = decompress(decompressor, packed, size, 100000);
        EXPECT(progress.status == (what == ACTION(FINISH) ? STATUS(STREAM_END) : STATUS(OK)));
        EXPECT(progress.consumed == size);
        done += take_output(&progress, out + done);
        EXPECT(done >= flushed && done <= at);
        flushed = at;
    }
    EXPECT(done == length && memcmp(out, data, length) == 0);
    drop_compressor(to);
    drop_decompressor(from);
    free(out);
    free(packed);
    free(data);
    EXPECT(live_handles == 0);
}

/* What is out of range or out of turn is refused with a value. */
static void
refusals(void)
{
    static const int bad[][2] = {{0, 0}, {10, 0}, {-1, 0}, {1, -1}, {1, 251}, {INT32_MIN, 0}, {1, INT32_MAX}};
    S(own_compressor_t) own;
    S(status_t) status;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        EXPECT(!S(static_compressor_create)(bad[i][0], bad[i][1], &own, &status) && status == STATUS(PARAMETER_ERROR));
    EXPECT(live_handles == 0);

    int handle;
    S(compressor_t) *compressor = new_compressor(1, &handle);
    S(progress_t) progress = compress(compressor, "", 0, 100, ACTION(RUN));
    EXPECT(progress.status == STATUS(PARAMETER_ERROR));
    progress = compress(compressor, "begun", 5, 1, ACTION(FINISH));
    EXPECT(progress.status == STATUS(FINISH_OK) && progress.consumed == 5 && progress.output.len == 1);
    S(progress_free)(&progress);
    progress = compress(compressor, "more", 4, 100, ACTION(FINISH));
    EXPECT(progress.status == STATUS(SEQUENCE_ERROR) && progress.consumed == 0);
    progress = compress(compressor, "", 0, 100, ACTION(RUN));
    EXPECT(progress.status == STATUS(SEQUENCE_ERROR));
    progress = compress(compressor, "", 0, UINT32_MAX, ACTION(FINISH));
    EXPECT(progress.status == STATUS(STREAM_END) && progress.output.len > 30 && !progress.limited);
    S(progress_free)(&progress);
    progress = compress(compressor, "", 0, 100, ACTION(FINISH));
    EXPECT(progress.status == STATUS(SEQUENCE_ERROR));
    drop_compressor(handle);
    EXPECT(live_handles == 0);
}

/* Broken streams end in an error, which stays; noise ends in something, never in a crash. */
static void
bad_input_is_an_error(void)
{
    int handle;
    S(decompressor_t) *decompressor = new_decompressor(false, &handle);
    S(progress_t) progress = decompress(decompressor, "BZx", 3, 100);
    EXPECT(progress.status == STATUS(DATA_ERROR_MAGIC) && progress.consumed == 3);
    progress = decompress(decompressor, "h9", 2, 100);
    EXPECT(progress.status == STATUS(DATA_ERROR_MAGIC) && progress.consumed == 0);
    drop_decompressor(handle);

    size_t length = 3000;
    uint8_t *data = sample(length), *packed;
    size_t size = compress_all(1, data, length, &packed);
    int errors = 0;
    for (int round = 0; round < 2000; round++) {
        /* Behind the checksum of the block is what is parsed. */
        uint8_t *broken = damaged(packed, size, round % 2 == 0 ? 60 : size);
        decompressor = new_decompressor(round % 4 == 0, &handle);
        S(status_t) before = STATUS(OK);
        for (size_t at = 0, steps = 0; steps < 20; steps++) {
            progress = decompress(decompressor, broken + at, size - at, random_number() % 2000);
            at += progress.consumed;
            S(progress_free)(&progress);
            EXPECT(before == STATUS(OK) || progress.status == before ||
                   (before == STATUS(STREAM_END) && progress.status == STATUS(SEQUENCE_ERROR)));
            errors += progress.status > STATUS(MEMORY_ERROR) && before == STATUS(OK);
            before = progress.status;
        }
        drop_decompressor(handle);
        free(broken);
    }
    EXPECT(errors > 1500);
    free(packed);
    free(data);
    EXPECT(live_handles == 0);
}

/* Limits at their ends: no room, all the room that a number can name. */
static void
limits(void)
{
    size_t length = 4 << 20;
    uint8_t *zeros = calloc(1, length), *packed;
    size_t size = compress_all(9, zeros, length, &packed);
    int handle;
    S(decompressor_t) *decompressor = new_decompressor(false, &handle);
    S(progress_t) progress = decompress(decompressor, packed, size, 0);
    EXPECT(progress.status == STATUS(OK) && progress.limited && progress.output.len == 0);
    size_t consumed = progress.consumed;
    /* Megabytes of zeros in some bytes: the component's own limit ends a step, and says so. */
    progress = decompress(decompressor, packed + consumed, size - consumed, UINT32_MAX);
    EXPECT(progress.status == STATUS(OK) && progress.limited);
    EXPECT(progress.output.len >= 64 * 1024 && progress.output.len < length);
    S(progress_free)(&progress);
    drop_decompressor(handle);
    free(packed);
    free(zeros);
    EXPECT(live_handles == 0);
}

/* Each allocation fails once: what lacks it is a memory-error, and nothing is left behind. */
static void
without_memory(void)
{
    size_t length = 1000;
    uint8_t *data = sample(length), *packed;
    size_t size = compress_all(1, data, length, &packed);
    uint8_t kept[2000];
    S(own_compressor_t) compressor;
    S(own_decompressor_t) decompressor;
    S(status_t) status;
    S(progress_t) progress;
    int refused = 0;
    for (int turn = 1; turn <= 5; turn++) {
        fails_in = turn;
        EXPECT(!S(static_compressor_create)(9, 0, &compressor, &status) && status == STATUS(MEMORY_ERROR));
    }
    for (int turn = 1; turn <= 2; turn++) {
        fails_in = turn;
        EXPECT(!S(static_decompressor_create)(false, &decompressor, &status) && status == STATUS(MEMORY_ERROR));
    }
    EXPECT(live_handles == 0 && fails_in == 0);

    /* A step: its output, and for a decompressor one or two tables of blocks. */
    int handle;
    S(compressor_t) *packer = new_compressor(1, &handle);
    bz2_cap_list_u8_t input = new_list(data, length);
    fails_in = 1;
    S(method_compressor_step)(packer, &input, 2000, ACTION(FINISH), &progress);
    EXPECT(progress.status == STATUS(MEMORY_ERROR) && progress.consumed == 0);
    progress = compress(packer, data, length, 2000, ACTION(FINISH));
    EXPECT(progress.status == STATUS(STREAM_END) && take_output(&progress, kept) == size &&
           memcmp(kept, packed, size) == 0);
    drop_compressor(handle);
    for (int turn = 1; turn <= 3; turn++) {
        S(decompressor_t) *reader = new_decompressor(turn > 1, &handle);
        input = new_list(packed, size);
        fails_in = turn;
        S(method_decompressor_step)(reader, &input, 2000, &progress);
        EXPECT(progress.status == STATUS(MEMORY_ERROR) && (turn > 1) == (progress.consumed > 0));
        refused += progress.status == STATUS(MEMORY_ERROR);
        size_t consumed = progress.consumed;
        progress = decompress(reader, packed + consumed, size - consumed, 2000);
        EXPECT(progress.status == (turn > 1 ? STATUS(MEMORY_ERROR) : STATUS(STREAM_END)));
        S(progress_free)(&progress);
        drop_decompressor(handle);
    }
    EXPECT(refused == 3 && live_handles == 0 && fails_in == 0);
    free(packed);
    free(data);
}

int
main(void)
{
    bz2_cap_string_t version;
    S(library_version)(&version);
    EXPECT(version.len >= 5 && memcmp(version.ptr, "1.0.", 4) == 0);
    bz2_cap_string_free(&version);
    round_trips();
    flushes();
    refusals();
    bad_input_is_an_error();
    limits();
    without_memory();
    if (failures != 0)
        return 1;
    puts("bz2 cap: round trips, flushes, refusals, bad input, limits, no memory: ok");
    return 0;
}
