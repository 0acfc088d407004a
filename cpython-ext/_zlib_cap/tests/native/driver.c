/* Compiled twice: with our zlib.h and -DDRIVER=ours, and with zlib's and -DDRIVER=theirs. See driver.h. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

#include "zlib.h"

static struct outcome
observe(const z_stream *stream, int code)
{
    struct outcome outcome;
    memset(&outcome, 0, sizeof outcome);
    outcome.code = code;
    outcome.avail_in = stream->avail_in;
    outcome.avail_out = stream->avail_out;
    outcome.total_in = stream->total_in;
    outcome.total_out = stream->total_out;
    outcome.adler = stream->adler;
    outcome.data_type = stream->data_type;
    if (stream->msg != NULL)
        strncpy(outcome.message, stream->msg, sizeof outcome.message - 1);
    return outcome;
}

static void *
new_stream(void)
{
    z_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        abort();
    return stream;
}

/* The stream if `code` is that of success; frees it otherwise. */
static void *
kept(void *stream, int code)
{
    if (code == Z_OK)
        return stream;
    free(stream);
    return NULL;
}

static void *
new_deflater(int level, int method, int window_bits, int mem_level, int strategy, int *code)
{
    z_stream *stream = new_stream();
    return kept(stream, *code = deflateInit2(stream, level, method, window_bits, mem_level, strategy));
}

static void *
new_inflater(int window_bits, int *code)
{
    z_stream *stream = new_stream();
    return kept(stream, *code = inflateInit2(stream, window_bits));
}

static struct outcome
set_dictionary(void *stream, int inflating, const uint8_t *dictionary, unsigned length)
{
    return observe(stream, inflating ? inflateSetDictionary(stream, dictionary, length)
                                     : deflateSetDictionary(stream, dictionary, length));
}

static struct outcome
step(void *opaque, int inflating, const uint8_t *input, unsigned avail_in, uint8_t *output, unsigned avail_out,
     int flush)
{
    z_stream *stream = opaque;
    stream->next_in = (Bytef *)input;
    stream->avail_in = avail_in;
    stream->next_out = output;
    stream->avail_out = avail_out;
    return observe(stream, inflating ? inflate(stream, flush) : deflate(stream, flush));
}

static void *
copy(void *stream, int inflating, int *code)
{
    z_stream *result = new_stream();
    return kept(result, *code = inflating ? inflateCopy(result, stream) : deflateCopy(result, stream));
}

static int
end(void *stream, int inflating)
{
    int code = inflating ? inflateEnd(stream) : deflateEnd(stream);
    free(stream);
    return code;
}

static unsigned long
crc32_of(unsigned long value, const uint8_t *data, unsigned length)
{
    return crc32(value, data, length);
}

static unsigned long
adler32_of(unsigned long value, const uint8_t *data, unsigned length)
{
    return adler32(value, data, length);
}

static const char *
version(void)
{
    return zlibVersion();
}

const struct driver DRIVER = {new_deflater, new_inflater, set_dictionary, step,   copy,
                              end,          crc32_of,     adler32_of,     version};
