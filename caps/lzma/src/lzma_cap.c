/* The xz contract (wit/xz-compression) over liblzma itself.
 *
 * A coder is a lzma_stream on the heap. Each step hands liblzma one input list and one output buffer, and returns what
 * liblzma changed. Lists arrive owned and are freed here; those that are returned belong to the caller.
 */
#include "lzma_cap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lzma.h"

/* The most that one step produces: it bounds what a caller's huge limit can make us allocate. The contract promises
 * at least 64 KiB. */
enum { STEP_LIMIT = 1024 * 1024 };

typedef exports_xz_compression_streams_status_t status_t;
typedef exports_xz_compression_streams_action_t action_t;
typedef exports_xz_compression_streams_progress_t progress_t;
typedef exports_xz_compression_streams_filter_t filter_t;
typedef exports_xz_compression_streams_list_filter_t list_filter_t;
typedef exports_xz_compression_streams_lzma_options_t options_t;
typedef exports_xz_compression_streams_decoder_flags_t decoder_flags_t;
typedef exports_xz_compression_streams_coder_t coder_t;
typedef exports_xz_compression_streams_own_coder_t own_coder_t;

struct exports_xz_compression_streams_coder_t {
    lzma_stream stream;
};

/* The contract's enums and flags are liblzma's numbers. */
_Static_assert(EXPORTS_XZ_COMPRESSION_STREAMS_STATUS_OK == LZMA_OK, "status");
_Static_assert(EXPORTS_XZ_COMPRESSION_STREAMS_STATUS_MEMORY_ERROR == LZMA_MEM_ERROR, "status");
_Static_assert(EXPORTS_XZ_COMPRESSION_STREAMS_STATUS_PROGRAM_ERROR == LZMA_PROG_ERROR, "status");
_Static_assert(EXPORTS_XZ_COMPRESSION_STREAMS_ACTION_RUN == LZMA_RUN, "action");
_Static_assert(EXPORTS_XZ_COMPRESSION_STREAMS_ACTION_FINISH == LZMA_FINISH, "action");
_Static_assert(EXPORTS_XZ_COMPRESSION_STREAMS_ACTION_FULL_BARRIER == LZMA_FULL_BARRIER, "action");
_Static_assert(EXPORTS_XZ_COMPRESSION_STREAMS_DECODER_FLAGS_TELL_NO_CHECK == LZMA_TELL_NO_CHECK, "flags");
_Static_assert(EXPORTS_XZ_COMPRESSION_STREAMS_DECODER_FLAGS_FAIL_FAST == LZMA_FAIL_FAST, "flags");

/* A chain in liblzma's form: the filters, with an end, and the options that they point to. */
struct chain {
    lzma_filter filters[LZMA_FILTERS_MAX + 1];
    union {
        lzma_options_lzma lzma;
        lzma_options_delta delta;
        lzma_options_bcj branch;
    } options[LZMA_FILTERS_MAX];
};

/* The tag of the options that a filter has; default: it is none of ours. */
static uint8_t
tag_of(lzma_vli id)
{
    switch (id) {
    case LZMA_FILTER_LZMA1:
    case LZMA_FILTER_LZMA2:
        return EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_LZMA;
    case LZMA_FILTER_DELTA:
        return EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DELTA;
    case LZMA_FILTER_X86:
    case LZMA_FILTER_POWERPC:
    case LZMA_FILTER_IA64:
    case LZMA_FILTER_ARM:
    case LZMA_FILTER_ARMTHUMB:
    case LZMA_FILTER_SPARC:
    case LZMA_FILTER_ARM64:
    case LZMA_FILTER_RISCV:
        return EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_BRANCH;
    default:
        return EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DEFAULT;
    }
}

static lzma_options_lzma
options_in(const options_t *options)
{
    return (lzma_options_lzma){
        .dict_size = options->dictionary_size,
        .lc = options->lc,
        .lp = options->lp,
        .pb = options->pb,
        .mode = (lzma_mode)options->mode,
        .nice_len = options->nice_length,
        .mf = (lzma_match_finder)options->match_finder,
        .depth = options->depth,
    };
}

