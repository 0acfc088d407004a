/* The zstd contract (wit/zstd-compression) over libzstd itself.
 *
 * A stream is a context of libzstd with the dictionary that it uses. Each step hands libzstd one input list and one output
 * buffer, and returns what libzstd did. Lists arrive owned and are freed here; those that are returned belong to the
 * caller.
 */
#define ZSTD_STATIC_LINKING_ONLY /* for ZSTD_nextInputType and ZSTD_c_stableInBuffer */
#include "zstd_dictionary.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The most that one step produces: it bounds what a caller's huge limit can make us allocate. The contract promises
 * at least 64 KiB. */
enum { STEP_LIMIT = 1024 * 1024 };

/* The largest content of a frame that is held to its end. */
enum { HELD_LIMIT = 16 * 1024 * 1024 };

/* The most that ldmHashLog may be: see most_of(). */
enum { LDM_HASH_LOG = 26 };

typedef exports_zstd_compression_streams_bounds_t bounds_t;
typedef exports_zstd_compression_streams_progress_t progress_t;
typedef exports_zstd_compression_streams_directive_t directive_t;
typedef exports_zstd_compression_streams_dictionary_use_t dictionary_use_t;
typedef exports_zstd_compression_streams_compressor_t compressor_t;
typedef exports_zstd_compression_streams_decompressor_t decompressor_t;
typedef exports_zstd_compression_streams_own_compressor_t own_compressor_t;
typedef exports_zstd_compression_streams_own_decompressor_t own_decompressor_t;

_Static_assert(EXPORTS_ZSTD_COMPRESSION_STREAMS_DIRECTIVE_CONTINUE == ZSTD_e_continue, "directive");
_Static_assert(EXPORTS_ZSTD_COMPRESSION_STREAMS_DIRECTIVE_FLUSH == ZSTD_e_flush, "directive");
_Static_assert(EXPORTS_ZSTD_COMPRESSION_STREAMS_DIRECTIVE_END == ZSTD_e_end, "directive");

/* The content of a frame of known size, which libzstd reads where it lies. Else it has a ring of one window, and as soon as that
 * has gone round, it looks for matches in two places. */
struct held {
    uint8_t *data; /* NULL: libzstd has the content */
    size_t size;   /* of the frame */
    size_t length; /* so far */
    size_t read;   /* by libzstd */
    size_t waiting; /* of output, for room */
};

struct exports_zstd_compression_streams_compressor_t {
    ZSTD_CCtx *context;
    dictionary_t *dictionary;
    bool loads; /* the dictionary, in a step to come */
    bool is_in_frame;
    uint64_t pledged; /* the size of the next frame, or ZSTD_CONTENTSIZE_UNKNOWN */
    struct held held;
};

struct exports_zstd_compression_streams_decompressor_t {
    ZSTD_DCtx *context;
    dictionary_t *dictionary;
};

bool
exports_zstd_compression_streams_static_compressor_create(own_compressor_t *created, error_code_t *failure)
{
    compressor_t *compressor = calloc(1, sizeof *compressor);
    if (compressor != NULL)
        compressor->context = ZSTD_createCCtx();
    if (compressor == NULL || compressor->context == NULL) {
        free(compressor);
        return refuse(ZSTD_error_memory_allocation, failure);
    }
    compressor->pledged = ZSTD_CONTENTSIZE_UNKNOWN;
    *created = exports_zstd_compression_streams_compressor_new(compressor);
    return true;
}

/* Experimental parameters are not served: some let libzstd keep pointers to buffers that are ours for one step. */
static bool
is_stable(int parameter)
{
    return parameter < 500;
}

/* What a parameter may be at most. Where a size_t has 32 bits, sizes of tables that libzstd would allow overflow, and it
 * writes beyond what it has allocated. With a window of 1 GiB, which is the largest, all is less than 4 GiB by these: 1 GiB
 * of hashes and 0.25 GiB of their tags, 1 GiB of chains, 0.5 GiB for long distances. */
static int
most_of(ZSTD_cParameter parameter)
{
    switch (parameter) {
    case ZSTD_c_hashLog:
    case ZSTD_c_chainLog:
        return 28;
    case ZSTD_c_ldmHashLog:
        return LDM_HASH_LOG;
    case ZSTD_c_ldmHashRateLog: /* from which libzstd takes ldmHashLog: at most the smallest window, or it is below 0 */
        return 10;
    default:
        return INT_MAX;
    }
}

