/* _zstd.ZstdDecompressor: a decompressor of the component, for one frame. Input goes there in slices; what a frame has not
 * used when the caller's limit is reached is kept here. */
#include "zstd_module.h"

#include <string.h>

#include "link_python.h"

typedef struct {
    PyObject_HEAD
    int32_t handle;    /* 0: there is none */
    bool eof;          /* the end of the frame has been reached */
    bool needs_input;  /* nothing more comes without input */
    PyObject *pending; /* bytes: input that was not used yet; at the end, what is behind the frame. Null: none */
    Py_ssize_t used;   /* how much of `pending` was used meanwhile */
} ZstdDecompressor;

static zstd_compression_streams_borrow_decompressor_t
borrow(const ZstdDecompressor *self)
{
    return zstd_compression_streams_borrow_decompressor((zstd_compression_streams_own_decompressor_t){self->handle});
}

static int
set_options(ZstdDecompressor *self, PyObject *options)
{
    struct zstd_state *state = PyType_GetModuleState(Py_TYPE(self));
    PyObject *key, *value;
    Py_ssize_t at = 0;
    if (!PyDict_Check(options)) {
        PyErr_Format(PyExc_TypeError, "ZstdDecompressor() argument 'options' must be dict, not %T", options);
        return -1;
    }
    while (PyDict_Next(options, &at, &key, &value)) {
        int parameter, number;
        error_code_t code;
        if (zstd_option(key, value, state->compression_parameter,
                        "decompression options dictionary key must not be a CompressionParameter attribute",
                        &parameter, &number) < 0)
            return -1;
        if (!zstd_compression_streams_method_decompressor_set_parameter(borrow(self), parameter, number, &code))
            return zstd_raise_parameter(false, parameter, number);
    }
    return 0;
}

static int
use_dictionary(ZstdDecompressor *self, PyObject *argument)
{
    struct zstd_state *state = PyType_GetModuleState(Py_TYPE(self));
    dictionary_use_t use = ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_DIGESTED;
    int32_t handle;
    error_code_t code = 0;
    if (zstd_dictionary_of(state, argument, &handle, &use) < 0)
        return -1;
    zstd_compression_streams_own_dictionary_t own = {handle};
    if (zstd_compression_streams_method_decompressor_use_dictionary(
            borrow(self), zstd_compression_streams_borrow_dictionary(own), use, &code))
        return 0;
    return zstd_raise_dictionary(state, false, use, code);
}

static int
make(ZstdDecompressor *self, PyObject *zstd_dict, PyObject *options)
{
    zstd_compression_streams_own_decompressor_t own;
    error_code_t code = 0;
    if (!zstd_compression_streams_static_decompressor_create(&own, &code)) {
        zstd_raise(PyType_GetModuleState(Py_TYPE(self)), "Unable to create a Zstandard decompressor", code);
        return -1;
    }
    self->handle = own.__handle;
    self->needs_input = true;
    if (zstd_dict != Py_None && use_dictionary(self, zstd_dict) < 0)
        return -1;
    return options != Py_None ? set_options(self, options) : 0;
}

