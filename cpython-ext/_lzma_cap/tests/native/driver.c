/* Compiled twice: with our lzma.h and -DDRIVER=ours, and with liblzma's and -DDRIVER=theirs. See driver.h. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

#include "lzma.h"

/* A chain, and the options that it points to. */
struct chain {
    lzma_filter filters[3];
    lzma_options_lzma lzma;
    lzma_options_delta delta;
    lzma_options_bcj branch;
};

static void
set_chain(const struct format *format, struct chain *chain)
{
    memset(chain, 0, sizeof *chain);
    if (lzma_lzma_preset(&chain->lzma, format->preset))
        lzma_lzma_preset(&chain->lzma, 6);
    if (format->dict_size != 0)
        chain->lzma.dict_size = format->dict_size;
    if (format->mode != 0) {
        chain->lzma.lc = format->lc;
        chain->lzma.lp = format->lp;
        chain->lzma.pb = format->pb;
        chain->lzma.mode = (lzma_mode)format->mode;
        chain->lzma.nice_len = format->nice_len;
        chain->lzma.mf = (lzma_match_finder)format->mf;
        chain->lzma.depth = format->depth;
    }
    lzma_filter *next = chain->filters;
    if (format->first != 0) {
        chain->delta.type = LZMA_DELTA_TYPE_BYTE;
        chain->delta.dist = format->option;
        chain->branch.start_offset = format->option;
        next->id = format->first;
        next->options = format->first == LZMA_FILTER_DELTA ? (void *)&chain->delta : &chain->branch;
        next++;
    }
    next->id = format->container == ALONE ? LZMA_FILTER_LZMA1 : LZMA_FILTER_LZMA2;
    next->options = &chain->lzma;
    next[1].id = LZMA_VLI_UNKNOWN;
}

static lzma_stream *
new_stream(void)
{
    lzma_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        abort();
    return stream;
}

/* The stream if `code` is that of success; frees it otherwise. */
static void *
kept(lzma_stream *stream, int code)
{
    if (code == LZMA_OK)
        return stream;
    lzma_end(stream);
    free(stream);
    return NULL;
}

static void *
new_encoder(const struct format *format, int *code)
{
    lzma_stream *stream = new_stream();
    struct chain chain;
    set_chain(format, &chain);
    switch (format->container) {
    case XZ_BY_PRESET:
        return kept(stream, *code = (int)lzma_easy_encoder(stream, format->preset, (lzma_check)format->check));
    case XZ_BY_CHAIN:
        return kept(stream, *code = (int)lzma_stream_encoder(stream, chain.filters, (lzma_check)format->check));
    case ALONE:
        return kept(stream, *code = (int)lzma_alone_encoder(stream, &chain.lzma));
    default:
        return kept(stream, *code = (int)lzma_raw_encoder(stream, chain.filters));
    }
}

static void *
new_decoder(const struct format *format, int automatic, uint64_t memlimit, int *code)
{
    const uint32_t flags = LZMA_TELL_ANY_CHECK | LZMA_TELL_NO_CHECK; /* those of _lzmamodule.c */
    lzma_stream *stream = new_stream();
    struct chain chain;
    set_chain(format, &chain);
    if (format->container == RAW)
        return kept(stream, *code = (int)lzma_raw_decoder(stream, chain.filters));
    if (automatic)
        return kept(stream, *code = (int)lzma_auto_decoder(stream, memlimit, flags));
    if (format->container == ALONE)
        return kept(stream, *code = (int)lzma_alone_decoder(stream, memlimit));
    return kept(stream, *code = (int)lzma_stream_decoder(stream, memlimit, flags));
}

static struct outcome
code(void *opaque, const uint8_t *input, size_t avail_in, uint8_t *output, size_t avail_out, int finish)
{
    lzma_stream *stream = opaque;
    stream->next_in = input;
    stream->avail_in = avail_in;
    stream->next_out = output;
    stream->avail_out = avail_out;
    int outcome = (int)lzma_code(stream, finish ? LZMA_FINISH : LZMA_RUN);
    return (struct outcome){outcome, stream->avail_in, stream->avail_out};
}

static unsigned
check(void *stream)
{
    return (unsigned)lzma_get_check(stream);
}

static void
end(void *stream)
{
    lzma_end(stream);
    free(stream);
}

static void
numbers_of(const lzma_options_lzma *options, uint32_t *numbers)
{
    const uint32_t all[] = {options->dict_size,      options->lc,       options->lp,           options->pb,
                            (uint32_t)options->mode, options->nice_len, (uint32_t)options->mf, options->depth};
    memcpy(numbers, all, sizeof all);
}

static int
preset(uint32_t number, uint32_t *numbers)
{
    lzma_options_lzma options;
    if (lzma_lzma_preset(&options, number))
        return 0;
    numbers_of(&options, numbers);
    return 1;
}

static int
encode_properties(const struct format *format, uint8_t *properties)
{
    struct chain chain;
    uint32_t size;
    set_chain(format, &chain);
    int failure = (int)lzma_properties_size(&size, chain.filters);
    if (failure == LZMA_OK)
        failure = (int)lzma_properties_encode(chain.filters, properties);
    return failure == LZMA_OK ? (int)size : -failure;
}

/* Only what _lzmamodule.c looks at. */
static int
decode_properties(uint64_t id, const uint8_t *properties, size_t size, uint32_t *numbers)
{
    lzma_filter filter = {.id = id};
    int outcome = (int)lzma_properties_decode(&filter, NULL, properties, size);
    if (outcome != LZMA_OK || filter.options == NULL)
        return outcome;
    if (id == LZMA_FILTER_LZMA1 || id == LZMA_FILTER_LZMA2) {
        const lzma_options_lzma *options = filter.options;
        numbers[0] = options->dict_size;
        if (id == LZMA_FILTER_LZMA1) {
            numbers[1] = options->lc;
            numbers[2] = options->lp;
            numbers[3] = options->pb;
        }
    } else if (id == LZMA_FILTER_DELTA) {
        numbers[0] = ((const lzma_options_delta *)filter.options)->dist;
    } else {
        numbers[0] = ((const lzma_options_bcj *)filter.options)->start_offset;
    }
    free(filter.options);
    return outcome;
}

static int
check_is_supported(int number)
{
    return lzma_check_is_supported((lzma_check)number);
}

const struct driver DRIVER = {new_encoder, new_decoder,       code,              check,
                              end,         preset,            encode_properties, decode_properties,
                              check_is_supported};
