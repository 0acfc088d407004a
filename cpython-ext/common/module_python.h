/* Pending errors of links in a module of CPython that is compiled as it is, over a layer that stands for its library: zlib,
 * _bz2, _lzma. Such a module knows the library's errors only. So in it, once the library's header has included this, the
 * functions by which it raises and returns what was computed see to the pending error:
 *
 * * an exception of the module, such as zlib.error, gets the error's `code`,
 *   `message` and `context`;
 * * ValueError, for an argument that was not at fault, gives way to pylon.LinkError, and so does MemoryError;
 * * so does a result that was computed from nothing: zlib.crc32(), zlib.ZLIB_RUNTIME_VERSION, lzma.is_check_supported();
 * * where memory is full, on either side, it is MemoryError instead of all of these.
 *
 * A layer whose call came to nothing therefore returns a code on which the module raises, and leaves the error pending. It
 * may have had to raise something else, though, so each function of a layer begins with link_forget_error(). */
#ifndef PYLON_MODULE_PYTHON_H
#define PYLON_MODULE_PYTHON_H

#include "link_python.h"

/* Brings the exception that has just been set in line with the pending error, which it takes. Nothing if none is
 * pending. Returns NULL. */
PyObject *module_raised(void);

static inline PyObject *
module_number(unsigned long value)
{
    return link_failed() ? link_raise() : PyLong_FromUnsignedLong(value);
}

static inline PyObject *
module_bool(long value)
{
    return link_failed() ? link_raise() : PyBool_FromLong(value);
}

static inline PyObject *
module_text(const char *text)
{
    return link_failed() ? link_raise() : PyUnicode_FromString(text);
}

#define PyErr_Format(...) (PyErr_Format(__VA_ARGS__), module_raised())
#define PyErr_SetString(type, text) (PyErr_SetString(type, text), (void)module_raised())
#define PyErr_SetNone(type) (PyErr_SetNone(type), (void)module_raised())
#define PyErr_NoMemory() (PyErr_NoMemory(), module_raised())
#define PyBool_FromLong(value) module_bool(value)
#define PyLong_FromUnsignedLong(value) module_number(value)
#define PyUnicode_FromString(text) module_text(text)

#endif