static PyObject *
decompressor_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"zstd_dict", "options", NULL};
    PyObject *zstd_dict = Py_None, *options = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO:ZstdDecompressor", names, &zstd_dict, &options))
        return NULL;
    ZstdDecompressor *self = (ZstdDecompressor *)type->tp_alloc(type, 0);
    if (self != NULL && make(self, zstd_dict, options) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static void
decompressor_dealloc(PyObject *object)
{
    ZstdDecompressor *self = (ZstdDecompressor *)object;
    PyTypeObject *type = Py_TYPE(self);
    if (self->handle != 0)
        zstd_compression_streams_decompressor_drop_own((zstd_compression_streams_own_decompressor_t){self->handle});
    Py_CLEAR(self->pending);
    type->tp_free(self);
    Py_DECREF(type);
}

/* Decompresses up to the end of the frame, of the input or of the room. `*used` gets how much of the input was used. -1 with
 * an exception. */
static int
decompress_into(ZstdDecompressor *self, const uint8_t *input, size_t left, struct zstd_output *output, size_t *used)
{
    *used = 0;
    for (size_t most = SLICE;;) {
        size_t size = left < most ? left : most;
        zstd_import_list_u8_t slice = {(uint8_t *)input, size};
        uint32_t room = zstd_room(output);
        progress_t progress;
        error_code_t code = 0;
        if (!zstd_compression_streams_method_decompressor_step(borrow(self), &slice, room, &progress, &code)) {
            zstd_raise(PyType_GetModuleState(Py_TYPE(self)), "Unable to decompress Zstandard data", code);
            return -1;
        }
        size_t consumed = progress.consumed <= size ? progress.consumed : size, produced = progress.output.len;
        self->eof = progress.remaining == 0;
        if (zstd_append(output, &progress, room) < 0)
            return -1;
        input += consumed;
        left -= consumed;
        *used += consumed;
        /* While libzstd gives what it has read, more input would be copied for nothing, again and again for a caller who
         * takes a byte at a time; one byte is enough to see when it reads on. */
        most = consumed < size ? 1 : SLICE;
        /* A step that filled its room may have more to give without more input. */
        if (self->eof || output->length == output->limit || (produced < room && left == 0))
            return 0;
    }
}

/* The frame that was begun is forgotten, and the input with it. */
static void
forget(ZstdDecompressor *self)
{
    PyObject *exception = PyErr_GetRaisedException();
    Py_CLEAR(self->pending);
    self->used = 0;
    self->needs_input = true;
    self->eof = false;
    zstd_compression_streams_method_decompressor_reset(borrow(self));
    link_forget_error();
    PyErr_SetRaisedException(exception);
}

/* What is left of the input from `data` on, kept for later; `data` may be part of what is kept. */
static int
keep(ZstdDecompressor *self, const char *data, size_t size, bool is_pending)
{
    if (is_pending) {
        self->used = PyBytes_GET_SIZE(self->pending) - (Py_ssize_t)size;
        return 0;
    }
    self->used = 0;
    self->pending = PyBytes_FromStringAndSize(data, (Py_ssize_t)size);
    return self->pending == NULL ? -1 : 0;
}

static PyObject *
decompress(ZstdDecompressor *self, const Py_buffer *data, Py_ssize_t limit)
{
    struct zstd_output output = {.limit = limit < 0 ? SIZE_MAX : (size_t)limit};
    const char *input = data->buf;
    size_t size = (size_t)data->len, used;
    bool is_pending = self->pending != NULL;
    if (is_pending) {
        /* What was left comes first. */
        if (size > 0) {
            Py_ssize_t left = PyBytes_GET_SIZE(self->pending) - self->used;
            PyObject *joined = PyBytes_FromStringAndSize(NULL, left + data->len);
            if (joined == NULL)
                return NULL;
            memcpy(PyBytes_AS_STRING(joined), PyBytes_AS_STRING(self->pending) + self->used, (size_t)left);
            memcpy(PyBytes_AS_STRING(joined) + left, data->buf, size);
            Py_SETREF(self->pending, joined);
            self->used = 0;
        }
        input = PyBytes_AS_STRING(self->pending) + self->used;
        size = (size_t)(PyBytes_GET_SIZE(self->pending) - self->used);
    }

    PyObject *result = NULL;
    if (decompress_into(self, (const uint8_t *)input, size, &output, &used) == 0)
        result = zstd_finish(&output);
    else
        Py_CLEAR(output.bytes);
    if (result == NULL)
        return NULL;
    if (used < size) {
        self->needs_input = false;
        if (keep(self, input + used, size - used, is_pending) < 0)
            Py_CLEAR(result);
        return result;
    }
    self->needs_input = !self->eof && PyBytes_GET_SIZE(result) != limit;
    Py_CLEAR(self->pending);
    self->used = 0;
    return result;
}

static PyObject *
decompressor_decompress(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"data", "max_length", NULL};
    ZstdDecompressor *self = (ZstdDecompressor *)object;
    Py_buffer data;
    Py_ssize_t limit = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|n:decompress", names, &data, &limit))
        return NULL;
    PyObject *result = NULL;
    if (self->eof)
        PyErr_SetString(PyExc_EOFError, "Already at the end of a Zstandard frame.");
    else if ((result = decompress(self, &data, limit)) == NULL)
        forget(self);
    PyBuffer_Release(&data);
    return result;
}

static PyObject *
decompressor_unused_data(PyObject *object, void *Py_UNUSED(closure))
{
    ZstdDecompressor *self = (ZstdDecompressor *)object;
    if (!self->eof || self->pending == NULL)
        return PyBytes_FromStringAndSize(NULL, 0);
    if (self->used > 0) {
        PyObject *rest = PyBytes_FromStringAndSize(PyBytes_AS_STRING(self->pending) + self->used,
                                                   PyBytes_GET_SIZE(self->pending) - self->used);
        if (rest == NULL)
            return NULL;
        Py_SETREF(self->pending, rest);
        self->used = 0;
    }
    return Py_NewRef(self->pending);
}

PyDoc_STRVAR(decompress_doc, "decompress($self, /, data, max_length=-1)\n--\n\n"
                             "Decompress *data*, returning uncompressed bytes if possible, or b'' otherwise.\n\n"
                             "If *max_length* is nonnegative, returns at most *max_length* bytes of decompressed\n"
                             "data. If this limit is reached and further output can be produced, needs_input is\n"
                             "False; the next call may then provide *data* as b''.\n\n"
                             "Attempting to decompress data after the end of a frame raises EOFError. Any data\n"
                             "found after it is in unused_data.");

static PyMethodDef decompressor_methods[] = {
    {"decompress", (PyCFunction)(void (*)(void))decompressor_decompress, METH_VARARGS | METH_KEYWORDS, decompress_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef decompressor_members[] = {
    {"eof", Py_T_BOOL, offsetof(ZstdDecompressor, eof), Py_READONLY,
     PyDoc_STR("True means the end of the first frame has been reached.")},
    {"needs_input", Py_T_BOOL, offsetof(ZstdDecompressor, needs_input), Py_READONLY,
     PyDoc_STR("If False, the next decompress() can give more without new input.")},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef decompressor_getset[] = {
    {"unused_data", decompressor_unused_data, NULL,
     PyDoc_STR("A bytes object of un-consumed input data behind the end of the frame."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(decompressor_doc, "ZstdDecompressor(zstd_dict=None, options=None)\n--\n\n"
                               "Create a decompressor object for decompressing data incrementally.\n\n"
                               "  zstd_dict\n    A ZstdDict object, a pre-trained Zstandard dictionary.\n"
                               "  options\n    A dict object that contains advanced decompression parameters.");

static PyType_Slot decompressor_slots[] = {
    {Py_tp_new, decompressor_new},         {Py_tp_dealloc, decompressor_dealloc},
    {Py_tp_methods, decompressor_methods}, {Py_tp_members, decompressor_members},
    {Py_tp_getset, decompressor_getset},   {Py_tp_doc, (void *)decompressor_doc},
    {0, NULL},
};

PyType_Spec zstd_decompressor_spec = {
    .name = "compression.zstd.ZstdDecompressor",
    .basicsize = sizeof(ZstdDecompressor),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = decompressor_slots,
};
