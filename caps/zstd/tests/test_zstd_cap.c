/* Native tests of zstd_cap.c, called as the generated bindings call it.
 *
 * ./run.sh OUTPUT_FOLDER ZSTD_SOURCE_FOLDER builds and runs it. Prints one line and exits 0, or names what is wrong and
 * exits 1. Leaks are the sanitizer's, or valgrind's, to report.
 */
#include "bindings_native.h"
#include "expect_native.h"
#include "failing_native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S(name) exports_zstd_compression_streams_##name
#define USE(name) EXPORTS_ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_##name

/* Directives, parameters and error codes of zstd.h and zstd_errors.h. */
enum { CONTINUE = 0, FLUSH = 1, END = 2 };
enum { LEVEL = 100, WINDOW_LOG = 101, CHECKSUM = 201, WORKERS = 400, STABLE_IN_BUFFER = 1006, REF_MULTIPLE = 1003 };
enum { PREFIX_UNKNOWN = 10, DICTIONARY_CORRUPTED = 30, UNSUPPORTED = 40, OUT_OF_BOUND = 42, MEMORY = 64, SIZE_WRONG = 72 };

static S(compressor_t) *
new_compressor(int *handle)
{
    S(own_compressor_t) own;
    S(error_code_t) code;
    if (!S(static_compressor_create)(&own, &code))
        abort();
    *handle = own.__handle;
    return representation_of(own.__handle);
}

static S(decompressor_t) *
new_decompressor(int *handle)
{
    S(own_decompressor_t) own;
    S(error_code_t) code;
    if (!S(static_decompressor_create)(&own, &code))
        abort();
    *handle = own.__handle;
    return representation_of(own.__handle);
}

