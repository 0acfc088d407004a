/* _crc32c_cap: CRC-32C over the crc32c:checksum contract. The public face is crc32c.py. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "crc32c_import.h"
#include "link_python.h"

/* The most that one call takes: what is copied into the component stays in a core's cache until it is read there. */
enum { SLICE = 64 * 1024 };

/* Continues `value` over `length` bytes, a slice at a time. The result is of no use when link_failed(): a component that is
 * resolved at run time may not be reached. */
static uint32_t
checksum(uint32_t value, const uint8_t *data, size_t length)
{
    while (length > 0 && !link_failed()) {
        crc32c_import_list_u8_t slice = {(uint8_t *)data, length < SLICE ? length : SLICE};
        value = crc32c_checksum_crc32c_update(value, &slice);
        data += slice.len;
        length -= slice.len;
    }
    return value;
}

PyDoc_STRVAR(update_doc,
"crc32c(data, value=0, gil_release_mode=-1)\n--\n\n"
"The CRC-32C of the bytes that value is the CRC-32C of, followed by data.\n"
"\n"
"  data\n"
"    A contiguous bytes-like object.\n"
"  value\n"
"    The checksum to continue, 0 to start. Reduced modulo 2**32.\n"
"  gil_release_mode\n"
"    Accepted for compatibility. There is one thread, so there is nobody to release the GIL to.");

/* crc32c(data, value=0, gil_release_mode=-1) -> int. TypeError for what is not bytes-like, BufferError for what is not
 * contiguous. */
static PyObject *
crc32c_cap_crc32c(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"data", "value", "gil_release_mode", NULL};
    Py_buffer data;
    unsigned int value = 0;
    int gil_release_mode = -1;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*|Ii:crc32c", names, &data, &value, &gil_release_mode))
        return NULL;
    uint32_t crc = checksum(value, data.buf, (size_t)data.len);
    PyBuffer_Release(&data);
    return link_failed() ? link_raise() : PyLong_FromUnsignedLong(crc);
}

PyDoc_STRVAR(combine_doc,
"combine(first, second, second_length, /)\n--\n\n"
"The CRC-32C of a concatenation, from the CRC-32C of both parts and the length\n"
"of the second in bytes.");

/* combine(first, second, second_length) -> int. OverflowError for a length that is negative or above 2**64 - 1. */
static PyObject *
crc32c_cap_combine(PyObject *Py_UNUSED(module), PyObject *args)
{
    unsigned int first, second;
    PyObject *length;

    if (!PyArg_ParseTuple(args, "IIO!:combine", &first, &second, &PyLong_Type, &length))
        return NULL;
    unsigned long long second_length = PyLong_AsUnsignedLongLong(length);
    if (second_length == (unsigned long long)-1 && PyErr_Occurred())
        return NULL;
    uint32_t crc = crc32c_checksum_crc32c_combine(first, second, second_length);
    return link_failed() ? link_raise() : PyLong_FromUnsignedLong(crc);
}

static PyMethodDef methods[] = {
    {"crc32c", (PyCFunction)(void (*)(void))crc32c_cap_crc32c, METH_VARARGS | METH_KEYWORDS, update_doc},
    {"combine", crc32c_cap_combine, METH_VARARGS, combine_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_crc32c_cap",
    .m_doc = PyDoc_STR("CRC-32C over the crc32c cap."),
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__crc32c_cap(void)
{
    return PyModuleDef_Init(&definition);
}
