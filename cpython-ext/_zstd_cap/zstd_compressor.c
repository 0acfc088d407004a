/* _zstd.ZstdCompressor: a compressor of the component. Input goes there in slices, so that memory stays flat however large
 * it is. */
#include "zstd_module.h"

#include "link_python.h"

typedef struct {
    PyObject_HEAD
    int32_t handle; /* 0: there is none */
    int last_mode;
    int level;
} ZstdCompressor;

static zstd_compression_streams_borrow_compressor_t
borrow(const ZstdCompressor *self)
{
    return zstd_compression_streams_borrow_compressor((zstd_compression_streams_own_compressor_t){self->handle});
}

static int
set_level(ZstdCompressor *self, int level)
{
    bounds_t bounds;
    error_code_t code = 0;
    zstd_compression_streams_level_bounds(&bounds);
    if (link_failed()) {
        link_raise();
        return -1;
    }
    if (level < bounds.lower || level > bounds.upper) {
        PyErr_Format(PyExc_ValueError, "illegal compression level %d; the valid range is [%d, %d]", level,
                     (int)bounds.lower, (int)bounds.upper);
        return -1;
    }
    self->level = level;
    if (!zstd_compression_streams_method_compressor_set_parameter(borrow(self), C_COMPRESSION_LEVEL, level, &code)) {
        zstd_raise(PyType_GetModuleState(Py_TYPE(self)), "Unable to set zstd compression level", code);
        return -1;
    }
    return 0;
}

/* The argument `level`, which is an int of any size. */
static int
set_level_of(ZstdCompressor *self, PyObject *argument)
{
    if (!PyLong_Check(argument)) {
        PyErr_SetString(PyExc_TypeError, "invalid type for level, expected int");
        return -1;
    }
    int level = PyLong_AsInt(argument);
    if (level != -1 || !PyErr_Occurred())
        return set_level(self, level);
    if (PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Clear();
        bounds_t bounds;
        zstd_compression_streams_level_bounds(&bounds);
        if (link_failed()) {
            link_raise();
            return -1;
        }
        PyErr_Format(PyExc_ValueError, "illegal compression level; the valid range is [%d, %d]", (int)bounds.lower,
                     (int)bounds.upper);
    }
    return -1;
}

static int
set_options(ZstdCompressor *self, PyObject *options)
{
    struct zstd_state *state = PyType_GetModuleState(Py_TYPE(self));
    PyObject *key, *value;
    Py_ssize_t at = 0;
    if (!PyDict_Check(options)) {
        PyErr_Format(PyExc_TypeError, "ZstdCompressor() argument 'options' must be dict, not %T", options);
        return -1;
    }
    while (PyDict_Next(options, &at, &key, &value)) {
        int parameter, number;
        error_code_t code;
        if (zstd_option(key, value, state->decompression_parameter,
                        "compression options dictionary key must not be a DecompressionParameter attribute",
                        &parameter, &number) < 0)
            return -1;
        if (parameter == C_COMPRESSION_LEVEL) {
            if (set_level(self, number) < 0)
                return -1;
        } else if (!zstd_compression_streams_method_compressor_set_parameter(borrow(self), parameter, number, &code)) {
            return zstd_raise_parameter(true, parameter, number);
        }
    }
    return 0;
}

static int
use_dictionary(ZstdCompressor *self, PyObject *argument)
{
    struct zstd_state *state = PyType_GetModuleState(Py_TYPE(self));
    dictionary_use_t use = ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_UNDIGESTED;
    int32_t handle;
    error_code_t code = 0;
    if (zstd_dictionary_of(state, argument, &handle, &use) < 0)
        return -1;
    zstd_compression_streams_own_dictionary_t own = {handle};
    if (zstd_compression_streams_method_compressor_use_dictionary(
            borrow(self), zstd_compression_streams_borrow_dictionary(own), use, self->level, &code))
        return 0;
    return zstd_raise_dictionary(state, true, use, code);
}

