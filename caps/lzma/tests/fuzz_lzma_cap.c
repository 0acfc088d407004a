/* Fuzz target of the xz contract. See cpython-ext/common/tests/fuzz.sh.
 *
 * The first byte chooses what is done, the second how the steps are cut; the rest is the data, before which chains of
 * filters have a few bytes for their options. What is compressed is read back; what is decompressed ends in a value,
 * whatever it is. */
#include "bindings_native.h"
#include "fuzz_native.h"

#include <stdlib.h>
#include <string.h>

#define S(name) exports_xz_compression_streams_##name
#define STATUS(name) EXPORTS_XZ_COMPRESSION_STREAMS_STATUS_##name
#define ACTION(name) EXPORTS_XZ_COMPRESSION_STREAMS_ACTION_##name
#define OPTIONS(name) EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_##name
#define LZMA1 UINT64_C(0x4000000000000001)

enum { MEMORY = 16 << 20, LZMA2 = 0x21 };

/* Takes a byte of the input; 0 when there is none. */
static uint8_t
take(const uint8_t **data, size_t *size)
{
    if (*size == 0)
        return 0;
    (*size)--;
    return *(*data)++;
}

/* A chain of one or two filters, of options that may be wrong. Never much memory: small dictionaries. */
static size_t
take_chain(const uint8_t **data, size_t *size, S(filter_t) chain[2])
{
    uint8_t kind = take(data, size);
    size_t count = 0;
    memset(chain, 0, 2 * sizeof *chain);
    if (kind & 1) {
        chain[0].id = 3 + (kind >> 1) % 9;
        chain[0].options.tag = chain[0].id == 3 ? OPTIONS(DELTA) : OPTIONS(BRANCH);
        if (kind == 255)
            chain[0].options.tag = OPTIONS(DEFAULT);
        chain[0].options.val.delta = take(data, size); /* and val.branch, of the same type */
        count++;
    }
    S(filter_t) *last = &chain[count++];
    last->id = kind & 32 ? LZMA1 : LZMA2;
    last->options.tag = OPTIONS(LZMA);
    if (!S(preset_options)(kind >> 6, &last->options.val.lzma))
        abort();
    last->options.val.lzma.dictionary_size = 4096u << take(data, size) % 4;
    if (kind & 16) {
        last->options.val.lzma.lc = take(data, size) % 6;
        last->options.val.lzma.lp = take(data, size) % 6;
        last->options.val.lzma.pb = take(data, size) % 6;
        last->options.val.lzma.mode = take(data, size) % 4;
        last->options.val.lzma.nice_length = take(data, size);
        last->options.val.lzma.match_finder = take(data, size);
        last->options.val.lzma.depth = take(data, size);
    }
    return count;
}

/* Decodes until it ends, fails, or nothing happens any more, and drops the coder. With `expected`, that must come out. */
static void
decode(S(own_coder_t) own, const uint8_t *packed, size_t size, const uint8_t *expected, size_t length)
{
    bool ended = false;
    size_t done = 0;
    for (int idle = 0, after = 0; idle < 3 && after < 2 && done < MOST_OUTPUT;) {
        size_t piece = next_cut(3) == 0 ? size : next_cut(64);
        piece = piece < size ? piece : size;
        uint32_t room = next_cut(5000);
        lzma_cap_list_u8_t input = new_list(packed, piece);
        S(progress_t) progress;
        S(method_coder_step)(representation_of(own.__handle), &input, room, ACTION(RUN), &progress);
        holds(progress.consumed <= piece && progress.output.len <= room);
        holds(expected == NULL || done + progress.output.len <= length);
        holds(expected == NULL || progress.output.len == 0 ||
              memcmp(expected + done, progress.output.ptr, progress.output.len) == 0);
        holds(!ended || (progress.consumed == 0 && progress.output.len == 0));
        packed += progress.consumed;
        size -= progress.consumed;
        done += progress.output.len;
        idle = progress.consumed == 0 && progress.output.len == 0 && size == 0 ? idle + 1 : 0;
        after += ended;
        ended = ended || progress.status == STATUS(STREAM_END) ||
                (progress.status >= STATUS(MEMORY_ERROR) && progress.status != STATUS(BUFFER_ERROR));
        holds(expected == NULL || progress.status <= STATUS(GET_CHECK) || progress.status == STATUS(BUFFER_ERROR));
        if (progress.status == STATUS(MEMORY_LIMIT_ERROR)) {
            S(status_t) status;
            holds(S(method_coder_memory_usage)(representation_of(own.__handle)) > MEMORY);
            holds(!S(method_coder_set_memory_limit)(representation_of(own.__handle), MEMORY, &status));
            idle = 3;
        }
        S(progress_free)(&progress);
    }
    holds(expected == NULL || done == length);
    S(coder_drop_own)(own);
}

