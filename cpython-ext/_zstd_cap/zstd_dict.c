/* _zstd.ZstdDict: the content of a dictionary here, and the same in the component for streams that use it. */
#include "zstd_module.h"

#include "link_python.h"

typedef struct {
    PyObject_HEAD
    int32_t handle; /* 0: there is none */
    PyObject *content;
    unsigned int id;
} ZstdDict;

/* As in a pair of a dictionary and how it is to be used. */
_Static_assert(ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_DIGESTED == 0, "use");
_Static_assert(ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_PREFIX == 2, "use");

int
zstd_dictionary_of(struct zstd_state *state, PyObject *argument, int32_t *handle, dictionary_use_t *use)
{
    PyObject *dictionary = argument;
    if (PyTuple_CheckExact(argument) && PyTuple_GET_SIZE(argument) == 2 && PyLong_Check(PyTuple_GET_ITEM(argument, 1))) {
        int number = PyLong_AsInt(PyTuple_GET_ITEM(argument, 1));
        if (number == -1 && PyErr_Occurred())
            return -1;
        dictionary = NULL;
        if (number >= 0 && number <= ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_PREFIX) {
            dictionary = PyTuple_GET_ITEM(argument, 0);
            *use = (dictionary_use_t)number;
        }
    }
    if (dictionary == NULL || !PyObject_TypeCheck(dictionary, state->dictionary_type)) {
        PyErr_SetString(PyExc_TypeError, "zstd_dict argument should be a ZstdDict object.");
        return -1;
    }
    *handle = ((ZstdDict *)dictionary)->handle;
    return 0;
}

/* The dictionary in the component, of the content that `self` has. */
static int
make(ZstdDict *self, struct zstd_state *state, bool is_raw)
{
    zstd_import_list_u8_t content = {(uint8_t *)PyBytes_AS_STRING(self->content),
                                     (size_t)PyBytes_GET_SIZE(self->content)};
    zstd_compression_streams_own_dictionary_t own;
    error_code_t code = 0;
    if (!zstd_reserve(content.len))
        return -1;
    if (!zstd_compression_streams_static_dictionary_create(&content, &own, &code)) {
        zstd_raise(state, "Unable to keep a Zstandard dictionary", code);
        return -1;
    }
    self->handle = own.__handle;
    self->id = zstd_compression_streams_method_dictionary_id(zstd_compression_streams_borrow_dictionary(own));
    if (link_failed()) {
        link_raise();
        return -1;
    }
    if (!is_raw && self->id == 0) {
        PyErr_SetString(PyExc_ValueError, "invalid Zstandard dictionary");
        return -1;
    }
    return 0;
}

static PyObject *
dict_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"", "is_raw", NULL};
    Py_buffer content;
    int is_raw = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|$p:ZstdDict", names, &content, &is_raw))
        return NULL;
    ZstdDict *self = NULL;
    if (content.len < 8) {
        PyErr_SetString(PyExc_ValueError,
                        "Zstandard dictionary content too short (must have at least eight bytes)");
    } else if ((self = (ZstdDict *)type->tp_alloc(type, 0)) != NULL) {
        self->content = PyBytes_FromStringAndSize(content.buf, content.len);
        if (self->content == NULL || make(self, PyType_GetModuleState(type), is_raw) < 0)
            Py_CLEAR(self);
    }
    PyBuffer_Release(&content);
    return (PyObject *)self;
}

static void
dict_dealloc(PyObject *object)
{
    ZstdDict *self = (ZstdDict *)object;
    PyTypeObject *type = Py_TYPE(self);
    if (self->handle != 0)
        zstd_compression_streams_dictionary_drop_own((zstd_compression_streams_own_dictionary_t){self->handle});
    Py_CLEAR(self->content);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
dict_repr(PyObject *object)
{
    ZstdDict *self = (ZstdDict *)object;
    return PyUnicode_FromFormat("<ZstdDict dict_id=%u dict_size=%zd>", self->id, PyBytes_GET_SIZE(self->content));
}

static Py_ssize_t
dict_length(PyObject *object)
{
    return PyBytes_GET_SIZE(((ZstdDict *)object)->content);
}

/* The getters of pairs: `closure` is how it is to be used. */
static PyObject *
dict_as(PyObject *object, void *closure)
{
    return Py_BuildValue("Oi", object, (int)(intptr_t)closure);
}

static PyMemberDef dict_members[] = {
    {"dict_id", Py_T_UINT, offsetof(ZstdDict, id), Py_READONLY,
     PyDoc_STR("The Zstandard dictionary, an int between 0 and 2**32.\n\nZero is for a dictionary of raw content.")},
    {"dict_content", Py_T_OBJECT_EX, offsetof(ZstdDict, content), Py_READONLY,
     PyDoc_STR("The content of a Zstandard dictionary, as a bytes object.")},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef dict_getset[] = {
    {"as_digested_dict", dict_as, NULL,
     PyDoc_STR("To be loaded as a digested dictionary: faster, and may override parameters of the compressor."),
     (void *)ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_DIGESTED},
    {"as_undigested_dict", dict_as, NULL,
     PyDoc_STR("To be loaded as an undigested dictionary: slower, and overrides nothing."),
     (void *)ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_UNDIGESTED},
    {"as_prefix", dict_as, NULL, PyDoc_STR("To be loaded as a prefix, for the first frame only."),
     (void *)ZSTD_COMPRESSION_STREAMS_DICTIONARY_USE_PREFIX},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(dict_doc, "ZstdDict(dict_content, /, *, is_raw=False)\n--\n\n"
                       "Represents a Zstandard dictionary.\n\n"
                       "  dict_content\n    The content of a Zstandard dictionary as a bytes-like object.\n"
                       "  is_raw\n    If true, perform no checks on dict_content.\n\n"
                       "The dictionary can be used for compression or decompression, and can be\n"
                       "shared by multiple ZstdCompressor or ZstdDecompressor objects.");

static PyType_Slot dict_slots[] = {
    {Py_tp_new, dict_new},         {Py_tp_dealloc, dict_dealloc}, {Py_tp_repr, dict_repr},
    {Py_sq_length, dict_length},   {Py_tp_members, dict_members}, {Py_tp_getset, dict_getset},
    {Py_tp_doc, (void *)dict_doc}, {0, NULL},
};

PyType_Spec zstd_dictionary_spec = {
    .name = "compression.zstd.ZstdDict",
    .basicsize = sizeof(ZstdDict),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = dict_slots,
};
