/* lzma.h over the xz:compression contract.
 *
 * A lzma_stream holds the handle of a coder that lives in the lzma component. lzma_code() cuts the caller's buffers into
 * slices, because each slice is copied into the component and its output back: memory stays flat however large the
 * buffers are. In all else, the return codes included, one call here means what one call of liblzma means.
 *
 * Where the component is resolved at run time, a call can fail on its way. The return code is then LZMA_MEM_ERROR, and the
 * error stays pending for module_python.h, which raises it in place of the MemoryError that _lzmamodule.c makes of that.
 */
#include "lzma.h"

#include <stdlib.h>
#include <string.h>

#include "lzma_import.h"
#include "link.h"

/* The most that one step takes and gives. Small enough to stay in a core's cache, and large enough that a call costs
 * nothing. */
enum { SLICE = 64 * 1024 };

/* What a decoder is given beyond the size of its room. It takes little more than it gives, even where data did not
 * compress: more would be copied for nothing, again and again for a caller who takes a byte at a time. */
enum { SURPLUS = 256 };

typedef xz_compression_streams_status_t status_t;
typedef xz_compression_streams_filter_t filter_t;
typedef xz_compression_streams_list_filter_t list_filter_t;
typedef xz_compression_streams_lzma_options_t options_t;
typedef xz_compression_streams_own_coder_t own_coder_t;

/* The contract's enums and flags are liblzma's numbers. */
_Static_assert(XZ_COMPRESSION_STREAMS_STATUS_OK == LZMA_OK, "status");
_Static_assert(XZ_COMPRESSION_STREAMS_STATUS_MEMORY_ERROR == LZMA_MEM_ERROR, "status");
_Static_assert(XZ_COMPRESSION_STREAMS_STATUS_PROGRAM_ERROR == LZMA_PROG_ERROR, "status");
_Static_assert(XZ_COMPRESSION_STREAMS_ACTION_RUN == LZMA_RUN, "action");
_Static_assert(XZ_COMPRESSION_STREAMS_ACTION_FINISH == LZMA_FINISH, "action");
_Static_assert(XZ_COMPRESSION_STREAMS_DECODER_FLAGS_TELL_NO_CHECK == LZMA_TELL_NO_CHECK, "flags");
_Static_assert(XZ_COMPRESSION_STREAMS_DECODER_FLAGS_TELL_ANY_CHECK == LZMA_TELL_ANY_CHECK, "flags");

static size_t
minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