/* The compressor in the component, as the arguments want it. */
static int
make(ZstdCompressor *self, PyObject *level, PyObject *options, PyObject *zstd_dict)
{
    zstd_compression_streams_own_compressor_t own;
    error_code_t code = 0;
    if (!zstd_compression_streams_static_compressor_create(&own, &code)) {
        zstd_raise(PyType_GetModuleState(Py_TYPE(self)), "Unable to create a Zstandard compressor", code);
        return -1;
    }
    self->handle = own.__handle;
    self->last_mode = FLUSH_FRAME;
    self->level = zstd_compression_streams_default_level();
    if (link_failed()) {
        link_raise();
        return -1;
    }
    if (level != Py_None && options != Py_None) {
        PyErr_SetString(PyExc_TypeError, "Only one of level or options should be used.");
        return -1;
    }
    if ((level != Py_None && set_level_of(self, level) < 0) || (options != Py_None && set_options(self, options) < 0))
        return -1;
    return zstd_dict != Py_None ? use_dictionary(self, zstd_dict) : 0;
}

static PyObject *
compressor_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"level", "options", "zstd_dict", NULL};
    PyObject *level = Py_None, *options = Py_None, *zstd_dict = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOO:ZstdCompressor", names, &level, &options, &zstd_dict))
        return NULL;
    ZstdCompressor *self = (ZstdCompressor *)type->tp_alloc(type, 0);
    if (self != NULL && make(self, level, options, zstd_dict) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static void
compressor_dealloc(PyObject *object)
{
    ZstdCompressor *self = (ZstdCompressor *)object;
    PyTypeObject *type = Py_TYPE(self);
    if (self->handle != 0)
        zstd_compression_streams_compressor_drop_own((zstd_compression_streams_own_compressor_t){self->handle});
    type->tp_free(self);
    Py_DECREF(type);
}

static int
set_pledged(ZstdCompressor *self, uint64_t *size)
{
    error_code_t code = 0;
    if (zstd_compression_streams_method_compressor_set_pledged_size(borrow(self), size, &code))
        return 0;
    zstd_raise(PyType_GetModuleState(Py_TYPE(self)), "Unable to set pledged uncompressed content size", code);
    return -1;
}

/* Compresses all of the input, and flushes as `mode` says. -1 with an exception. */
static int
compress_into(ZstdCompressor *self, const uint8_t *input, size_t left, enum directive mode, struct zstd_output *output)
{
    /* libzstd takes the size of a frame that is given whole into its header; a slice is not the whole. */
    uint64_t whole = left;
    if (self->last_mode == FLUSH_FRAME && mode == FLUSH_FRAME && set_pledged(self, &whole) < 0)
        return -1;
    for (;;) {
        size_t size = left < SLICE ? left : SLICE;
        zstd_import_list_u8_t slice = {(uint8_t *)input, size};
        uint32_t room = zstd_room(output);
        enum directive what = size == left ? mode : CONTINUE;
        progress_t progress;
        error_code_t code = 0;
        if (!zstd_compression_streams_method_compressor_step(borrow(self), &slice, room, (uint8_t)what, &progress,
                                                             &code)) {
            zstd_raise_loading(PyType_GetModuleState(Py_TYPE(self)), "Unable to compress Zstandard data", code);
            return -1;
        }
        size_t consumed = progress.consumed <= size ? progress.consumed : size;
        bool done = progress.remaining == 0 && consumed == left;
        if (zstd_append(output, &progress, room) < 0)
            return -1;
        if (done)
            return 0;
        input += consumed;
        left -= consumed;
    }
}

/* The output of one call. After an exception the frame that was begun is forgotten. */
static PyObject *
compress(ZstdCompressor *self, const void *input, size_t size, enum directive mode)
{
    struct zstd_output output = {.limit = SIZE_MAX};
    PyObject *result = NULL;
    if (compress_into(self, input, size, mode, &output) == 0)
        result = zstd_finish(&output);
    else
        Py_CLEAR(output.bytes);
    if (result != NULL) {
        self->last_mode = mode;
        return result;
    }
    PyObject *exception = PyErr_GetRaisedException();
    self->last_mode = FLUSH_FRAME;
    zstd_compression_streams_method_compressor_reset(borrow(self));
    link_forget_error();
    PyErr_SetRaisedException(exception);
    return NULL;
}

static PyObject *
compressor_compress(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"data", "mode", NULL};
    Py_buffer data;
    int mode = CONTINUE;
    PyObject *result = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|i:compress", names, &data, &mode))
        return NULL;
    if (mode != CONTINUE && mode != FLUSH_BLOCK && mode != FLUSH_FRAME)
        PyErr_SetString(PyExc_ValueError,
                        "mode argument wrong value, it should be one of ZstdCompressor.CONTINUE, "
                        "ZstdCompressor.FLUSH_BLOCK, ZstdCompressor.FLUSH_FRAME.");
    else
        result = compress((ZstdCompressor *)object, data.buf, (size_t)data.len, (enum directive)mode);
    PyBuffer_Release(&data);
    return result;
}

