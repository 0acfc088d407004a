/* blake3: the interface of the PyPI package of this name, over the blake3:hashing contract. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

#include "blake3_import.h"
#include "link_python.h"

typedef blake3_hashing_hashing_own_hasher_t own_hasher_t;

enum {
    KEY_SIZE = 32,
    DIGEST_SIZE = 32,
    BLOCK_SIZE = 64,
    AUTO = -1,
    /* The most that one call takes or returns: what is copied into the component stays in a core's cache until it is read
     * there. */
    SLICE = 64 * 1024,
};

/* A blake3.blake3. Its hasher is in the component; 0 is no handle. */
struct hasher {
    PyObject_HEAD
    own_hasher_t own;
};

static blake3_hashing_hashing_borrow_hasher_t
borrowed(const struct hasher *self)
{
    return blake3_hashing_hashing_borrow_hasher(self->own);
}

/* ---- Arguments ---- */

/* Bytes of any shape without gaps. TypeError for what is not bytes-like, BufferError for gaps and for items that are no
 * bytes. True: `view` is to be released. */
static bool
get_bytes(PyObject *object, Py_buffer *view)
{
    if (PyObject_GetBuffer(object, view, PyBUF_ND | PyBUF_FORMAT) < 0)
        return false;
    const char *format = view->format;
    if (format == NULL || (strchr("Bbc", format[0]) != NULL && format[0] != '\0' && format[1] == '\0'))
        return true;
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_BufferError, "buffer contents are not compatible with u8");
    return false;
}

/* An unsigned integer of 64 bits, of what has `__index__`. OverflowError for others, TypeError for what is no integer. */
static bool
get_u64(PyObject *object, unsigned long long *value)
{
    PyObject *number = PyNumber_Index(object);
    if (number == NULL)
        return false;
    *value = PyLong_AsUnsignedLongLong(number);
    Py_DECREF(number);
    return *value != (unsigned long long)-1 || !PyErr_Occurred();
}

/* ---- Making hashers ---- */

/* A new object for what the component made, or the exception for why it did not. */
static PyObject *
wrap(PyTypeObject *type, bool made, own_hasher_t own, blake3_hashing_hashing_failure_t failure)
{
    if (link_failed())
        return link_raise();
    if (!made) {
        if (failure == BLAKE3_HASHING_HASHING_FAILURE_MEMORY)
            return PyErr_NoMemory();
        PyErr_SetString(PyExc_SystemError, "blake3: the component refuses a key of 32 bytes");
        return NULL;
    }
    struct hasher *self = (struct hasher *)type->tp_alloc(type, 0);
    if (self == NULL) {
        blake3_hashing_hashing_hasher_drop_own(own);
        return NULL;
    }
    self->own = own;
    return (PyObject *)self;
}

static PyObject *
create(PyTypeObject *type, blake3_hashing_hashing_purpose_t *purpose)
{
    own_hasher_t own = {0};
    blake3_hashing_hashing_failure_t failure = 0;
    bool made = blake3_hashing_hashing_static_hasher_create(purpose, &own, &failure);
    return wrap(type, made, own, failure);
}

/* A keyed hasher. ValueError for a key of another size. */
static PyObject *
create_keyed(PyTypeObject *type, PyObject *key)
{
    Py_buffer view;

    if (!get_bytes(key, &view))
        return NULL;
    PyObject *self = NULL;
    if (view.len == KEY_SIZE) {
        blake3_hashing_hashing_purpose_t purpose = {.tag = BLAKE3_HASHING_HASHING_PURPOSE_KEYED};
        purpose.val.keyed = (blake3_import_list_u8_t){view.buf, KEY_SIZE};
        self = create(type, &purpose);
    } else {
        PyErr_Format(PyExc_ValueError, "expected a %d-byte key, found %zd", KEY_SIZE, view.len);
    }
    PyBuffer_Release(&view);
    return self;
}

/* A hasher that derives keys. A context of more than a slice is no constant of a program: ValueError. */
static PyObject *
create_deriving(PyTypeObject *type, PyObject *context)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(context, &length);

    if (text == NULL)
        return NULL;
    if (length > SLICE) {
        PyErr_SetString(PyExc_ValueError, "derive_key_context is longer than 64 KiB");
        return NULL;
    }
    blake3_hashing_hashing_purpose_t purpose = {.tag = BLAKE3_HASHING_HASHING_PURPOSE_DERIVE_KEY};
    purpose.val.derive_key = (blake3_import_string_t){(uint8_t *)text, (size_t)length};
    return create(type, &purpose);
}

/* A hasher by its arguments. A key and a context are looked at by themselves before they are looked at together. */
static PyObject *
create_of(PyTypeObject *type, PyObject *key, PyObject *context)
{
    if (context != Py_None && !PyUnicode_Check(context)) {
        PyErr_Format(PyExc_TypeError, "derive_key_context must be str, not %s", Py_TYPE(context)->tp_name);
        return NULL;
    }
    if (context != Py_None && PyUnicode_AsUTF8(context) == NULL)
        return NULL;
    if (key != Py_None && context != Py_None) {
        PyErr_SetString(PyExc_ValueError, "cannot use key and derive_key_context at the same time");
        return NULL;
    }
    if (key != Py_None)
        return create_keyed(type, key);
    if (context != Py_None)
        return create_deriving(type, context);
    return create(type, &(blake3_hashing_hashing_purpose_t){.tag = BLAKE3_HASHING_HASHING_PURPOSE_HASH});
}