static S(dictionary_t) *
new_dictionary(const void *content, size_t length, int *handle)
{
    S(own_dictionary_t) own;
    S(error_code_t) code;
    zstd_cap_list_u8_t list = new_list(content, length);
    if (!S(static_dictionary_create)(&list, &own, &code))
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

static void
drop_dictionary(int handle)
{
    S(dictionary_drop_own)((S(own_dictionary_t)){handle});
}

/* A whole frame in steps of random sizes. Returns its length; *packed is the caller's. */
static size_t
compress_all(S(compressor_t) * compressor, const uint8_t *data, size_t length, uint8_t **packed)
{
    size_t size = 0;
    *packed = malloc(2 * length + 100000);
    if (*packed == NULL)
        abort();
    for (bool last = false;;) {
        size_t piece = random_number() % 5000;
        int what = random_number() % 8 == 0 ? FLUSH : CONTINUE;
        last = last || piece >= length;
        if (last) {
            piece = length;
            what = END;
        }
        zstd_cap_list_u8_t input = new_list(data, piece);
        uint32_t room = random_number() % 3000;
        S(progress_t) progress;
        S(error_code_t) code = 0;
        bool done = S(method_compressor_step)(compressor, &input, room, (uint8_t)what, &progress, &code);
        EXPECT(done && progress.consumed <= piece && progress.output.len <= room);
        if (!done)
            break;
        if (progress.output.len > 0)
            memcpy(*packed + size, progress.output.ptr, progress.output.len);
        size += progress.output.len;
        data += progress.consumed;
        length -= progress.consumed;
        bool ended = last && length == 0 && progress.remaining == 0;
        S(progress_free)(&progress);
        if (ended)
            break;
    }
    return size;
}

/* The other way; the result is checked against `data`. The frame is followed by `surplus` bytes that must be left alone. */
static void
decompress_all(S(decompressor_t) * decompressor, const uint8_t *packed, size_t size, size_t surplus,
               const uint8_t *data, size_t length)
{
    size_t done = 0;
    size += surplus;
    for (bool ended = false; !ended && failures == 0;) {
        size_t piece = random_number() % 3000;
        piece = piece < size ? piece : size;
        uint32_t room = random_number() % 5000;
        zstd_cap_list_u8_t input = new_list(packed, piece);
        S(progress_t) progress;
        S(error_code_t) code = 0;
        bool good = S(method_decompressor_step)(decompressor, &input, room, &progress, &code);
        EXPECT(good && progress.consumed <= piece && progress.output.len <= room);
        if (!good)
            return;
        EXPECT(done + progress.output.len <= length);
        EXPECT(progress.output.len == 0 || memcmp(data + done, progress.output.ptr, progress.output.len) == 0);
        packed += progress.consumed;
        size -= progress.consumed;
        done += progress.output.len;
        ended = progress.remaining == 0;
        S(progress_free)(&progress);
    }
    EXPECT(done == length && size == surplus);
}

static void
round_trips(void)
{
    for (int round = 0; round < 60; round++) {
        size_t length = random_number() % (round % 5 == 0 ? 250000 : 20000);
        /* The size of what is given in one step is known. */
        bool known = round % 3 != 0;
        length += known ? 0 : 5000;
        uint8_t *data = sample(length), *packed;
        int to, from;
        S(error_code_t) code;
        S(compressor_t) *compressor = new_compressor(&to);
        S(decompressor_t) *decompressor = new_decompressor(&from);
        EXPECT(S(method_compressor_set_parameter)(compressor, LEVEL, round % 23 - 3, &code));
        EXPECT(S(method_compressor_set_parameter)(compressor, CHECKSUM, round % 2, &code));
        uint64_t pledged = length;
        EXPECT(S(method_compressor_set_pledged_size)(compressor, known ? &pledged : NULL, &code));
        size_t size = compress_all(compressor, data, length, &packed);
        memcpy(packed + size, "surplus", 7);
        S(frame_info_t) info;
        zstd_cap_list_u8_t header = new_list(packed, size < 18 ? size : 18);
        EXPECT(S(frame_header)(&header, &info) && info.content_size.is_some == known);
        EXPECT(info.content_size.val == (known ? length : 0) && info.dictionary_id == 0);
        uint32_t whole;
        zstd_cap_list_u8_t all = new_list(packed, size + 7);
        EXPECT(S(frame_size)(&all, &whole, &code) && whole == size);
        /* Two frames with one stream. */
        decompress_all(decompressor, packed, size, 7, data, length);
        decompress_all(decompressor, packed, size, 7, data, length);
        drop_compressor(to);
        drop_decompressor(from);
        free(packed);
        free(data);
    }
    EXPECT(live_handles == 0);
}

/* The first step of a frame that is to have `size` bytes; the allocation of this number fails. */
static bool
begin(S(compressor_t) * compressor, uint64_t size, const uint8_t *data, size_t length, int what, int failing,
      S(error_code_t) * code)
{
    S(progress_t) progress;
    EXPECT(S(method_compressor_set_pledged_size)(compressor, &size, code));
    zstd_cap_list_u8_t input = new_list(data, length);
    fails_in = failing;
    bool done = S(method_compressor_step)(compressor, &input, 100, (uint8_t)what, &progress, code);
    fails_in = 0;
    EXPECT(!done || progress.consumed <= length);
    if (done)
        S(progress_free)(&progress);
    return done;
}

/* Frames of known size, which are held: what comes of one that is given up, or turns out otherwise, or for which there is no
 * memory. */
static void
held_frames(void)
{
    enum { LENGTH = 700000 };
    uint8_t *data = sample(LENGTH), *packed;
    int to, from;
    S(compressor_t) *compressor = new_compressor(&to);
    S(decompressor_t) *decompressor = new_decompressor(&from);
    for (int turn = 0; turn < 24; turn++) {
        /* Nothing, a part of a block, blocks and a part, all. */
        size_t given = (size_t[]){0, 1000, 300000, LENGTH}[turn % 4];
        S(error_code_t) code;
        bool done = begin(compressor, LENGTH, data, given, turn % 4 == 3 ? END : CONTINUE, turn % 3, &code);
        EXPECT(done || (turn % 3 > 0 && code == MEMORY));
        S(method_compressor_reset)(compressor);
        uint64_t known = turn % 2 == 0 ? LENGTH : 5000;
        if (turn % 2 == 0)
            EXPECT(S(method_compressor_set_pledged_size)(compressor, &known, &code));
        size_t size = compress_all(compressor, data, (size_t)known, &packed);
        decompress_all(decompressor, packed, size, 0, data, (size_t)known);
        S(frame_info_t) info;
        zstd_cap_list_u8_t header = new_list(packed, 18);
        EXPECT(S(frame_header)(&header, &info) && (!info.content_size.is_some || info.content_size.val == known));
        free(packed);

        EXPECT(!begin(compressor, 999, data, 998, END, 0, &code) && code == SIZE_WRONG);
        S(method_compressor_reset)(compressor);
    }
    drop_compressor(to);
    drop_decompressor(from);
    free(data);
    EXPECT(live_handles == 0);
}

/* Each use of a dictionary, which the streams keep alive. */
static void
dictionaries(void)
{
    size_t length = 5000, size;
    uint8_t *data = sample(length), *packed;
    S(error_code_t) code;
    for (int use = USE(DIGESTED); use <= USE(PREFIX); use++) {
        int to, from, handle, other;
        S(compressor_t) *compressor = new_compressor(&to);
        S(decompressor_t) *decompressor = new_decompressor(&from);
        S(dictionary_t) *dictionary = new_dictionary(data, length, &handle), *unused = new_dictionary("unused", 6, &other);
        EXPECT(S(method_dictionary_id)(dictionary) == 0);
        EXPECT(S(method_compressor_use_dictionary)(compressor, unused, (uint8_t)use, 1, &code));
        EXPECT(S(method_compressor_use_dictionary)(compressor, dictionary, (uint8_t)use, 3, &code));
        EXPECT(S(method_compressor_use_dictionary)(compressor, dictionary, (uint8_t)use, 5, &code));
        EXPECT(S(method_decompressor_use_dictionary)(decompressor, unused, (uint8_t)use, &code));
        EXPECT(S(method_decompressor_use_dictionary)(decompressor, dictionary, (uint8_t)use, &code));
        drop_dictionary(handle);
        drop_dictionary(other);
        size = compress_all(compressor, data, length, &packed);
        EXPECT(size < 100); /* all of it is in the dictionary */
        decompress_all(decompressor, packed, size, 0, data, length);
        drop_compressor(to);
        drop_decompressor(from);
        free(packed);
    }
    free(data);
    EXPECT(live_handles == 0);
}

/* One that says it has tables and has none. Where memory is full, too, the answer may be that. */
static void
damaged_dictionaries(void)
{
    static const uint8_t damaged[100] = {0x37, 0xa4, 0x30, 0xec, 77};
    for (int turn = 0, left = 0; left == 0; turn++) {
        int to, from, handle;
        S(error_code_t) code = 0;
        S(progress_t) progress;
        zstd_cap_list_u8_t input = new_list("some", 4);
        S(compressor_t) *compressor = new_compressor(&to);
        S(decompressor_t) *decompressor = new_decompressor(&from);
        S(dictionary_t) *dictionary = new_dictionary(damaged, sizeof damaged, &handle);
        EXPECT(S(method_dictionary_id)(dictionary) == 77);
        fails_in = turn;
#define REFUSED(call) EXPECT(!(call) && (code == DICTIONARY_CORRUPTED || (turn > 0 && code == MEMORY)))
        REFUSED(S(method_compressor_use_dictionary)(compressor, dictionary, USE(DIGESTED), 3, &code));
        REFUSED(S(method_decompressor_use_dictionary)(decompressor, dictionary, USE(DIGESTED), &code));
        REFUSED(S(method_decompressor_use_dictionary)(decompressor, dictionary, USE(UNDIGESTED), &code));
        EXPECT(S(method_compressor_use_dictionary)(compressor, dictionary, USE(UNDIGESTED), 3, &code) || code == MEMORY);
        if (turn == 0)
            REFUSED(S(method_compressor_step)(compressor, &input, 100, END, &progress, &code));
        else
            zstd_cap_list_u8_free(&input);
#undef REFUSED
        /* Turn 0 is without failures, and the last one is where there was nothing left to fail. */
        left = turn == 0 ? 0 : fails_in;
        fails_in = 0;
        drop_compressor(to);
        drop_decompressor(from);
        drop_dictionary(handle);
    }
    EXPECT(live_handles == 0);
}

static void
training(void)
{
    enum { COUNT = 300, CAPACITY = 3000 };
    static char samples[COUNT * 100];
    uint32_t sizes[COUNT], total = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        sizes[i] = (uint32_t)sprintf(samples + total, "%u: {\"name\": \"user %u\", \"mail\": \"user%u@example.org\"}", i,
                                     i * 7, i * 31);
        total += sizes[i];
    }
    S(error_code_t) code;
    zstd_cap_list_u8_t list = new_list(samples, total), trained, finalized;
    zstd_cap_list_u32_t numbers = new_numbers(sizes, COUNT);
    EXPECT(S(train)(&list, &numbers, CAPACITY, &trained, &code) && trained.len > 256 && trained.len <= CAPACITY);
    int handle;
    S(dictionary_t) *dictionary = new_dictionary(trained.ptr, trained.len, &handle);
    EXPECT(S(method_dictionary_id)(dictionary) != 0);
    drop_dictionary(handle);

    zstd_cap_list_u8_t content = new_list(samples, 1000);
    list = new_list(samples, total);
    numbers = new_numbers(sizes, COUNT);
    EXPECT(S(finalize)(&content, &list, &numbers, CAPACITY, 5, &finalized, &code) && finalized.len > 1000);
    zstd_cap_list_u8_free(&trained);
    zstd_cap_list_u8_free(&finalized);

    /* Sizes that are not those of the samples; nothing to train on; no room. */
    list = new_list(samples, 10);
    numbers = new_numbers(sizes, COUNT);
    EXPECT(!S(train)(&list, &numbers, CAPACITY, &trained, &code) && code == SIZE_WRONG);
    list = new_list("", 0);
    numbers = new_numbers(sizes, 0);
    EXPECT(!S(train)(&list, &numbers, CAPACITY, &trained, &code));
    content = new_list("short", 5);
    list = new_list(samples, total);
    numbers = new_numbers(sizes, COUNT);
    EXPECT(!S(finalize)(&content, &list, &numbers, 0, 5, &finalized, &code));
    EXPECT(live_handles == 0);
}

