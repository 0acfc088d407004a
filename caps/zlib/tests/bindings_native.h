/* Support for native tests of the zlib cap; see bindings_native.c. */
#ifndef PYLON_BINDINGS_NATIVE_H
#define PYLON_BINDINGS_NATIVE_H

#include "handles_native.h"
#include "zlib_cap.h"

/* A list that its receiver will free, with a copy of `length` bytes. */
zlib_cap_list_u8_t new_list(const void *bytes, size_t length);

#endif
