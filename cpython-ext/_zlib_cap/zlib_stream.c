/* zlib.h over the zlib:compression contract.
 *
 * A z_stream holds the handle of a stream that lives in the zlib component. deflate() and inflate() cut the caller's
 * buffers into slices, because each slice is copied into the component and its output back: memory stays flat however
 * large the buffers are, and no more input is copied than the room for output can use. In all else, the return codes
 * included, one call here means what one call of zlib means.
 *
 * Where the component is resolved at run time, a call can fail on its way. The stream's message is then that of the
 * error, as `code: message`, and the error stays pending for module_python.h. The return code is one on which zlibmodule.c
 * raises: Z_STREAM_ERROR where data is moved, and elsewhere Z_ERRNO, which it does not take for the caller's fault. It may
 * have had to raise something else, though, so each function begins with no error pending.
 *
 * A stream that finds no memory leaves an error pending, too: the component may lack it in places where zlib has no need
 * of any, and where zlibmodule.c does not look for Z_MEM_ERROR.
 */
#include "zlib.h"

#include <stdio.h>
#include <string.h>

#include "link.h"
#include "zlib_import.h"

/* The most that one step takes and gives. Small enough to stay in a core's cache, and large enough that a call costs
 * nothing. */
enum { SLICE = 64 * 1024 };

/* Input that a step may use beyond its output: the headers of the container and of a block. */
enum { HEADERS = 512 };

typedef zlib_compression_streams_status_t status_t;
typedef zlib_compression_streams_failure_t failure_t;
typedef zlib_compression_streams_flush_mode_t flush_mode_t;
typedef zlib_compression_streams_progress_t progress_t;

/* The contract's enums are zlib's numbers: they are passed on as they are. */
_Static_assert(ZLIB_COMPRESSION_STREAMS_FLUSH_MODE_NONE == Z_NO_FLUSH, "flush-mode");
_Static_assert(ZLIB_COMPRESSION_STREAMS_FLUSH_MODE_TREES == Z_TREES, "flush-mode");
_Static_assert(ZLIB_COMPRESSION_STREAMS_STRATEGY_DEFAULT_STRATEGY == Z_DEFAULT_STRATEGY, "strategy");
_Static_assert(ZLIB_COMPRESSION_STREAMS_STRATEGY_FIXED == Z_FIXED, "strategy");

static inline uInt
minimum(uInt a, uInt b)
{
    return a < b ? a : b;
}

static int
code_of(status_t status)
{
    switch (status) {
    case ZLIB_COMPRESSION_STREAMS_STATUS_OK:
        return Z_OK;
    case ZLIB_COMPRESSION_STREAMS_STATUS_STREAM_END:
        return Z_STREAM_END;
    case ZLIB_COMPRESSION_STREAMS_STATUS_NEED_DICTIONARY:
        return Z_NEED_DICT;
    case ZLIB_COMPRESSION_STREAMS_STATUS_DATA_ERROR:
        return Z_DATA_ERROR;
    case ZLIB_COMPRESSION_STREAMS_STATUS_MEMORY_ERROR:
        return Z_MEM_ERROR;
    case ZLIB_COMPRESSION_STREAMS_STATUS_BUFFER_ERROR:
        return Z_BUF_ERROR;
    case ZLIB_COMPRESSION_STREAMS_STATUS_VERSION_ERROR:
        return Z_VERSION_ERROR;
    default:
        return Z_STREAM_ERROR;
    }
}

static zlib_compression_streams_borrow_deflater_t
deflater_of(const z_stream *stream)
{
    zlib_compression_streams_own_deflater_t own = {stream->private_.handle};
    return zlib_compression_streams_borrow_deflater(own);
}

static zlib_compression_streams_borrow_inflater_t
inflater_of(const z_stream *stream)
{
    zlib_compression_streams_own_inflater_t own = {stream->private_.handle};
    return zlib_compression_streams_borrow_inflater(own);
}

/* Keeps a copy of `message`, cut to what fits, where stream->msg can point to it for as long as the stream's own memory
 * lasts. */
static void
set_message(z_stream *stream, const zlib_import_option_string_t *message)
{
    if (!message->is_some)
        return;
    size_t length = message->val.len;
    if (length > sizeof stream->private_.message - 1)
        length = sizeof stream->private_.message - 1;
    memcpy(stream->private_.message, message->val.ptr, length);
    stream->private_.message[length] = '\0';
    stream->msg = stream->private_.message;
}