/* Encodes, with flushes, and reads it back. Drops the coder. */
static void
round_trip(S(own_coder_t) own, bool flushes, const S(filter_t) *chain, size_t count, bool raw, const uint8_t *data,
           size_t length)
{
    static uint8_t packed[MOST_OUTPUT];
    const uint8_t *whole = data;
    size_t size = 0, left = length;
    S(status_t) status;
    do {
        static const uint8_t actions[] = {ACTION(RUN), ACTION(RUN), ACTION(FULL_FLUSH), ACTION(FULL_BARRIER)};
        size_t piece = next_cut(200);
        uint8_t what = piece >= left ? ACTION(FINISH) : actions[flushes ? next_cut(4) : 0];
        piece = piece < left ? piece : left;
        do {
            lzma_cap_list_u8_t input = new_list(data, piece);
            S(progress_t) progress;
            S(method_coder_step)(representation_of(own.__handle), &input, 1 + next_cut(300), what, &progress);
            holds(progress.consumed <= piece && size + progress.output.len <= sizeof packed);
            if (progress.output.len > 0)
                memcpy(packed + size, progress.output.ptr, progress.output.len);
            size += progress.output.len;
            data += progress.consumed;
            piece -= progress.consumed;
            left -= progress.consumed;
            status = progress.status;
            S(progress_free)(&progress);
            holds(status == STATUS(OK) || status == STATUS(STREAM_END) || status == STATUS(BUFFER_ERROR));
        } while (status != STATUS(STREAM_END) && (piece > 0 || what != ACTION(RUN)));
    } while (left > 0 || status != STATUS(STREAM_END));
    S(coder_drop_own)(own);
    S(list_filter_t) list = new_filters(chain, count);
    if (raw) {
        holds(S(static_coder_raw_decoder)(&list, &own, &status));
    } else {
        S(list_filter_free)(&list);
        holds(S(static_coder_auto_decoder)(MEMORY, 0, &own, &status));
    }
    decode(own, packed, size, whole, length);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint8_t kind = take(&data, &size);
    cuts = take(&data, &size);
    S(own_coder_t) own;
    S(status_t) status;
    S(filter_t) chain[2], one;
    S(list_filter_t) list;
    lzma_cap_list_u8_t bytes;
    size_t count;
    uint8_t flags = (uint8_t)(kind >> 3);
    switch (kind % 8) {
    case 0:
        if (S(static_coder_stream_decoder)(MEMORY, flags, &own, &status))
            decode(own, data, size, NULL, 0);
        break;
    case 1:
        if (S(static_coder_auto_decoder)(MEMORY, flags, &own, &status))
            decode(own, data, size, NULL, 0);
        break;
    case 2:
        holds(S(static_coder_alone_decoder)(MEMORY, &own, &status));
        decode(own, data, size, NULL, 0);
        break;
    case 3:
        if (S(static_coder_lzip_decoder)(MEMORY, flags, &own, &status))
            decode(own, data, size, NULL, 0);
        break;
    case 4:
        count = take_chain(&data, &size, chain);
        list = new_filters(chain, count);
        if (S(static_coder_raw_decoder)(&list, &own, &status))
            decode(own, data, size, NULL, 0);
        break;
    case 5:
        count = take_chain(&data, &size, chain);
        list = new_filters(chain, count);
        if (S(static_coder_raw_encoder)(&list, &own, &status))
            round_trip(own, false, chain, count, true, data, size);
        break;
    case 6:
        count = take_chain(&data, &size, chain);
        list = new_filters(chain, count);
        if (S(static_coder_stream_encoder)(&list, flags % 16, &own, &status))
            round_trip(own, true, chain, count, false, data, size);
        break;
    default:
        bytes = new_list(data, size);
        if (S(decode_properties)(flags == 0 ? LZMA1 : flags == 1 ? LZMA2 : flags, &bytes, &one, &status)) {
            /* What .xz does not record is 0, and not looked at here. */
            if (S(encode_properties)(&one, &bytes, &status))
                lzma_cap_list_u8_free(&bytes);
        }
    }
    holds(live_handles == 0);
    return 0;
}
