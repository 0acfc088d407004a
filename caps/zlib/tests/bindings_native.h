/* Support for native tests of the zlib cap; see bindings_native.c. */
#ifndef PYLON_BINDINGS_NATIVE_H
#define PYLON_BINDINGS_NATIVE_H

#include "zlib_cap.h"

/* Handles that have been made and not dropped. */
extern int live_handles;

/* The stream behind a handle. Aborts for a handle that is not live. */
void *representation_of(int32_t handle);

/* A list that its receiver will free, with a copy of `length` bytes. */
zlib_cap_list_u8_t new_list(const void *bytes, size_t length);

#endif
