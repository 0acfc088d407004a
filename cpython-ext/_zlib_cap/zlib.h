/* The part of zlib's interface that CPython's Modules/zlibmodule.c is written against, so that the module compiles as
 * it is, without zlib: zlib_stream.c implements these functions over the zlib:compression contract.
 *
 * Names, values and meanings are zlib's (its manual is the reference); `zalloc`, `zfree` and `opaque` are accepted and
 * not used, because a stream's memory is the component's.
 */
#ifndef PYLON_ZLIB_H
#define PYLON_ZLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of the interface. The version of the library is what zlibVersion() returns. */
#define ZLIB_VERSION "1.3.2"
#define ZLIB_VERNUM 0x1320

/* CPython's configure looks for deflateCopy in the zlib that it finds, and finds none. */
#ifndef HAVE_ZLIB_COPY
#define HAVE_ZLIB_COPY 1
#endif

typedef unsigned char Byte;
typedef unsigned char Bytef;
typedef unsigned int uInt;
typedef unsigned long uLong;
typedef void *voidpf;
typedef voidpf (*alloc_func)(voidpf opaque, uInt items, uInt size);
typedef void (*free_func)(voidpf opaque, voidpf address);

#define Z_NULL 0

/* Flush values. */
#define Z_NO_FLUSH 0
#define Z_PARTIAL_FLUSH 1
#define Z_SYNC_FLUSH 2
#define Z_FULL_FLUSH 3
#define Z_FINISH 4
#define Z_BLOCK 5
#define Z_TREES 6

/* Return codes. */
#define Z_OK 0
#define Z_STREAM_END 1
#define Z_NEED_DICT 2
#define Z_ERRNO (-1)
#define Z_STREAM_ERROR (-2)
#define Z_DATA_ERROR (-3)
#define Z_MEM_ERROR (-4)
#define Z_BUF_ERROR (-5)
#define Z_VERSION_ERROR (-6)

/* Levels. */
#define Z_NO_COMPRESSION 0
#define Z_BEST_SPEED 1
#define Z_BEST_COMPRESSION 9
#define Z_DEFAULT_COMPRESSION (-1)

/* Strategies. */
#define Z_DEFAULT_STRATEGY 0
#define Z_FILTERED 1
#define Z_HUFFMAN_ONLY 2
#define Z_RLE 3
#define Z_FIXED 4

/* Limits. */
#define Z_DEFLATED 8
#define MAX_WBITS 15
#define MAX_MEM_LEVEL 9

/* What zlib_stream.c keeps in a stream. */
struct zlib_stream_private {
    int32_t handle;    /* the resource handle of a deflater or an inflater; 0: no stream */
    bool inflating;    /* which of both it is */
    bool unfinished;   /* a deflater that has begun and has not ended */
    uInt slice;        /* how much input the next step of an inflater is likely to use */
    char message[200]; /* what `msg` points to, once there is one */
};

typedef struct z_stream_s {
    Bytef *next_in;  /* next input byte */
    uInt avail_in;   /* bytes at next_in */
    uLong total_in;  /* bytes read so far */
    Bytef *next_out; /* where the next output byte goes */
    uInt avail_out;  /* room at next_out */
    uLong total_out; /* bytes written so far */
    const char *msg; /* the last error message, or null */
    alloc_func zalloc;
    free_func zfree;
    voidpf opaque;
    int data_type; /* see `progress.data-type` of the contract */
    uLong adler;   /* the checksum so far, or the dictionary's after Z_NEED_DICT */
    struct zlib_stream_private private_;
} z_stream;

typedef z_stream *z_streamp;

/* The names as the linker sees them: another library in the same program may bring a real zlib. */
#define zlibVersion pylon_zlib_version
#define deflateInit2_ pylon_zlib_deflate_init
#define deflateSetDictionary pylon_zlib_deflate_set_dictionary
#define deflate pylon_zlib_deflate
#define deflateCopy pylon_zlib_deflate_copy
#define deflateEnd pylon_zlib_deflate_end
#define inflateInit2_ pylon_zlib_inflate_init
#define inflateSetDictionary pylon_zlib_inflate_set_dictionary
#define inflate pylon_zlib_inflate
#define inflateCopy pylon_zlib_inflate_copy
#define inflateEnd pylon_zlib_inflate_end
#define crc32 pylon_zlib_crc32
#define adler32 pylon_zlib_adler32
#define crc32_combine pylon_zlib_crc32_combine
#define adler32_combine pylon_zlib_adler32_combine

/* The version of the library behind the contract; "unknown" if it has none to give. The string stays valid. */
const char *zlibVersion(void);

int deflateInit2_(z_streamp stream, int level, int method, int window_bits, int mem_level, int strategy,
                  const char *version, int stream_size);
int deflateSetDictionary(z_streamp stream, const Bytef *dictionary, uInt length);
int deflate(z_streamp stream, int flush);
int deflateCopy(z_streamp copy, z_streamp source);
int deflateEnd(z_streamp stream);

int inflateInit2_(z_streamp stream, int window_bits, const char *version, int stream_size);
int inflateSetDictionary(z_streamp stream, const Bytef *dictionary, uInt length);
int inflate(z_streamp stream, int flush);
int inflateCopy(z_streamp copy, z_streamp source);
int inflateEnd(z_streamp stream);

uLong crc32(uLong value, const Bytef *data, uInt length);
uLong adler32(uLong value, const Bytef *data, uInt length);
uLong crc32_combine(uLong first, uLong second, int64_t second_length);
uLong adler32_combine(uLong first, uLong second, int64_t second_length);

#define deflateInit2(stream, level, method, window_bits, mem_level, strategy) \
    deflateInit2_((stream), (level), (method), (window_bits), (mem_level), (strategy), ZLIB_VERSION, \
                  (int)sizeof(z_stream))
#define inflateInit2(stream, window_bits) inflateInit2_((stream), (window_bits), ZLIB_VERSION, (int)sizeof(z_stream))

#ifdef Py_PYTHON_H
#include "module_python.h"
#endif

#endif
