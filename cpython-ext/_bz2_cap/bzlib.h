/* The part of libbzip2's interface that CPython's Modules/_bz2module.c is written against, so that the module compiles as
 * it is, without libbzip2: bz2_stream.c implements these functions over the bzip2:compression contract.
 *
 * Names, values and meanings are bzip2's (its manual is the reference); `bzalloc`, `bzfree` and `opaque` are accepted and
 * not used, because a stream's memory is the component's.
 */
#ifndef PYLON_BZLIB_H
#define PYLON_BZLIB_H

#include <stdint.h>

/* Actions. */
#define BZ_RUN 0
#define BZ_FINISH 2

/* Return codes. */
#define BZ_OK 0
#define BZ_RUN_OK 1
#define BZ_FLUSH_OK 2
#define BZ_FINISH_OK 3
#define BZ_STREAM_END 4
#define BZ_SEQUENCE_ERROR (-1)
#define BZ_PARAM_ERROR (-2)
#define BZ_MEM_ERROR (-3)
#define BZ_DATA_ERROR (-4)
#define BZ_DATA_ERROR_MAGIC (-5)
#define BZ_IO_ERROR (-6)
#define BZ_UNEXPECTED_EOF (-7)
#define BZ_OUTBUFF_FULL (-8)
#define BZ_CONFIG_ERROR (-9)

/* What bz2_stream.c keeps in a stream. All zeros: there is none. */
struct bz2_stream_private {
    int32_t compressor;   /* a resource handle; at most one of both is not 0 */
    int32_t decompressor; /* the other */
    unsigned int slice;   /* how much input to offer to the next step of a decompressor */
};

typedef struct {
    char *next_in;          /* next input byte */
    unsigned int avail_in;  /* bytes at next_in */
    char *next_out;         /* where the next output byte goes */
    unsigned int avail_out; /* room at next_out */
    void *(*bzalloc)(void *opaque, int items, int size);
    void (*bzfree)(void *opaque, void *address);
    void *opaque;
    struct bz2_stream_private private_;
} bz_stream;

/* The names as the linker sees them: another library in the same program may bring a real libbzip2. */
#define BZ2_bzCompressInit pylon_bz2_compress_init
#define BZ2_bzCompress pylon_bz2_compress
#define BZ2_bzCompressEnd pylon_bz2_compress_end
#define BZ2_bzDecompressInit pylon_bz2_decompress_init
#define BZ2_bzDecompress pylon_bz2_decompress
#define BZ2_bzDecompressEnd pylon_bz2_decompress_end

int BZ2_bzCompressInit(bz_stream *stream, int block_size, int verbosity, int work_factor);
int BZ2_bzCompress(bz_stream *stream, int action);
int BZ2_bzCompressEnd(bz_stream *stream);

int BZ2_bzDecompressInit(bz_stream *stream, int verbosity, int small);
int BZ2_bzDecompress(bz_stream *stream);
int BZ2_bzDecompressEnd(bz_stream *stream);

#ifdef Py_PYTHON_H
#include "module_python.h"
#endif

#endif
