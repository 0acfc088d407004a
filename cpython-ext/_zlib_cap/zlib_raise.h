/* What CPython's zlibmodule.c raises when a call has not reached the zlib component: it knows zlib's errors only, and
 * is compiled as it is. So in it, the functions by which it raises and returns numbers see to the pending error:
 *
 * * zlib.error gets the error's `code`, `message` and `context`; the module puts the message into the text, too;
 * * any other exception, such as ValueError for an argument that was not at fault, gives way to pylon.LinkError;
 * * so does a result that was computed from nothing: crc32(), adler32(), ZLIB_RUNTIME_VERSION;
 * * where memory is full, on either side, it is MemoryError instead of all of these.
 */
#ifndef PYLON_ZLIB_RAISE_H
#define PYLON_ZLIB_RAISE_H

#include "link_python.h"

/* Brings the exception that has just been set in line with the pending error, which it takes. Nothing if none is
 * pending. Returns NULL. */
PyObject *pylon_zlib_raised(void);

static inline PyObject *
pylon_zlib_number(unsigned long value)
{
    return link_failed() ? link_raise() : PyLong_FromUnsignedLong(value);
}

static inline PyObject *
pylon_zlib_text(const char *text)
{
    return link_failed() ? link_raise() : PyUnicode_FromString(text);
}

#define PyErr_Format(...) (PyErr_Format(__VA_ARGS__), pylon_zlib_raised())
#define PyErr_SetString(type, text) (PyErr_SetString(type, text), (void)pylon_zlib_raised())
#define PyErr_SetNone(type) (PyErr_SetNone(type), (void)pylon_zlib_raised())
#define PyLong_FromUnsignedLong(value) pylon_zlib_number(value)
#define PyUnicode_FromString(text) pylon_zlib_text(text)

#endif
