/* Resource handles for native tests of caps: what a runtime keeps for a component in wasm.
 *
 * A handle is an index into a table, because a pointer may not fit into 32 bits. */
#ifndef PYLON_HANDLES_NATIVE_H
#define PYLON_HANDLES_NATIVE_H

#include <stdint.h>

/* Handles that have been made and not dropped. */
extern int live_handles;

/* A new handle for what a resource is to its cap. */
int32_t new_handle(void *representation);

/* What is behind a handle. Aborts for a handle that is not live. */
void *representation_of(int32_t handle);

/* Ends a handle, and returns what was behind it: the caller calls the destructor. */
void *drop_handle(int32_t handle);

#endif
