// Reads what freeze.py packs, so that the standard library takes less than half of the space in python.wasm: byte code
// of modules, unpacked when one is imported, and their sources.
//
// What is packed is the byte 'Z', the unpacked size (32 bits, little endian) and one block of LZ4's
// block format. Marshalled code never begins with 'Z'. CPython's import reaches the bytes through
// PyMarshal_ReadObjectFromString, which the linker's --wrap brings here.
#include "pylon.h"

#include <lz4.h>

PyObject *__real_PyMarshal_ReadObjectFromString(const char *data, Py_ssize_t size);
PyObject *__wrap_PyMarshal_ReadObjectFromString(const char *data, Py_ssize_t size);

enum { HEADER = 5 };

size_t pylon_unpacked_size(const uint8_t *data, size_t size)
{
    if (size < HEADER || data[0] != 'Z') {
        return 0;
    }
    return (size_t)data[1] | (size_t)data[2] << 8 | (size_t)data[3] << 16 | (size_t)data[4] << 24;
}

bool pylon_unpack(const uint8_t *data, size_t size, void *to, size_t length)
{
    const int written = LZ4_decompress_safe((const char *)data + HEADER, to, (int)(size - HEADER), (int)length);
    return written >= 0 && (size_t)written == length;
}

// As PyMarshal_ReadObjectFromString, for packed data too.
PyObject *__wrap_PyMarshal_ReadObjectFromString(const char *data, Py_ssize_t size)
{
    const uint8_t *bytes = (const uint8_t *)data;
    if (size < HEADER || bytes[0] != 'Z') {
        return __real_PyMarshal_ReadObjectFromString(data, size);
    }
    size_t length = pylon_unpacked_size(bytes, (size_t)size);
    PyObject *result = NULL;
    char *unpacked = PyMem_RawMalloc(length);
    if (unpacked == NULL) {
        return PyErr_NoMemory();
    }
    if (pylon_unpack(bytes, (size_t)size, unpacked, length)) {
        result = __real_PyMarshal_ReadObjectFromString(unpacked, (Py_ssize_t)length);
    } else {
        PyErr_SetString(PyExc_ValueError, "damaged packed module");
    }
    PyMem_RawFree(unpacked);
    return result;
}
