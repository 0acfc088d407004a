/* Native tests of zlib_cap.c, called as the generated bindings call it.
 *
 * ./run.sh OUTPUT_FOLDER ZLIB_SOURCE_FOLDER builds and runs it. Prints one line and exits 0, or names what is wrong and
 * exits 1. Leaks are the sanitizer's, or valgrind's, to report.
 */
#include "bindings_native.h"
#include "expect_native.h"
#include "failing_native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S(name) exports_zlib_compression_streams_##name
#define C(name) exports_zlib_compression_checksum_##name
#define STATUS(name) EXPORTS_ZLIB_COMPRESSION_STREAMS_STATUS_##name
#define FLUSH(name) EXPORTS_ZLIB_COMPRESSION_STREAMS_FLUSH_MODE_##name

static S(deflater_t) *
new_deflater(int level, int window_bits, int *handle)
{
    S(own_deflater_t) own;
    S(failure_t) failure;
    if (!S(static_deflater_create)(level, 8, window_bits, 8, 0, &own, &failure))
        abort();
    *handle = own.__handle;
    return representation_of(own.__handle);
}

static S(inflater_t) *
new_inflater(int window_bits, int *handle)
{
    S(own_inflater_t) own;
    S(failure_t) failure;
    if (!S(static_inflater_create)(window_bits, &own, &failure))
        abort();
    *handle = own.__handle;
    return representation_of(own.__handle);
}

static void
drop_deflater(int handle)
{
    S(deflater_drop_own)((S(own_deflater_t)){handle});
}

static void
drop_inflater(int handle)
{
    S(inflater_drop_own)((S(own_inflater_t)){handle});
}

/* Appends a step's output to what is at `end`, and returns its length. */
static size_t
take_output(const S(progress_t) *progress, uint8_t *end)
{
    if (progress->output.len > 0)
        memcpy(end, progress->output.ptr, progress->output.len);
    return progress->output.len;
}

/* A whole stream in steps of random sizes. Returns its length; *packed is the caller's. */
static size_t
compress_all(S(deflater_t) *deflater, const uint8_t *data, size_t length, uint8_t **packed)
{
    size_t size = 0;
    S(progress_t) progress;
    *packed = malloc(length + length / 500 + 1000);
    if (*packed == NULL)
        abort();
    do {
        size_t slice = random_number() % 5000;
        if (slice > length)
            slice = length;
        zlib_cap_list_u8_t input = new_list(data, slice);
        S(method_deflater_step)(deflater, &input, random_number() % 3000, slice == length ? FLUSH(FINISH) : FLUSH(NONE),
                                &progress);
        EXPECT(progress.consumed <= slice);
        data += progress.consumed;
        length -= progress.consumed;
        size += take_output(&progress, *packed + size);
        EXPECT(progress.status == STATUS(OK) || progress.status == STATUS(STREAM_END) ||
               progress.status == STATUS(BUFFER_ERROR));
        S(progress_free)(&progress);
    } while (progress.status != STATUS(STREAM_END));
    return size;
}

/* The other way; the result is checked against `data`. The stream is followed by `surplus` bytes that must be left
 * alone. */
static void
decompress_all(S(inflater_t) *inflater, const uint8_t *packed, size_t size, size_t surplus, const uint8_t *data,
               size_t length)
{
    S(progress_t) progress;
    size_t done = 0;
    size += surplus;
    do {
        size_t slice = random_number() % 3000;
        if (slice > size)
            slice = size;
        uint32_t room = random_number() % 5000;
        zlib_cap_list_u8_t input = new_list(packed, slice);
        S(method_inflater_step)(inflater, &input, room, FLUSH(NONE), &progress);
        packed += progress.consumed;
        size -= progress.consumed;
        EXPECT(progress.output.len <= room && progress.limited == (progress.output.len == room));
        EXPECT(done + progress.output.len <= length);
        EXPECT(progress.output.len == 0 || memcmp(data + done, progress.output.ptr, progress.output.len) == 0);
        done += progress.output.len;
        EXPECT(progress.status == STATUS(OK) || progress.status == STATUS(STREAM_END) ||
               progress.status == STATUS(BUFFER_ERROR));
        S(progress_free)(&progress);
    } while (progress.status != STATUS(STREAM_END) && failures == 0);
    EXPECT(done == length && size == surplus);
}

