/* Support for native tests of the bz2 cap; see bindings_native.c. */
#ifndef PYLON_BINDINGS_NATIVE_H
#define PYLON_BINDINGS_NATIVE_H

#include "bz2_cap.h"
#include "handles_native.h"

/* A list that its receiver will free, with a copy of `length` bytes. */
bz2_cap_list_u8_t new_list(const void *bytes, size_t length);

#endif
