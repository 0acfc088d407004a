/* One set of operations over whichever bzlib.h driver.c is compiled with, so that two can be compared in one process. */
#ifndef PYLON_DRIVER_H
#define PYLON_DRIVER_H

#include <stdint.h>

/* What a bz_stream shows after a call. */
struct outcome {
    int code;
    unsigned avail_in, avail_out;
};

struct driver {
    /* A new stream on the heap, or null and the code. */
    void *(*new_compressor)(int block_size, int work_factor, int *code);
    void *(*new_decompressor)(int small, int *code);
    struct outcome (*compress)(void *stream, const uint8_t *input, unsigned avail_in, uint8_t *output,
                               unsigned avail_out, int finish);
    struct outcome (*decompress)(void *stream, const uint8_t *input, unsigned avail_in, uint8_t *output,
                                 unsigned avail_out);
    /* Frees the stream and returns bzip2's code. */
    int (*end_compressor)(void *stream);
    int (*end_decompressor)(void *stream);
};

extern const struct driver ours, theirs;

#endif