/* Makes the pending error the stream's message. The error stays pending. */
static void
set_link_message(z_stream *stream)
{
    struct link_error error;
    if (!link_take_error(&error))
        return;
    snprintf(stream->private_.message, sizeof stream->private_.message, "%.*s: %.*s", (int)error.code.length,
             error.code.text, (int)error.message.length, error.message.text);
    stream->msg = stream->private_.message;
    link_set_pending(&error);
}

/* Makes it the pending error that the component has no memory. */
static void
set_no_memory(void)
{
    struct link_error error;
    link_error_set(&error, LINK_NO_MEMORY, "the component has no memory", NULL);
    link_set_pending(&error);
}

/* Takes a failure over into the stream, frees it and returns zlib's code for it. */
static int
take_failure(z_stream *stream, failure_t *failure)
{
    int code = code_of(failure->status);
    set_message(stream, &failure->message);
    zlib_compression_streams_failure_free(failure);
    if (link_failed()) {
        set_link_message(stream);
        return Z_ERRNO;
    }
    if (code == Z_MEM_ERROR)
        set_no_memory();
    return code < 0 ? code : Z_STREAM_ERROR;
}

/* What both kinds of stream start with. Z_OK, or why there can be no stream. */
static int
begin(z_stream *stream, const char *version, int stream_size)
{
    if (version == NULL || version[0] != ZLIB_VERSION[0] || stream_size != (int)sizeof(z_stream))
        return Z_VERSION_ERROR;
    if (stream == NULL)
        return Z_STREAM_ERROR;
    link_forget_error();
    stream->msg = NULL;
    stream->total_in = 0;
    stream->total_out = 0;
    stream->adler = 0;
    stream->data_type = 0;
    memset(&stream->private_, 0, sizeof stream->private_);
    stream->private_.slice = SLICE;
    return Z_OK;
}

/* Makes `copy` a copy of `source` in all but the stream that it stands for. */
static void
copy_fields(z_stream *copy, const z_stream *source)
{
    link_forget_error();
    *copy = *source;
    copy->private_.handle = 0;
    if (source->msg == source->private_.message)
        copy->msg = copy->private_.message;
}

/* Whether the component has memory for a dictionary, which it is given whole. If not, that is the pending error. */
static bool
has_room_for(uInt dictionary)
{
    link_forget_error();
    if (dictionary <= SLICE || zlib_compression_streams_reserve(dictionary))
        return true;
    if (!link_failed())
        set_no_memory();
    return false;
}

/* One call of the component, and what it changed, with `size` bytes of input offered and `room` for output. */
static void
step(z_stream *stream, uInt size, uInt room, flush_mode_t flush, progress_t *progress)
{
    zlib_import_list_u8_t input = {stream->next_in, size};

    if (stream->private_.inflating)
        zlib_compression_streams_method_inflater_step(inflater_of(stream), &input, room, flush, progress);
    else
        zlib_compression_streams_method_deflater_step(deflater_of(stream), &input, room, flush, progress);
    if (link_failed()) {
        /* The call came to nothing, and what it returned is nothing but zeros. */
        set_link_message(stream);
        progress->status = ZLIB_COMPRESSION_STREAMS_STATUS_STREAM_ERROR;
        return;
    }

    /* What comes back is another component's word: it may not move us out of the caller's buffers. */
    if (progress->consumed > size || progress->output.len > room) {
        zlib_compression_streams_progress_free(progress);
        memset(progress, 0, sizeof *progress);
        progress->status = ZLIB_COMPRESSION_STREAMS_STATUS_STREAM_ERROR;
        return;
    }
    uInt produced = (uInt)progress->output.len;
    if (produced > 0)
        memcpy(stream->next_out, progress->output.ptr, produced);
    set_message(stream, &progress->message);
    if (size > 0)
        stream->next_in += progress->consumed;
    stream->avail_in -= progress->consumed;
    stream->total_in += progress->consumed;
    stream->next_out += produced;
    stream->avail_out -= produced;
    stream->total_out += produced;
    stream->adler = progress->checksum;
    stream->data_type = progress->data_type;
    zlib_compression_streams_progress_free(progress);
    progress->output.len = produced;
    if (progress->status == ZLIB_COMPRESSION_STREAMS_STATUS_MEMORY_ERROR) {
        set_no_memory();
        progress->status = ZLIB_COMPRESSION_STREAMS_STATUS_STREAM_ERROR;
    }
}

