/* What the files of _zstd share: its state, its classes, and how they raise. */
#ifndef PYLON_ZSTD_MODULE_H
#define PYLON_ZSTD_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include "zstd_import.h"

/* The most that one step takes and gives. Small enough to stay in a core's cache, and large enough that a call costs
 * nothing. */
enum { SLICE = 64 * 1024 };

/* Numbers of parameters that are looked at here, in zstd.h's order. */
enum { C_COMPRESSION_LEVEL = 100 };

enum directive {
    CONTINUE = ZSTD_COMPRESSION_STREAMS_DIRECTIVE_CONTINUE,
    FLUSH_BLOCK = ZSTD_COMPRESSION_STREAMS_DIRECTIVE_FLUSH,
    FLUSH_FRAME = ZSTD_COMPRESSION_STREAMS_DIRECTIVE_END,
};

typedef zstd_compression_streams_error_code_t error_code_t;
typedef zstd_compression_streams_dictionary_use_t dictionary_use_t;
typedef zstd_compression_streams_progress_t progress_t;
typedef zstd_compression_streams_bounds_t bounds_t;

struct zstd_state {
    PyObject *error;
    PyTypeObject *dictionary_type, *compressor_type, *decompressor_type;
    PyTypeObject *compression_parameter, *decompression_parameter; /* null until set_parameter_types() */
};

extern PyType_Spec zstd_dictionary_spec, zstd_compressor_spec, zstd_decompressor_spec;

struct zstd_state *zstd_state_of(PyObject *module);

/* The exception of a call that came to nothing: of the link, MemoryError, or ZstdError with `what` and the text of the
 * code. Returns NULL. */
PyObject *zstd_raise(struct zstd_state *state, const char *what, error_code_t code);

/* Likewise where a dictionary may have been loaded. A damaged one is a lack of memory to libzstd, and so it is called
 * by Python 3.14; the component knows better. */
PyObject *zstd_raise_loading(struct zstd_state *state, const char *what, error_code_t code);

/* Likewise for a dictionary that was to be used so. Returns -1. */
int zstd_raise_dictionary(struct zstd_state *state, bool compresses, dictionary_use_t use, error_code_t code);

/* The ValueError for a parameter that was refused, or the exception of the link. Returns -1. */
int zstd_raise_parameter(bool compresses, int parameter, int value);

/* Whether the component has memory for lists of so many bytes, which the next call gives it whole. False with an
 * exception. */
bool zstd_reserve(uint64_t size);

/* The handle of the dictionary that an argument `zstd_dict` stands for, and how it is to be used: `*use` if it does not
 * say. -1 with TypeError if it is none. */
int zstd_dictionary_of(struct zstd_state *state, PyObject *argument, int32_t *handle, dictionary_use_t *use);

/* Both numbers of a pair of `options`. -1 with an exception. `other` is the type of keys that belong to the other side;
 * `wrong` what a key of that type is told. */
int zstd_option(PyObject *key, PyObject *value, PyTypeObject *other, const char *wrong, int *parameter, int *number);

/* Output that grows. */
struct zstd_output {
    PyObject *bytes; /* null until there is some */
    size_t length;
    size_t limit; /* SIZE_MAX: none */
};

/* How much room the next step gets. */
static inline uint32_t
zstd_room(const struct zstd_output *output)
{
    size_t left = output->limit - output->length;
    return left < SLICE ? (uint32_t)left : SLICE;
}

/* Appends a step's output, and frees that. -1 with an exception. */
int zstd_append(struct zstd_output *output, progress_t *progress, uint32_t room);

/* The bytes, which are the caller's; null with an exception. */
PyObject *zstd_finish(struct zstd_output *output);

#endif
