/* Native tests of lzma_cap.c, called as the generated bindings call it.
 *
 * ./run.sh OUTPUT_FOLDER XZ_SOURCE_FOLDER builds and runs it. Prints one line and exits 0, or names what is wrong and
 * exits 1. Leaks are the sanitizer's, or valgrind's, to report.
 */
#include "bindings_native.h"
#include "expect_native.h"
#include "failing_native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S(name) exports_xz_compression_streams_##name
#define STATUS(name) EXPORTS_XZ_COMPRESSION_STREAMS_STATUS_##name
#define ACTION(name) EXPORTS_XZ_COMPRESSION_STREAMS_ACTION_##name
#define FLAG(name) EXPORTS_XZ_COMPRESSION_STREAMS_DECODER_FLAGS_##name
#define OPTIONS(name) EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_##name
#define NO_LIMIT UINT64_MAX

enum { CRC32 = 1, CRC64 = 4, SHA256 = 10 };
enum { LZMA2 = 0x21, DELTA = 3, X86 = 4, RISCV = 11 };
#define LZMA1 UINT64_C(0x4000000000000001)

static S(lzma_options_t)
small_options(void)
{
    S(lzma_options_t) options;
    if (!S(preset_options)(0, &options))
        abort();
    options.dictionary_size = 1 << 16;
    return options;
}

static S(filter_t)
filter(uint64_t id)
{
    S(filter_t) one = {.id = id};
    if (id == LZMA1 || id == LZMA2) {
        one.options.tag = OPTIONS(LZMA);
        one.options.val.lzma = small_options();
    } else if (id == DELTA) {
        one.options.tag = OPTIONS(DELTA);
        one.options.val.delta = 4;
    }
    return one;
}

/* A format: an encoder, and the decoder for it. */
struct format {
    const char *name;
    uint64_t chain[4]; /* of filters, 0 at the end */
    char container;    /* e: easy, x: .xz, a: .lzma, r: raw */
    uint32_t check;
};

static const struct format formats[] = {
    {"easy", {0}, 'e', CRC64},
    {"xz", {LZMA2}, 'x', SHA256},
    {"xz without check", {LZMA2}, 'x', 0},
    {"xz of four", {DELTA, X86, RISCV, LZMA2}, 'x', CRC32},
    {"lzma", {LZMA1}, 'a', 0},
    {"raw LZMA1", {LZMA1}, 'r', 0},
    {"raw LZMA2", {DELTA, LZMA2}, 'r', 0},
};
enum { FORMATS = sizeof formats / sizeof *formats };

static S(list_filter_t)
chain_of(const struct format *format)
{
    S(filter_t) chain[4];
    size_t count = 0;
    for (; count < 4 && format->chain[count] != 0; count++)
        chain[count] = filter(format->chain[count]);
    return new_filters(chain, count);
}

static bool
make_encoder(const struct format *format, S(own_coder_t) *own, S(status_t) *status)
{
    S(lzma_options_t) options = small_options();
    S(list_filter_t) chain;
    switch (format->container) {
    case 'e':
        return S(static_coder_easy_encoder)(0, format->check, own, status);
    case 'a':
        return S(static_coder_alone_encoder)(&options, own, status);
    case 'x':
        chain = chain_of(format);
        return S(static_coder_stream_encoder)(&chain, format->check, own, status);
    default:
        chain = chain_of(format);
        return S(static_coder_raw_encoder)(&chain, own, status);
    }
}

/* Decoders of containers: each second time the one that recognizes them. */
static bool
make_decoder(const struct format *format, bool automatic, S(own_coder_t) *own, S(status_t) *status)
{
    if (format->container == 'r') {
        S(list_filter_t) chain = chain_of(format);
        return S(static_coder_raw_decoder)(&chain, own, status);
    }
    if (automatic)
        return S(static_coder_auto_decoder)(NO_LIMIT, 0, own, status);
    if (format->container == 'a')
        return S(static_coder_alone_decoder)(NO_LIMIT, own, status);
    return S(static_coder_stream_decoder)(NO_LIMIT, 0, own, status);
}

static S(coder_t) *
encoder_of(const struct format *format, int *handle)
{
    S(own_coder_t) own;
    S(status_t) status;
    if (!make_encoder(format, &own, &status))
        abort();
    *handle = own.__handle;
    return representation_of(own.__handle);
}

static S(coder_t) *
decoder_of(const struct format *format, bool automatic, int *handle)
{
    S(own_coder_t) own;
    S(status_t) status;
    if (!make_decoder(format, automatic, &own, &status))
        abort();
    *handle = own.__handle;
    return representation_of(own.__handle);
}

