/* Support for native tests of the zstd cap; see bindings_native.c. */
#ifndef PYLON_BINDINGS_NATIVE_H
#define PYLON_BINDINGS_NATIVE_H

#include "zstd_cap.h"
#include "handles_native.h"

/* A list that its receiver will free, with a copy of `length` bytes. */
zstd_cap_list_u8_t new_list(const void *bytes, size_t length);

/* Likewise, of `count` numbers. */
zstd_cap_list_u32_t new_numbers(const uint32_t *numbers, size_t count);

#endif
