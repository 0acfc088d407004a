/* bzlib.h over the bzip2:compression contract.
 *
 * A bz_stream holds the handle of a stream that lives in the bz2 component. BZ2_bzCompress() and BZ2_bzDecompress() cut
 * the caller's buffers into slices, because each slice is copied into the component and its output back: memory stays flat
 * however large the buffers are, and no more input is copied than can be used. In all else, the return codes included,
 * one call here means what one call of bzip2 means.
 *
 * Where the component is resolved at run time, a call can fail on its way. The return code is then BZ_PARAM_ERROR, and the
 * error stays pending for module_python.h, which raises it in place of the ValueError that _bz2module.c makes of that.
 */
#include "bzlib.h"

#include <stdbool.h>
#include <string.h>

#include "bz2_import.h"
#include "link.h"

/* The most that one step takes and gives. Small enough to stay in a core's cache, and large enough that a call costs
 * nothing. */
enum { SLICE = 64 * 1024 };

typedef bzip2_compression_streams_status_t status_t;
typedef bzip2_compression_streams_action_t action_t;
typedef bzip2_compression_streams_progress_t progress_t;

/* The contract's enums are bzip2's numbers: actions and good codes as they are, errors downwards from there. */
_Static_assert(BZIP2_COMPRESSION_STREAMS_ACTION_RUN == BZ_RUN, "action");
_Static_assert(BZIP2_COMPRESSION_STREAMS_ACTION_FINISH == BZ_FINISH, "action");
_Static_assert(BZIP2_COMPRESSION_STREAMS_STATUS_OK == BZ_OK, "status");
_Static_assert(BZIP2_COMPRESSION_STREAMS_STATUS_STREAM_END == BZ_STREAM_END, "status");
_Static_assert(BZIP2_COMPRESSION_STREAMS_STATUS_SEQUENCE_ERROR == BZ_STREAM_END - BZ_SEQUENCE_ERROR, "status");
_Static_assert(BZIP2_COMPRESSION_STREAMS_STATUS_DATA_ERROR_MAGIC == BZ_STREAM_END - BZ_DATA_ERROR_MAGIC, "status");

static int
code_of(status_t status)
{
    return status <= BZ_STREAM_END ? status : BZ_STREAM_END - status;
}

