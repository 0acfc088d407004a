/* Arguments of generated modules (xtask/python-modules), and of functions that are written by hand beside them. What is
 * refused raises, and the message names the parameter. docs/reference/python-modules.md has the mapping.
 *
 * Nothing of a cap is held while arguments are read, so a reader that raises frees nothing: memory that arguments are made of
 * is the collector's, and is found by the struct glue_held and by the C values on the stack. */
#ifndef PYLON_GLUE_ARGUMENTS_H
#define PYLON_GLUE_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "py/obj.h"

/* ---- Numbers ---- */

/* The 64 bits of an integer, in two's complement. TypeError for what is none, OverflowError beyond the bounds. */
uint64_t glue_read_integer(mp_obj_t object, const char *name, int64_t least, uint64_t most);

/* glue_read_u8(object, name, &value) and so on: an integer in the type's bounds. A small int takes no call. */
#define GLUE_READ_INTEGER(wit, type, least, most)                                                                      \
    static inline void glue_read_##wit(mp_obj_t object, const char *name, type *value)                                 \
    {                                                                                                                  \
        if (mp_obj_is_small_int(object)) {                                                                             \
            int64_t number = MP_OBJ_SMALL_INT_VALUE(object);                                                           \
            if (number >= (least) && (number < 0 || (uint64_t)number <= (most))) {                                     \
                *value = (type)number;                                                                                 \
                return;                                                                                                \
            }                                                                                                          \
        }                                                                                                              \
        *value = (type)glue_read_integer(object, name, least, most);                                                   \
    }
GLUE_READ_INTEGER(u8, uint8_t, 0, UINT8_MAX)
GLUE_READ_INTEGER(u16, uint16_t, 0, UINT16_MAX)
GLUE_READ_INTEGER(u32, uint32_t, 0, UINT32_MAX)
GLUE_READ_INTEGER(u64, uint64_t, 0, UINT64_MAX)
GLUE_READ_INTEGER(s8, int8_t, INT8_MIN, INT8_MAX)
GLUE_READ_INTEGER(s16, int16_t, INT16_MIN, INT16_MAX)
GLUE_READ_INTEGER(s32, int32_t, INT32_MIN, INT32_MAX)
GLUE_READ_INTEGER(s64, int64_t, INT64_MIN, INT64_MAX)
#undef GLUE_READ_INTEGER

/* The truth of any object. */
static inline void
glue_read_bool(mp_obj_t object, const char *name, bool *value)
{
    (void)name;
    *value = mp_obj_is_true(object);
}

/* A number as float() takes one, but no text; for f32, OverflowError for one that would become infinite. */
void glue_read_f64(mp_obj_t object, const char *name, double *value);
void glue_read_f32(mp_obj_t object, const char *name, float *value);

/* A str of one character that is no surrogate. */
void glue_read_char(mp_obj_t object, const char *name, uint32_t *value);

/* ---- Values of several parts ---- */

/* The items of a tuple of `count`; `class` is what the contract calls it, or empty. They stay as long as the tuple. */
const mp_obj_t *glue_read_tuple(mp_obj_t object, const char *name, const char *class, size_t count);

/* An int below `count`. ValueError beyond. */
uint32_t glue_read_case(mp_obj_t object, const char *name, const char *class, uint32_t count);

/* An int with no bits but those of `mask`. ValueError for others. */
uint32_t glue_read_flags(mp_obj_t object, const char *name, const char *class, uint32_t mask);

/* A tuple of a tag and a payload. ValueError for another tag. */
uint8_t glue_read_variant(mp_obj_t object, const char *name, const char *const *tags, uint8_t count, mp_obj_t *payload);

/* TypeError unless the payload of a case that has none is None. */
void glue_read_nothing(mp_obj_t payload, const char *tag);

/* ---- What a call holds until it is over ---- */

/* What arguments of several parts are made of, and handles that are lent or given. All zeros before. */
struct glue_held {
    mp_obj_t kept;               /* what the collector is to keep: pairs of an object and the next pair */
    struct glue_handle *handles; /* in the collector's memory */
    size_t count;
    size_t room;
    size_t size; /* bytes that the contract will be passed */
    struct glue_answer *answer; /* what is made is a part of this, and none of the collector's memory; NULL: it is */
};

/* Room for `count` items of `size` bytes, all zeros; never NULL. */
void *glue_held_memory(struct glue_held *held, size_t count, size_t size);

/* The items of an iterable, as they are now. A str is refused. */
const mp_obj_t *glue_held_items(struct glue_held *held, mp_obj_t object, const char *name, size_t *count);

/* The UTF-8 of a str, which stays the object's but in an answer. UnicodeError for surrogates. */
void glue_held_text(struct glue_held *held, mp_obj_t object, const char *name, uint8_t **data, size_t *length);

/* The bytes of a bytes-like object, copied if they could change, and in an answer. */
void glue_held_bytes(struct glue_held *held, mp_obj_t object, uint8_t **data, size_t *length);

/* The same in place: they stay as they are until Python code runs. */
void glue_held_bytes_in_place(struct glue_held *held, mp_obj_t object, uint8_t **data, size_t *length);

/* An object of `type` whose handle is `*handle` when all arguments are read: to be used during the call, or given away. */
void glue_held_borrow(struct glue_held *held, mp_obj_t object, const char *name, const mp_obj_type_t *type,
                      int32_t *handle);
void glue_held_own(struct glue_held *held, mp_obj_t object, const char *name, const mp_obj_type_t *type,
                   int32_t *handle);

/* The same for a method's `self`, which is used. */
void glue_held_self(struct glue_held *held, mp_obj_t object, const mp_obj_type_t *type, int32_t *handle);

/* All arguments are read, and the call follows at once: there is memory for what it is passed, and handles are where they
 * belong. ValueError for one that its object has not any more; then all objects keep theirs. */
void glue_held_give(struct glue_held *held);

#endif
