/* Fuzz target of the bzip2 contract. See cpython-ext/common/tests/fuzz.sh.
 *
 * The first byte chooses what is done, the second how the steps are cut; the rest is the data. What is compressed is read
 * back; what is decompressed ends in a value, whatever it is. */
#include "bindings_native.h"
#include "fuzz_native.h"

#include <string.h>

#define S(name) exports_bzip2_compression_streams_##name
#define STATUS(name) EXPORTS_BZIP2_COMPRESSION_STREAMS_STATUS_##name
#define ACTION(name) EXPORTS_BZIP2_COMPRESSION_STREAMS_ACTION_##name

/* Decompresses until it ends, fails, or nothing happens any more; returns how much came out. With `expected`, it must be
 * that. */
static size_t
decompress(bool small, const uint8_t *packed, size_t size, const uint8_t *expected, size_t length)
{
    S(own_decompressor_t) own;
    S(status_t) status, before = STATUS(OK);
    size_t done = 0;
    holds(S(static_decompressor_create)(small, &own, &status));
    for (int idle = 0, after = 0; idle < 3 && after < 2 && done < MOST_OUTPUT;) {
        size_t piece = next_cut(3) == 0 ? size : next_cut(64);
        piece = piece < size ? piece : size;
        uint32_t room = next_cut(5000);
        bz2_cap_list_u8_t input = new_list(packed, piece);
        S(progress_t) progress;
        S(method_decompressor_step)(representation_of(own.__handle), &input, room, &progress);
        holds(progress.consumed <= piece && progress.output.len <= room);
        holds(expected == NULL || done + progress.output.len <= length);
        holds(expected == NULL || progress.output.len == 0 ||
              memcmp(expected + done, progress.output.ptr, progress.output.len) == 0);
        /* An end and an error stay. */
        if (before != STATUS(OK))
            holds(progress.consumed == 0 && progress.output.len == 0 &&
                  progress.status == (before == STATUS(STREAM_END) ? STATUS(SEQUENCE_ERROR) : before));
        packed += progress.consumed;
        size -= progress.consumed;
        done += progress.output.len;
        idle = progress.consumed == 0 && progress.output.len == 0 && size == 0 ? idle + 1 : 0;
        after += before != STATUS(OK);
        if (before == STATUS(OK))
            before = progress.status;
        S(progress_free)(&progress);
    }
    holds(expected == NULL || (before == STATUS(STREAM_END) && done == length));
    S(decompressor_drop_own)(own);
    return done;
}

static void
round_trip(const uint8_t *data, size_t length)
{
    static uint8_t packed[MOST_OUTPUT];
    const uint8_t *whole = data;
    size_t size = 0, left = length;
    S(own_compressor_t) own;
    S(status_t) status;
    holds(S(static_compressor_create)(1, 0, &own, &status));
    do {
        static const uint8_t actions[] = {ACTION(RUN), ACTION(RUN), ACTION(FLUSH), ACTION(FINISH)};
        size_t piece = next_cut(200);
        uint8_t what = piece >= left ? ACTION(FINISH) : actions[next_cut(3)];
        piece = piece < left ? piece : left;
        do {
            bz2_cap_list_u8_t input = new_list(data, piece);
            S(progress_t) progress;
            S(method_compressor_step)(representation_of(own.__handle), &input, 1 + next_cut(300), what, &progress);
            holds(progress.consumed <= piece && size + progress.output.len <= sizeof packed);
            if (progress.output.len > 0)
                memcpy(packed + size, progress.output.ptr, progress.output.len);
            size += progress.output.len;
            data += progress.consumed;
            piece -= progress.consumed;
            left -= progress.consumed;
            status = progress.status;
            S(progress_free)(&progress);
        } while (status == STATUS(FLUSH_OK) || status == STATUS(FINISH_OK) || (status == STATUS(RUN_OK) && piece > 0));
        holds(status == STATUS(RUN_OK) || status == STATUS(STREAM_END) || status == STATUS(PARAMETER_ERROR));
    } while (status != STATUS(STREAM_END));
    S(compressor_drop_own)(own);
    decompress(false, packed, size, whole, length);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    cuts = data[1];
    if (data[0] % 4 == 3)
        round_trip(data + 2, size - 2);
    else
        decompress(data[0] % 4 == 2, data + 2, size - 2, NULL, 0);
    holds(live_handles == 0);
    return 0;
}