/* True if `code` leaves nothing to go on with in this call. */
static bool
is_final(int code)
{
    return code != Z_OK && code != Z_BUF_ERROR;
}

int
deflateInit2_(z_streamp stream, int level, int method, int window_bits, int mem_level, int strategy,
              const char *version, int stream_size)
{
    int code = begin(stream, version, stream_size);
    if (code != Z_OK)
        return code;
    if (strategy < Z_DEFAULT_STRATEGY || strategy > Z_FIXED)
        return Z_STREAM_ERROR;

    zlib_compression_streams_own_deflater_t deflater;
    failure_t failure;
    if (!zlib_compression_streams_static_deflater_create(
            level, method, window_bits, mem_level, (zlib_compression_streams_strategy_t)strategy, &deflater, &failure))
        return take_failure(stream, &failure);
    stream->private_.handle = deflater.__handle;
    return Z_OK;
}

int
deflateSetDictionary(z_streamp stream, const Bytef *dictionary, uInt length)
{
    if (stream == NULL || stream->private_.handle == 0 || stream->private_.inflating || dictionary == NULL)
        return Z_STREAM_ERROR;
    if (!has_room_for(length))
        return Z_MEM_ERROR;
    zlib_import_list_u8_t list = {(uint8_t *)dictionary, length};
    uint32_t checksum;
    failure_t failure;
    if (!zlib_compression_streams_method_deflater_set_dictionary(deflater_of(stream), &list, &checksum, &failure))
        return take_failure(stream, &failure);
    stream->adler = checksum;
    return Z_OK;
}

int
deflate(z_streamp stream, int flush)
{
    if (stream == NULL || stream->private_.handle == 0 || stream->private_.inflating || flush < Z_NO_FLUSH ||
        flush > Z_BLOCK || stream->next_out == NULL || (stream->avail_in > 0 && stream->next_in == NULL))
        return Z_STREAM_ERROR;
    if (stream->avail_out == 0)
        return Z_BUF_ERROR;

    link_forget_error();
    for (bool first = true;; first = false) {
        uInt size = minimum(stream->avail_in, SLICE);
        uInt room = minimum(stream->avail_out, SLICE);
        bool last = size == stream->avail_in;
        progress_t progress;

        /* Only the end of the caller's input is the place for the caller's flush. */
        step(stream, size, room, (flush_mode_t)(last ? flush : Z_NO_FLUSH), &progress);
        int code = code_of(progress.status);
        if (is_final(code)) {
            if (code == Z_STREAM_END)
                stream->private_.unfinished = false;
            return code;
        }
        if (code == Z_BUF_ERROR)
            return first ? Z_BUF_ERROR : Z_OK;
        stream->private_.unfinished = true;

        /* On with more room, or with more input; or else this call has done what it can. */
        bool more_room = progress.limited && stream->avail_out > 0;
        bool more_input = !progress.limited && !last;
        if (!more_room && !more_input)
            return Z_OK;
    }
}

int
deflateCopy(z_streamp copy, z_streamp source)
{
    if (copy == NULL || source == NULL || source->private_.handle == 0 || source->private_.inflating)
        return Z_STREAM_ERROR;
    zlib_compression_streams_own_deflater_t deflater;
    failure_t failure;
    copy_fields(copy, source);
    if (!zlib_compression_streams_method_deflater_copy(deflater_of(source), &deflater, &failure))
        return take_failure(copy, &failure);
    copy->private_.handle = deflater.__handle;
    return Z_OK;
}

int
deflateEnd(z_streamp stream)
{
    if (stream == NULL || stream->private_.handle == 0 || stream->private_.inflating)
        return Z_STREAM_ERROR;
    zlib_compression_streams_own_deflater_t own = {stream->private_.handle};
    zlib_compression_streams_deflater_drop_own(own);
    stream->private_.handle = 0;
    return stream->private_.unfinished ? Z_DATA_ERROR : Z_OK;
}

int
inflateInit2_(z_streamp stream, int window_bits, const char *version, int stream_size)
{
    int code = begin(stream, version, stream_size);
    if (code != Z_OK)
        return code;
    zlib_compression_streams_own_inflater_t inflater;
    failure_t failure;
    if (!zlib_compression_streams_static_inflater_create(window_bits, &inflater, &failure))
        return take_failure(stream, &failure);
    stream->private_.handle = inflater.__handle;
    stream->private_.inflating = true;
    return Z_OK;
}

