/* Dictionaries of the zstd cap: kept, digested, trained. See zstd_dictionary.h. */
#include "zstd_dictionary.h"

#include <stdlib.h>

#include "zdict.h"

typedef exports_zstd_compression_streams_own_dictionary_t own_dictionary_t;

/* A dictionary digested for a level. */
struct digested {
    struct digested *next;
    int level;
    ZSTD_CDict *dictionary;
};

void
release_dictionary(dictionary_t *dictionary)
{
    if (dictionary == NULL || --dictionary->holders > 0)
        return;
    while (dictionary->to_compress != NULL) {
        struct digested *first = dictionary->to_compress;
        dictionary->to_compress = first->next;
        ZSTD_freeCDict(first->dictionary);
        free(first);
    }
    ZSTD_freeDDict(dictionary->to_decompress);
    zstd_cap_list_u8_free(&dictionary->content);
    free(dictionary);
}

void
use_from_now_on(dictionary_t **used, dictionary_t *dictionary)
{
    dictionary->holders++;
    release_dictionary(*used);
    *used = dictionary;
}

bool
exports_zstd_compression_streams_static_dictionary_create(zstd_cap_list_u8_t *content, own_dictionary_t *created,
                                                          error_code_t *failure)
{
    dictionary_t *dictionary = calloc(1, sizeof *dictionary);
    /* Out of the reserve of cabi_realloc(), where it may be. */
    uint8_t *bytes = content->len > 0 ? realloc(content->ptr, content->len) : content->ptr;
    if (dictionary == NULL || bytes == NULL) {
        content->ptr = bytes != NULL ? bytes : content->ptr;
        zstd_cap_list_u8_free(content);
        free(dictionary);
        return refuse(ZSTD_error_memory_allocation, failure);
    }
    dictionary->holders = 1;
    dictionary->content = (zstd_cap_list_u8_t){bytes, content->len};
    *created = exports_zstd_compression_streams_dictionary_new(dictionary);
    return true;
}

uint32_t
exports_zstd_compression_streams_method_dictionary_id(dictionary_t *dictionary)
{
    return ZSTD_getDictID_fromDict(dictionary->content.ptr, dictionary->content.len);
}

void
exports_zstd_compression_streams_dictionary_destructor(dictionary_t *dictionary)
{
    release_dictionary(dictionary);
}

const ZSTD_CDict *
digested_to_compress(dictionary_t *dictionary, int level)
{
    for (struct digested *known = dictionary->to_compress; known != NULL; known = known->next)
        if (known->level == level)
            return known->dictionary;
    struct digested *one = malloc(sizeof *one);
    if (one == NULL)
        return NULL;
    one->dictionary = ZSTD_createCDict(dictionary->content.ptr, dictionary->content.len, level);
    if (one->dictionary == NULL) {
        free(one);
        return NULL;
    }
    one->level = level;
    one->next = dictionary->to_compress;
    dictionary->to_compress = one;
    return one->dictionary;
}

const ZSTD_DDict *
digested_to_decompress(dictionary_t *dictionary)
{
    if (dictionary->to_decompress == NULL)
        dictionary->to_decompress = ZSTD_createDDict(dictionary->content.ptr, dictionary->content.len);
    return dictionary->to_decompress;
}

/* From the answer of a call that uses the dictionary for one frame alone, which tells them apart. */
static ZSTD_ErrorCode
why_not(size_t answer)
{
    return ZSTD_getErrorCode(answer) == ZSTD_error_dictionary_corrupted ? ZSTD_error_dictionary_corrupted
                                                                        : ZSTD_error_memory_allocation;
}

ZSTD_ErrorCode
why_no_compressor(const dictionary_t *dictionary)
{
    uint8_t packed[64];
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (context == NULL)
        return ZSTD_error_memory_allocation;
    size_t answer = ZSTD_compress_usingDict(context, packed, sizeof packed, "", 0, dictionary->content.ptr,
                                            dictionary->content.len, 1);
    ZSTD_freeCCtx(context);
    return why_not(answer);
}