/* What .xz records of a filter's options, which is all that decoding sets. */
static options_t
recorded(lzma_vli id, const lzma_options_lzma *options)
{
    options_t out = {.dictionary_size = options->dict_size};
    if (id == LZMA_FILTER_LZMA1) {
        out.lc = options->lc;
        out.lp = options->lp;
        out.pb = options->pb;
    }
    return out;
}

static options_t
options_out(const lzma_options_lzma *options)
{
    return (options_t){
        .dictionary_size = options->dict_size,
        .lc = options->lc,
        .lp = options->lp,
        .pb = options->pb,
        .mode = options->mode,
        .nice_length = options->nice_len,
        .match_finder = options->mf,
        .depth = options->depth,
    };
}

/* Puts `count` filters into `chain`. LZMA_OPTIONS_ERROR for too many and for options of another filter's type. */
static lzma_ret
set_chain(struct chain *chain, const filter_t *filters, size_t count)
{
    if (count > LZMA_FILTERS_MAX)
        return LZMA_OPTIONS_ERROR;
    memset(chain, 0, sizeof *chain);
    for (size_t i = 0; i < count; i++) {
        const exports_xz_compression_streams_filter_options_t *options = &filters[i].options;
        uint8_t tag = tag_of(filters[i].id);
        bool left_out = options->tag == EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DEFAULT &&
                        tag == EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_BRANCH;
        if (options->tag != tag && !left_out)
            return LZMA_OPTIONS_ERROR;
        chain->filters[i].id = filters[i].id;
        chain->filters[i].options = &chain->options[i];
        if (options->tag == EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DEFAULT) {
            chain->filters[i].options = NULL;
        } else if (tag == EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_LZMA) {
            chain->options[i].lzma = options_in(&options->val.lzma);
        } else if (tag == EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DELTA) {
            chain->options[i].delta.type = LZMA_DELTA_TYPE_BYTE;
            chain->options[i].delta.dist = options->val.delta;
        } else {
            chain->options[i].branch.start_offset = options->val.branch;
        }
    }
    chain->filters[count].id = LZMA_VLI_UNKNOWN;
    return LZMA_OK;
}

/* Fills `chain` from a list, which it frees. False, with the failure, where that is no chain. */
static bool
take_chain(struct chain *chain, list_filter_t *filters, status_t *failure)
{
    *failure = (status_t)set_chain(chain, filters->ptr, filters->len);
    exports_xz_compression_streams_list_filter_free(filters);
    return *failure == EXPORTS_XZ_COMPRESSION_STREAMS_STATUS_OK;
}

/* A coder that is not set up yet. NULL, with the failure, without memory for it. */
static coder_t *
new_coder(status_t *failure)
{
    coder_t *coder = calloc(1, sizeof *coder);
    if (coder == NULL)
        *failure = EXPORTS_XZ_COMPRESSION_STREAMS_STATUS_MEMORY_ERROR;
    return coder;
}

/* The end of each function that makes a coder: hands it out if `code`, of its setting up, is LZMA_OK, else frees it. */
static bool
made(coder_t *coder, lzma_ret code, own_coder_t *created, status_t *failure)
{
    if (code != LZMA_OK) {
        lzma_end(&coder->stream);
        free(coder);
        *failure = (status_t)code;
        return false;
    }
    *created = exports_xz_compression_streams_coder_new(coder);
    return true;
}

bool
exports_xz_compression_streams_static_coder_easy_encoder(uint32_t preset, uint32_t check, own_coder_t *created,
                                                         status_t *failure)
{
    coder_t *coder = new_coder(failure);
    return coder != NULL && made(coder, lzma_easy_encoder(&coder->stream, preset, (lzma_check)check), created, failure);
}

