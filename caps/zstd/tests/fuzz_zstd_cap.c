/* Fuzz target of the zstd contract. See cpython-ext/common/tests/fuzz.sh.
 *
 * The first byte chooses what is done, the second how the steps are cut; the rest is the data. What is compressed is read
 * back; what is decompressed ends in a value, whatever it is, and so do dictionaries. */
#include "bindings_native.h"
#include "fuzz_native.h"

#include <string.h>

#define S(name) exports_zstd_compression_streams_##name

enum { LEVEL = 100, WINDOW_LOG = 101, CHECKSUM = 201, CONTINUE = 0, END = 2 };

/* A dictionary of the first bytes, if there are some; how many it took. */
static size_t
take_dictionary(const uint8_t *data, size_t size, S(own_dictionary_t) *own)
{
    S(error_code_t) code;
    size_t length = size < 40 ? size / 2 : 20;
    zstd_cap_list_u8_t list = new_list(data, length);
    holds(S(static_dictionary_create)(&list, own, &code));
    S(method_dictionary_id)(representation_of(own->__handle));
    return length;
}

/* Decompresses until it fails, or nothing happens any more. With `expected`, that must come out, and the frame end. */
static void
decompress(const S(own_dictionary_t) *dictionary, uint8_t use, const uint8_t *packed, size_t size,
           const uint8_t *expected, size_t length)
{
    S(own_decompressor_t) own;
    S(error_code_t) code;
    holds(S(static_decompressor_create)(&own, &code));
    S(decompressor_t) *decompressor = representation_of(own.__handle);
    holds(S(method_decompressor_set_parameter)(decompressor, LEVEL, 20, &code)); /* windows of 1 MiB at most */
    if (dictionary != NULL)
        S(method_decompressor_use_dictionary)(decompressor, representation_of(dictionary->__handle), use, &code);
    size_t done = 0;
    bool ended = false;
    for (int idle = 0; idle < 3 && done < MOST_OUTPUT && !(ended && expected != NULL);) {
        size_t piece = next_cut(3) == 0 ? size : next_cut(64);
        piece = piece < size ? piece : size;
        uint32_t room = next_cut(5000);
        zstd_cap_list_u8_t input = new_list(packed, piece);
        S(progress_t) progress;
        if (!S(method_decompressor_step)(decompressor, &input, room, &progress, &code)) {
            holds(expected == NULL && code > 0);
            S(method_decompressor_reset)(decompressor);
            break;
        }
        holds(progress.consumed <= piece && progress.output.len <= room);
        holds(expected == NULL || done + progress.output.len <= length);
        holds(expected == NULL || progress.output.len == 0 ||
              memcmp(expected + done, progress.output.ptr, progress.output.len) == 0);
        packed += progress.consumed;
        size -= progress.consumed;
        done += progress.output.len;
        idle = progress.consumed == 0 && progress.output.len == 0 && size == 0 ? idle + 1 : 0;
        ended = progress.remaining == 0;
        S(progress_free)(&progress);
    }
    holds(expected == NULL || (ended && done == length && size == 0));
    S(decompressor_drop_own)(own);
}

static void
round_trip(const S(own_dictionary_t) *dictionary, uint8_t kind, const uint8_t *data, size_t length)
{
    static uint8_t packed[MOST_OUTPUT];
    const uint8_t *whole = data;
    size_t size = 0, left = length;
    uint8_t use = kind % 3;
    S(own_compressor_t) own;
    S(error_code_t) code;
    holds(S(static_compressor_create)(&own, &code));
    S(compressor_t) *compressor = representation_of(own.__handle);
    holds(S(method_compressor_set_parameter)(compressor, LEVEL, kind % 20 - 2, &code));
    holds(S(method_compressor_set_parameter)(compressor, WINDOW_LOG, 10 + kind % 8, &code));
    holds(S(method_compressor_set_parameter)(compressor, CHECKSUM, kind & 1, &code));
    if (dictionary != NULL &&
        !S(method_compressor_use_dictionary)(compressor, representation_of(dictionary->__handle), use, 3, &code))
        dictionary = NULL;
    for (bool ended = false; !ended;) {
        size_t piece = next_cut(200);
        uint8_t what = piece >= left ? END : (uint8_t)next_cut(2);
        piece = piece < left ? piece : left;
        S(progress_t) progress;
        do {
            zstd_cap_list_u8_t input = new_list(data, piece);
            holds(S(method_compressor_step)(compressor, &input, 1 + next_cut(300), what, &progress, &code));
            holds(progress.consumed <= piece && size + progress.output.len <= sizeof packed);
            if (progress.output.len > 0)
                memcpy(packed + size, progress.output.ptr, progress.output.len);
            size += progress.output.len;
            data += progress.consumed;
            piece -= progress.consumed;
            left -= progress.consumed;
            S(progress_free)(&progress);
        } while (progress.remaining > 0 || piece > 0);
        ended = what == END;
    }
    S(compressor_drop_own)(own);
    decompress(dictionary, use, packed, size, whole, length);
}

/* Trains on the data, cut at random. */
static void
train(const uint8_t *data, size_t size)
{
    uint32_t sizes[64];
    size_t count = 0, total = 0;
    for (; count < 64; count++) {
        sizes[count] = next_cut(100);
        total += sizes[count];
    }
    zstd_cap_list_u8_t list = new_list(data, size), dictionary;
    zstd_cap_list_u32_t numbers = new_numbers(sizes, next_cut(65));
    S(error_code_t) code;
    if (S(train)(&list, &numbers, next_cut(2000), &dictionary, &code))
        zstd_cap_list_u8_free(&dictionary);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint8_t kind = data[0];
    cuts = data[1];
    data += 2;
    size -= 2;
    S(own_dictionary_t) dictionary;
    S(error_code_t) code;
    S(frame_info_t) info;
    uint32_t number;
    size_t used;
    zstd_cap_list_u8_t list;
    switch (kind % 8) {
    case 0:
    case 1:
        decompress(NULL, 0, data, size, NULL, 0);
        break;
    case 2:
        used = take_dictionary(data, size, &dictionary);
        decompress(&dictionary, kind / 8 % 3, data + used, size - used, NULL, 0);
        S(dictionary_drop_own)(dictionary);
        break;
    case 3:
    case 4:
        round_trip(NULL, kind / 8, data, size);
        break;
    case 5:
        used = take_dictionary(data, size, &dictionary);
        round_trip(&dictionary, kind / 8, data + used, size - used);
        S(dictionary_drop_own)(dictionary);
        break;
    case 6:
        train(data, size);
        break;
    default:
        list = new_list(data, size);
        if (S(frame_size)(&list, &number, &code))
            holds(number <= size);
        list = new_list(data, size);
        S(frame_header)(&list, &info);
    }
    holds(live_handles == 0);
    return 0;
}