static void
round_trips(void)
{
    static const int windows[] = {15, 9, -15, -9, 31, 25};
    for (int round = 0; round < 120; round++) {
        size_t length = random_number() % 40000;
        uint8_t *data = sample(length);
        uint8_t *packed;
        int window = windows[round % 6];
        int deflater, inflater;
        size_t size = compress_all(new_deflater(round % 11 - 1, window, &deflater), data, length, &packed);
        memcpy(packed + size, "surplus", 7);
        decompress_all(new_inflater(window < 0  ? window
                                    : round % 2 ? window
                                                : 47,
                                    &inflater),
                       packed, size, 7, data, length);
        drop_deflater(deflater);
        drop_inflater(inflater);
        free(packed);
        free(data);
    }
    EXPECT(live_handles == 0);
}

/* A copy goes its own way from where it was made. */
static void
copies_are_independent(void)
{
    size_t length = 20000;
    uint8_t *data = sample(length);
    S(progress_t) progress;
    S(failure_t) failure;
    S(own_deflater_t) copy;
    int first;
    S(deflater_t) *deflater = new_deflater(6, 15, &first);
    zlib_cap_list_u8_t input = new_list(data, 5000);
    S(method_deflater_step)(deflater, &input, 100000, FLUSH(NONE), &progress);
    uint8_t *whole = malloc(length + 1000), *rest;
    size_t head = take_output(&progress, whole);
    S(progress_free)(&progress);
    EXPECT(S(method_deflater_copy)(deflater, &copy, &failure));
    drop_deflater(first);
    size_t tail = compress_all(representation_of(copy.__handle), data + 5000, length - 5000, &rest);
    drop_deflater(copy.__handle);
    memcpy(whole + head, rest, tail);

    int second;
    S(own_inflater_t) inflater_copy;
    S(inflater_t) *inflater = new_inflater(15, &second);
    input = new_list(whole, 50);
    S(method_inflater_step)(inflater, &input, 100000, FLUSH(NONE), &progress);
    EXPECT(progress.consumed == 50);
    size_t done = progress.output.len;
    S(progress_free)(&progress);
    EXPECT(S(method_inflater_copy)(inflater, &inflater_copy, &failure));
    drop_inflater(second);
    decompress_all(representation_of(inflater_copy.__handle), whole + 50, head + tail - 50, 0, data + done,
                   length - done);
    drop_inflater(inflater_copy.__handle);
    free(rest);
    free(whole);
    free(data);
    EXPECT(live_handles == 0);
}

