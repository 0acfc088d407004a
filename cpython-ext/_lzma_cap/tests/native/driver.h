/* One set of operations over whichever lzma.h driver.c is compiled with, so that two can be compared in one process. */
#ifndef PYLON_DRIVER_H
#define PYLON_DRIVER_H

#include <stddef.h>
#include <stdint.h>

/* What a lzma_stream shows after a call. */
struct outcome {
    int code;
    size_t avail_in, avail_out;
};

enum container { XZ_BY_PRESET, XZ_BY_CHAIN, ALONE, RAW };

/* What both sides make a stream by. */
struct format {
    enum container container;
    uint32_t preset;  /* also where the options of the chain's LZMA begin */
    uint32_t check;   /* of .xz */
    uint64_t first;   /* a filter before LZMA2, 0: none */
    uint32_t option;  /* of that filter */
    uint32_t dict_size, lc, lp, pb, mode, nice_len, mf, depth; /* 0: the preset's */
};

struct driver {
    /* A new stream on the heap, or null and the code. */
    void *(*new_encoder)(const struct format *format, int *code);
    void *(*new_decoder)(const struct format *format, int automatic, uint64_t memlimit, int *code);
    struct outcome (*code)(void *stream, const uint8_t *input, size_t avail_in, uint8_t *output, size_t avail_out,
                           int finish);
    unsigned (*check)(void *stream);
    void (*end)(void *stream);
    /* The options of a preset into `numbers`, 8 of them; what the function returns. */
    int (*preset)(uint32_t preset, uint32_t *numbers);
    /* The properties of the format's first filter, or of its LZMA if it has none; their size, or less than 0. */
    int (*encode_properties)(const struct format *format, uint8_t *properties);
    /* The other way, into what options there are. */
    int (*decode_properties)(uint64_t id, const uint8_t *properties, size_t size, uint32_t *numbers);
    int (*check_is_supported)(int check);
};

extern const struct driver ours, theirs;

#endif