bool
exports_xz_compression_streams_static_coder_stream_encoder(list_filter_t *filters, uint32_t check,
                                                           own_coder_t *created, status_t *failure)
{
    struct chain chain;
    coder_t *coder = take_chain(&chain, filters, failure) ? new_coder(failure) : NULL;
    return coder != NULL &&
           made(coder, lzma_stream_encoder(&coder->stream, chain.filters, (lzma_check)check), created, failure);
}

bool
exports_xz_compression_streams_static_coder_alone_encoder(options_t *options, own_coder_t *created, status_t *failure)
{
    lzma_options_lzma given = options_in(options);
    coder_t *coder = new_coder(failure);
    return coder != NULL && made(coder, lzma_alone_encoder(&coder->stream, &given), created, failure);
}

bool
exports_xz_compression_streams_static_coder_raw_encoder(list_filter_t *filters, own_coder_t *created, status_t *failure)
{
    struct chain chain;
    coder_t *coder = take_chain(&chain, filters, failure) ? new_coder(failure) : NULL;
    return coder != NULL && made(coder, lzma_raw_encoder(&coder->stream, chain.filters), created, failure);
}

bool
exports_xz_compression_streams_static_coder_stream_decoder(uint64_t memory_limit, decoder_flags_t reading,
                                                           own_coder_t *created, status_t *failure)
{
    coder_t *coder = new_coder(failure);
    return coder != NULL && made(coder, lzma_stream_decoder(&coder->stream, memory_limit, reading), created, failure);
}

bool
exports_xz_compression_streams_static_coder_alone_decoder(uint64_t memory_limit, own_coder_t *created,
                                                          status_t *failure)
{
    coder_t *coder = new_coder(failure);
    return coder != NULL && made(coder, lzma_alone_decoder(&coder->stream, memory_limit), created, failure);
}

bool
exports_xz_compression_streams_static_coder_lzip_decoder(uint64_t memory_limit, decoder_flags_t reading,
                                                         own_coder_t *created, status_t *failure)
{
    coder_t *coder = new_coder(failure);
    return coder != NULL && made(coder, lzma_lzip_decoder(&coder->stream, memory_limit, reading), created, failure);
}

bool
exports_xz_compression_streams_static_coder_auto_decoder(uint64_t memory_limit, decoder_flags_t reading,
                                                         own_coder_t *created, status_t *failure)
{
    coder_t *coder = new_coder(failure);
    return coder != NULL && made(coder, lzma_auto_decoder(&coder->stream, memory_limit, reading), created, failure);
}

bool
exports_xz_compression_streams_static_coder_raw_decoder(list_filter_t *filters, own_coder_t *created, status_t *failure)
{
    struct chain chain;
    coder_t *coder = take_chain(&chain, filters, failure) ? new_coder(failure) : NULL;
    return coder != NULL && made(coder, lzma_raw_decoder(&coder->stream, chain.filters), created, failure);
}

/* Gives `stream` `input` and room for `max_output` bytes at `progress->output.ptr`. False without memory for that. */
static bool
begin_step(lzma_stream *stream, const lzma_cap_list_u8_t *input, uint32_t max_output, progress_t *progress)
{
    size_t room = max_output < STEP_LIMIT ? max_output : STEP_LIMIT;
    uint8_t *output = room == 0 ? NULL : malloc(room);

    memset(progress, 0, sizeof *progress);
    if (room > 0 && output == NULL)
        return false;
    progress->output.ptr = output;
    stream->next_in = input->ptr;
    stream->avail_in = input->len;
    stream->next_out = output;
    stream->avail_out = room;
    return true;
}

/* Takes over what `stream` did. */
static void
end_step(lzma_stream *stream, const lzma_cap_list_u8_t *input, progress_t *progress)
{
    progress->consumed = (uint32_t)(input->len - stream->avail_in);
    progress->limited = stream->avail_out == 0;
    if (progress->output.ptr != NULL)
        progress->output.len = (size_t)(stream->next_out - progress->output.ptr);
    /* A list is freed by its receiver only if it has elements. */
    if (progress->output.len == 0) {
        free(progress->output.ptr);
        progress->output.ptr = NULL;
    }
    stream->next_in = NULL;
    stream->next_out = NULL;
}