/* An ldmHashLog that libzstd would choose itself, of the window, is no larger than one that is given. */
static void
bound_long_distances(ZSTD_CCtx *context)
{
    int window = 0, rate = 0, chosen = 0;
    ZSTD_CCtx_getParameter(context, ZSTD_c_windowLog, &window);
    ZSTD_CCtx_getParameter(context, ZSTD_c_ldmHashRateLog, &rate);
    ZSTD_CCtx_getParameter(context, ZSTD_c_ldmHashLog, &chosen);
    if (chosen == 0 && rate > 0 && window - rate > LDM_HASH_LOG)
        ZSTD_CCtx_setParameter(context, ZSTD_c_ldmHashLog, LDM_HASH_LOG);
}

bool
exports_zstd_compression_streams_method_compressor_set_parameter(compressor_t *compressor, int32_t parameter,
                                                                 int32_t value, error_code_t *failure)
{
    if (!is_stable(parameter))
        return refuse(ZSTD_error_parameter_unsupported, failure);
    if (value > most_of((ZSTD_cParameter)parameter))
        return refuse(ZSTD_error_parameter_outOfBound, failure);
    if (failed(ZSTD_CCtx_setParameter(compressor->context, (ZSTD_cParameter)parameter, value), failure))
        return false;
    bound_long_distances(compressor->context);
    return true;
}

bool
exports_zstd_compression_streams_method_compressor_use_dictionary(compressor_t *compressor, dictionary_t *dictionary,
                                                                  dictionary_use_t how, int32_t level,
                                                                  error_code_t *failure)
{
    const zstd_cap_list_u8_t *content = &dictionary->content;
    size_t answer;
    if (how == EXPORTS_ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_DIGESTED) {
        const ZSTD_CDict *digested = digested_to_compress(dictionary, level);
        if (digested == NULL)
            return refuse(why_no_compressor(dictionary), failure);
        answer = ZSTD_CCtx_refCDict(compressor->context, digested);
    } else if (how == EXPORTS_ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_UNDIGESTED) {
        answer = ZSTD_CCtx_loadDictionary(compressor->context, content->ptr, content->len);
    } else {
        answer = ZSTD_CCtx_refPrefix(compressor->context, content->ptr, content->len);
    }
    if (failed(answer, failure))
        return false;
    use_from_now_on(&compressor->dictionary, dictionary);
    compressor->loads = how == EXPORTS_ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_UNDIGESTED;
    return true;
}

bool
exports_zstd_compression_streams_method_compressor_set_pledged_size(compressor_t *compressor, uint64_t *size,
                                                                    error_code_t *failure)
{
    uint64_t pledged = size == NULL ? ZSTD_CONTENTSIZE_UNKNOWN : *size;
    if (failed(ZSTD_CCtx_setPledgedSrcSize(compressor->context, pledged), failure))
        return false;
    compressor->pledged = pledged;
    return true;
}

/* Holds the frame that begins with a step of `given` bytes if more is to come and there is memory: for as much again, which is
 * for libzstd. */
static void
begin_frame(compressor_t *compressor, size_t given)
{
    uint64_t size = compressor->pledged;
    compressor->is_in_frame = true;
    if (size <= given || size > HELD_LIMIT)
        return;
    void *data = malloc(2 * (size_t)size);
    if (data == NULL)
        return;
    void *smaller = realloc(data, (size_t)size);
    compressor->held = (struct held){.data = smaller == NULL ? data : smaller, .size = (size_t)size};
    ZSTD_CCtx_setParameter(compressor->context, ZSTD_c_stableInBuffer, 1);
}

/* The frame is over for libzstd, too. */
static void
end_frame(compressor_t *compressor)
{
    if (compressor->held.data != NULL)
        ZSTD_CCtx_setParameter(compressor->context, ZSTD_c_stableInBuffer, 0);
    free(compressor->held.data);
    compressor->held = (struct held){0};
    compressor->is_in_frame = false;
    compressor->pledged = ZSTD_CONTENTSIZE_UNKNOWN;
}

/* As ZSTD_compressStream2(), which gets whole blocks until the end is asked for: what it keeps of a part of one, it would take for
 * the next frame's after a reset. */
static size_t
compress_held(compressor_t *compressor, ZSTD_outBuffer *output, ZSTD_inBuffer *input, directive_t what)
{
    struct held *held = &compressor->held;
    size_t left = held->size - held->length;
    if (input->size > left || (what == ZSTD_e_end && input->size < left))
        return (size_t)-ZSTD_error_srcSize_wrong;
    memcpy(held->data + held->length, input->src, input->size);
    held->length += input->size;
    input->pos = input->size;
    size_t part = what == ZSTD_e_continue ? (held->length - held->read) % ZSTD_BLOCKSIZE_MAX : 0;
    ZSTD_inBuffer all = {held->data, held->length - part, held->read};
    if (what == ZSTD_e_continue && held->waiting == 0 && all.pos == all.size)
        return 0;
    held->waiting = ZSTD_compressStream2(compressor->context, output, &all, (ZSTD_EndDirective)what);
    held->read = all.pos;
    return held->waiting;
}

