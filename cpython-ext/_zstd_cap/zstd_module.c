/* _zstd: what compression.zstd is over, with the interface of Python 3.14's _zstd, over the zstd:compression contract. */
#include "zstd_module.h"

#include <string.h>

#include "link_python.h"

struct zstd_state *
zstd_state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

/* The sizes of samples as the contract takes them, into `*sizes`, which is the caller's to free. -1 with ValueError unless
 * they are those of `total` bytes. */
static int
sizes_of(PyObject *tuple, size_t total, zstd_import_list_u32_t *sizes)
{
    Py_ssize_t count = PyTuple_GET_SIZE(tuple);
    *sizes = (zstd_import_list_u32_t){PyMem_New(uint32_t, (size_t)count + 1), (size_t)count};
    if (sizes->ptr == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        size_t size = PyLong_AsSize_t(PyTuple_GET_ITEM(tuple, i));
        bool failed = size == (size_t)-1 && PyErr_Occurred() != NULL;
        if (failed && !PyErr_ExceptionMatches(PyExc_OverflowError))
            return -1;
        if (failed || size > total) {
            total = SIZE_MAX;
            break;
        }
        sizes->ptr[i] = (uint32_t)size;
        total -= size;
    }
    if (total == 0)
        return 0;
    PyErr_SetString(PyExc_ValueError, "The samples size tuple doesn't match the concatenation's size.");
    return -1;
}

/* The end of both functions that make a dictionary: the bytes, which the list's are copied to. */
static PyObject *
bytes_of(zstd_import_list_u8_t *list)
{
    PyObject *bytes = PyBytes_FromStringAndSize((const char *)list->ptr, (Py_ssize_t)list->len);
    zstd_import_list_u8_free(list);
    return bytes;
}

/* Whether there is memory for what a function that makes a dictionary is given, in the component, and for what it gives,
 * here. `content` may be null. False with an exception. */
static bool
have_room(PyObject *content, PyObject *samples, const zstd_import_list_u32_t *sizes, Py_ssize_t dict_size)
{
    uint64_t given = (uint64_t)PyBytes_GET_SIZE(samples) + (uint64_t)sizes->len * sizeof *sizes->ptr;
    if (content != NULL)
        given += (uint64_t)PyBytes_GET_SIZE(content);
    void *volatile memory = malloc((size_t)dict_size);
    free(memory);
    if (memory == NULL) {
        PyErr_NoMemory();
        return false;
    }
    return zstd_reserve(given);
}

static zstd_import_list_u8_t
list_of(PyObject *bytes)
{
    return (zstd_import_list_u8_t){(uint8_t *)PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes)};
}

/* A dictionary of at most so many bytes; false with ValueError for a size that is none. */
static bool
is_size(Py_ssize_t size)
{
    if (size <= 0)
        PyErr_SetString(PyExc_ValueError, "dict_size argument should be positive number.");
    return size > 0;
}

static PyObject *
train_dict(PyObject *module, PyObject *args)
{
    PyObject *samples, *tuple, *result = NULL;
    Py_ssize_t dict_size;
    if (!PyArg_ParseTuple(args, "SO!n:train_dict", &samples, &PyTuple_Type, &tuple, &dict_size) ||
        !is_size(dict_size))
        return NULL;
    zstd_import_list_u32_t sizes;
    if (sizes_of(tuple, (size_t)PyBytes_GET_SIZE(samples), &sizes) == 0 && have_room(NULL, samples, &sizes, dict_size)) {
        zstd_import_list_u8_t input = list_of(samples), dictionary;
        error_code_t code = 0;
        if (zstd_compression_streams_train(&input, &sizes, (uint32_t)dict_size, &dictionary, &code))
            result = bytes_of(&dictionary);
        else
            zstd_raise(zstd_state_of(module), "Unable to train the Zstandard dictionary", code);
    }
    PyMem_Free(sizes.ptr);
    return result;
}

static PyObject *
finalize_dict(PyObject *module, PyObject *args)
{
    PyObject *custom, *samples, *tuple, *result = NULL;
    Py_ssize_t dict_size;
    int level;
    if (!PyArg_ParseTuple(args, "SSO!ni:finalize_dict", &custom, &samples, &PyTuple_Type, &tuple, &dict_size, &level) ||
        !is_size(dict_size))
        return NULL;
    zstd_import_list_u32_t sizes;
    if (sizes_of(tuple, (size_t)PyBytes_GET_SIZE(samples), &sizes) == 0 &&
        have_room(custom, samples, &sizes, dict_size)) {
        zstd_import_list_u8_t content = list_of(custom), input = list_of(samples), dictionary;
        error_code_t code = 0;
        if (zstd_compression_streams_finalize(&content, &input, &sizes, (uint32_t)dict_size, level, &dictionary, &code))
            result = bytes_of(&dictionary);
        else
            zstd_raise(zstd_state_of(module), "Unable to finalize the Zstandard dictionary", code);
    }
    PyMem_Free(sizes.ptr);
    return result;
}

