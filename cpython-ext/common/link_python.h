/* Errors of links as Python exceptions. Needs the GIL, except where said. */
#ifndef PYLON_LINK_PYTHON_H
#define PYLON_LINK_PYTHON_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "link.h"

/* Sets `pylon.LinkError` with `.code`, `.message` and `.context` (str; context may be None) from the error and frees
 * it. The exception's text is the message, with the context in parentheses. LINK_NO_MEMORY is MemoryError instead.
 * Returns NULL. */
PyObject *link_raise_error(struct link_error *error);

/* The same with the pending error. To be called after link_failed(); with no error pending it is a SystemError. */
PyObject *link_raise(void);

/* Sets ImportError with `.name`, `.code`, `.message` and `.context` from the error and frees it: for PyInit_<module>.
 * The exception's text holds the message. LINK_NO_MEMORY is MemoryError instead. Returns NULL. */
PyObject *link_raise_import_error(const char *module, struct link_error *error);

/* Arranges that the pending error is raised in the main thread as soon as Python code runs again: for C that cannot
 * return an error, for instance a callback from a vendor library. Needs no GIL. Nothing if no error is pending then. */
void link_raise_later(void);

#endif