/* Room for `max_output` bytes. False, with the failure, without memory for that. */
static bool
begin_step(uint32_t max_output, ZSTD_outBuffer *output, error_code_t *failure)
{
    size_t room = max_output < STEP_LIMIT ? max_output : STEP_LIMIT;
    *output = (ZSTD_outBuffer){room == 0 ? NULL : malloc(room), room, 0};
    return room == 0 || output->dst != NULL || refuse(ZSTD_error_memory_allocation, failure);
}

/* Makes a progress of what was done, or frees the output of what failed. */
static bool
end_step(size_t answer, const ZSTD_inBuffer *input, const ZSTD_outBuffer *output, progress_t *progress,
         error_code_t *failure)
{
    bool fails = failed(answer, failure);
    *progress = (progress_t){{output->dst, output->pos}, (uint32_t)input->pos, (uint32_t)answer};
    /* A list is freed by its receiver only if it has elements. */
    if (fails || output->pos == 0) {
        free(output->dst);
        progress->output = (zstd_cap_list_u8_t){NULL, 0};
    }
    return !fails;
}

bool
exports_zstd_compression_streams_method_compressor_step(compressor_t *compressor, zstd_cap_list_u8_t *list,
                                                        uint32_t max_output, directive_t what, progress_t *progress,
                                                        error_code_t *failure)
{
    ZSTD_inBuffer input = {list->ptr, list->len, 0};
    ZSTD_outBuffer output;
    bool done = begin_step(max_output, &output, failure);
    if (done) {
        if (!compressor->is_in_frame)
            begin_frame(compressor, list->len);
        size_t answer = compressor->held.data != NULL
                            ? compress_held(compressor, &output, &input, what)
                            : ZSTD_compressStream2(compressor->context, &output, &input, (ZSTD_EndDirective)what);
        done = end_step(answer, &input, &output, progress, failure);
        if (done && what == ZSTD_e_end && answer == 0)
            end_frame(compressor);
        if (!done && *failure == ZSTD_error_memory_allocation && compressor->loads)
            refuse(why_no_compressor(compressor->dictionary), failure);
    }
    zstd_cap_list_u8_free(list);
    return done;
}

void
exports_zstd_compression_streams_method_compressor_reset(compressor_t *compressor)
{
    ZSTD_CCtx_reset(compressor->context, ZSTD_reset_session_only);
    end_frame(compressor);
}

void
exports_zstd_compression_streams_compressor_destructor(compressor_t *compressor)
{
    ZSTD_freeCCtx(compressor->context);
    free(compressor->held.data);
    release_dictionary(compressor->dictionary);
    free(compressor);
}

bool
exports_zstd_compression_streams_static_decompressor_create(own_decompressor_t *created, error_code_t *failure)
{
    decompressor_t *decompressor = calloc(1, sizeof *decompressor);
    if (decompressor != NULL)
        decompressor->context = ZSTD_createDCtx();
    if (decompressor == NULL || decompressor->context == NULL) {
        free(decompressor);
        return refuse(ZSTD_error_memory_allocation, failure);
    }
    *created = exports_zstd_compression_streams_decompressor_new(decompressor);
    return true;
}

bool
exports_zstd_compression_streams_method_decompressor_set_parameter(decompressor_t *decompressor, int32_t parameter,
                                                                   int32_t value, error_code_t *failure)
{
    if (!is_stable(parameter))
        return refuse(ZSTD_error_parameter_unsupported, failure);
    return !failed(ZSTD_DCtx_setParameter(decompressor->context, (ZSTD_dParameter)parameter, value), failure);
}

bool
exports_zstd_compression_streams_method_decompressor_use_dictionary(decompressor_t *decompressor,
                                                                    dictionary_t *dictionary, dictionary_use_t how,
                                                                    error_code_t *failure)
{
    const zstd_cap_list_u8_t *content = &dictionary->content;
    size_t answer;
    if (how == EXPORTS_ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_DIGESTED) {
        const ZSTD_DDict *digested = digested_to_decompress(dictionary);
        if (digested == NULL)
            return refuse(why_no_decompressor(dictionary), failure);
        answer = ZSTD_DCtx_refDDict(decompressor->context, digested);
    } else if (how == EXPORTS_ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_UNDIGESTED) {
        answer = ZSTD_DCtx_loadDictionary(decompressor->context, content->ptr, content->len);
        if (ZSTD_getErrorCode(answer) == ZSTD_error_memory_allocation)
            return refuse(why_no_decompressor(dictionary), failure);
    } else {
        answer = ZSTD_DCtx_refPrefix(decompressor->context, content->ptr, content->len);
    }
    if (failed(answer, failure))
        return false;
    use_from_now_on(&decompressor->dictionary, dictionary);
    return true;
}