static void
dictionaries(void)
{
    const char *words = "the quick brown fox jumps over the lazy dog";
    S(failure_t) failure;
    S(progress_t) progress;
    uint32_t checksum, named;
    int handle;
    S(deflater_t) *deflater = new_deflater(9, 15, &handle);
    zlib_cap_list_u8_t list = new_list(words, strlen(words));
    EXPECT(S(method_deflater_set_dictionary)(deflater, &list, &checksum, &failure));
    zlib_cap_list_u8_t input = new_list(words, strlen(words));
    S(method_deflater_step)(deflater, &input, 1000, FLUSH(FINISH), &progress);
    EXPECT(progress.status == STATUS(STREAM_END) && progress.output.len < 20);
    zlib_cap_list_u8_t packed = new_list(progress.output.ptr, progress.output.len);
    S(progress_free)(&progress);
    drop_deflater(handle);

    deflater = new_deflater(9, 15, &handle);
    input = new_list("begun", 5);
    S(method_deflater_step)(deflater, &input, 1000, FLUSH(NONE), &progress);
    S(progress_free)(&progress);
    list = new_list("late", 4);
    EXPECT(!S(method_deflater_set_dictionary)(deflater, &list, &named, &failure) &&
           failure.status == STATUS(STREAM_ERROR));
    S(failure_free)(&failure);
    drop_deflater(handle);

    S(inflater_t) *inflater = new_inflater(15, &handle);
    uint8_t kept[100];
    size_t size = packed.len;
    memcpy(kept, packed.ptr, size);
    S(method_inflater_step)(inflater, &packed, 1000, FLUSH(NONE), &progress);
    EXPECT(progress.status == STATUS(NEED_DICTIONARY) && progress.checksum == checksum && progress.output.len == 0);
    uint32_t consumed = progress.consumed;
    S(progress_free)(&progress);
    list = new_list("wrong", 5);
    EXPECT(!S(method_inflater_set_dictionary)(inflater, &list, &failure) && failure.status == STATUS(DATA_ERROR));
    S(failure_free)(&failure);
    list = new_list(words, strlen(words));
    EXPECT(S(method_inflater_set_dictionary)(inflater, &list, &failure));
    decompress_all(inflater, kept + consumed, size - consumed, 0, (const uint8_t *)words, strlen(words));
    drop_inflater(handle);

    inflater = new_inflater(15, &handle);
    list = new_list("", 0);
    EXPECT(!S(method_inflater_set_dictionary)(inflater, &list, &failure) && failure.status == STATUS(STREAM_ERROR));
    S(failure_free)(&failure);
    drop_inflater(handle);
    EXPECT(live_handles == 0);
}

/* What is out of range is refused with a value, and makes no handle. */
static void
bad_parameters_are_values(void)
{
    S(failure_t) failure;
    S(own_deflater_t) deflater;
    S(own_inflater_t) inflater;
    static const int bad[][5] = {
        {10, 8, 15, 8, 0},
        {-2, 8, 15, 8, 0},
        {6, 7, 15, 8, 0},
        {6, 8, 7, 8, 0},
        {6, 8, 16, 8, 0},
        {6, 8, -8, 8, 0},
        {6, 8, -16, 8, 0},
        {6, 8, 32, 8, 0},
        {6, 8, 15, 0, 0},
        {6, 8, 15, 10, 0},
        {6, 8, 15, 8, 5},
        {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, 255},
        {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, 255},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        EXPECT(!S(static_deflater_create)(bad[i][0], bad[i][1], bad[i][2], bad[i][3], (uint8_t)bad[i][4], &deflater,
                                          &failure));
        EXPECT(failure.status == STATUS(STREAM_ERROR));
        S(failure_free)(&failure);
    }
    static const int windows[] = {1, 7, -7, -16, 48, 64, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        EXPECT(!S(static_inflater_create)(windows[i], &inflater, &failure) && failure.status == STATUS(STREAM_ERROR));
        S(failure_free)(&failure);
    }
    EXPECT(live_handles == 0);
}

/* Broken streams end in an error with zlib's message; noise ends in something, never in a crash. */
static void
bad_input_is_an_error(void)
{
    S(progress_t) progress;
    int handle;
    S(inflater_t) *inflater = new_inflater(15, &handle);
    zlib_cap_list_u8_t input = new_list("not a zlib stream", 17);
    S(method_inflater_step)(inflater, &input, 100, FLUSH(NONE), &progress);
    EXPECT(progress.status == STATUS(DATA_ERROR) && progress.message.is_some);
    EXPECT(progress.message.val.len == 22 && memcmp(progress.message.val.ptr, "incorrect header check", 22) == 0);
    S(progress_free)(&progress);
    drop_inflater(handle);

    size_t length = 3000;
    uint8_t *data = sample(length), *packed;
    size_t size = compress_all(new_deflater(6, 15, &handle), data, length, &packed);
    drop_deflater(handle);
    for (int round = 0; round < 3000; round++) {
        uint8_t *broken = damaged(packed, size, size);
        inflater = new_inflater(round % 3 == 0 ? -15 : 47, &handle);
        for (size_t at = 0, steps = 0; at < size && steps < 100; steps++) {
            input = new_list(broken + at, size - at);
            S(method_inflater_step)(inflater, &input, random_number() % 2000, (uint8_t)(random_number() % 7),
                                    &progress);
            at += progress.consumed;
            bool stop = progress.status != STATUS(OK) && progress.status != STATUS(BUFFER_ERROR);
            S(progress_free)(&progress);
            if (stop)
                break;
        }
        drop_inflater(handle);
        free(broken);
    }
    free(packed);
    free(data);
    EXPECT(live_handles == 0);
}

