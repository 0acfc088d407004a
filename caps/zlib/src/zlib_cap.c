/* The zlib contract (wit/zlib-compression) over zlib itself.
 *
 * A stream resource is a z_stream on the heap. Each call hands zlib one input list and one output buffer, and returns
 * what zlib changed. Lists and strings arrive owned and are freed here; those that are returned belong to the caller.
 */
#include "zlib_cap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "zlib.h"

/* The most that one step produces: it bounds what a caller's huge limit can make us allocate. The contract promises
 * at least 64 KiB. */
enum { STEP_LIMIT = 1024 * 1024 };

typedef exports_zlib_compression_streams_status_t status_t;
typedef exports_zlib_compression_streams_failure_t failure_t;
typedef exports_zlib_compression_streams_flush_mode_t flush_mode_t;
typedef exports_zlib_compression_streams_progress_t progress_t;
typedef exports_zlib_compression_streams_own_deflater_t own_deflater_t;
typedef exports_zlib_compression_streams_own_inflater_t own_inflater_t;

struct exports_zlib_compression_streams_deflater_t {
    z_stream stream;
};

struct exports_zlib_compression_streams_inflater_t {
    z_stream stream;
};

/* The contract's enums are zlib's numbers: they are passed on as they are. */
_Static_assert(EXPORTS_ZLIB_COMPRESSION_STREAMS_FLUSH_MODE_NONE == Z_NO_FLUSH, "flush-mode");
_Static_assert(EXPORTS_ZLIB_COMPRESSION_STREAMS_FLUSH_MODE_TREES == Z_TREES, "flush-mode");
_Static_assert(EXPORTS_ZLIB_COMPRESSION_STREAMS_STRATEGY_DEFAULT_STRATEGY == Z_DEFAULT_STRATEGY, "strategy");
_Static_assert(EXPORTS_ZLIB_COMPRESSION_STREAMS_STRATEGY_FIXED == Z_FIXED, "strategy");

static status_t
status_of(int code)
{
    switch (code) {
    case Z_OK:
        return EXPORTS_ZLIB_COMPRESSION_STREAMS_STATUS_OK;
    case Z_STREAM_END:
        return EXPORTS_ZLIB_COMPRESSION_STREAMS_STATUS_STREAM_END;
    case Z_NEED_DICT:
        return EXPORTS_ZLIB_COMPRESSION_STREAMS_STATUS_NEED_DICTIONARY;
    case Z_DATA_ERROR:
        return EXPORTS_ZLIB_COMPRESSION_STREAMS_STATUS_DATA_ERROR;
    case Z_MEM_ERROR:
        return EXPORTS_ZLIB_COMPRESSION_STREAMS_STATUS_MEMORY_ERROR;
    case Z_BUF_ERROR:
        return EXPORTS_ZLIB_COMPRESSION_STREAMS_STATUS_BUFFER_ERROR;
    case Z_VERSION_ERROR:
        return EXPORTS_ZLIB_COMPRESSION_STREAMS_STATUS_VERSION_ERROR;
    default:
        return EXPORTS_ZLIB_COMPRESSION_STREAMS_STATUS_STREAM_ERROR;
    }
}

/* zlib's message as the contract's option<string>. The copy is the caller's; without memory for it there is none (the
 * bindings' own zlib_cap_string_dup would trap). */
static zlib_cap_option_string_t
message_of(const z_stream *stream)
{
    zlib_cap_option_string_t message = {.is_some = false};
    size_t length = stream->msg == NULL ? 0 : strlen(stream->msg);
    if (length > 0)
        message.val.ptr = malloc(length);
    if (message.val.ptr != NULL) {
        memcpy(message.val.ptr, stream->msg, length);
        message.val.len = length;
        message.is_some = true;
    }
    return message;
}

/* Describes the failure `code` of `stream`. */
static void
describe_failure(const z_stream *stream, int code, failure_t *failure)
{
    failure->status = status_of(code);
    failure->message = message_of(stream);
}

/* The failure of an allocation of ours, before there is a stream. */
static void
describe_no_memory(failure_t *failure)
{
    failure->status = EXPORTS_ZLIB_COMPRESSION_STREAMS_STATUS_MEMORY_ERROR;
    failure->message.is_some = false;
}

