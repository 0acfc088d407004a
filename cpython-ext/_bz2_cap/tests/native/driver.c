/* Compiled twice: with our bzlib.h and -DDRIVER=ours, and with bzip2's and -DDRIVER=theirs. See driver.h. */
#include "driver.h"

#include <stdlib.h>

#include "bzlib.h"

static void *
new_stream(void)
{
    bz_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        abort();
    return stream;
}

/* The stream if `code` is that of success; frees it otherwise. */
static void *
kept(void *stream, int code)
{
    if (code == BZ_OK)
        return stream;
    free(stream);
    return NULL;
}

static void *
new_compressor(int block_size, int work_factor, int *code)
{
    bz_stream *stream = new_stream();
    return kept(stream, *code = BZ2_bzCompressInit(stream, block_size, 0, work_factor));
}

static void *
new_decompressor(int small, int *code)
{
    bz_stream *stream = new_stream();
    return kept(stream, *code = BZ2_bzDecompressInit(stream, 0, small));
}

static void
set_buffers(bz_stream *stream, const uint8_t *input, unsigned avail_in, uint8_t *output, unsigned avail_out)
{
    stream->next_in = (char *)input;
    stream->avail_in = avail_in;
    stream->next_out = (char *)output;
    stream->avail_out = avail_out;
}

static struct outcome
compress(void *opaque, const uint8_t *input, unsigned avail_in, uint8_t *output, unsigned avail_out, int finish)
{
    bz_stream *stream = opaque;
    set_buffers(stream, input, avail_in, output, avail_out);
    int code = BZ2_bzCompress(stream, finish ? BZ_FINISH : BZ_RUN);
    return (struct outcome){code, stream->avail_in, stream->avail_out};
}

static struct outcome
decompress(void *opaque, const uint8_t *input, unsigned avail_in, uint8_t *output, unsigned avail_out)
{
    bz_stream *stream = opaque;
    set_buffers(stream, input, avail_in, output, avail_out);
    int code = BZ2_bzDecompress(stream);
    return (struct outcome){code, stream->avail_in, stream->avail_out};
}

static int
end_compressor(void *stream)
{
    int code = BZ2_bzCompressEnd(stream);
    free(stream);
    return code;
}

static int
end_decompressor(void *stream)
{
    int code = BZ2_bzDecompressEnd(stream);
    free(stream);
    return code;
}

const struct driver DRIVER = {new_compressor, new_decompressor, compress, decompress, end_compressor, end_decompressor};