static PyObject *
get_param_bounds(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"parameter", "is_compress", NULL};
    int parameter, is_compress;
    bounds_t bounds;
    error_code_t code = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "ip:get_param_bounds", names, &parameter, &is_compress))
        return NULL;
    if (is_compress ? zstd_compression_streams_compressor_bounds(parameter, &bounds, &code)
                    : zstd_compression_streams_decompressor_bounds(parameter, &bounds, &code))
        return Py_BuildValue("ii", (int)bounds.lower, (int)bounds.upper);
    return zstd_raise(zstd_state_of(module),
                      is_compress ? "Unable to get zstd compression parameter bounds"
                                  : "Unable to get zstd decompression parameter bounds",
                      code);
}

static PyObject *
get_frame_size(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"frame_buffer", NULL};
    Py_buffer data;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*:get_frame_size", names, &data))
        return NULL;
    zstd_import_list_u8_t list = {data.buf, (size_t)data.len};
    uint32_t size;
    error_code_t code = 0;
    if (!zstd_reserve(list.len)) {
        PyBuffer_Release(&data);
        return NULL;
    }
    bool found = zstd_compression_streams_frame_size(&list, &size, &code);
    PyBuffer_Release(&data);
    if (found)
        return PyLong_FromUnsignedLong(size);
    return zstd_raise(zstd_state_of(module),
                      "Error when finding the compressed size of a Zstandard frame. Ensure the frame_buffer argument "
                      "starts from the beginning of a frame, and its length is not less than this complete frame. "
                      "Zstd error message",
                      code);
}

static PyObject *
get_frame_info(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"frame_buffer", NULL};
    enum { HEADER = 64 }; /* more than any header has */
    Py_buffer data;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*:get_frame_info", names, &data))
        return NULL;
    zstd_import_list_u8_t list = {data.buf, (size_t)(data.len < HEADER ? data.len : HEADER)};
    zstd_compression_streams_frame_info_t info;
    bool found = zstd_compression_streams_frame_header(&list, &info);
    PyBuffer_Release(&data);
    if (link_failed())
        return link_raise();
    if (!found) {
        PyErr_SetString(zstd_state_of(module)->error,
                        "Error when getting information from the header of a Zstandard frame. Ensure the frame_buffer "
                        "argument starts from the beginning of a frame, and its length is not less than the frame "
                        "header (6~18 bytes).");
        return NULL;
    }
    if (!info.content_size.is_some)
        return Py_BuildValue("OI", Py_None, (unsigned)info.dictionary_id);
    return Py_BuildValue("KI", (unsigned long long)info.content_size.val, (unsigned)info.dictionary_id);
}

static PyObject *
set_parameter_types(PyObject *module, PyObject *args)
{
    struct zstd_state *state = zstd_state_of(module);
    PyObject *compression, *decompression;
    if (!PyArg_ParseTuple(args, "O!O!:set_parameter_types", &PyType_Type, &compression, &PyType_Type, &decompression))
        return NULL;
    Py_XSETREF(state->compression_parameter, (PyTypeObject *)Py_NewRef(compression));
    Py_XSETREF(state->decompression_parameter, (PyTypeObject *)Py_NewRef(decompression));
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"train_dict", train_dict, METH_VARARGS, PyDoc_STR("Train a Zstandard dictionary on sample data.")},
    {"finalize_dict", finalize_dict, METH_VARARGS, PyDoc_STR("Finalize a Zstandard dictionary.")},
    {"get_param_bounds", (PyCFunction)(void (*)(void))get_param_bounds, METH_VARARGS | METH_KEYWORDS,
     PyDoc_STR("Get CompressionParameter/DecompressionParameter bounds.")},
    {"get_frame_size", (PyCFunction)(void (*)(void))get_frame_size, METH_VARARGS | METH_KEYWORDS,
     PyDoc_STR("get_frame_size($module, /, frame_buffer)\n--\n\n"
               "Get the size of a Zstandard frame, including the header and optional checksum.")},
    {"get_frame_info", (PyCFunction)(void (*)(void))get_frame_info, METH_VARARGS | METH_KEYWORDS,
     PyDoc_STR("Get Zstandard frame information from a frame header.")},
    {"set_parameter_types", set_parameter_types, METH_VARARGS,
     PyDoc_STR("Set CompressionParameter and DecompressionParameter types for validity check.")},
    {NULL, NULL, 0, NULL},
};

