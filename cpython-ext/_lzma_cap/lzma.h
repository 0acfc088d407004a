/* The part of liblzma's interface that CPython's Modules/_lzmamodule.c is written against, so that the module compiles as
 * it is, without liblzma: lzma_stream.c implements these functions over the xz:compression contract.
 *
 * Names, values and meanings are liblzma's (its headers are the reference); allocators are accepted and not used, because
 * a stream's memory is the component's.
 */
#ifndef PYLON_LZMA_H
#define PYLON_LZMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t lzma_vli;
#define LZMA_VLI_UNKNOWN UINT64_MAX

typedef enum {
    LZMA_OK = 0,
    LZMA_STREAM_END = 1,
    LZMA_NO_CHECK = 2,
    LZMA_UNSUPPORTED_CHECK = 3,
    LZMA_GET_CHECK = 4,
    LZMA_MEM_ERROR = 5,
    LZMA_MEMLIMIT_ERROR = 6,
    LZMA_FORMAT_ERROR = 7,
    LZMA_OPTIONS_ERROR = 8,
    LZMA_DATA_ERROR = 9,
    LZMA_BUF_ERROR = 10,
    LZMA_PROG_ERROR = 11,
} lzma_ret;

typedef enum { LZMA_RUN = 0, LZMA_FINISH = 3 } lzma_action;

/* Integrity checks. */
typedef enum {
    LZMA_CHECK_NONE = 0,
    LZMA_CHECK_CRC32 = 1,
    LZMA_CHECK_CRC64 = 4,
    LZMA_CHECK_SHA256 = 10,
} lzma_check;
#define LZMA_CHECK_ID_MAX 15

/* Presets. */
#define LZMA_PRESET_DEFAULT UINT32_C(6)
#define LZMA_PRESET_EXTREME (UINT32_C(1) << 31)

/* Flags of decoders. */
#define LZMA_TELL_NO_CHECK UINT32_C(0x01)
#define LZMA_TELL_ANY_CHECK UINT32_C(0x04)

/* Filters, and their options. */
#define LZMA_FILTERS_MAX 4
#define LZMA_FILTER_LZMA1 UINT64_C(0x4000000000000001)
#define LZMA_FILTER_LZMA2 UINT64_C(0x21)
#define LZMA_FILTER_DELTA UINT64_C(0x03)
#define LZMA_FILTER_X86 UINT64_C(0x04)
#define LZMA_FILTER_POWERPC UINT64_C(0x05)
#define LZMA_FILTER_IA64 UINT64_C(0x06)
#define LZMA_FILTER_ARM UINT64_C(0x07)
#define LZMA_FILTER_ARMTHUMB UINT64_C(0x08)
#define LZMA_FILTER_SPARC UINT64_C(0x09)

typedef enum { LZMA_MODE_FAST = 1, LZMA_MODE_NORMAL = 2 } lzma_mode;

typedef enum {
    LZMA_MF_HC3 = 0x03,
    LZMA_MF_HC4 = 0x04,
    LZMA_MF_BT2 = 0x12,
    LZMA_MF_BT3 = 0x13,
    LZMA_MF_BT4 = 0x14,
} lzma_match_finder;

typedef struct {
    uint32_t dict_size;
    uint32_t lc, lp, pb;
    lzma_mode mode;
    uint32_t nice_len;
    lzma_match_finder mf;
    uint32_t depth;
} lzma_options_lzma;

typedef enum { LZMA_DELTA_TYPE_BYTE = 0 } lzma_delta_type;

typedef struct {
    lzma_delta_type type;
    uint32_t dist;
} lzma_options_delta;

typedef struct {
    uint32_t start_offset;
} lzma_options_bcj;

typedef struct {
    lzma_vli id;
    void *options;
} lzma_filter;

typedef struct {
    void *(*alloc)(void *opaque, size_t items, size_t size);
    void (*free)(void *opaque, void *address);
    void *opaque;
} lzma_allocator;

/* What lzma_stream.c keeps in a stream. All zeros: there is none. */
struct lzma_stream_private {
    int32_t coder;    /* a resource handle */
    lzma_check check; /* the kind of check that a decoder has found */
    bool decodes;
    bool stalled; /* the last call could do nothing: if the next cannot either, that is an error */
};

typedef struct {
    const uint8_t *next_in; /* next input byte */
    size_t avail_in;        /* bytes at next_in */
    uint8_t *next_out;      /* where the next output byte goes */
    size_t avail_out;       /* room at next_out */
    const lzma_allocator *allocator;
    struct lzma_stream_private private_;
} lzma_stream;

/* The names as the linker sees them: another library in the same program may bring a real liblzma. */
#define lzma_easy_encoder pylon_lzma_easy_encoder
#define lzma_stream_encoder pylon_lzma_stream_encoder
#define lzma_alone_encoder pylon_lzma_alone_encoder
#define lzma_raw_encoder pylon_lzma_raw_encoder
#define lzma_stream_decoder pylon_lzma_stream_decoder
#define lzma_alone_decoder pylon_lzma_alone_decoder
#define lzma_auto_decoder pylon_lzma_auto_decoder
#define lzma_raw_decoder pylon_lzma_raw_decoder
#define lzma_code pylon_lzma_code
#define lzma_get_check pylon_lzma_get_check
#define lzma_end pylon_lzma_end
#define lzma_check_is_supported pylon_lzma_check_is_supported
#define lzma_lzma_preset pylon_lzma_preset
#define lzma_properties_size pylon_lzma_properties_size
#define lzma_properties_encode pylon_lzma_properties_encode
#define lzma_properties_decode pylon_lzma_properties_decode

/* Make a stream of one that is all zeros or was ended. */
lzma_ret lzma_easy_encoder(lzma_stream *stream, uint32_t preset, lzma_check check);
lzma_ret lzma_stream_encoder(lzma_stream *stream, const lzma_filter *filters, lzma_check check);
lzma_ret lzma_alone_encoder(lzma_stream *stream, const lzma_options_lzma *options);
lzma_ret lzma_raw_encoder(lzma_stream *stream, const lzma_filter *filters);
lzma_ret lzma_stream_decoder(lzma_stream *stream, uint64_t memlimit, uint32_t flags);
lzma_ret lzma_alone_decoder(lzma_stream *stream, uint64_t memlimit);
lzma_ret lzma_auto_decoder(lzma_stream *stream, uint64_t memlimit, uint32_t flags);
lzma_ret lzma_raw_decoder(lzma_stream *stream, const lzma_filter *filters);

lzma_ret lzma_code(lzma_stream *stream, lzma_action action);
lzma_check lzma_get_check(const lzma_stream *stream);
void lzma_end(lzma_stream *stream);

bool lzma_check_is_supported(lzma_check check);

/* True if there is no such preset. */
bool lzma_lzma_preset(lzma_options_lzma *options, uint32_t preset);

lzma_ret lzma_properties_size(uint32_t *size, const lzma_filter *filter);
lzma_ret lzma_properties_encode(const lzma_filter *filter, uint8_t *properties);

/* The options are the caller's to free(). */
lzma_ret lzma_properties_decode(lzma_filter *filter, const lzma_allocator *allocator, const uint8_t *properties,
                                size_t size);

#ifdef Py_PYTHON_H
#include "module_python.h"
#endif

#endif
