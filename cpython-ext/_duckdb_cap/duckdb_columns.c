/* What differs between a column of the contract and one of Arrow: bits for bytes, and wider integers. */
#include "duckdb_import_module.h"

#include <string.h>

const char duckdb_import_module_bits_doc[] =
"bits($module, data)\n--\n\n"
"A bit for each byte, from the least on: 0 for 0.";

PyObject *
duckdb_import_module_bits(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"data"};
    struct signature signature = {"bits", names, 1, 1};
    PyObject *room[1], *result = NULL;
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    Py_buffer view = {0};
    uint8_t *data;
    size_t length;

    if (values != NULL && argument_bytes(values[0], &view, &data, &length)) {
        result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)((length + 7) / 8));
        if (result != NULL)
            memset(PyBytes_AS_STRING(result), 0, (length + 7) / 8);
        for (size_t i = 0; result != NULL && i < length; i++)
            PyBytes_AS_STRING(result)[i / 8] |= (char)((data[i] != 0) << (i % 8));
    }
    PyBuffer_Release(&view);
    return result;
}

const char duckdb_import_module_resized_doc[] =
"resized($module, data, size, to)\n--\n\n"
"Signed integers of so many bytes each as integers of another size. What does not fit is cut off.";

PyObject *
duckdb_import_module_resized(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"data", "size", "to"};
    struct signature signature = {"resized", names, 3, 3};
    PyObject *room[3], *result = NULL;
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    Py_buffer view = {0};
    uint8_t *data;
    size_t length, size, to;

    if (values == NULL)
        return NULL;
    size = PyLong_AsSize_t(values[1]);
    to = PyLong_AsSize_t(values[2]);
    if (PyErr_Occurred())
        return NULL;
    if (size == 0 || to == 0 || size > 64 || to > 64)
        return PyErr_Format(PyExc_ValueError, "integers have 1 to 64 bytes");
    if (argument_bytes(values[0], &view, &data, &length)) {
        size_t items = length / size;
        result = items > PY_SSIZE_T_MAX / to ? PyErr_NoMemory() : PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(items * to));
        for (size_t i = 0; result != NULL && i < items; i++) {
            uint8_t *place = (uint8_t *)PyBytes_AS_STRING(result) + i * to;
            const uint8_t *item = data + i * size;
            memcpy(place, item, size < to ? size : to);
            if (to > size)
                memset(place + size, item[size - 1] & 0x80 ? 0xFF : 0, to - size);
        }
    }
    PyBuffer_Release(&view);
    return result;
}