/* What is out of range or out of turn is refused with a value. */
static void
refusals(void)
{
    int handle;
    S(error_code_t) code;
    S(bounds_t) bounds;
    S(compressor_t) *compressor = new_compressor(&handle);
    EXPECT(!S(method_compressor_set_parameter)(compressor, WINDOW_LOG, 99, &code) && code == OUT_OF_BOUND);
    EXPECT(!S(method_compressor_set_parameter)(compressor, WORKERS, 2, &code));
    EXPECT(!S(method_compressor_set_parameter)(compressor, STABLE_IN_BUFFER, 1, &code) && code == UNSUPPORTED);
    EXPECT(!S(method_compressor_set_parameter)(compressor, 1, 1, &code) && code == UNSUPPORTED);
    EXPECT(S(compressor_bounds)(WINDOW_LOG, &bounds, &code) && bounds.lower == 10 && bounds.upper >= 27);
    EXPECT(!S(compressor_bounds)(STABLE_IN_BUFFER, &bounds, &code) && code == UNSUPPORTED);
    EXPECT(S(decompressor_bounds)(LEVEL, &bounds, &code) && !S(decompressor_bounds)(REF_MULTIPLE, &bounds, &code));
    S(level_bounds)(&bounds);
    EXPECT(bounds.lower < -1000 && bounds.upper >= 19 && S(default_level)() == 3);

    /* More than was pledged. */
    uint64_t pledged = 3;
    S(progress_t) progress;
    EXPECT(S(method_compressor_set_pledged_size)(compressor, &pledged, &code));
    zstd_cap_list_u8_t input = new_list("content", 7);
    bool done = S(method_compressor_step)(compressor, &input, 100, CONTINUE, &progress, &code);
    if (done) {
        S(progress_free)(&progress);
        input = new_list("", 0);
        done = S(method_compressor_step)(compressor, &input, 100, END, &progress, &code);
    }
    EXPECT(!done && code == SIZE_WRONG);
    S(method_compressor_reset)(compressor);
    input = new_list("content", 7);
    EXPECT(S(method_compressor_step)(compressor, &input, UINT32_MAX, END, &progress, &code) && progress.remaining == 0);
    EXPECT(progress.output.len > 10);
    S(progress_free)(&progress);
    drop_compressor(handle);

    S(decompressor_t) *decompressor = new_decompressor(&handle);
    EXPECT(!S(method_decompressor_set_parameter)(decompressor, REF_MULTIPLE, 1, &code) && code == UNSUPPORTED);
    EXPECT(!S(method_decompressor_set_parameter)(decompressor, LEVEL, 99, &code));
    input = new_list("not a frame", 11);
    EXPECT(!S(method_decompressor_step)(decompressor, &input, 100, &progress, &code) && code == PREFIX_UNKNOWN);
    drop_decompressor(handle);
    zstd_cap_string_t name;
    S(error_name)(PREFIX_UNKNOWN, &name);
    EXPECT(name.len > 10);
    zstd_cap_string_free(&name);
    S(error_name)(4711, &name);
    EXPECT(name.len > 10);
    zstd_cap_string_free(&name);
    EXPECT(S(reserve)(100000) && !S(reserve)(UINT32_MAX));
    fails_in = 1;
    EXPECT(!S(reserve)(100000));
    S(frame_info_t) info;
    input = new_list("no", 2);
    EXPECT(!S(frame_header)(&input, &info));
    EXPECT(live_handles == 0);
}

