/* The bzip2 contract (wit/bzip2-compression) over libbzip2 itself.
 *
 * A stream resource is a bz_stream on the heap. Each call hands bzip2 one input list and one output buffer, and returns
 * what bzip2 changed. Lists arrive owned and are freed here; those that are returned belong to the caller.
 */
#include "bz2_cap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bzlib.h"

/* The most that one step produces: it bounds what a caller's huge limit can make us allocate. The contract promises
 * at least 64 KiB. */
enum { STEP_LIMIT = 1024 * 1024 };

typedef exports_bzip2_compression_streams_status_t status_t;
typedef exports_bzip2_compression_streams_action_t action_t;
typedef exports_bzip2_compression_streams_progress_t progress_t;
typedef exports_bzip2_compression_streams_own_compressor_t own_compressor_t;
typedef exports_bzip2_compression_streams_own_decompressor_t own_decompressor_t;

struct exports_bzip2_compression_streams_compressor_t {
    bz_stream stream;
};

struct exports_bzip2_compression_streams_decompressor_t {
    bz_stream stream;
    int broken; /* the code with which bzip2 gave up, 0: it has not */
};

/* The contract's enums are bzip2's numbers: actions and good codes as they are, errors downwards from there. */
_Static_assert(EXPORTS_BZIP2_COMPRESSION_STREAMS_ACTION_RUN == BZ_RUN, "action");
_Static_assert(EXPORTS_BZIP2_COMPRESSION_STREAMS_ACTION_FINISH == BZ_FINISH, "action");
_Static_assert(EXPORTS_BZIP2_COMPRESSION_STREAMS_STATUS_OK == BZ_OK, "status");
_Static_assert(EXPORTS_BZIP2_COMPRESSION_STREAMS_STATUS_STREAM_END == BZ_STREAM_END, "status");
_Static_assert(EXPORTS_BZIP2_COMPRESSION_STREAMS_STATUS_SEQUENCE_ERROR == BZ_STREAM_END - BZ_SEQUENCE_ERROR, "status");
_Static_assert(EXPORTS_BZIP2_COMPRESSION_STREAMS_STATUS_DATA_ERROR_MAGIC == BZ_STREAM_END - BZ_DATA_ERROR_MAGIC,
               "status");

/* The other errors are those of file I/O, and BZ_CONFIG_ERROR, which is about an int of another size. */
_Static_assert(sizeof(int) == 4 && sizeof(short) == 2, "BZ_CONFIG_ERROR");

static status_t
status_of(int code)
{
    return (status_t)(code >= 0 ? code : BZ_STREAM_END - code);
}

/* bzip2 calls this where it finds itself in a state that cannot be. No input is known to lead there. */
void bz_internal_error(int code);

void
bz_internal_error(int code)
{
    (void)code;
    __builtin_trap();
}

/* Gives `stream` `input` and room for `max_output` bytes at `progress->output.ptr`. False without memory for that. */
static bool
begin_step(bz_stream *stream, const bz2_cap_list_u8_t *input, uint32_t max_output, progress_t *progress)
{
    size_t room = max_output < STEP_LIMIT ? max_output : STEP_LIMIT;
    uint8_t *output = room == 0 ? NULL : malloc(room);

    memset(progress, 0, sizeof *progress);
    if (room > 0 && output == NULL)
        return false;
    progress->output.ptr = output;
    stream->next_in = (char *)input->ptr;
    stream->avail_in = (unsigned)input->len;
    stream->next_out = (char *)output;
    stream->avail_out = (unsigned)room;
    return true;
}

