/* What the classes of _zstd share: exceptions, options, output. See zstd_module.h. */
#include "zstd_module.h"

#include <string.h>

#include "link_python.h"

enum { DICTIONARY_CORRUPTED = 30, MEMORY_ALLOCATION = 64 }; /* of ZSTD_ErrorCode */

/* ZstdError with `what` and the text of the code. Returns NULL. */
static PyObject *
raise_named(struct zstd_state *state, const char *what, error_code_t code)
{
    zstd_import_string_t name;
    zstd_compression_streams_error_name(code, &name);
    if (link_failed())
        return link_raise();
    PyObject *text = PyUnicode_DecodeUTF8((const char *)name.ptr, (Py_ssize_t)name.len, "replace");
    zstd_import_string_free(&name);
    if (text != NULL) {
        PyErr_Format(state->error, "%s: %U", what, text);
        Py_DECREF(text);
    }
    return NULL;
}

PyObject *
zstd_raise(struct zstd_state *state, const char *what, error_code_t code)
{
    if (link_failed())
        return link_raise();
    return code == MEMORY_ALLOCATION ? PyErr_NoMemory() : raise_named(state, what, code);
}

PyObject *
zstd_raise_loading(struct zstd_state *state, const char *what, error_code_t code)
{
    bool damaged = !link_failed() && code == DICTIONARY_CORRUPTED;
    return damaged ? raise_named(state, what, MEMORY_ALLOCATION) : zstd_raise(state, what, code);
}

bool
zstd_reserve(uint64_t size)
{
    if (size <= SLICE || (size <= UINT32_MAX && zstd_compression_streams_reserve((uint32_t)size)))
        return true;
    if (link_failed())
        link_raise();
    else
        PyErr_NoMemory();
    return false;
}

int
zstd_raise_dictionary(struct zstd_state *state, bool compresses, dictionary_use_t use, error_code_t code)
{
    if (!link_failed() && code == DICTIONARY_CORRUPTED && use == ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_DIGESTED)
        PyErr_Format(state->error, "Failed to create a %s instance from Zstandard dictionary content.",
                     compresses ? "ZSTD_CDict" : "ZSTD_DDict");
    else
        zstd_raise_loading(state,
                           compresses ? "Unable to load Zstandard dictionary or prefix for compression"
                                      : "Unable to load Zstandard dictionary or prefix for decompression",
                           code);
    return -1;
}

struct named {
    int parameter;
    const char *name;
};

static const struct named compression_names[] = {
    {100, "compression_level"},
    {101, "window_log"},
    {102, "hash_log"},
    {103, "chain_log"},
    {104, "search_log"},
    {105, "min_match"},
    {106, "target_length"},
    {107, "strategy"},
    {160, "enable_long_distance_matching"},
    {161, "ldm_hash_log"},
    {162, "ldm_min_match"},
    {163, "ldm_bucket_size_log"},
    {164, "ldm_hash_rate_log"},
    {200, "content_size_flag"},
    {201, "checksum_flag"},
    {202, "dict_id_flag"},
    {400, "nb_workers"},
    {401, "job_size"},
    {402, "overlap_log"},
};

static const struct named decompression_names[] = {{100, "window_log_max"}};

int
zstd_raise_parameter(bool compresses, int parameter, int value)
{
    if (link_failed()) {
        link_raise();
        return -1;
    }
    const struct named *names = compresses ? compression_names : decompression_names;
    size_t count = compresses ? Py_ARRAY_LENGTH(compression_names) : Py_ARRAY_LENGTH(decompression_names);
    char number[48];
    snprintf(number, sizeof number, "unknown parameter (key %d)", parameter);
    const char *name = number;
    for (size_t i = 0; i < count; i++)
        if (names[i].parameter == parameter)
            name = names[i].name;

    bounds_t bounds;
    error_code_t code;
    const char *kind = compresses ? "compression" : "decompression";
    bool known = compresses ? zstd_compression_streams_compressor_bounds(parameter, &bounds, &code)
                            : zstd_compression_streams_decompressor_bounds(parameter, &bounds, &code);
    if (link_failed())
        link_raise();
    else if (!known)
        PyErr_Format(PyExc_ValueError, "invalid %s parameter '%s'", kind, name);
    else
        PyErr_Format(PyExc_ValueError, "%s parameter '%s' received an illegal value %d; the valid range is [%d, %d]",
                     kind, name, value, (int)bounds.lower, (int)bounds.upper);
    return -1;
}

int
zstd_option(PyObject *key, PyObject *value, PyTypeObject *other, const char *wrong, int *parameter, int *number)
{
    if (Py_TYPE(key) == other) {
        PyErr_SetString(PyExc_TypeError, wrong);
        return -1;
    }
    /* Numbers of foreign classes run code, which may take them out of the dict. */
    Py_INCREF(value);
    *parameter = PyLong_AsInt(key);
    bool failed = *parameter == -1 && PyErr_Occurred();
    if (!failed) {
        *number = PyLong_AsInt(value);
        failed = *number == -1 && PyErr_Occurred();
    }
    Py_DECREF(value);
    return failed ? -1 : 0;
}

int
zstd_append(struct zstd_output *output, progress_t *progress, uint32_t room)
{
    size_t length = progress->output.len;
    int done = -1;
    if (length > room) { /* Another component's word: not more than it had room for. */
        PyErr_SetString(PyExc_SystemError, "the zstd cap gave more than it had room for");
    } else if (length > (size_t)PY_SSIZE_T_MAX / 2 - output->length) {
        PyErr_NoMemory();
    } else {
        size_t space = output->bytes == NULL ? 0 : (size_t)PyBytes_GET_SIZE(output->bytes);
        size_t needed = output->length + length;
        /* The first output may be all; then it doubles. */
        size_t larger = space == 0 ? needed : 2 * space > needed ? 2 * space : needed;
        if (needed <= space)
            done = 0;
        else if (output->bytes == NULL)
            done = (output->bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)larger)) == NULL ? -1 : 0;
        else
            done = _PyBytes_Resize(&output->bytes, (Py_ssize_t)larger);
        if (done == 0 && length > 0) {
            memcpy(PyBytes_AS_STRING(output->bytes) + output->length, progress->output.ptr, length);
            output->length = needed;
        }
    }
    zstd_compression_streams_progress_free(progress);
    return done;
}

PyObject *
zstd_finish(struct zstd_output *output)
{
    if (output->bytes == NULL)
        return PyBytes_FromStringAndSize(NULL, 0);
    if ((size_t)PyBytes_GET_SIZE(output->bytes) != output->length)
        _PyBytes_Resize(&output->bytes, (Py_ssize_t)output->length);
    return output->bytes;
}