static void
drop(int handle)
{
    S(coder_drop_own)((S(own_coder_t)){handle});
}

/* One step with a copy of the input. */
static S(progress_t)
step(S(coder_t) * coder, const void *data, size_t length, uint32_t room, int what)
{
    S(progress_t) progress;
    lzma_cap_list_u8_t input = new_list(data, length);
    S(method_coder_step)(coder, &input, room, (uint8_t)what, &progress);
    EXPECT(progress.consumed <= length && progress.output.len <= room);
    EXPECT(progress.limited || progress.output.len < room || progress.status == STATUS(MEMORY_ERROR));
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
encode_all(const struct format *format, const uint8_t *data, size_t length, uint8_t **packed)
{
    size_t size = 0;
    S(progress_t) progress;
    int handle;
    S(coder_t) *coder = encoder_of(format, &handle);
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
        progress = step(coder, data, slice, random_number() % 3000, last ? ACTION(FINISH) : ACTION(RUN));
        data += progress.consumed;
        length -= progress.consumed;
        size += take_output(&progress, *packed + size);
        EXPECT(progress.status == STATUS(OK) || progress.status == STATUS(BUFFER_ERROR) ||
               progress.status == STATUS(STREAM_END));
    } while (progress.status != STATUS(STREAM_END) && failures == 0);
    drop(handle);
    return size;
}

/* The other way; the result is checked against `data`. The stream is followed by `surplus` bytes that must be left
 * alone. */
static void
decode_all(const struct format *format, bool automatic, const uint8_t *packed, size_t size, size_t surplus,
           const uint8_t *data, size_t length)
{
    S(progress_t) progress;
    int handle;
    S(coder_t) *coder = decoder_of(format, automatic, &handle);
    size_t done = 0;
    size += surplus;
    do {
        size_t slice = random_number() % 3000;
        if (slice > size)
            slice = size;
        progress = step(coder, packed, slice, random_number() % 5000, ACTION(RUN));
        packed += progress.consumed;
        size -= progress.consumed;
        EXPECT(done + progress.output.len <= length);
        EXPECT(progress.output.len == 0 || memcmp(data + done, progress.output.ptr, progress.output.len) == 0);
        done += progress.output.len;
        EXPECT(progress.status == STATUS(OK) || progress.status == STATUS(BUFFER_ERROR) ||
               progress.status == STATUS(STREAM_END));
        S(progress_free)(&progress);
    } while (progress.status != STATUS(STREAM_END) && failures == 0);
    EXPECT(done == length && size == surplus);
    EXPECT(S(method_coder_check)(coder) == format->check);
    progress = step(coder, packed, surplus, 100, ACTION(RUN));
    EXPECT(progress.status == STATUS(STREAM_END) && progress.consumed == 0);
    drop(handle);
}

static void
round_trips(void)
{
    for (int round = 0; round < 10 * FORMATS; round++) {
        const struct format *format = &formats[round % FORMATS];
        size_t length = random_number() % (round % 5 == 0 ? 250000 : 20000);
        uint8_t *data = sample(length), *packed;
        size_t size = encode_all(format, data, length, &packed);
        memcpy(packed + size, "surplus", 7);
        decode_all(format, round % 2 == 0, packed, size, 7, data, length);
        if (failures > 0)
            fprintf(stderr, "in round %d: %s\n", round, format->name);
        free(packed);
        free(data);
    }
    EXPECT(live_handles == 0);
}

/* After a flush, all of the input up to it can be read. */
static void
flushes(void)
{
    static const int actions[] = {ACTION(SYNC_FLUSH), ACTION(FULL_FLUSH)};
    size_t length = 30000, done = 0;
    uint8_t *data = sample(length), *packed = malloc(length), *out = malloc(length);
    int to, from;
    S(coder_t) *encoder = encoder_of(&formats[1], &to), *decoder = decoder_of(&formats[1], false, &from);
    S(progress_t) progress;
    for (size_t at = 0; at < length;) {
        size_t piece = 1 + random_number() % 4000, size = 0;
        if (piece > length - at)
            piece = length - at;
        int what = piece == length - at ? ACTION(FINISH) : actions[random_number() % 2];
        do {
            progress = step(encoder, data + at, piece, 1 + random_number() % 500, what);
            at += progress.consumed;
            piece -= progress.consumed;
            size += take_output(&progress, packed + size);
        } while (progress.status == STATUS(OK) && failures == 0);
        EXPECT(piece == 0 && progress.status == STATUS(STREAM_END));
        size_t used = 0;
        do {
            progress = step(decoder, packed + used, size - used, 100000, ACTION(RUN));
            used += progress.consumed;
            done += take_output(&progress, out + done);
        } while (progress.status == STATUS(OK) && used < size);
        EXPECT(progress.status == (what == ACTION(FINISH) ? STATUS(STREAM_END) : STATUS(OK)));
        EXPECT(done == at);
    }
    EXPECT(memcmp(out, data, length) == 0);
    drop(to);
    drop(from);
    free(out);
    free(packed);
    free(data);
    EXPECT(live_handles == 0);
}