/* Takes over what `stream` did. */
static void
end_step(bz_stream *stream, const bz2_cap_list_u8_t *input, progress_t *progress)
{
    progress->consumed = (uint32_t)(input->len - stream->avail_in);
    progress->limited = stream->avail_out == 0;
    if (progress->output.ptr != NULL)
        progress->output.len = (size_t)((uint8_t *)stream->next_out - progress->output.ptr);
    /* A list is freed by its receiver only if it has elements. */
    if (progress->output.len == 0) {
        free(progress->output.ptr);
        progress->output.ptr = NULL;
    }
    stream->next_in = NULL;
    stream->avail_in = 0;
    stream->next_out = NULL;
    stream->avail_out = 0;
}

bool
exports_bzip2_compression_streams_static_compressor_create(int32_t block_size, int32_t work_factor,
                                                           own_compressor_t *created, status_t *failure)
{
    exports_bzip2_compression_streams_compressor_t *compressor = calloc(1, sizeof *compressor);
    int code = BZ_MEM_ERROR;
    if (compressor != NULL)
        code = BZ2_bzCompressInit(&compressor->stream, block_size, 0, work_factor);
    if (code != BZ_OK) {
        free(compressor);
        *failure = status_of(code);
        return false;
    }
    *created = exports_bzip2_compression_streams_compressor_new(compressor);
    return true;
}

void
exports_bzip2_compression_streams_method_compressor_step(exports_bzip2_compression_streams_borrow_compressor_t compressor,
                                                         bz2_cap_list_u8_t *input, uint32_t max_output, action_t what,
                                                         progress_t *progress)
{
    int code = BZ_MEM_ERROR;
    if (begin_step(&compressor->stream, input, max_output, progress)) {
        code = BZ2_bzCompress(&compressor->stream, what);
        end_step(&compressor->stream, input, progress);
    }
    progress->status = status_of(code);
    bz2_cap_list_u8_free(input);
}

void
exports_bzip2_compression_streams_compressor_destructor(exports_bzip2_compression_streams_compressor_t *compressor)
{
    BZ2_bzCompressEnd(&compressor->stream);
    free(compressor);
}

bool
exports_bzip2_compression_streams_static_decompressor_create(bool small, own_decompressor_t *created, status_t *failure)
{
    exports_bzip2_compression_streams_decompressor_t *decompressor = calloc(1, sizeof *decompressor);
    int code = BZ_MEM_ERROR;
    if (decompressor != NULL)
        code = BZ2_bzDecompressInit(&decompressor->stream, 0, small);
    if (code != BZ_OK) {
        free(decompressor);
        *failure = status_of(code);
        return false;
    }
    *created = exports_bzip2_compression_streams_decompressor_new(decompressor);
    return true;
}

/* BZ2_bzDecompress, but never again once it has given up: it would go on in the middle of what it was reading, with what
 * it has refused, and write beyond the tables of that. */
static int
decompress(exports_bzip2_compression_streams_decompressor_t *decompressor)
{
    if (decompressor->broken == 0) {
        int code = BZ2_bzDecompress(&decompressor->stream);
        if (code != BZ_MEM_ERROR && code != BZ_DATA_ERROR && code != BZ_DATA_ERROR_MAGIC)
            return code;
        decompressor->broken = code;
    }
    return decompressor->broken;
}

void
exports_bzip2_compression_streams_method_decompressor_step(
    exports_bzip2_compression_streams_borrow_decompressor_t decompressor, bz2_cap_list_u8_t *input, uint32_t max_output,
    progress_t *progress)
{
    int code = BZ_MEM_ERROR;
    if (begin_step(&decompressor->stream, input, max_output, progress)) {
        code = decompress(decompressor);
        end_step(&decompressor->stream, input, progress);
    }
    progress->status = status_of(code);
    bz2_cap_list_u8_free(input);
}

void
exports_bzip2_compression_streams_decompressor_destructor(exports_bzip2_compression_streams_decompressor_t *decompressor)
{
    BZ2_bzDecompressEnd(&decompressor->stream);
    free(decompressor);
}

void
exports_bzip2_compression_streams_library_version(bz2_cap_string_t *version)
{
    bz2_cap_string_dup(version, BZ2_bzlibVersion());
}