/* Limits at their ends: no room, all the room that a number can name, no input. */
static void
limits(void)
{
    S(progress_t) progress;
    int handle;
    S(deflater_t) *deflater = new_deflater(6, 15, &handle);
    zlib_cap_list_u8_t input = new_list("x", 1);
    S(method_deflater_step)(deflater, &input, 0, FLUSH(NONE), &progress);
    EXPECT(progress.status == STATUS(BUFFER_ERROR) && progress.consumed == 0 && progress.limited);
    S(progress_free)(&progress);
    input = new_list("x", 1);
    S(method_deflater_step)(deflater, &input, UINT32_MAX, FLUSH(TREES), &progress);
    EXPECT(progress.status == STATUS(STREAM_ERROR));
    S(progress_free)(&progress);
    input = new_list("", 0);
    S(method_deflater_step)(deflater, &input, UINT32_MAX, FLUSH(FINISH), &progress);
    EXPECT(progress.status == STATUS(STREAM_END) && progress.output.len == 8 && !progress.limited);
    S(progress_free)(&progress);
    input = new_list("more", 4);
    S(method_deflater_step)(deflater, &input, 100, FLUSH(NONE), &progress);
    EXPECT(progress.status == STATUS(STREAM_ERROR) && progress.output.len == 0);
    S(progress_free)(&progress);
    drop_deflater(handle);

    /* A megabyte of zeros in a kilobyte: the component's own limit ends a step, and says so. */
    size_t length = 4 << 20;
    uint8_t *zeros = calloc(1, length), *packed;
    size_t size = compress_all(new_deflater(9, 15, &handle), zeros, length, &packed);
    drop_deflater(handle);
    S(inflater_t) *inflater = new_inflater(15, &handle);
    input = new_list(packed, size);
    S(method_inflater_step)(inflater, &input, UINT32_MAX, FLUSH(NONE), &progress);
    EXPECT(progress.status == STATUS(OK) && progress.limited);
    EXPECT(progress.output.len >= 64 * 1024 && progress.output.len < length);
    S(progress_free)(&progress);
    drop_inflater(handle);
    free(packed);
    free(zeros);
    EXPECT(live_handles == 0);
}

static uint32_t
bytes_of(uint32_t (*checksum)(uint32_t, zlib_cap_list_u8_t *), uint32_t value, const uint8_t *data, size_t length)
{
    zlib_cap_list_u8_t list = new_list(data, length);
    return checksum(value, &list);
}