/* Whether libzstd's answer is how much of a skippable frame is to come, and no error: where a size_t has 32 bits, the
 * largest of such frames have sizes that are errors to it. */
static bool
skips(ZSTD_DCtx *context)
{
    return ZSTD_nextInputType(context) == ZSTDnit_skippableFrame && ZSTD_isError(ZSTD_nextSrcSizeToDecompress(context));
}

bool
exports_zstd_compression_streams_method_decompressor_step(decompressor_t *decompressor, zstd_cap_list_u8_t *list,
                                                          uint32_t max_output, progress_t *progress,
                                                          error_code_t *failure)
{
    ZSTD_inBuffer input = {list->ptr, list->len, 0};
    ZSTD_outBuffer output;
    bool done = begin_step(max_output, &output, failure);
    if (done) {
        size_t answer = ZSTD_decompressStream(decompressor->context, &output, &input);
        if (ZSTD_isError(answer) && skips(decompressor->context))
            answer = 1;
        done = end_step(answer, &input, &output, progress, failure);
    }
    zstd_cap_list_u8_free(list);
    return done;
}

void
exports_zstd_compression_streams_method_decompressor_reset(decompressor_t *decompressor)
{
    ZSTD_DCtx_reset(decompressor->context, ZSTD_reset_session_only);
}

void
exports_zstd_compression_streams_decompressor_destructor(decompressor_t *decompressor)
{
    ZSTD_freeDCtx(decompressor->context);
    release_dictionary(decompressor->dictionary);
    free(decompressor);
}

static bool
take_bounds(bool stable, ZSTD_bounds found, bounds_t *bounds, error_code_t *failure)
{
    if (!stable)
        return refuse(ZSTD_error_parameter_unsupported, failure);
    *bounds = (bounds_t){found.lowerBound, found.upperBound};
    return !failed(found.error, failure);
}

bool
exports_zstd_compression_streams_compressor_bounds(int32_t parameter, bounds_t *bounds, error_code_t *failure)
{
    ZSTD_bounds found = ZSTD_cParam_getBounds((ZSTD_cParameter)parameter);
    int most = most_of((ZSTD_cParameter)parameter);
    found.upperBound = found.upperBound < most ? found.upperBound : most;
    return take_bounds(is_stable(parameter), found, bounds, failure);
}

bool
exports_zstd_compression_streams_decompressor_bounds(int32_t parameter, bounds_t *bounds, error_code_t *failure)
{
    return take_bounds(is_stable(parameter), ZSTD_dParam_getBounds((ZSTD_dParameter)parameter), bounds, failure);
}

void
exports_zstd_compression_streams_level_bounds(bounds_t *bounds)
{
    *bounds = (bounds_t){ZSTD_minCLevel(), ZSTD_maxCLevel()};
}

int32_t
exports_zstd_compression_streams_default_level(void)
{
    return ZSTD_defaultCLevel();
}

bool
exports_zstd_compression_streams_frame_size(zstd_cap_list_u8_t *data, uint32_t *size, error_code_t *failure)
{
    size_t answer = ZSTD_findFrameCompressedSize(data->ptr, data->len);
    zstd_cap_list_u8_free(data);
    *size = (uint32_t)answer;
    return !failed(answer, failure);
}

bool
exports_zstd_compression_streams_frame_header(zstd_cap_list_u8_t *data,
                                              exports_zstd_compression_streams_frame_info_t *info)
{
    unsigned long long size = ZSTD_getFrameContentSize(data->ptr, data->len);
    memset(info, 0, sizeof *info);
    info->content_size.is_some = size != ZSTD_CONTENTSIZE_UNKNOWN;
    info->content_size.val = info->content_size.is_some ? size : 0;
    info->dictionary_id = ZSTD_getDictID_fromFrame(data->ptr, data->len);
    zstd_cap_list_u8_free(data);
    return size != ZSTD_CONTENTSIZE_ERROR;
}

bool
exports_zstd_compression_streams_reserve(uint32_t bytes)
{
    /* What is freed is what the lists get: nothing else is allocated in between. Three at most, each with its header. */
    enum { HEADERS = 64 };
    void *volatile memory = bytes <= UINT32_MAX - HEADERS ? malloc((size_t)bytes + HEADERS) : NULL;
    free(memory);
    return memory != NULL;
}

void
exports_zstd_compression_streams_error_name(error_code_t code, zstd_cap_string_t *name)
{
    zstd_cap_string_dup(name, ZSTD_getErrorString((ZSTD_ErrorCode)code));
}

void
exports_zstd_compression_streams_library_version(zstd_cap_string_t *version)
{
    zstd_cap_string_dup(version, ZSTD_versionString());
}
