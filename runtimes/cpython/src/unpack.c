// Reads packed frozen modules. freeze.py packs byte code so that the standard library takes less than half
// of the space in python.wasm; a module is unpacked when it is imported.
//
// A packed module is the byte 'Z', the unpacked size (32 bits, little endian) and one block of LZ4's
// block format. Marshalled code never begins with 'Z'. CPython's import reaches the bytes through
// PyMarshal_ReadObjectFromString, which the linker's --wrap brings here.
#include "pylon.h"

#include <lz4.h>

PyObject *__real_PyMarshal_ReadObjectFromString(const char *data, Py_ssize_t size);
PyObject *__wrap_PyMarshal_ReadObjectFromString(const char *data, Py_ssize_t size);

// As PyMarshal_ReadObjectFromString, for packed data too.
PyObject *__wrap_PyMarshal_ReadObjectFromString(const char *data, Py_ssize_t size)
{
    const uint8_t *bytes = (const uint8_t *)data;
    if (size < 5 || bytes[0] != 'Z') {
        return __real_PyMarshal_ReadObjectFromString(data, size);
    }
    size_t unpacked_size = (size_t)bytes[1] | (size_t)bytes[2] << 8 | (size_t)bytes[3] << 16 |
                           (size_t)bytes[4] << 24;
    PyObject *result = NULL;
    char *unpacked = PyMem_RawMalloc(unpacked_size);
    if (unpacked == NULL) {
        return PyErr_NoMemory();
    }
    const int written =
        LZ4_decompress_safe(data + 5, unpacked, (int)size - 5, (int)unpacked_size);
    if (written >= 0 && (size_t)written == unpacked_size) {
        result = __real_PyMarshal_ReadObjectFromString(unpacked, written);
    } else {
        PyErr_SetString(PyExc_ValueError, "damaged packed module");
    }
    PyMem_RawFree(unpacked);
    return result;
}