static unsigned
minimum(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* What a step did. */
struct done {
    int code;
    unsigned consumed, produced;
};

/* One call of the component, with `size` bytes of input offered and `room` for output. Moves the stream's buffers on. */
static struct done
step(bz_stream *stream, unsigned size, unsigned room, int action)
{
    bz2_import_list_u8_t input = {(uint8_t *)stream->next_in, size};
    progress_t progress;

    if (stream->private_.compressor != 0) {
        bzip2_compression_streams_own_compressor_t own = {stream->private_.compressor};
        bzip2_compression_streams_method_compressor_step(bzip2_compression_streams_borrow_compressor(own), &input, room,
                                                         (action_t)action, &progress);
    } else {
        bzip2_compression_streams_own_decompressor_t own = {stream->private_.decompressor};
        bzip2_compression_streams_method_decompressor_step(bzip2_compression_streams_borrow_decompressor(own), &input,
                                                           room, &progress);
    }
    if (link_failed()) /* What it returned is nothing but zeros. */
        return (struct done){.code = BZ_PARAM_ERROR};

    /* What comes back is another component's word: it may not move us out of the caller's buffers. */
    if (progress.consumed > size || progress.output.len > room) {
        bzip2_compression_streams_progress_free(&progress);
        return (struct done){.code = BZ_SEQUENCE_ERROR};
    }
    struct done done = {code_of(progress.status), progress.consumed, (unsigned)progress.output.len};
    if (done.produced > 0)
        memcpy(stream->next_out, progress.output.ptr, done.produced);
    bzip2_compression_streams_progress_free(&progress);
    if (size > 0)
        stream->next_in += done.consumed;
    stream->avail_in -= done.consumed;
    stream->next_out += done.produced;
    stream->avail_out -= done.produced;
    return done;
}

/* What a stream that could not be made comes to. */
static int
failure_of(status_t status)
{
    return link_failed() ? BZ_PARAM_ERROR : code_of(status);
}

int
BZ2_bzCompressInit(bz_stream *stream, int block_size, int verbosity, int work_factor)
{
    (void)verbosity;
    bzip2_compression_streams_own_compressor_t compressor;
    status_t status;

    link_forget_error();
    stream->private_ = (struct bz2_stream_private){0};
    if (!bzip2_compression_streams_static_compressor_create(block_size, work_factor, &compressor, &status))
        return failure_of(status);
    stream->private_.compressor = compressor.__handle;
    return BZ_OK;
}

int
BZ2_bzCompress(bz_stream *stream, int action)
{
    if (stream->private_.compressor == 0 || (action != BZ_RUN && action != BZ_FINISH))
        return BZ_PARAM_ERROR;

    link_forget_error();
    /* That nothing can be done is an error only of a call that does nothing. */
    const int nothing = action == BZ_FINISH ? BZ_SEQUENCE_ERROR : BZ_PARAM_ERROR;
    int code = nothing;
    for (;;) {
        unsigned size = minimum(stream->avail_in, SLICE);
        unsigned room = minimum(stream->avail_out, SLICE);
        bool last = size == stream->avail_in;

        /* Only the end of the caller's input is the place for the caller's action. */
        struct done done = step(stream, size, room, last ? action : BZ_RUN);
        if (done.code == BZ_STREAM_END)
            return done.code;
        if (done.code < 0)
            return done.code == (last ? nothing : BZ_PARAM_ERROR) && !link_failed() ? code : done.code;
        code = action == BZ_FINISH ? BZ_FINISH_OK : BZ_RUN_OK;

        /* On with more input, as far as the block takes it even without room; or with more room. */
        bool more_input = done.consumed == size && !last;
        bool more_room = done.produced == room && stream->avail_out > 0;
        if (!more_input && !more_room)
            return code;
    }
}

int
BZ2_bzCompressEnd(bz_stream *stream)
{
    if (stream->private_.compressor == 0)
        return BZ_PARAM_ERROR;
    bzip2_compression_streams_own_compressor_t own = {stream->private_.compressor};
    bzip2_compression_streams_compressor_drop_own(own);
    stream->private_.compressor = 0;
    return BZ_OK;
}

int
BZ2_bzDecompressInit(bz_stream *stream, int verbosity, int small)
{
    (void)verbosity;
    bzip2_compression_streams_own_decompressor_t decompressor;
    status_t status;

    link_forget_error();
    stream->private_ = (struct bz2_stream_private){.slice = SLICE};
    if (!bzip2_compression_streams_static_decompressor_create(small != 0, &decompressor, &status))
        return failure_of(status);
    stream->private_.decompressor = decompressor.__handle;
    return BZ_OK;
}

int
BZ2_bzDecompress(bz_stream *stream)
{
    if (stream->private_.decompressor == 0)
        return BZ_PARAM_ERROR;

    link_forget_error();
    for (;;) {
        unsigned size = minimum(stream->avail_in, stream->private_.slice);
        unsigned room = minimum(stream->avail_out, SLICE);
        struct done done = step(stream, size, room, BZ_RUN);
        if (done.code != BZ_OK)
            return done.code;

        /* bzip2 reads a whole block before it gives any of it. While it gives, more input would be copied for nothing,
         * again and again for a caller who takes a byte at a time; one byte is enough to see when it reads on. */
        stream->private_.slice = done.consumed < size ? 1 : SLICE;

        bool more_input = done.consumed == size && stream->avail_in > 0;
        bool more_room = done.produced == room && stream->avail_out > 0;
        if (!more_input && !more_room)
            return BZ_OK;
    }
}

int
BZ2_bzDecompressEnd(bz_stream *stream)
{
    if (stream->private_.decompressor == 0)
        return BZ_PARAM_ERROR;
    bzip2_compression_streams_own_decompressor_t own = {stream->private_.decompressor};
    bzip2_compression_streams_decompressor_drop_own(own);
    stream->private_.decompressor = 0;
    return BZ_OK;
}