/* Several streams in one, and what a decoder tells. */
static void
ways_to_read(void)
{
    size_t length = 5000;
    uint8_t *data = sample(length), *packed, *twice = malloc(200000), *out = malloc(4 * length);
    size_t size = encode_all(&formats[1], data, length, &packed);
    memcpy(twice, packed, size);
    memcpy(twice + size, packed, size);
    S(own_coder_t) own;
    S(status_t) status;
    EXPECT(S(static_coder_stream_decoder)(NO_LIMIT, FLAG(CONCATENATED) | FLAG(TELL_ANY_CHECK), &own, &status));
    S(coder_t) *coder = representation_of(own.__handle);
    size_t used = 0, done = 0;
    int told = 0;
    S(progress_t) progress;
    do {
        progress = step(coder, twice + used, 2 * size - used, 100000, ACTION(FINISH));
        used += progress.consumed;
        done += take_output(&progress, out + done);
        told += progress.status == STATUS(GET_CHECK) && S(method_coder_check)(coder) == SHA256;
    } while ((progress.status == STATUS(OK) || progress.status == STATUS(GET_CHECK)) && failures == 0);
    EXPECT(progress.status == STATUS(STREAM_END) && used == 2 * size && done == 2 * length && told == 2);
    EXPECT(memcmp(out, data, length) == 0 && memcmp(out + length, data, length) == 0);
    drop(own.__handle);

    /* A limit that is too low, and then raised. */
    EXPECT(S(static_coder_stream_decoder)(1, 0, &own, &status));
    coder = representation_of(own.__handle);
    progress = step(coder, packed, size, 100000, ACTION(RUN));
    EXPECT(progress.status == STATUS(MEMORY_LIMIT_ERROR));
    used = progress.consumed;
    uint64_t needed = S(method_coder_memory_usage)(coder);
    EXPECT(needed > 65536);
    EXPECT(!S(method_coder_set_memory_limit)(coder, needed - 1, &status) && status == STATUS(MEMORY_LIMIT_ERROR));
    EXPECT(S(method_coder_set_memory_limit)(coder, needed, &status));
    progress = step(coder, packed + used, size - used, 100000, ACTION(RUN));
    EXPECT(progress.status == STATUS(STREAM_END) && progress.output.len == length);
    S(progress_free)(&progress);
    drop(own.__handle);
    free(out);
    free(twice);
    free(packed);
    free(data);
    EXPECT(live_handles == 0);
}

/* What is out of range or out of turn is refused with a value. */
static void
refusals(void)
{
    S(own_coder_t) own;
    S(status_t) status;
    EXPECT(!S(static_coder_easy_encoder)(10, CRC64, &own, &status) && status == STATUS(OPTIONS_ERROR));
    EXPECT(!S(static_coder_easy_encoder)(0, 2, &own, &status) && status == STATUS(UNSUPPORTED_CHECK));
    EXPECT(!S(static_coder_easy_encoder)(0, UINT32_MAX, &own, &status) && status == STATUS(PROGRAM_ERROR));
    EXPECT(!S(static_coder_stream_decoder)(NO_LIMIT, 0x80, &own, &status) && status == STATUS(OPTIONS_ERROR));

    /* Chains: empty, too long, in a wrong order, of nothing known, with another filter's options or none. */
    S(filter_t) good = filter(LZMA2), chain[5] = {good, good, good, good, good}, wrong = good, unknown = {.id = 0x99};
    for (size_t count = 0; count <= 5; count++) {
        S(list_filter_t) list = new_filters(chain, count);
        bool made = S(static_coder_raw_encoder)(&list, &own, &status);
        EXPECT(made == (count == 1));
        if (made)
            drop(own.__handle);
        else
            EXPECT(status == (count == 0 ? STATUS(PROGRAM_ERROR) : STATUS(OPTIONS_ERROR)));
    }
    wrong.id = DELTA;
    S(filter_t) bare = {.id = LZMA1}, far = filter(DELTA), large = good;
    far.options.val.delta = 257;
    large.options.val.lzma.lc = UINT32_MAX;
    S(filter_t) bad[] = {wrong, unknown, bare, large};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        S(list_filter_t) list = new_filters(&bad[i], 1);
        EXPECT(!S(static_coder_raw_encoder)(&list, &own, &status) && status == STATUS(OPTIONS_ERROR));
    }
    bad[2] = far;
    for (size_t i = 0; i < 3; i++) {
        lzma_cap_list_u8_t properties;
        EXPECT(!S(encode_properties)(&bad[i], &properties, &status));
    }
    EXPECT(live_handles == 0);

    int handle;
    S(coder_t) *coder = encoder_of(&formats[0], &handle);
    S(progress_t) progress = step(coder, "begun", 5, 1, ACTION(FINISH));
    EXPECT(progress.status == STATUS(OK) && progress.output.len == 1);
    size_t rest = 5 - progress.consumed;
    S(progress_free)(&progress);
    progress = step(coder, "and more", rest + 3, 100, ACTION(FINISH));
    EXPECT(progress.status == STATUS(PROGRAM_ERROR) && progress.consumed == 0);
    progress = step(coder, "begun", 0, 100, 200); /* no action */
    EXPECT(progress.status == STATUS(PROGRAM_ERROR));
    progress = step(coder, "begun" + 5 - rest, rest, UINT32_MAX, ACTION(FINISH));
    EXPECT(progress.status == STATUS(STREAM_END) && progress.output.len > 30 && !progress.limited);
    S(progress_free)(&progress);
    EXPECT(!S(method_coder_set_memory_limit)(coder, 1, &status) && status == STATUS(PROGRAM_ERROR));
    EXPECT(S(method_coder_memory_usage)(coder) == 0);
    drop(handle);
    EXPECT(live_handles == 0);
}

