/* Arguments of generated modules (xtask/python-modules), and of functions that are written by hand beside them. Needs the
 * GIL. Every function that can fail returns false or NULL with an exception set, which names the parameter. */
#ifndef PYLON_ARGUMENTS_PYTHON_H
#define PYLON_ARGUMENTS_PYTHON_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Which argument is which ---- */

/* The parameters of a function, all of them positional or keyword. */
struct signature {
    const char *function; /* for messages: `crc32c`, `Deflater.step` */
    const char *const *names;
    Py_ssize_t count;
    Py_ssize_t required; /* the first ones; NULL for one of the others that is left out */
};

/* The arguments of a vectorcall in the order of the parameters. Returns `given`, or `room`, which has a place for each
 * parameter; NULL with TypeError. */
PyObject *const *signature_sort_out(const struct signature *signature, PyObject *const *given, Py_ssize_t count,
                                    PyObject *keywords, PyObject **room);

static inline PyObject *const *
signature_sort(const struct signature *signature, PyObject *const *given, Py_ssize_t count, PyObject *keywords,
               PyObject **room)
{
    if (keywords == NULL && count == signature->count)
        return given;
    return signature_sort_out(signature, given, count, keywords, room);
}

/* Whether a call without parameters has no arguments; else TypeError. */
bool signature_empty(const char *function, Py_ssize_t count, PyObject *keywords);

/* None for a parameter that was left out. */
static inline PyObject *
argument_or_none(PyObject *object)
{
    return object == NULL ? Py_None : object;
}

/* ---- Numbers ---- */

/* The 64 bits of an integer, in two's complement. TypeError for what is none, OverflowError beyond the bounds. */
bool argument_integer(PyObject *object, const char *name, int64_t least, uint64_t most, uint64_t *bits);

/* argument_u8(object, name, &value) and so on: an integer in the type's bounds. An int of up to 30 bits takes no call. */
#define ARGUMENT_INTEGER(wit, type, least, most)                                                                       \
    static inline bool argument_##wit(PyObject *object, const char *name, type *value)                                 \
    {                                                                                                                  \
        uint64_t bits;                                                                                                 \
        if (PyLong_CheckExact(object) && PyUnstable_Long_IsCompact((PyLongObject *)object)) {                          \
            int64_t number = PyUnstable_Long_CompactValue((PyLongObject *)object);                                     \
            if (number >= (least) && (number < 0 || (uint64_t)number <= (most))) {                                     \
                *value = (type)number;                                                                                 \
                return true;                                                                                           \
            }                                                                                                          \
        }                                                                                                              \
        if (!argument_integer(object, name, least, most, &bits))                                                       \
            return false;                                                                                              \
        *value = (type)bits;                                                                                           \
        return true;                                                                                                   \
    }
ARGUMENT_INTEGER(u8, uint8_t, 0, UINT8_MAX)
ARGUMENT_INTEGER(u16, uint16_t, 0, UINT16_MAX)
ARGUMENT_INTEGER(u32, uint32_t, 0, UINT32_MAX)
ARGUMENT_INTEGER(u64, uint64_t, 0, UINT64_MAX)
ARGUMENT_INTEGER(s8, int8_t, INT8_MIN, INT8_MAX)
ARGUMENT_INTEGER(s16, int16_t, INT16_MIN, INT16_MAX)
ARGUMENT_INTEGER(s32, int32_t, INT32_MIN, INT32_MAX)
ARGUMENT_INTEGER(s64, int64_t, INT64_MIN, INT64_MAX)
#undef ARGUMENT_INTEGER

/* The truth of any object. */
static inline bool
argument_bool(PyObject *object, const char *Py_UNUSED(name), bool *value)
{
    int truth = object == Py_True ? 1 : object == Py_False ? 0 : PyObject_IsTrue(object);
    *value = truth > 0;
    return truth >= 0;
}

/* A number as float() takes one; for f32, OverflowError for one that would become infinite. */
bool argument_f64(PyObject *object, const char *name, double *value);
bool argument_f32(PyObject *object, const char *name, float *value);

/* ---- Text and bytes: they stay the object's, which the caller keeps ---- */

/* A str of one character that is no surrogate. */
bool argument_char(PyObject *object, const char *name, uint32_t *value);

/* The UTF-8 of a str. UnicodeEncodeError for surrogates. */
bool argument_text(PyObject *object, const char *name, uint8_t **data, size_t *length);

/* The bytes of a contiguous bytes-like object. PyBuffer_Release(buffer) in any case; `buffer` is all zeros before. */
static inline bool
argument_bytes(PyObject *object, Py_buffer *buffer, uint8_t **data, size_t *length)
{
    if (PyBytes_CheckExact(object)) {
        *data = (uint8_t *)PyBytes_AS_STRING(object);
        *length = (size_t)PyBytes_GET_SIZE(object);
        return true;
    }
    if (PyObject_GetBuffer(object, buffer, PyBUF_SIMPLE) < 0) {
        buffer->obj = NULL;
        return false;
    }
    *data = buffer->buf;
    *length = (size_t)buffer->len;
    return true;
}

/* ---- Values of several parts ---- */

/* A tuple of that many items; `class` is what the contract calls it, or empty. */
bool argument_tuple(PyObject *object, const char *name, const char *class, Py_ssize_t count);

/* An int below `count`. ValueError beyond. */
bool argument_case(PyObject *object, const char *name, const char *class, uint32_t count, uint32_t *number);

/* An int with no bits but those of `mask`. ValueError for others. */
bool argument_flags(PyObject *object, const char *name, const char *class, uint32_t mask, uint32_t *bits);

/* A tuple of a tag and a payload, which is borrowed. ValueError for another tag. */
bool argument_variant(PyObject *object, const char *name, const char *const *tags, uint8_t count, uint8_t *tag,
                      PyObject **payload);

/* Whether the payload of a case that has none is None; else TypeError. */
bool argument_nothing(PyObject *payload, const char *tag);

/* ---- What a call holds until it is over ---- */

/* Memory, buffers and objects that nested arguments are made of, and handles that are lent or given. All zeros before,
 * held_end() in any case. */
struct held {
    struct held_piece *pieces;
    bool given;
    bool keeps; /* what is made belongs to the contract, from malloc, when it is given: an answer */
};

/* Room for `count` items of `size` bytes; never NULL without MemoryError. */
void *held_memory(struct held *held, size_t count, size_t size);

/* The items of an iterable as a tuple, which is borrowed. A str is refused. */
PyObject *held_items(struct held *held, PyObject *object, const char *name);

/* As argument_bytes() and argument_text(). */
bool held_text(struct held *held, PyObject *object, const char *name, uint8_t **data, size_t *length);
bool held_bytes(struct held *held, PyObject *object, uint8_t **data, size_t *length);

/* The handle of an object of `type`, which cannot be given away meanwhile. */
bool held_borrow(struct held *held, PyObject *object, const char *name, PyTypeObject *type, int32_t *handle);

/* The handle of an object of `type`, which the object loses; it gets it back at the end unless held_give() was called. */
bool held_own(struct held *held, PyObject *object, const char *name, PyTypeObject *type, int32_t *handle);

/* All arguments are read, and the call is made: what was to be given away is. */
static inline void
held_give(struct held *held)
{
    held->given = true;
}

void held_end(struct held *held);

#endif