ZSTD_ErrorCode
why_no_decompressor(const dictionary_t *dictionary)
{
    static const uint8_t empty_frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00};
    uint8_t nothing;
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (context == NULL)
        return ZSTD_error_memory_allocation;
    size_t answer = ZSTD_decompress_usingDict(context, &nothing, 0, empty_frame, sizeof empty_frame,
                                              dictionary->content.ptr, dictionary->content.len);
    ZSTD_freeDCtx(context);
    return why_not(answer);
}

/* Whether the samples' sizes are theirs. */
static bool
fits(const zstd_cap_list_u8_t *samples, const zstd_cap_list_u32_t *sizes)
{
    size_t left = samples->len;
    for (size_t i = 0; i < sizes->len; i++) {
        if (sizes->ptr[i] > left)
            return false;
        left -= sizes->ptr[i];
    }
    return true;
}

/* Sizes as libzstd takes them, to be freed. Null without memory. */
static size_t *
widened(const zstd_cap_list_u32_t *sizes)
{
    size_t *wide = malloc((sizes->len + 1) * sizeof *wide);
    for (size_t i = 0; wide != NULL && i < sizes->len; i++)
        wide[i] = sizes->ptr[i];
    return wide;
}

/* Makes a dictionary of the samples: trained on them, or of `content` if that is not null. */
static bool
make_dictionary(const zstd_cap_list_u8_t *content, const zstd_cap_list_u8_t *samples, const zstd_cap_list_u32_t *sizes,
                uint32_t capacity, int32_t level, zstd_cap_list_u8_t *dictionary, error_code_t *failure)
{
    if (!fits(samples, sizes))
        return refuse(ZSTD_error_srcSize_wrong, failure);
    uint8_t *buffer = malloc(capacity > 0 ? capacity : 1);
    size_t *wide = widened(sizes);
    unsigned count = (unsigned)sizes->len;
    size_t size = (size_t)-ZSTD_error_memory_allocation;
    if (buffer != NULL && wide != NULL && content != NULL) {
        ZDICT_params_t parameters = {.compressionLevel = level};
        size = ZDICT_finalizeDictionary(buffer, capacity, content->ptr, content->len, samples->ptr, wide, count,
                                        parameters);
    } else if (buffer != NULL && wide != NULL) {
        size = ZDICT_trainFromBuffer(buffer, capacity, samples->ptr, wide, count);
    }
    free(wide);
    bool fails = failed(size, failure);
    /* A list is freed by its receiver only if it has elements. */
    if (fails || size == 0) {
        free(buffer);
        buffer = NULL;
    }
    *dictionary = (zstd_cap_list_u8_t){buffer, fails ? 0 : size};
    return !fails;
}

bool
exports_zstd_compression_streams_train(zstd_cap_list_u8_t *samples, zstd_cap_list_u32_t *sizes, uint32_t capacity,
                                       zstd_cap_list_u8_t *dictionary, error_code_t *failure)
{
    bool done = make_dictionary(NULL, samples, sizes, capacity, 0, dictionary, failure);
    zstd_cap_list_u8_free(samples);
    zstd_cap_list_u32_free(sizes);
    return done;
}

bool
exports_zstd_compression_streams_finalize(zstd_cap_list_u8_t *content, zstd_cap_list_u8_t *samples,
                                          zstd_cap_list_u32_t *sizes, uint32_t capacity, int32_t level,
                                          zstd_cap_list_u8_t *dictionary, error_code_t *failure)
{
    bool done = make_dictionary(content, samples, sizes, capacity, level, dictionary, failure);
    zstd_cap_list_u8_free(content);
    zstd_cap_list_u8_free(samples);
    zstd_cap_list_u32_free(sizes);
    return done;
}