static void
checksums(void)
{
    const uint8_t *check = (const uint8_t *)"123456789";
    EXPECT(bytes_of(C(crc32), 0, check, 9) == 0xcbf43926u);
    EXPECT(bytes_of(C(adler32), 1, check, 9) == 0x091e01deu);
    EXPECT(bytes_of(C(crc32), 77, check, 0) == 77 && bytes_of(C(adler32), 77, check, 0) == 77);
    zlib_cap_list_u8_t null_list = {NULL, 0};
    EXPECT(C(crc32)(77, &null_list) == 77 && C(adler32)(77, &null_list) == 77);
    uint8_t *data = sample(4096);
    for (size_t length = 0; length < 4000; length += 56) {
        size_t cut = length * 3 / 8, rest = length - cut;
        EXPECT(C(crc32_combine)(bytes_of(C(crc32), 0, data, cut), bytes_of(C(crc32), 0, data + cut, rest), rest) ==
               bytes_of(C(crc32), 0, data, length));
        EXPECT(C(adler32_combine)(bytes_of(C(adler32), 1, data, cut), bytes_of(C(adler32), 1, data + cut, rest), rest) ==
               bytes_of(C(adler32), 1, data, length));
    }
    /* Lengths that no buffer has count modulo the period: 2^32 - 1, and 65521. */
    EXPECT(C(crc32_combine)(1, 2, UINT64_MAX) == C(crc32_combine)(1, 2, 0));
    EXPECT(C(crc32_combine)(1, 2, (UINT64_C(1) << 63) + 5) ==
           C(crc32_combine)(1, 2, ((UINT64_C(1) << 63) + 5) % UINT32_MAX));
    EXPECT(C(adler32_combine)(1, 2, UINT64_MAX) == C(adler32_combine)(1, 2, UINT64_MAX % 65521));
    free(data);
}

static bool
refused_for_memory(S(failure_t) *failure)
{
    bool refused = failure->status == STATUS(MEMORY_ERROR);
    S(failure_free)(failure);
    return refused;
}

/* Each allocation fails once: what lacks it is a memory-error, and nothing is left behind. */
static void
without_memory(void)
{
    S(own_deflater_t) deflater;
    S(own_inflater_t) inflater;
    S(failure_t) failure;
    S(progress_t) progress;
    int refused = 0, made = 0, handle;
    for (int turn = 1; made == 0; turn++) {
        fails_in = turn;
        if (S(static_deflater_create)(6, 8, 15, 8, 0, &deflater, &failure))
            made = 1;
        else
            refused += refused_for_memory(&failure);
    }
    EXPECT(refused >= 5 && fails_in == 1);
    for (int turn = 1; turn <= 2; turn++) {
        fails_in = turn;
        EXPECT(!S(static_inflater_create)(15, &inflater, &failure) && refused_for_memory(&failure));
    }

    /* A copy, and a step: what was there goes on. */
    for (int turn = 1; turn <= 2; turn++) {
        S(own_deflater_t) copy;
        fails_in = turn;
        EXPECT(!S(method_deflater_copy)(representation_of(deflater.__handle), &copy, &failure) &&
               refused_for_memory(&failure));
    }
    zlib_cap_list_u8_t input = new_list("content", 7);
    fails_in = 1;
    S(method_deflater_step)(representation_of(deflater.__handle), &input, 1000, FLUSH(FINISH), &progress);
    EXPECT(progress.status == STATUS(MEMORY_ERROR) && progress.consumed == 0 && fails_in == 0);
    S(progress_free)(&progress);
    uint8_t *packed;
    size_t size = compress_all(representation_of(deflater.__handle), (const uint8_t *)"content", 7, &packed);
    decompress_all(new_inflater(15, &handle), packed, size, 0, (const uint8_t *)"content", 7);
    drop_inflater(handle);
    drop_deflater(deflater.__handle);
    free(packed);
    EXPECT(live_handles == 0);
}

int
main(void)
{
    zlib_cap_string_t version;
    S(library_version)(&version);
    EXPECT(version.len >= 5 && version.ptr[0] == '1' && version.ptr[1] == '.');
    zlib_cap_string_free(&version);
    round_trips();
    copies_are_independent();
    dictionaries();
    bad_parameters_are_values();
    bad_input_is_an_error();
    limits();
    checksums();
    without_memory();
    if (failures != 0)
        return 1;
    puts("zlib cap: round trips, copies, dictionaries, bad parameters, bad input, limits, checksums, no memory: ok");
    return 0;
}
