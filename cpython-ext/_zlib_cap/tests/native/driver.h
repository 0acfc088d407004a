/* One set of operations over whichever zlib.h driver.c is compiled with, so that two can be compared in one process. */
#ifndef PYLON_DRIVER_H
#define PYLON_DRIVER_H

#include <stddef.h>
#include <stdint.h>

/* What a z_stream shows after a call. */
struct outcome {
    int code;
    unsigned avail_in, avail_out;
    unsigned long total_in, total_out, adler;
    int data_type;
    char message[80]; /* empty: none */
};

struct driver {
    /* A new stream on the heap, or null and the code. */
    void *(*new_deflater)(int level, int method, int window_bits, int mem_level, int strategy, int *code);
    void *(*new_inflater)(int window_bits, int *code);
    struct outcome (*set_dictionary)(void *stream, int inflating, const uint8_t *dictionary, unsigned length);
    struct outcome (*step)(void *stream, int inflating, const uint8_t *input, unsigned avail_in, uint8_t *output,
                           unsigned avail_out, int flush);
    void *(*copy)(void *stream, int inflating, int *code);
    /* Frees the stream and returns zlib's code. */
    int (*end)(void *stream, int inflating);
    unsigned long (*crc32)(unsigned long value, const uint8_t *data, unsigned length);
    unsigned long (*adler32)(unsigned long value, const uint8_t *data, unsigned length);
    const char *(*version)(void);
};

extern const struct driver ours, theirs;

#endif
