// The module _pylon_pack of the bootstrap interpreter: packs byte code for src/unpack.c.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <lz4hc.h>

// The byte 'Z' and the unpacked size.
#define HEADER_SIZE 5

// pack(data: bytes) -> bytes: the packed form of `data`, 'Z' first.
static PyObject *pack(PyObject *self, PyObject *argument)
{
    (void)self;
    Py_buffer input;
    if (PyObject_GetBuffer(argument, &input, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    PyObject *result = NULL;
    char *out = NULL;
    const int size = (int)input.len;
    const int bound = LZ4_compressBound(size);  // 0 if `size` is more than LZ4 can do
    if (bound == 0) {
        PyErr_SetString(PyExc_OverflowError, "too large to be packed");
        goto done;
    }
    out = PyMem_Malloc(HEADER_SIZE + (size_t)bound);
    if (out == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    out[0] = 'Z';
    for (int i = 0; i < 4; i++) {
        out[1 + i] = (char)((unsigned)size >> (8 * i));
    }
    // Speed hardly matters here, size does.
    const int packed =
        LZ4_compress_HC(input.buf, out + HEADER_SIZE, size, bound, LZ4HC_CLEVEL_MAX);
    if (packed == 0) {  // only for want of memory: `bound` bytes are always enough
        PyErr_NoMemory();
        goto done;
    }
    result = PyBytes_FromStringAndSize(out, HEADER_SIZE + packed);
done:
    PyMem_Free(out);
    PyBuffer_Release(&input);
    return result;
}

static PyMethodDef methods[] = {
    {"pack", pack, METH_O, "pack(data) -> bytes\n\nPacks byte code for python.wasm."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_pylon_pack",
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__pylon_pack(void)
{
    return PyModuleDef_Init(&module);
}
