/* See zlib_stream.h. */
#include "zlib_stream.h"

#include <string.h>

#include "py/gc.h"
#include "py/runtime.h"

#include "zlib_import.h"

/* Input that a step may use beyond its output: the headers of the container and of a block. */
enum { HEADERS = 512 };

/* The least room for a step's output. A flush that finds less repeats its marker. */
enum { LEAST_ROOM = 64 };

/* Memory that the bindings take beside the lists of a call: messages and the allocator's own. */
enum { SLACK = 512 };

/* From here on a component is asked whether it has memory for a list: half of what it can take in any case. */
enum { ASKED = 64 * 1024 };

typedef zlib_compression_streams_status_t status_t;
typedef zlib_compression_streams_failure_t failure_t;
typedef zlib_compression_streams_progress_t progress_t;

/* The contract's enums are zlib's numbers: they are passed on as they are. */
_Static_assert(ZLIB_COMPRESSION_STREAMS_FLUSH_MODE_NONE == (int)Z_NO_FLUSH, "flush-mode");
_Static_assert(ZLIB_COMPRESSION_STREAMS_FLUSH_MODE_TREES == (int)Z_TREES, "flush-mode");
_Static_assert(ZLIB_COMPRESSION_STREAMS_STRATEGY_DEFAULT_STRATEGY == (int)Z_DEFAULT_STRATEGY, "strategy");
_Static_assert(ZLIB_COMPRESSION_STREAMS_STRATEGY_FIXED == (int)Z_FIXED, "strategy");

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
deflater_of(const struct zlib_stream *stream)
{
    zlib_compression_streams_own_deflater_t own = {stream->handle};
    return zlib_compression_streams_borrow_deflater(own);
}

static zlib_compression_streams_borrow_inflater_t
inflater_of(const struct zlib_stream *stream)
{
    zlib_compression_streams_own_inflater_t own = {stream->handle};
    return zlib_compression_streams_borrow_inflater(own);
}

/* Keeps a copy of `message`, cut to what fits. */
static void
set_message(struct zlib_stream *stream, const zlib_import_option_string_t *message)
{
    size_t length = message->is_some ? message->val.len : 0;
    if (length > sizeof stream->message - 1)
        length = sizeof stream->message - 1;
    if (length > 0)
        memcpy(stream->message, message->val.ptr, length);
    stream->message[length] = '\0';
}

/* Takes a failure over into the stream, frees it and returns zlib's code for it. */
static int
take_failure(struct zlib_stream *stream, failure_t *failure)
{
    int code = code_of(failure->status);
    set_message(stream, &failure->message);
    zlib_compression_streams_failure_free(failure);
    return code < 0 ? code : Z_STREAM_ERROR;
}

/* The parameters of a stream, for open_once(). */
struct parameters {
    const struct zlib_stream *source; /* what to copy, or NULL */
    int level, method, window_bits, mem_level, strategy;
};

static int
open_once(struct zlib_stream *stream, const struct parameters *with)
{
    zlib_compression_streams_own_deflater_t deflater = {0};
    zlib_compression_streams_own_inflater_t inflater = {0};
    failure_t failure;
    bool open;

    if (with->source != NULL && stream->inflating)
        open = zlib_compression_streams_method_inflater_copy(inflater_of(with->source), &inflater, &failure);
    else if (with->source != NULL)
        open = zlib_compression_streams_method_deflater_copy(deflater_of(with->source), &deflater, &failure);
    else if (stream->inflating)
        open = zlib_compression_streams_static_inflater_create(with->window_bits, &inflater, &failure);
    else
        open = zlib_compression_streams_static_deflater_create(
            with->level, with->method, with->window_bits, with->mem_level,
            (zlib_compression_streams_strategy_t)with->strategy, &deflater, &failure);
    if (!open)
        return take_failure(stream, &failure);
    stream->handle = stream->inflating ? inflater.__handle : deflater.__handle;
    return Z_OK;
}

