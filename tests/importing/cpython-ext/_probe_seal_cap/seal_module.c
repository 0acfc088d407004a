/* probe_seal: a cap that uses another cap. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "link_python.h"
#include "probe_seal_import.h"

PyDoc_STRVAR(seal_doc, "seal(data, /)\n--\n\nThe data, and behind it their CRC-32C.");

static PyObject *
probe_seal_seal(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;

    if (!PyArg_ParseTuple(args, "y*:seal", &data))
        return NULL;
    probe_seal_import_list_u8_t given = {data.buf, (size_t)data.len}, sealed = {0};
    probe_seal_seal_seal(&given, &sealed);
    PyBuffer_Release(&data);
    PyObject *result =
        link_failed() ? link_raise() : PyBytes_FromStringAndSize((const char *)sealed.ptr, (Py_ssize_t)sealed.len);
    probe_seal_import_list_u8_free(&sealed);
    return result;
}

static PyMethodDef methods[] = {
    {"seal", probe_seal_seal, METH_VARARGS, seal_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "probe_seal",
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_probe_seal(void)
{
    return PyModuleDef_Init(&definition);
}