/* ---- Methods ---- */

/* Adds all of `object`, a slice at a time. */
static bool
add(struct hasher *self, PyObject *object)
{
    Py_buffer view;

    if (!get_bytes(object, &view))
        return false;
    uint8_t *data = view.buf;
    size_t left = (size_t)view.len;
    while (left > 0 && !link_failed()) {
        blake3_import_list_u8_t slice = {data, left < SLICE ? left : SLICE};
        blake3_hashing_hashing_method_hasher_update(borrowed(self), &slice);
        data += slice.len;
        left -= slice.len;
    }
    PyBuffer_Release(&view);
    if (link_failed())
        link_raise();
    return !PyErr_Occurred();
}

PyDoc_STRVAR(blake3_doc,
"blake3(data=b'', /, *, key=None, derive_key_context=None, max_threads=1, usedforsecurity=True)\n--\n\n"
"A BLAKE3 hash that is being computed.\n"
"\n"
"  data\n"
"    The first input, a bytes-like object.\n"
"  key\n"
"    32 bytes, for a keyed hash.\n"
"  derive_key_context\n"
"    The application's context, a str, for a derived key. Not with a key.\n"
"  max_threads, usedforsecurity\n"
"    Accepted for compatibility. There is one thread.");

/* TypeError, ValueError (both a key and a context, a key of another size, no number of threads), MemoryError. */
static PyObject *
blake3_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"", "key", "derive_key_context", "max_threads", "usedforsecurity", NULL};
    PyObject *data = Py_None, *key = Py_None, *context = Py_None, *security;
    long long threads = 1;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O$OOLO!:blake3", names, &data, &key, &context, &threads, &PyBool_Type,
                                     &security))
        return NULL;
    if (threads < 1 && threads != AUTO) {
        PyErr_SetString(PyExc_ValueError, "not a valid number of threads");
        return NULL;
    }
    PyObject *self = create_of(type, key, context);
    if (self != NULL && data != Py_None && !add((struct hasher *)self, data))
        Py_CLEAR(self);
    return self;
}

static void
blake3_dealloc(PyObject *object)
{
    struct hasher *self = (struct hasher *)object;
    PyTypeObject *type = Py_TYPE(object);

    if (self->own.__handle != 0)
        blake3_hashing_hashing_hasher_drop_own(self->own);
    type->tp_free(object);
    Py_DECREF(type);
}

PyDoc_STRVAR(update_doc,
"update($self, data, /)\n--\n\n"
"Add input, a bytes-like object. Returns the hasher.");

static PyObject *
blake3_update(PyObject *self, PyObject *data)
{
    return add((struct hasher *)self, data) ? Py_NewRef(self) : NULL;
}

/* Adds what `file` reads, to its end. */
static bool
add_file(struct hasher *self, PyObject *file)
{
    for (;;) {
        PyObject *piece = PyObject_CallMethod(file, "read", "i", SLICE);
        if (piece == NULL)
            return false;
        bool end = PyBytes_Check(piece) && PyBytes_GET_SIZE(piece) == 0;
        bool added = end || add(self, piece);
        Py_DECREF(piece);
        if (end || !added)
            return added;
    }
}

/* Closes `file`. An exception that is set already stays. */
static bool
close_file(PyObject *file)
{
    PyObject *raised = PyErr_GetRaisedException();
    PyObject *closed = PyObject_CallMethod(file, "close", NULL);

    if (raised != NULL)
        PyErr_SetRaisedException(raised);
    Py_XDECREF(closed);
    return closed != NULL;
}

PyDoc_STRVAR(update_mmap_doc,
"update_mmap($self, path)\n--\n\n"
"Add the content of a file, which is read. Returns the hasher.");

/* OSError where it cannot be read; TypeError for what is no path or one of bytes. */
static PyObject *
blake3_update_mmap(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"path", NULL};
    PyObject *path;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:update_mmap", names, &path))
        return NULL;
    PyObject *name = PyOS_FSPath(path);
    if (name == NULL)
        return NULL;
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "path must be str or os.PathLike of str, not %s", Py_TYPE(name)->tp_name);
        Py_DECREF(name);
        return NULL;
    }
    PyObject *io = PyImport_ImportModule("io");
    PyObject *file = io == NULL ? NULL : PyObject_CallMethod(io, "FileIO", "O", name);
    Py_XDECREF(io);
    Py_DECREF(name);
    if (file == NULL)
        return NULL;
    bool added = add_file((struct hasher *)self, file);
    added = close_file(file) && added;
    Py_DECREF(file);
    return added ? Py_NewRef(self) : NULL;
}