int
inflateSetDictionary(z_streamp stream, const Bytef *dictionary, uInt length)
{
    if (stream == NULL || stream->private_.handle == 0 || !stream->private_.inflating)
        return Z_STREAM_ERROR;
    if (!has_room_for(length))
        return Z_MEM_ERROR;
    zlib_import_list_u8_t list = {(uint8_t *)dictionary, length};
    failure_t failure;
    if (!zlib_compression_streams_method_inflater_set_dictionary(inflater_of(stream), &list, &failure))
        return take_failure(stream, &failure);
    return Z_OK;
}

/* How much of the input to offer to a step that may produce `room` bytes. Input that the step cannot use would be
 * copied for nothing, again and again for a caller who takes a byte at a time; well compressed input uses little. */
static uInt
useful_input(const z_stream *stream, uInt room)
{
    return minimum(stream->avail_in, minimum(stream->private_.slice, room + HEADERS));
}

/* Learns from a step that was offered `size` bytes of input how much to offer to the next. */
static void
learn_slice(z_stream *stream, uInt size, uInt consumed)
{
    if (consumed < size)
        stream->private_.slice = consumed + consumed / 4 + HEADERS;
    else
        stream->private_.slice = minimum(2 * stream->private_.slice, SLICE);
}

int
inflate(z_streamp stream, int flush)
{
    if (stream == NULL || stream->private_.handle == 0 || !stream->private_.inflating || flush < Z_NO_FLUSH ||
        flush > Z_TREES || stream->next_out == NULL || (stream->avail_in > 0 && stream->next_in == NULL))
        return Z_STREAM_ERROR;

    enum { AT_A_STOP = 128 | 256 }; /* of data_type: at a block boundary, after a header */
    link_forget_error();
    uLong in_before = stream->total_in;
    uLong out_before = stream->total_out;
    for (;;) {
        uInt room = minimum(stream->avail_out, SLICE);
        uInt size = useful_input(stream, room);
        bool last = size == stream->avail_in;
        progress_t progress;

        step(stream, size, room, (flush_mode_t)(flush == Z_FINISH && !last ? Z_NO_FLUSH : flush), &progress);
        int code = code_of(progress.status);
        if (is_final(code))
            return code;
        learn_slice(stream, size, progress.consumed);

        /* zlib reads on until it needs room that it does not have, or comes to a place where `flush` says to stop. */
        bool progressed = progress.consumed > 0 || progress.output.len > 0;
        bool more_input = progress.consumed == size && !last;
        bool more_room = progress.limited && stream->avail_out > 0;
        bool stop = (flush == Z_BLOCK || flush == Z_TREES) && (stream->data_type & AT_A_STOP) != 0;
        if (!progressed || stop || (!more_input && !more_room))
            break;
    }
    bool nothing = stream->total_in == in_before && stream->total_out == out_before;
    return nothing || flush == Z_FINISH ? Z_BUF_ERROR : Z_OK;
}

int
inflateCopy(z_streamp copy, z_streamp source)
{
    if (copy == NULL || source == NULL || source->private_.handle == 0 || !source->private_.inflating)
        return Z_STREAM_ERROR;
    zlib_compression_streams_own_inflater_t inflater;
    failure_t failure;
    copy_fields(copy, source);
    if (!zlib_compression_streams_method_inflater_copy(inflater_of(source), &inflater, &failure))
        return take_failure(copy, &failure);
    copy->private_.handle = inflater.__handle;
    return Z_OK;
}

int
inflateEnd(z_streamp stream)
{
    if (stream == NULL || stream->private_.handle == 0 || !stream->private_.inflating)
        return Z_STREAM_ERROR;
    zlib_compression_streams_own_inflater_t own = {stream->private_.handle};
    zlib_compression_streams_inflater_drop_own(own);
    stream->private_.handle = 0;
    return Z_OK;
}

const char *
zlibVersion(void)
{
    static char version[32];
    zlib_import_string_t text;
    zlib_compression_streams_library_version(&text);
    if (text.len == 0 || text.len >= sizeof version) {
        memcpy(version, "unknown", sizeof "unknown");
    } else {
        memcpy(version, text.ptr, text.len);
        version[text.len] = '\0';
    }
    zlib_import_string_free(&text);
    return version;
}