static PyObject *
compressor_flush(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"mode", NULL};
    int mode = FLUSH_FRAME;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|i:flush", names, &mode))
        return NULL;
    if (mode != FLUSH_BLOCK && mode != FLUSH_FRAME) {
        PyErr_SetString(PyExc_ValueError, "mode argument wrong value, it should be ZstdCompressor.FLUSH_FRAME or "
                                          "ZstdCompressor.FLUSH_BLOCK.");
        return NULL;
    }
    return compress((ZstdCompressor *)object, "", 0, (enum directive)mode);
}

static PyObject *
compressor_set_pledged_input_size(PyObject *object, PyObject *argument)
{
    ZstdCompressor *self = (ZstdCompressor *)object;
    const uint64_t bound = UINT64_MAX - 1; /* what libzstd takes for unknown and for an error */
    uint64_t size = 0;
    if (argument != Py_None) {
        size = PyLong_AsUnsignedLongLong(argument);
        bool failed = size == UINT64_MAX && PyErr_Occurred() != NULL;
        if (failed && !PyErr_ExceptionMatches(PyExc_OverflowError))
            return NULL;
        if (failed || size >= bound)
            return PyErr_Format(PyExc_ValueError, "size argument should be a positive int less than %llu",
                                (unsigned long long)bound);
    }
    if (self->last_mode != FLUSH_FRAME) {
        PyErr_SetString(PyExc_ValueError,
                        "set_pledged_input_size() method must be called when last_mode == FLUSH_FRAME");
        return NULL;
    }
    return set_pledged(self, argument == Py_None ? NULL : &size) < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(compress_doc, "compress($self, /, data, mode=ZstdCompressor.CONTINUE)\n--\n\n"
                           "Provide data to the compressor object.\n\n"
                           "Return a chunk of compressed data if possible, or b'' otherwise. When you have\n"
                           "finished providing data, call the flush() method to finish the frame.");
PyDoc_STRVAR(flush_doc, "flush($self, /, mode=ZstdCompressor.FLUSH_FRAME)\n--\n\n"
                        "Finish the compression process.\n\n"
                        "Flush any remaining data left in internal buffers. The compressor object can still\n"
                        "be used after this method is called.");
PyDoc_STRVAR(pledge_doc, "set_pledged_input_size($self, size, /)\n--\n\n"
                         "Set the uncompressed content size to be written into the frame header.\n\n"
                         "None means that it is unknown. The size must be the actual one.");

static PyMethodDef compressor_methods[] = {
    {"compress", (PyCFunction)(void (*)(void))compressor_compress, METH_VARARGS | METH_KEYWORDS, compress_doc},
    {"flush", (PyCFunction)(void (*)(void))compressor_flush, METH_VARARGS | METH_KEYWORDS, flush_doc},
    {"set_pledged_input_size", compressor_set_pledged_input_size, METH_O, pledge_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef compressor_members[] = {
    {"last_mode", Py_T_INT, offsetof(ZstdCompressor, last_mode), Py_READONLY,
     PyDoc_STR("The last mode used to this compressor object; FLUSH_FRAME to begin with.")},
    {NULL, 0, 0, 0, NULL},
};

PyDoc_STRVAR(compressor_doc, "ZstdCompressor(level=None, options=None, zstd_dict=None)\n--\n\n"
                             "Create a compressor object for compressing data incrementally.\n\n"
                             "  level\n    The compression level to use. Defaults to COMPRESSION_LEVEL_DEFAULT.\n"
                             "  options\n    A dict object that contains advanced compression parameters.\n"
                             "  zstd_dict\n    A ZstdDict object, a pre-trained Zstandard dictionary.");

static PyType_Slot compressor_slots[] = {
    {Py_tp_new, compressor_new},         {Py_tp_dealloc, compressor_dealloc},
    {Py_tp_methods, compressor_methods}, {Py_tp_members, compressor_members},
    {Py_tp_doc, (void *)compressor_doc}, {0, NULL},
};

PyType_Spec zstd_compressor_spec = {
    .name = "compression.zstd.ZstdCompressor",
    .basicsize = sizeof(ZstdCompressor),
    .flags = Py_TPFLAGS_DEFAULT, /* immutable once it has its constants: zstd_module.c */
    .slots = compressor_slots,
};
