// Reads packed frozen modules. freeze.py packs byte code so that the standard library takes less than half
// of the space in python.wasm; a module is unpacked when it is imported.
//
// A packed module is the byte 'Z', the unpacked size (32 bits, little endian) and one block of LZ4's
// block format. Marshalled code never begins with 'Z'. CPython's import reaches the bytes through
// PyMarshal_ReadObjectFromString, which the linker's --wrap brings here.
#include "pylon.h"

#include <string.h>

PyObject *__real_PyMarshal_ReadObjectFromString(const char *data, Py_ssize_t size);
PyObject *__wrap_PyMarshal_ReadObjectFromString(const char *data, Py_ssize_t size);

struct reader {
    const uint8_t *at, *end;
};

// A length that goes on in bytes of 255 after its four bits are all set.
static bool read_length(struct reader *in, size_t *length)
{
    uint8_t byte;
    do {
        if (in->at == in->end) {
            return false;
        }
        byte = *in->at++;
        *length += byte;
    } while (byte == 255);
    return true;
}

// Unpacks all of `in` into exactly `size` bytes. False if the block is damaged.
static bool unpack(struct reader in, uint8_t *out, size_t size)
{
    size_t done = 0;
    while (in.at < in.end) {
        uint8_t token = *in.at++;
        size_t literals = token >> 4;
        if (literals == 15 && !read_length(&in, &literals)) {
            return false;
        }
        if (literals > (size_t)(in.end - in.at) || literals > size - done) {
            return false;
        }
        memcpy(out + done, in.at, literals);
        in.at += literals;
        done += literals;
        if (in.at == in.end) {
            break;  // the last sequence has literals only
        }
        if (in.end - in.at < 2) {
            return false;
        }
        size_t distance = (size_t)in.at[0] | (size_t)in.at[1] << 8;
        in.at += 2;
        size_t length = token & 15;
        if (length == 15 && !read_length(&in, &length)) {
            return false;
        }
        length += 4;
        if (distance == 0 || distance > done || length > size - done) {
            return false;
        }
        const uint8_t *from = out + done - distance;
        for (size_t i = 0; i < length; i++) {
            out[done + i] = from[i];  // may overlap what it writes
        }
        done += length;
    }
    return done == size;
}

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
    uint8_t *unpacked = PyMem_RawMalloc(unpacked_size);
    if (unpacked == NULL) {
        return PyErr_NoMemory();
    }
    if (unpack((struct reader){bytes + 5, bytes + size}, unpacked, unpacked_size)) {
        result = __real_PyMarshal_ReadObjectFromString((const char *)unpacked,
                                                       (Py_ssize_t)unpacked_size);
    } else {
        PyErr_SetString(PyExc_ValueError, "damaged packed module");
    }
    PyMem_RawFree(unpacked);
    return result;
}