void
exports_xz_compression_streams_method_coder_step(coder_t *coder, lzma_cap_list_u8_t *input, uint32_t max_output,
                                                 action_t what, progress_t *progress)
{
    lzma_ret code = LZMA_MEM_ERROR;
    if (begin_step(&coder->stream, input, max_output, progress)) {
        code = lzma_code(&coder->stream, (lzma_action)what);
        end_step(&coder->stream, input, progress);
    }
    progress->status = (status_t)code;
    lzma_cap_list_u8_free(input);
}

uint32_t
exports_xz_compression_streams_method_coder_check(coder_t *coder)
{
    return lzma_get_check(&coder->stream);
}

uint64_t
exports_xz_compression_streams_method_coder_memory_usage(coder_t *coder)
{
    return lzma_memusage(&coder->stream);
}

bool
exports_xz_compression_streams_method_coder_set_memory_limit(coder_t *coder, uint64_t memory_limit, status_t *failure)
{
    lzma_ret code = lzma_memlimit_set(&coder->stream, memory_limit);
    *failure = (status_t)code;
    return code == LZMA_OK;
}

void
exports_xz_compression_streams_coder_destructor(coder_t *coder)
{
    lzma_end(&coder->stream);
    free(coder);
}

bool
exports_xz_compression_streams_check_is_supported(uint32_t check)
{
    return lzma_check_is_supported((lzma_check)check);
}

bool
exports_xz_compression_streams_preset_options(uint32_t preset, options_t *options)
{
    lzma_options_lzma filled;
    if (lzma_lzma_preset(&filled, preset))
        return false;
    *options = options_out(&filled);
    return true;
}

bool
exports_xz_compression_streams_encode_properties(filter_t *one, lzma_cap_list_u8_t *properties, status_t *failure)
{
    struct chain chain;
    uint32_t size = 0;
    uint8_t *bytes = NULL;
    lzma_ret code = set_chain(&chain, one, 1);
    if (code == LZMA_OK)
        code = lzma_properties_size(&size, chain.filters);
    if (code == LZMA_OK && size > 0) {
        bytes = malloc(size);
        code = bytes == NULL ? LZMA_MEM_ERROR : lzma_properties_encode(chain.filters, bytes);
    }
    exports_xz_compression_streams_filter_free(one);
    if (code != LZMA_OK) {
        free(bytes);
        *failure = (status_t)code;
        return false;
    }
    *properties = (lzma_cap_list_u8_t){bytes, size};
    return true;
}

bool
exports_xz_compression_streams_decode_properties(uint64_t id, lzma_cap_list_u8_t *properties, filter_t *one,
                                                 status_t *failure)
{
    lzma_filter filter = {.id = id};
    lzma_ret code = lzma_properties_decode(&filter, NULL, properties->ptr, properties->len);
    lzma_cap_list_u8_free(properties);
    if (code != LZMA_OK) {
        *failure = (status_t)code;
        return false;
    }
    memset(one, 0, sizeof *one);
    one->id = id;
    if (filter.options != NULL) {
        one->options.tag = tag_of(id);
        if (one->options.tag == EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_LZMA)
            one->options.val.lzma = recorded(id, filter.options);
        else if (one->options.tag == EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DELTA)
            one->options.val.delta = ((lzma_options_delta *)filter.options)->dist;
        else if (one->options.tag == EXPORTS_XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_BRANCH)
            one->options.val.branch = ((lzma_options_bcj *)filter.options)->start_offset;
        free(filter.options);
    }
    return true;
}

void
exports_xz_compression_streams_library_version(lzma_cap_string_t *version)
{
    lzma_cap_string_dup(version, lzma_version_string());
}
