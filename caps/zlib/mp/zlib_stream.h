/* Streams of the zlib:compression contract, as the module zlib works with them. */
#ifndef PYLON_ZLIB_STREAM_H
#define PYLON_ZLIB_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "py/nlr.h"

#include "glue.h"

/* zlib's numbers, where Python shows them. */
enum {
    Z_OK = 0,
    Z_STREAM_END = 1,
    Z_NEED_DICT = 2,
    Z_STREAM_ERROR = -2,
    Z_DATA_ERROR = -3,
    Z_MEM_ERROR = -4,
    Z_BUF_ERROR = -5,
    Z_VERSION_ERROR = -6,

    Z_NO_FLUSH = 0,
    Z_PARTIAL_FLUSH = 1,
    Z_SYNC_FLUSH = 2,
    Z_FULL_FLUSH = 3,
    Z_FINISH = 4,
    Z_BLOCK = 5,
    Z_TREES = 6,

    Z_DEFAULT_STRATEGY = 0,
    Z_FILTERED = 1,
    Z_HUFFMAN_ONLY = 2,
    Z_RLE = 3,
    Z_FIXED = 4,

    Z_DEFAULT_COMPRESSION = -1,
    DEFLATED = 8,
    MAX_WBITS = 15,
    DEF_MEM_LEVEL = 8,
    DEF_BUF_SIZE = 16 * 1024,
};

/* A stream and its last error. Nothing but this holds the handle, and Python sees neither: in the static image a handle
 * is a pointer. It begins objects, so that a pointer to it is one to the object: the collector looks for nothing
 * else. */
struct zlib_stream {
    mp_obj_base_t base;
    int32_t handle; /* 0: none, or no more */
    bool inflating;
    uint32_t size;     /* memory that it stands for, for glue_hold() */
    char message[128]; /* zlib's own, "" for none */
};

/* Opens a stream, for which `base` alone has to be set: Z_OK, or the code of what zlib refused. Raises nothing. Whoever
 * opens one closes it, also when something raises. */
int zlib_stream_deflate(struct zlib_stream *stream, int level, int method, int window_bits, int mem_level,
                        int strategy);
int zlib_stream_inflate(struct zlib_stream *stream, int window_bits);

/* Opens `copy` as a second stream in the same state. Z_STREAM_ERROR for a closed one. */
int zlib_stream_copy(struct zlib_stream *copy, const struct zlib_stream *stream);

/* Gives a stream its dictionary. Raises MemoryError. */
int zlib_stream_set_dictionary(struct zlib_stream *stream, const mp_buffer_info_t *dictionary);

/* Closes the stream; nothing for a closed one. Allocates nothing. */
void zlib_stream_close(struct zlib_stream *stream);

/* Input that is left. */
struct zlib_input {
    const uint8_t *bytes;
    size_t length;
};

/* Works through `input`, as far as zlib takes it, appending to `output`, with `flush` at the end of the input. Ends
 * when zlib has nothing more to do (Z_OK or Z_BUF_ERROR), when `output` has `limit` bytes (the same; 0 is no limit), or
 * with whatever else zlib says. Raises MemoryError; the stream then stays as it was after the last step that worked. */
int zlib_stream_work(struct zlib_stream *stream, struct zlib_input *input, int flush, size_t limit,
                     struct glue_output *output);

/* Closes a stream on the C stack when something raises past it. */
struct zlib_stream_guard {
    nlr_jump_callback_node_t node; /* for nlr_push_jump_callback(&guard.node, zlib_stream_close_guarded) */
    struct zlib_stream *stream;
};
void zlib_stream_close_guarded(void *guard);

/* Raises zlib.error("Error <code> <what>: <message>"), in CPython's words; for Z_MEM_ERROR MemoryError. */
NORETURN void zlib_stream_raise(const struct zlib_stream *stream, int code, const char *what);

/* Raises what zlib_stream_copy() came to, unless that is Z_OK. */
void zlib_stream_check_copy(const struct zlib_stream *copy, int code);

/* zlib.error */
extern const mp_obj_type_t zlib_error_type;

/* compressobj() (zlib_compress.c) and decompressobj() (zlib_decompress.c) */
MP_DECLARE_CONST_FUN_OBJ_KW(zlib_compressobj_obj);
MP_DECLARE_CONST_FUN_OBJ_KW(zlib_decompressobj_obj);

#endif