/* zlib takes a null pointer for a mistake even when the length is 0; an empty list's pointer may be null. */
static uint8_t *
never_null(uint8_t *pointer)
{
    static uint8_t nothing;
    return pointer != NULL ? pointer : &nothing;
}

/* One call of `work`, which is deflate or inflate, with `input` (freed here) and room for `max_output` bytes. */
static void
step(z_stream *stream, int (*work)(z_stream *, int), zlib_cap_list_u8_t *input, uint32_t max_output, flush_mode_t flush,
     progress_t *progress)
{
    size_t room = max_output < STEP_LIMIT ? max_output : STEP_LIMIT;
    uint8_t *output = room == 0 ? NULL : malloc(room);
    int code = Z_MEM_ERROR;

    memset(progress, 0, sizeof *progress);
    if (room == 0 || output != NULL) {
        stream->next_in = never_null(input->ptr);
        stream->avail_in = (uInt)input->len;
        stream->next_out = never_null(output);
        stream->avail_out = (uInt)room;
        code = work(stream, flush);
        progress->consumed = (uint32_t)(input->len - stream->avail_in);
        progress->output.len = room - stream->avail_out;
        progress->limited = stream->avail_out == 0;
        stream->next_in = NULL;
        stream->avail_in = 0;
        stream->next_out = NULL;
        stream->avail_out = 0;
    }
    progress->status = status_of(code);
    progress->checksum = (uint32_t)stream->adler;
    progress->data_type = stream->data_type;
    if (code < 0)
        progress->message = message_of(stream);

    /* A list is freed by its receiver only if it has elements. */
    if (progress->output.len > 0)
        progress->output.ptr = output;
    else
        free(output);
    zlib_cap_list_u8_free(input);
}

bool
exports_zlib_compression_streams_static_deflater_create(int32_t level, int32_t compression_method, int32_t window_bits,
                                                        int32_t mem_level,
                                                        exports_zlib_compression_streams_strategy_t match_strategy,
                                                        own_deflater_t *created, failure_t *failure)
{
    exports_zlib_compression_streams_deflater_t *deflater = calloc(1, sizeof *deflater);
    if (deflater == NULL) {
        describe_no_memory(failure);
        return false;
    }
    int code = deflateInit2(&deflater->stream, level, compression_method, window_bits, mem_level, match_strategy);
    if (code != Z_OK) {
        describe_failure(&deflater->stream, code, failure);
        free(deflater);
        return false;
    }
    *created = exports_zlib_compression_streams_deflater_new(deflater);
    return true;
}

bool
exports_zlib_compression_streams_method_deflater_set_dictionary(
    exports_zlib_compression_streams_borrow_deflater_t deflater, zlib_cap_list_u8_t *dictionary, uint32_t *checksum,
    failure_t *failure)
{
    z_stream *stream = &deflater->stream;
    int code = deflateSetDictionary(stream, never_null(dictionary->ptr), (uInt)dictionary->len);
    if (code == Z_OK)
        *checksum = (uint32_t)stream->adler;
    else
        describe_failure(stream, code, failure);
    zlib_cap_list_u8_free(dictionary);
    return code == Z_OK;
}

void
exports_zlib_compression_streams_method_deflater_step(exports_zlib_compression_streams_borrow_deflater_t deflater,
                                                      zlib_cap_list_u8_t *input, uint32_t max_output,
                                                      flush_mode_t flush, progress_t *progress)
{
    step(&deflater->stream, deflate, input, max_output, flush, progress);
}

bool
exports_zlib_compression_streams_method_deflater_copy(exports_zlib_compression_streams_borrow_deflater_t deflater,
                                                      own_deflater_t *copied, failure_t *failure)
{
    exports_zlib_compression_streams_deflater_t *copy = calloc(1, sizeof *copy);
    if (copy == NULL) {
        describe_no_memory(failure);
        return false;
    }
    int code = deflateCopy(&copy->stream, &deflater->stream);
    if (code != Z_OK) {
        describe_failure(&deflater->stream, code, failure);
        free(copy);
        return false;
    }
    *copied = exports_zlib_compression_streams_deflater_new(copy);
    return true;
}

void
exports_zlib_compression_streams_deflater_destructor(exports_zlib_compression_streams_deflater_t *deflater)
{
    deflateEnd(&deflater->stream);
    free(deflater);
}