static options_t
options_out(const lzma_options_lzma *options)
{
    return (options_t){
        .dictionary_size = options->dict_size,
        .lc = options->lc,
        .lp = options->lp,
        .pb = options->pb,
        .mode = (uint32_t)options->mode,
        .nice_length = options->nice_len,
        .match_finder = (uint32_t)options->mf,
        .depth = options->depth,
    };
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

/* The tag of the options that a filter must have; default: it is none of the module's. */
static uint8_t
tag_of(lzma_vli id)
{
    switch (id) {
    case LZMA_FILTER_LZMA1:
    case LZMA_FILTER_LZMA2:
        return XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_LZMA;
    case LZMA_FILTER_DELTA:
        return XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DELTA;
    case LZMA_FILTER_X86:
    case LZMA_FILTER_POWERPC:
    case LZMA_FILTER_IA64:
    case LZMA_FILTER_ARM:
    case LZMA_FILTER_ARMTHUMB:
    case LZMA_FILTER_SPARC:
        return XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_BRANCH;
    default:
        return XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DEFAULT;
    }
}

static filter_t
filter_out(const lzma_filter *filter)
{
    filter_t out = {.id = filter->id};
    if (filter->options == NULL)
        return out;
    out.options.tag = tag_of(filter->id);
    if (out.options.tag == XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_LZMA)
        out.options.val.lzma = options_out(filter->options);
    else if (out.options.tag == XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DELTA)
        out.options.val.delta = ((const lzma_options_delta *)filter->options)->dist;
    else if (out.options.tag == XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_BRANCH)
        out.options.val.branch = ((const lzma_options_bcj *)filter->options)->start_offset;
    return out;
}

/* A chain as a list, whose elements are put into `space`. */
static list_filter_t
chain_out(const lzma_filter *filters, filter_t space[LZMA_FILTERS_MAX])
{
    size_t count = 0;
    for (; count < LZMA_FILTERS_MAX && filters[count].id != LZMA_VLI_UNKNOWN; count++)
        space[count] = filter_out(&filters[count]);
    return (list_filter_t){space, count};
}

/* The beginning of each function that makes a stream. */
static void
begin(lzma_stream *stream, bool decodes)
{
    link_forget_error();
    stream->private_ = (struct lzma_stream_private){.decodes = decodes};
}

/* The end of it: keeps the coder, or says why there is none. */
static lzma_ret
made(lzma_stream *stream, bool is_made, own_coder_t coder, status_t failure)
{
    if (!is_made)
        return link_failed() ? LZMA_MEM_ERROR : (lzma_ret)failure;
    stream->private_.coder = coder.__handle;
    return LZMA_OK;
}

lzma_ret
lzma_easy_encoder(lzma_stream *stream, uint32_t preset, lzma_check check)
{
    own_coder_t coder = {0};
    status_t failure = LZMA_PROG_ERROR;
    begin(stream, false);
    bool is_made = xz_compression_streams_static_coder_easy_encoder(preset, (uint32_t)check, &coder, &failure);
    return made(stream, is_made, coder, failure);
}

lzma_ret
lzma_stream_encoder(lzma_stream *stream, const lzma_filter *filters, lzma_check check)
{
    own_coder_t coder = {0};
    status_t failure = LZMA_PROG_ERROR;
    filter_t space[LZMA_FILTERS_MAX];
    list_filter_t chain = chain_out(filters, space);
    begin(stream, false);
    bool is_made = xz_compression_streams_static_coder_stream_encoder(&chain, (uint32_t)check, &coder, &failure);
    return made(stream, is_made, coder, failure);
}

lzma_ret
lzma_alone_encoder(lzma_stream *stream, const lzma_options_lzma *options)
{
    own_coder_t coder = {0};
    status_t failure = LZMA_PROG_ERROR;
    options_t given = options_out(options);
    begin(stream, false);
    bool is_made = xz_compression_streams_static_coder_alone_encoder(&given, &coder, &failure);
    return made(stream, is_made, coder, failure);
}

lzma_ret
lzma_raw_encoder(lzma_stream *stream, const lzma_filter *filters)
{
    own_coder_t coder = {0};
    status_t failure = LZMA_PROG_ERROR;
    filter_t space[LZMA_FILTERS_MAX];
    list_filter_t chain = chain_out(filters, space);
    begin(stream, false);
    bool is_made = xz_compression_streams_static_coder_raw_encoder(&chain, &coder, &failure);
    return made(stream, is_made, coder, failure);
}

lzma_ret
lzma_stream_decoder(lzma_stream *stream, uint64_t memlimit, uint32_t flags)
{
    own_coder_t coder = {0};
    status_t failure = LZMA_PROG_ERROR;
    begin(stream, true);
    bool is_made = xz_compression_streams_static_coder_stream_decoder(
        memlimit, (xz_compression_streams_decoder_flags_t)flags, &coder, &failure);
    return made(stream, is_made, coder, failure);
}

lzma_ret
lzma_alone_decoder(lzma_stream *stream, uint64_t memlimit)
{
    own_coder_t coder = {0};
    status_t failure = LZMA_PROG_ERROR;
    begin(stream, true);
    bool is_made = xz_compression_streams_static_coder_alone_decoder(memlimit, &coder, &failure);
    return made(stream, is_made, coder, failure);
}

lzma_ret
lzma_auto_decoder(lzma_stream *stream, uint64_t memlimit, uint32_t flags)
{
    own_coder_t coder = {0};
    status_t failure = LZMA_PROG_ERROR;
    begin(stream, true);
    bool is_made = xz_compression_streams_static_coder_auto_decoder(
        memlimit, (xz_compression_streams_decoder_flags_t)flags, &coder, &failure);
    return made(stream, is_made, coder, failure);
}

lzma_ret
lzma_raw_decoder(lzma_stream *stream, const lzma_filter *filters)
{
    own_coder_t coder = {0};
    status_t failure = LZMA_PROG_ERROR;
    filter_t space[LZMA_FILTERS_MAX];
    list_filter_t chain = chain_out(filters, space);
    begin(stream, true);
    bool is_made = xz_compression_streams_static_coder_raw_decoder(&chain, &coder, &failure);
    return made(stream, is_made, coder, failure);
}

/* What a step did. */
struct done {
    lzma_ret code;
    size_t consumed, produced;
};

/* One call of the component, with `size` bytes of input offered and `room` for output. Moves the stream's buffers on. */
static struct done
step(lzma_stream *stream, size_t size, size_t room, lzma_action action)
{
    own_coder_t own = {stream->private_.coder};
    lzma_import_list_u8_t input = {(uint8_t *)stream->next_in, size};
    xz_compression_streams_progress_t progress;

    xz_compression_streams_method_coder_step(xz_compression_streams_borrow_coder(own), &input, (uint32_t)room,
                                             (xz_compression_streams_action_t)action, &progress);
    if (link_failed()) /* What it returned is nothing but zeros. */
        return (struct done){.code = LZMA_MEM_ERROR};

    /* What comes back is another component's word: it may not move us out of the caller's buffers. */
    if (progress.consumed > size || progress.output.len > room) {
        xz_compression_streams_progress_free(&progress);
        return (struct done){.code = LZMA_PROG_ERROR};
    }
    struct done done = {(lzma_ret)progress.status, progress.consumed, progress.output.len};
    if (done.produced > 0)
        memcpy(stream->next_out, progress.output.ptr, done.produced);
    xz_compression_streams_progress_free(&progress);
    if (done.consumed > 0)
        stream->next_in += done.consumed;
    stream->avail_in -= done.consumed;
    if (done.produced > 0)
        stream->next_out += done.produced;
    stream->avail_out -= done.produced;
    return done;
}

/* Steps on while there is more input or more room, and the last step was stopped by nothing else. */
static lzma_ret
code_in_slices(lzma_stream *stream, lzma_action action)
{
    for (;;) {
        bool decodes = stream->private_.decodes && action == LZMA_RUN;
        size_t room = minimum(stream->avail_out, decodes ? SLICE - SURPLUS : SLICE);
        size_t size = minimum(stream->avail_in, decodes ? room + SURPLUS : SLICE);
        bool last = size == stream->avail_in;

        /* Only the end of the caller's input is the place for the caller's action. */
        struct done done = step(stream, size, room, last ? action : LZMA_RUN);
        /* That nothing can be done is an error only of a call that does nothing. */
        if (done.code != LZMA_OK && done.code != LZMA_BUF_ERROR)
            return done.code;

        /* A stream that has filled its room stops there; one that is given none may take input nevertheless. */
        bool more_input = done.consumed == size && !last && (stream->avail_out > 0 || room == 0);
        bool more_room = done.produced == room && stream->avail_out > 0;
        if (!more_input && !more_room)
            return LZMA_OK;
    }
}

lzma_ret
lzma_code(lzma_stream *stream, lzma_action action)
{
    if (stream->private_.coder == 0 || (action != LZMA_RUN && action != LZMA_FINISH))
        return LZMA_PROG_ERROR;

    link_forget_error();
    size_t avail_in = stream->avail_in, avail_out = stream->avail_out;
    lzma_ret code = code_in_slices(stream, action);
    bool stalled = code == LZMA_OK && stream->avail_in == avail_in && stream->avail_out == avail_out;
    if (stalled && stream->private_.stalled)
        code = LZMA_BUF_ERROR;
    stream->private_.stalled = stalled;
    if (code == LZMA_NO_CHECK || code == LZMA_UNSUPPORTED_CHECK || code == LZMA_GET_CHECK) {
        own_coder_t own = {stream->private_.coder};
        stream->private_.check = (lzma_check)xz_compression_streams_method_coder_check(xz_compression_streams_borrow_coder(own));
        if (link_failed())
            return LZMA_MEM_ERROR;
    }
    return code;
}

lzma_check
lzma_get_check(const lzma_stream *stream)
{
    return stream->private_.check;
}

void
lzma_end(lzma_stream *stream)
{
    if (stream->private_.coder == 0)
        return;
    own_coder_t own = {stream->private_.coder};
    xz_compression_streams_coder_drop_own(own);
    stream->private_.coder = 0;
}

bool
lzma_check_is_supported(lzma_check check)
{
    link_forget_error();
    return xz_compression_streams_check_is_supported((uint32_t)check);
}

bool
lzma_lzma_preset(lzma_options_lzma *options, uint32_t preset)
{
    options_t filled;
    link_forget_error();
    if (!xz_compression_streams_preset_options(preset, &filled))
        return true;
    *options = options_in(&filled);
    return false;
}

lzma_ret
lzma_properties_size(uint32_t *size, const lzma_filter *filter)
{
    switch (tag_of(filter->id)) {
    case XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_LZMA:
        *size = filter->id == LZMA_FILTER_LZMA1 ? 5 : 1;
        return LZMA_OK;
    case XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DELTA:
        *size = 1;
        return LZMA_OK;
    case XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_BRANCH:
        *size = filter->options != NULL && ((const lzma_options_bcj *)filter->options)->start_offset != 0 ? 4 : 0;
        return LZMA_OK;
    default:
        return LZMA_OPTIONS_ERROR;
    }
}

lzma_ret
lzma_properties_encode(const lzma_filter *filter, uint8_t *properties)
{
    filter_t one = filter_out(filter);
    lzma_import_list_u8_t list;
    status_t failure = LZMA_PROG_ERROR;
    uint32_t size;

    link_forget_error();
    if (lzma_properties_size(&size, filter) != LZMA_OK)
        return LZMA_PROG_ERROR;
    if (!xz_compression_streams_encode_properties(&one, &list, &failure))
        return link_failed() ? LZMA_MEM_ERROR : (lzma_ret)failure;
    /* The caller has room for `size` bytes, whatever the component says. */
    bool fits = list.len == size;
    if (fits && size > 0)
        memcpy(properties, list.ptr, size);
    lzma_import_list_u8_free(&list);
    return fits ? LZMA_OK : LZMA_PROG_ERROR;
}

/* The options of `filter`, whose id is set, as the module frees them. */
static lzma_ret
set_options(lzma_filter *filter, const filter_t *decoded)
{
    uint8_t tag = decoded->options.tag;
    filter->options = NULL;
    if (tag != tag_of(filter->id) &&
        (tag != XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DEFAULT ||
         tag_of(filter->id) != XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_BRANCH))
        return LZMA_PROG_ERROR;
    if (tag == XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DEFAULT)
        return LZMA_OK;

    union {
        lzma_options_lzma lzma;
        lzma_options_delta delta;
        lzma_options_bcj branch;
    } *options = calloc(1, sizeof *options);
    if (options == NULL)
        return LZMA_MEM_ERROR;
    if (tag == XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_LZMA)
        options->lzma = options_in(&decoded->options.val.lzma);
    else if (tag == XZ_COMPRESSION_STREAMS_FILTER_OPTIONS_DELTA)
        options->delta.dist = decoded->options.val.delta;
    else
        options->branch.start_offset = decoded->options.val.branch;
    filter->options = options;
    return LZMA_OK;
}

lzma_ret
lzma_properties_decode(lzma_filter *filter, const lzma_allocator *allocator, const uint8_t *properties, size_t size)
{
    (void)allocator;
    lzma_import_list_u8_t list = {(uint8_t *)properties, size};
    filter_t decoded;
    status_t failure = LZMA_PROG_ERROR;

    link_forget_error();
    filter->options = NULL;
    if (size > SLICE) /* No filter has so many. */
        return LZMA_OPTIONS_ERROR;
    if (!xz_compression_streams_decode_properties(filter->id, &list, &decoded, &failure))
        return link_failed() ? LZMA_MEM_ERROR : (lzma_ret)failure;
    lzma_ret code = set_options(filter, &decoded);
    xz_compression_streams_filter_free(&decoded);
    return code;
}