/* Broken streams end in an error, after which nothing is done any more; noise ends in something, never in a crash. */
static void
bad_input_is_an_error(void)
{
    int handle, errors = 0;
    S(coder_t) *coder = decoder_of(&formats[0], false, &handle);
    S(progress_t) progress = step(coder, "not a header", 12, 100, ACTION(RUN));
    EXPECT(progress.status == STATUS(FORMAT_ERROR));
    drop(handle);

    size_t length = 3000;
    uint8_t *data = sample(length);
    for (int kind = 0; kind < FORMATS; kind++) {
        uint8_t *packed;
        size_t size = encode_all(&formats[kind], data, length, &packed);
        for (int round = 0; round < 400; round++) {
            uint8_t *broken = damaged(packed, size, round % 2 == 0 ? 60 : size);
            /* A dictionary of 4 GiB is a good one, in .lzma. */
            if (formats[kind].container == 'a')
                memcpy(broken, packed, 5);
            coder = decoder_of(&formats[kind], round % 4 == 0, &handle);
            bool ended = false;
            for (size_t at = 0, steps = 0; steps < 20; steps++) {
                progress = step(coder, broken + at, size - at, random_number() % 2000, ACTION(RUN));
                at += progress.consumed;
                EXPECT(!ended || (progress.consumed == 0 && progress.output.len == 0));
                S(progress_free)(&progress);
                bool error = progress.status >= STATUS(MEMORY_ERROR) && progress.status != STATUS(BUFFER_ERROR);
                EXPECT(!ended || error);
                errors += error && !ended;
                ended = error;
                if (progress.status == STATUS(STREAM_END))
                    break;
            }
            drop(handle);
            free(broken);
        }
        free(packed);
    }
    EXPECT(errors > 1500);
    free(data);
    EXPECT(live_handles == 0);
}

/* Limits at their ends: no room, all the room that a number can name. */
static void
limits(void)
{
    size_t length = 4 << 20;
    uint8_t *zeros = calloc(1, length), *packed;
    size_t size = encode_all(&formats[0], zeros, length, &packed);
    int handle;
    S(coder_t) *coder = decoder_of(&formats[0], false, &handle);
    S(progress_t) progress = step(coder, packed, size, 0, ACTION(RUN));
    EXPECT(progress.status == STATUS(OK) && progress.limited && progress.output.len == 0);
    size_t consumed = progress.consumed;
    /* Megabytes of zeros in some bytes: the component's own limit ends a step, and says so. */
    progress = step(coder, packed + consumed, size - consumed, UINT32_MAX, ACTION(RUN));
    EXPECT(progress.status == STATUS(OK) && progress.limited);
    EXPECT(progress.output.len >= 64 * 1024 && progress.output.len < length);
    S(progress_free)(&progress);
    drop(handle);
    free(packed);
    free(zeros);
    EXPECT(live_handles == 0);
}