/* `length` bytes of output from `seek` on, at `to`. */
static bool
output(struct hasher *self, unsigned long long seek, uint8_t *to, size_t length)
{
    while (length > 0) {
        blake3_import_list_u8_t piece;
        uint32_t wanted = length < SLICE ? (uint32_t)length : SLICE;
        blake3_hashing_hashing_method_hasher_output(borrowed(self), seek, wanted, &piece);
        if (link_failed()) {
            link_raise();
            return false;
        }
        memcpy(to, piece.ptr, piece.len);
        blake3_import_list_u8_free(&piece);
        to += wanted;
        seek += wanted;
        length -= wanted;
    }
    return true;
}

/* The arguments and the work of digest() and hexdigest(). */
static PyObject *
digest(PyObject *self, PyObject *args, PyObject *kwargs, const char *format)
{
    static char *names[] = {"length", "seek", NULL};
    PyObject *of_length = NULL, *of_seek = NULL;
    unsigned long long length = DIGEST_SIZE, seek = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, names, &of_length, &of_seek))
        return NULL;
    if ((of_length != NULL && !get_u64(of_length, &length)) || (of_seek != NULL && !get_u64(of_seek, &seek)))
        return NULL;
    if (length > PY_SSIZE_T_MAX)
        return PyErr_NoMemory();
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)length);
    if (bytes != NULL && !output((struct hasher *)self, seek, (uint8_t *)PyBytes_AS_STRING(bytes), (size_t)length))
        Py_CLEAR(bytes);
    return bytes;
}

PyDoc_STRVAR(digest_doc,
"digest($self, length=32, *, seek=0)\n--\n\n"
"The output so far: length bytes of it, from position seek on.");

static PyObject *
blake3_digest(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return digest(self, args, kwargs, "|O$O:digest");
}

PyDoc_STRVAR(hexdigest_doc,
"hexdigest($self, length=32, *, seek=0)\n--\n\n"
"The same as hexadecimal digits.");

static PyObject *
blake3_hexdigest(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *bytes = digest(self, args, kwargs, "|O$O:hexdigest");
    PyObject *text = bytes == NULL ? NULL : PyObject_CallMethod(bytes, "hex", NULL);
    Py_XDECREF(bytes);
    return text;
}

PyDoc_STRVAR(copy_doc,
"copy($self, /)\n--\n\n"
"An independent hasher in the same state.");

static PyObject *
blake3_copy(PyObject *self, PyObject *Py_UNUSED(none))
{
    own_hasher_t own = {0};
    blake3_hashing_hashing_failure_t failure = 0;
    bool made = blake3_hashing_hashing_method_hasher_copy(borrowed((struct hasher *)self), &own, &failure);
    return wrap(Py_TYPE(self), made, own, failure);
}

PyDoc_STRVAR(reset_doc,
"reset($self, /)\n--\n\n"
"Forget all input.");

static PyObject *
blake3_reset(PyObject *self, PyObject *Py_UNUSED(none))
{
    blake3_hashing_hashing_method_hasher_reset(borrowed((struct hasher *)self));
    return link_failed() ? link_raise() : Py_NewRef(Py_None);
}

#define WITH_KEYWORDS(function) (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS

static PyMethodDef methods[] = {
    {"update", blake3_update, METH_O, update_doc},
    {"update_mmap", WITH_KEYWORDS(blake3_update_mmap), update_mmap_doc},
    {"digest", WITH_KEYWORDS(blake3_digest), digest_doc},
    {"hexdigest", WITH_KEYWORDS(blake3_hexdigest), hexdigest_doc},
    {"copy", blake3_copy, METH_NOARGS, copy_doc},
    {"reset", blake3_reset, METH_NOARGS, reset_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot type_slots[] = {
    {Py_tp_doc, (void *)blake3_doc},
    {Py_tp_new, blake3_new},
    {Py_tp_dealloc, blake3_dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec type_spec = {
    .name = "blake3.blake3",
    .basicsize = sizeof(struct hasher),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = type_slots,
};

/* ---- The module ---- */

/* The attributes of the class. */
static int
add_constants(PyObject *type)
{
    const struct {
        const char *name;
        long value;
    } sizes[] = {{"digest_size", DIGEST_SIZE}, {"block_size", BLOCK_SIZE}, {"key_size", KEY_SIZE}, {"AUTO", AUTO}};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        PyObject *value = PyLong_FromLong(sizes[i].value);
        int failed = value == NULL || PyObject_SetAttrString(type, sizes[i].name, value) < 0;
        Py_XDECREF(value);
        if (failed)
            return -1;
    }
    PyObject *name = PyUnicode_FromString("blake3");
    int failed = name == NULL ? -1 : PyObject_SetAttrString(type, "name", name);
    Py_XDECREF(name);
    return failed;
}

static int
blake3_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &type_spec, NULL);
    int failed = type == NULL || add_constants(type) < 0 || PyModule_AddType(module, (PyTypeObject *)type) < 0;
    Py_XDECREF(type);
    /* The version of the package whose interface this is. */
    return failed ? -1 : PyModule_AddStringConstant(module, "__version__", "1.0.11");
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, blake3_exec},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "blake3",
    .m_doc = PyDoc_STR("BLAKE3 over the blake3 cap."),
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_blake3(void)
{
    return PyModuleDef_Init(&definition);
}