/* Broken frames with a checksum end in an error or in what was packed; noise ends in something, never in a crash. */
static void
bad_input_is_an_error(void)
{
    size_t length = 3000;
    uint8_t *data = sample(length), *packed;
    int handle, errors = 0;
    S(error_code_t) code;
    S(compressor_t) *compressor = new_compressor(&handle);
    EXPECT(S(method_compressor_set_parameter)(compressor, CHECKSUM, 1, &code));
    size_t size = compress_all(compressor, data, length, &packed);
    drop_compressor(handle);
    for (int round = 0; round < 2000; round++) {
        uint8_t *broken = damaged(packed, size, round % 2 == 0 ? 60 : size);
        S(decompressor_t) *decompressor = new_decompressor(&handle);
        EXPECT(S(method_decompressor_set_parameter)(decompressor, LEVEL, 20, &code)); /* windows of 1 MiB at most */
        bool good = true, ended = false;
        for (size_t at = 0, done = 0, steps = 0; good && !ended && steps < 20; steps++) {
            S(progress_t) progress;
            zstd_cap_list_u8_t input = new_list(broken + at, size - at);
            good = S(method_decompressor_step)(decompressor, &input, random_number() % 2000, &progress, &code);
            if (!good)
                break;
            at += progress.consumed;
            done += progress.output.len;
            ended = progress.remaining == 0;
            EXPECT(!ended || done == length);
            S(progress_free)(&progress);
        }
        errors += !good;
        drop_decompressor(handle);
        free(broken);
    }
    EXPECT(errors > 1500);
    free(packed);
    free(data);
    EXPECT(live_handles == 0);
}