static void
properties(void)
{
    static const struct {
        uint64_t id;
        size_t size;
    } known[] = {{LZMA1, 5}, {LZMA2, 1}, {DELTA, 1}, {X86, 0}};
    S(status_t) status;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        S(filter_t) one = filter(known[i].id), back;
        lzma_cap_list_u8_t list;
        EXPECT(S(encode_properties)(&one, &list, &status) && list.len == known[i].size);
        EXPECT(S(decode_properties)(known[i].id, &list, &back, &status));
        EXPECT(back.id == one.id && back.options.tag == one.options.tag);
        if (back.options.tag == OPTIONS(LZMA)) {
            EXPECT(back.options.val.lzma.dictionary_size == 1 << 16);
            EXPECT(back.options.val.lzma.lc == (known[i].id == LZMA1 ? 3 : 0) && back.options.val.lzma.depth == 0);
        } else if (back.options.tag == OPTIONS(DELTA)) {
            EXPECT(back.options.val.delta == 4);
        }
        for (size_t size = 0; size < 8; size++) {
            list = new_list("\x5d\0\0\x80\0\0\0\0", size);
            bool good = size == known[i].size || (known[i].id == X86 && size == 4);
            EXPECT(S(decode_properties)(known[i].id, &list, &back, &status) == (good && known[i].id != LZMA2) ||
                   known[i].id == DELTA);
        }
    }
    lzma_cap_list_u8_t list = new_list("x", 1);
    S(filter_t) back;
    EXPECT(!S(decode_properties)(0x99, &list, &back, &status) && status == STATUS(OPTIONS_ERROR));
    S(lzma_options_t) options;
    EXPECT(!S(preset_options)(10, &options) && S(preset_options)(9u | 1u << 31, &options));
    EXPECT(options.dictionary_size == 64 << 20 && options.mode == 2 && options.match_finder == 0x14);
    EXPECT(S(check_is_supported)(SHA256) && !S(check_is_supported)(2) && !S(check_is_supported)(UINT32_MAX));
}

/* Each allocation fails once: what lacks it is a memory-error, and nothing is left behind. */
static void
without_memory(void)
{
    size_t length = 1000;
    uint8_t *data = sample(length);
    for (int kind = 0; kind < FORMATS; kind++) {
        uint8_t *packed, *kept = malloc(200000);
        size_t size = encode_all(&formats[kind], data, length, &packed);
        int refused = 0;
        for (int decodes = 0; decodes < 2; decodes++) {
            for (int turn = 1;; turn++) {
                S(own_coder_t) own;
                S(status_t) status = STATUS(OK);
                S(progress_t) progress = {.status = STATUS(OK)};
                /* A list of filters is ours to allocate. */
                fails_in = turn + (formats[kind].container == 'r' || (!decodes && formats[kind].container == 'x'));
                bool made = decodes ? make_decoder(&formats[kind], turn % 2 == 0, &own, &status)
                                    : make_encoder(&formats[kind], &own, &status);
                if (made) {
                    S(coder_t) *coder = representation_of(own.__handle);
                    int unused = fails_in;
                    fails_in = 0;
                    lzma_cap_list_u8_t input = decodes ? new_list(packed, size) : new_list(data, length);
                    fails_in = unused;
                    S(method_coder_step)(coder, &input, 100000, ACTION(FINISH), &progress);
                    if (progress.status == STATUS(STREAM_END)) {
                        EXPECT(take_output(&progress, kept) == (decodes ? length : size));
                        EXPECT(memcmp(kept, decodes ? data : packed, decodes ? length : size) == 0);
                    } else {
                        S(progress_free)(&progress);
                    }
                    drop(own.__handle);
                }
                bool ran_out = fails_in == 0;
                fails_in = 0;
                EXPECT(ran_out == ((made ? progress.status : status) == STATUS(MEMORY_ERROR)));
                refused += ran_out;
                if (!ran_out || failures > 0)
                    break;
            }
        }
        EXPECT(refused > 10);
        if (failures > 0)
            fprintf(stderr, "%s\n", formats[kind].name);
        free(kept);
        free(packed);
    }
    free(data);
    EXPECT(live_handles == 0);
}

int
main(void)
{
    lzma_cap_string_t version;
    S(library_version)(&version);
    EXPECT(version.len >= 5 && memcmp(version.ptr, "5.", 2) == 0);
    lzma_cap_string_free(&version);
    round_trips();
    flushes();
    ways_to_read();
    refusals();
    bad_input_is_an_error();
    limits();
    properties();
    without_memory();
    if (failures != 0)
        return 1;
    puts("lzma cap: round trips, flushes, ways to read, refusals, bad input, limits, properties, no memory: ok");
    return 0;
}