/* A closed stream. */
static void
prepare(struct zlib_stream *stream, bool inflating, size_t size)
{
    stream->handle = 0;
    stream->inflating = inflating;
    stream->size = (uint32_t)size;
    stream->message[0] = '\0';
}

/* Opens a stream that takes some `size` bytes. One that is not reachable any more may still have the memory for it. */
static int
open(struct zlib_stream *stream, bool inflating, size_t size, const struct parameters *with)
{
    prepare(stream, inflating, size);
    glue_hold(size);
    int code = open_once(stream, with);
    if (code == Z_MEM_ERROR && !gc_is_locked()) {
        gc_collect();
        code = open_once(stream, with);
    }
    if (code != Z_OK)
        glue_release(size);
    return code;
}

int
zlib_stream_deflate(struct zlib_stream *stream, int level, int method, int window_bits, int mem_level,
                    int strategy)
{
    const struct parameters with = {NULL, level, method, window_bits, mem_level, strategy};
    /* As zconf.h has it, with the largest window: (1 << (windowBits+2)) + (1 << (memLevel+9)). */
    size_t memory = mem_level >= 1 && mem_level <= 9 ? (size_t)1 << (mem_level + 9) : 0;

    prepare(stream, false, 0);
    if (strategy < Z_DEFAULT_STRATEGY || strategy > Z_FIXED)
        return Z_STREAM_ERROR;
    return open(stream, false, (128 + 6) * 1024 + memory, &with);
}

int
zlib_stream_inflate(struct zlib_stream *stream, int window_bits)
{
    const struct parameters with = {.window_bits = window_bits};

    return open(stream, true, (32 + 8) * 1024, &with);
}

int
zlib_stream_copy(struct zlib_stream *copy, const struct zlib_stream *stream)
{
    const struct parameters with = {.source = stream};

    prepare(copy, stream->inflating, 0);
    if (stream->handle == 0)
        return Z_STREAM_ERROR;
    return open(copy, stream->inflating, stream->size, &with);
}

int
zlib_stream_set_dictionary(struct zlib_stream *stream, const mp_buffer_info_t *dictionary)
{
    zlib_import_list_u8_t list = {dictionary->buf, dictionary->len};
    failure_t failure;
    uint32_t checksum;
    bool set;

    glue_reserve(dictionary->len + SLACK);
    /* A component is given it whole and cannot refuse, so it is asked before. */
    if (dictionary->len > ASKED && !zlib_compression_streams_reserve(dictionary->len))
        m_malloc_fail(dictionary->len);
    if (stream->handle == 0)
        return Z_STREAM_ERROR;
    if (stream->inflating)
        set = zlib_compression_streams_method_inflater_set_dictionary(inflater_of(stream), &list, &failure);
    else
        set = zlib_compression_streams_method_deflater_set_dictionary(deflater_of(stream), &list, &checksum, &failure);
    return set ? Z_OK : take_failure(stream, &failure);
}

void
zlib_stream_close(struct zlib_stream *stream)
{
    if (stream->handle == 0)
        return;
    if (stream->inflating)
        zlib_compression_streams_inflater_drop_own((zlib_compression_streams_own_inflater_t){stream->handle});
    else
        zlib_compression_streams_deflater_drop_own((zlib_compression_streams_own_deflater_t){stream->handle});
    stream->handle = 0;
    glue_release(stream->size);
}

void
zlib_stream_close_guarded(void *guard)
{
    zlib_stream_close(((struct zlib_stream_guard *)guard)->stream);
}

/* One call of the cap, with `offered` bytes of the input and room for `room` bytes in the output; what it did is in
 * `progress`, but for what is to be freed. */