/* Each allocation fails once: what lacks it is an error, and nothing is left behind. */
static void
without_memory(void)
{
    enum { LENGTH = 20000 };
    uint8_t *data = sample(LENGTH), *packed;
    int handle, refused = 0;
    S(compressor_t) *packer = new_compressor(&handle);
    size_t size = compress_all(packer, data, LENGTH, &packed);
    drop_compressor(handle);
    for (int turn = 1, left = 0; left == 0; turn++) {
        zstd_cap_list_u8_t content = new_list(data, 1000), input = new_list(data, LENGTH), frame = new_list(packed, size);
        S(own_dictionary_t) dictionary;
        S(own_compressor_t) compressor;
        S(own_decompressor_t) decompressor;
        S(progress_t) progress;
        S(error_code_t) code = 0;
        fails_in = turn;
        bool kept = S(static_dictionary_create)(&content, &dictionary, &code), done = false;
        if (S(static_compressor_create)(&compressor, &code)) {
            if (kept)
                S(method_compressor_use_dictionary)
            (representation_of(compressor.__handle), representation_of(dictionary.__handle), USE(DIGESTED), 3, &code);
            done = S(method_compressor_step)(representation_of(compressor.__handle), &input, 30000, END, &progress, &code);
            EXPECT(done || code == MEMORY);
            if (done)
                S(progress_free)(&progress);
            drop_compressor(compressor.__handle);
        } else {
            zstd_cap_list_u8_free(&input);
        }
        if (S(static_decompressor_create)(&decompressor, &code)) {
            done = S(method_decompressor_step)(representation_of(decompressor.__handle), &frame, 30000, &progress, &code);
            EXPECT(done || code == MEMORY);
            EXPECT(!done || progress.output.len == LENGTH);
            if (done)
                S(progress_free)(&progress);
            drop_decompressor(decompressor.__handle);
        } else {
            zstd_cap_list_u8_free(&frame);
        }
        left = fails_in;
        fails_in = 0;
        refused += left == 0;
        if (kept)
            drop_dictionary(dictionary.__handle);
        EXPECT(live_handles == 0);
    }
    EXPECT(refused >= 10);
    free(packed);
    free(data);
}

int
main(void)
{
    zstd_cap_string_t version;
    S(library_version)(&version);
    EXPECT(version.len >= 5 && memcmp(version.ptr, "1.5.", 4) == 0);
    zstd_cap_string_free(&version);
    round_trips();
    held_frames();
    dictionaries();
    damaged_dictionaries();
    training();
    refusals();
    bad_input_is_an_error();
    without_memory();
    if (failures != 0)
        return 1;
    puts("zstd cap: round trips, dictionaries, training, refusals, bad input, no memory: ok");
    return 0;
}