bool
exports_zlib_compression_streams_static_inflater_create(int32_t window_bits, own_inflater_t *created,
                                                        failure_t *failure)
{
    exports_zlib_compression_streams_inflater_t *inflater = calloc(1, sizeof *inflater);
    if (inflater == NULL) {
        describe_no_memory(failure);
        return false;
    }
    int code = inflateInit2(&inflater->stream, window_bits);
    if (code != Z_OK) {
        describe_failure(&inflater->stream, code, failure);
        free(inflater);
        return false;
    }
    *created = exports_zlib_compression_streams_inflater_new(inflater);
    return true;
}

bool
exports_zlib_compression_streams_method_inflater_set_dictionary(
    exports_zlib_compression_streams_borrow_inflater_t inflater, zlib_cap_list_u8_t *dictionary, failure_t *failure)
{
    z_stream *stream = &inflater->stream;
    int code = inflateSetDictionary(stream, never_null(dictionary->ptr), (uInt)dictionary->len);
    if (code != Z_OK)
        describe_failure(stream, code, failure);
    zlib_cap_list_u8_free(dictionary);
    return code == Z_OK;
}

void
exports_zlib_compression_streams_method_inflater_step(exports_zlib_compression_streams_borrow_inflater_t inflater,
                                                      zlib_cap_list_u8_t *input, uint32_t max_output,
                                                      flush_mode_t flush, progress_t *progress)
{
    step(&inflater->stream, inflate, input, max_output, flush, progress);
}

bool
exports_zlib_compression_streams_method_inflater_copy(exports_zlib_compression_streams_borrow_inflater_t inflater,
                                                      own_inflater_t *copied, failure_t *failure)
{
    exports_zlib_compression_streams_inflater_t *copy = calloc(1, sizeof *copy);
    if (copy == NULL) {
        describe_no_memory(failure);
        return false;
    }
    int code = inflateCopy(&copy->stream, &inflater->stream);
    if (code != Z_OK) {
        describe_failure(&inflater->stream, code, failure);
        free(copy);
        return false;
    }
    *copied = exports_zlib_compression_streams_inflater_new(copy);
    return true;
}

void
exports_zlib_compression_streams_inflater_destructor(exports_zlib_compression_streams_inflater_t *inflater)
{
    inflateEnd(&inflater->stream);
    free(inflater);
}

bool
exports_zlib_compression_streams_reserve(uint32_t bytes)
{
    /* What is freed is what the list gets: nothing else is allocated in between. */
    void *volatile memory = malloc(bytes);
    free(memory);
    return memory != NULL || bytes == 0;
}

void
exports_zlib_compression_streams_library_version(zlib_cap_string_t *version)
{
    zlib_cap_string_dup(version, zlibVersion());
}

/* zlib's checksums answer a null pointer with the initial value, whatever they were given to continue. */

uint32_t
exports_zlib_compression_checksum_crc32(uint32_t value, zlib_cap_list_u8_t *data)
{
    uint32_t result = (uint32_t)crc32_z(value, never_null(data->ptr), data->len);
    zlib_cap_list_u8_free(data);
    return result;
}

uint32_t
exports_zlib_compression_checksum_crc32_combine(uint32_t first, uint32_t second, uint64_t second_length)
{
    /* zlib's length is signed. The polynomial is primitive, so lengths count modulo 2^32 - 1. */
    if (second_length > INT64_MAX)
        second_length %= UINT32_MAX;
    return (uint32_t)crc32_combine(first, second, (z_off_t)second_length);
}

uint32_t
exports_zlib_compression_checksum_adler32(uint32_t value, zlib_cap_list_u8_t *data)
{
    uint32_t result = (uint32_t)adler32_z(value, never_null(data->ptr), data->len);
    zlib_cap_list_u8_free(data);
    return result;
}

uint32_t
exports_zlib_compression_checksum_adler32_combine(uint32_t first, uint32_t second, uint64_t second_length)
{
    /* zlib's length is signed. Adler-32's sums are modulo 65521, and so are lengths. */
    enum { ADLER_BASE = 65521 };
    return (uint32_t)adler32_combine(first, second, (z_off_t)(second_length % ADLER_BASE));
}