static void
step(struct zlib_stream *stream, struct zlib_input *input, size_t offered, int flush, struct glue_output *output,
     size_t room, progress_t *progress)
{
    zlib_import_list_u8_t list = {(uint8_t *)input->bytes, offered};

    if (stream->inflating)
        zlib_compression_streams_method_inflater_step(inflater_of(stream), &list, (uint32_t)room,
                                                      (zlib_compression_streams_flush_mode_t)flush, progress);
    else
        zlib_compression_streams_method_deflater_step(deflater_of(stream), &list, (uint32_t)room,
                                                      (zlib_compression_streams_flush_mode_t)flush, progress);
    /* In a composition this is another component's word: it may not move us out of our buffers. */
    size_t produced = progress->output.len;
    if (progress->consumed > offered || produced > room) {
        progress->status = ZLIB_COMPRESSION_STREAMS_STATUS_STREAM_ERROR;
        progress->consumed = 0;
        produced = 0;
    }
    if (produced > 0)
        memcpy(output->bytes + output->length, progress->output.ptr, produced);
    output->length += produced;
    input->bytes += progress->consumed;
    input->length -= progress->consumed;
    set_message(stream, &progress->message);
    zlib_compression_streams_progress_free(progress);
    progress->output.len = produced;
}

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

int
zlib_stream_work(struct zlib_stream *stream, struct zlib_input *input, int flush, size_t limit,
                 struct glue_output *output)
{
    stream->message[0] = '\0';
    if (flush < Z_NO_FLUSH || flush > Z_TREES)
        return Z_STREAM_ERROR;
    /* The copy of the input, its output, and what comes back beside it: all of these at once, so that no step traps. */
    glue_reserve(smaller(input->length, GLUE_SLICE) + GLUE_SLICE + SLACK);
    for (;;) {
        size_t room = glue_output_room(output, LEAST_ROOM);
        if (limit > 0)
            room = smaller(room, limit - output->length);
        if (stream->handle == 0)
            return Z_STREAM_ERROR;
        /* When inflating, input far beyond the output would be copied for nothing. */
        size_t offered = smaller(input->length, stream->inflating ? smaller(GLUE_SLICE, room + HEADERS) : GLUE_SLICE);
        bool last = offered == input->length;
        progress_t progress;

        step(stream, input, offered, last ? flush : Z_NO_FLUSH, output, room, &progress);
        int code = code_of(progress.status);
        if (code != Z_OK && code != Z_BUF_ERROR)
            return code;
        bool full = limit > 0 && output->length == limit;
        bool stuck = progress.consumed == 0 && progress.output.len == 0;
        if (full || stuck || (last && !progress.limited))
            return code;
    }
}

void
zlib_stream_raise(const struct zlib_stream *stream, int code, const char *what)
{
    const char *message = stream->message;

    if (code == Z_MEM_ERROR)
        mp_raise_msg_varg(&mp_type_MemoryError, MP_ERROR_TEXT("Out of memory %s"), what);
    if (code == Z_VERSION_ERROR)
        message = "library version mismatch";
    if (message[0] == '\0') {
        switch (code) {
        case Z_BUF_ERROR:
            message = "incomplete or truncated stream";
            break;
        case Z_STREAM_ERROR:
            message = "inconsistent stream state";
            break;
        case Z_DATA_ERROR:
            message = "invalid input data";
            break;
        default:
            mp_raise_msg_varg(&zlib_error_type, MP_ERROR_TEXT("Error %d %s"), code, what);
        }
    }
    mp_raise_msg_varg(&zlib_error_type, MP_ERROR_TEXT("Error %d %s: %s"), code, what, message);
}

void
zlib_stream_check_copy(const struct zlib_stream *copy, int code)
{
    switch (code) {
    case Z_OK:
        return;
    case Z_STREAM_ERROR:
        mp_raise_ValueError(MP_ERROR_TEXT("Inconsistent stream state"));
    case Z_MEM_ERROR:
        mp_raise_msg(&mp_type_MemoryError, copy->inflating
                                               ? MP_ERROR_TEXT("Can't allocate memory for decompression object")
                                               : MP_ERROR_TEXT("Can't allocate memory for compression object"));
    default:
        zlib_stream_raise(copy, code,
                          copy->inflating ? "while copying decompression object" : "while copying compression object");
    }
}
