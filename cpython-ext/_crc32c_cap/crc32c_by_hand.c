/* crc32c.crc32c(), by hand: a tiny call that is all that many programs make, and a large one in slices. */
#include "crc32c_import_module.h"

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

const char crc32c_import_module_crc32c_doc[] =
"crc32c($module, data, value=0, gil_release_mode=-1)\n--\n\n"
"The CRC-32C of the bytes that value is the CRC-32C of, followed by data.\n"
"\n"
"  data\n"
"    A contiguous bytes-like object.\n"
"  value\n"
"    The checksum to continue, 0 to start. Reduced modulo 2**32.\n"
"  gil_release_mode\n"
"    Accepted for compatibility. There is one thread, so there is nobody to release the GIL to.";

PyObject *
crc32c_import_module_crc32c(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"data", "value", "gil_release_mode"};
    static const struct signature signature = {"crc32c", names, 3, 1};
    PyObject *room[3];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    uint32_t value = 0;
    int32_t gil_release_mode;
    Py_buffer buffer = {0};
    uint8_t *data;
    size_t length;
    PyObject *result = NULL;

    if (values != NULL && argument_bytes(values[0], &buffer, &data, &length) &&
        (values[1] == NULL || (value = PyLong_AsUnsignedLongMask(values[1])) != (uint32_t)-1 || !PyErr_Occurred()) &&
        (values[2] == NULL || argument_s32(values[2], names[2], &gil_release_mode))) {
        uint32_t crc = checksum(value, data, length);
        result = link_failed() ? link_raise() : PyLong_FromUnsignedLong(crc);
    }
    PyBuffer_Release(&buffer);
    return result;
}