/* Constants of zstd.h, which are the same in all versions. */
static const struct {
    const char *name;
    int value;
} constants[] = {
    {"ZSTD_c_compressionLevel", 100},
    {"ZSTD_c_windowLog", 101},
    {"ZSTD_c_hashLog", 102},
    {"ZSTD_c_chainLog", 103},
    {"ZSTD_c_searchLog", 104},
    {"ZSTD_c_minMatch", 105},
    {"ZSTD_c_targetLength", 106},
    {"ZSTD_c_strategy", 107},
    {"ZSTD_c_enableLongDistanceMatching", 160},
    {"ZSTD_c_ldmHashLog", 161},
    {"ZSTD_c_ldmMinMatch", 162},
    {"ZSTD_c_ldmBucketSizeLog", 163},
    {"ZSTD_c_ldmHashRateLog", 164},
    {"ZSTD_c_contentSizeFlag", 200},
    {"ZSTD_c_checksumFlag", 201},
    {"ZSTD_c_dictIDFlag", 202},
    {"ZSTD_c_nbWorkers", 400},
    {"ZSTD_c_jobSize", 401},
    {"ZSTD_c_overlapLog", 402},
    {"ZSTD_d_windowLogMax", 100},
    {"ZSTD_fast", 1},
    {"ZSTD_dfast", 2},
    {"ZSTD_greedy", 3},
    {"ZSTD_lazy", 4},
    {"ZSTD_lazy2", 5},
    {"ZSTD_btlazy2", 6},
    {"ZSTD_btopt", 7},
    {"ZSTD_btultra", 8},
    {"ZSTD_btultra2", 9},
    {"ZSTD_DStreamOutSize", 128 * 1024},
};

/* `zstd_version` and what else the component knows. -1 with an exception. */
static int
ask_the_library(PyObject *module)
{
    zstd_import_string_t text;
    zstd_compression_streams_library_version(&text);
    if (link_failed()) {
        link_raise();
        return -1;
    }
    PyObject *version = PyUnicode_DecodeUTF8((const char *)text.ptr, (Py_ssize_t)text.len, "replace");
    zstd_import_string_free(&text);
    if (PyModule_Add(module, "zstd_version", version) < 0)
        return -1;
    int level = zstd_compression_streams_default_level();
    if (link_failed()) {
        link_raise();
        return -1;
    }
    return PyModule_AddIntConstant(module, "ZSTD_CLEVEL_DEFAULT", level);
}

/* Makes a class of the module. Null with an exception. */
static PyTypeObject *
add_type(PyObject *module, PyType_Spec *spec)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    if (type != NULL && PyModule_AddType(module, type) < 0)
        Py_CLEAR(type);
    return type;
}

/* The modes, after which the class is as immutable as the others. */
static int
finish_compressor(PyTypeObject *type)
{
    static const char *const modes[] = {"CONTINUE", "FLUSH_BLOCK", "FLUSH_FRAME"};
    for (int mode = CONTINUE; mode <= FLUSH_FRAME; mode++) {
        PyObject *value = PyLong_FromLong(mode);
        int added = value == NULL ? -1 : PyObject_SetAttrString((PyObject *)type, modes[mode], value);
        Py_XDECREF(value);
        if (added < 0)
            return -1;
    }
    type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
    PyType_Modified(type);
    return 0;
}

static int
module_exec(PyObject *module)
{
    struct zstd_state *state = zstd_state_of(module);
    state->error = PyErr_NewExceptionWithDoc("compression.zstd.ZstdError", "An error occurred in the zstd library.", NULL,
                                             NULL);
    if (state->error == NULL || PyModule_AddType(module, (PyTypeObject *)state->error) < 0)
        return -1;
    if ((state->dictionary_type = add_type(module, &zstd_dictionary_spec)) == NULL ||
        (state->compressor_type = add_type(module, &zstd_compressor_spec)) == NULL ||
        (state->decompressor_type = add_type(module, &zstd_decompressor_spec)) == NULL ||
        finish_compressor(state->compressor_type) < 0)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(constants); i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return -1;
    return ask_the_library(module);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct zstd_state *state = zstd_state_of(module);
    Py_VISIT(state->error);
    Py_VISIT(state->dictionary_type);
    Py_VISIT(state->compressor_type);
    Py_VISIT(state->decompressor_type);
    Py_VISIT(state->compression_parameter);
    Py_VISIT(state->decompression_parameter);
    return 0;
}

static int
module_clear(PyObject *module)
{
    struct zstd_state *state = zstd_state_of(module);
    Py_CLEAR(state->error);
    Py_CLEAR(state->dictionary_type);
    Py_CLEAR(state->compressor_type);
    Py_CLEAR(state->decompressor_type);
    Py_CLEAR(state->compression_parameter);
    Py_CLEAR(state->decompression_parameter);
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_zstd",
    .m_doc = PyDoc_STR("Implementation module for Zstandard compression."),
    .m_size = sizeof(struct zstd_state),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC
PyInit__zstd(void)
{
    return PyModuleDef_Init(&definition);
}
