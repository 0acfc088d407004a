/* What the glue between MicroPython and caps shares. docs/add-a-cap.md, "Serve MicroPython", has the rules of glue.
 *
 * "Raises" means that the function does not return: MicroPython jumps to its handler, past whatever the caller holds.
 * So hold nothing of a cap across a call that raises, or guard it by nlr_push_jump_callback(). */
#ifndef PYLON_GLUE_H
#define PYLON_GLUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "py/obj.h"

/* The most that glue passes to a cap at once. Arguments are copied; small slices keep the copy in a cache, and the
 * memory of a small host free. A multiple of 8. */
enum { GLUE_SLICE = 16 * 1024 };

/* ---- Arguments ---- */

/* The bytes of a bytes-like object. They stay where they are until Python code runs. Raises TypeError for anything
 * else; for a str, too, although MicroPython takes one for bytes elsewhere. */
void glue_get_bytes(mp_obj_t object, mp_buffer_info_t *bytes);

/* An int modulo 2^32. Raises TypeError. */
uint32_t glue_get_u32(mp_obj_t object);

/* An int. Raises TypeError, and OverflowError for what is negative or above 2^64 - 1. */
uint64_t glue_get_u64(mp_obj_t object);

/* `object` as an instance of `type`. Raises TypeError: a method can be called with any object for its `self`, and what
 * is in it may not pass for a handle. */
void *glue_get_self(mp_obj_t object, const mp_obj_type_t *type);

/* ---- Memory of caps ---- */

/* A cap that cannot get memory for what it is passed or returns can only trap. So ask here first, for all that a call
 * needs: raises MemoryError, after a collection, when `size` bytes cannot be had. */
void glue_reserve(size_t size);

/* A handle of a cap is about to be made that stands for some `size` bytes of the cap's memory. The collector does not
 * see those, so this collects when many have been added since the last time: what is not reachable any more is closed
 * by its finaliser. */
void glue_hold(size_t size);

/* The handle has been closed. Allocates nothing, so that finalisers may call it. */
void glue_release(size_t size);

/* ---- Results ---- */

/* Bytes that grow, in MicroPython's heap. It is the collector's: nothing to free when something raises. */
struct glue_output {
    uint8_t *bytes;
    size_t length; /* how many have been written */
    size_t size;
};

/* An empty output with room for `hint` bytes; with less if there is no memory for that. Raises MemoryError. */
void glue_output_begin(struct glue_output *output, size_t hint);

/* How many bytes may be written behind `output->length`: at least `least`, at most GLUE_SLICE. Raises MemoryError. */
size_t glue_output_room(struct glue_output *output, size_t least);

/* The bytes object. The output is empty afterwards. Raises MemoryError. */
mp_obj_t glue_output_end(struct glue_output *output);

/* ---- Checksums ---- */

/* A checksum of a contract. */
typedef uint32_t glue_checksum_function(uint32_t value, const uint8_t *bytes, size_t count);

/* Continues `value` over a bytes-like object. Raises TypeError and MemoryError. */
uint32_t glue_checksum(glue_checksum_function *checksum, uint32_t value, mp_obj_t data);

#endif
