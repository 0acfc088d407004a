/* Support for native tests of the lzma cap; see bindings_native.c. */
#ifndef PYLON_BINDINGS_NATIVE_H
#define PYLON_BINDINGS_NATIVE_H

#include "lzma_cap.h"
#include "handles_native.h"

/* A list that its receiver will free, with a copy of `length` bytes. */
lzma_cap_list_u8_t new_list(const void *bytes, size_t length);

/* Likewise, with a copy of `count` filters. */
exports_xz_compression_streams_list_filter_t new_filters(const exports_xz_compression_streams_filter_t *filters,
                                                         size_t count);

#endif
