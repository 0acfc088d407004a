/* What a contract calls back in generated modules (xtask/python-modules), answered by methods of an object. Needs the GIL. */
#ifndef PYLON_ANSWERS_PYTHON_H
#define PYLON_ANSWERS_PYTHON_H

#include <string.h>

#include "callback_python.h"
#include "link_python.h"

/* Makes `object` what answers, by its methods of these names; None: nothing does. A new reference to what answered before.
 * AttributeError where it lacks a method, and all stays as it was. */
PyObject *answers_set(PyObject **answerer, PyObject *object, const char *const *names, PyObject **methods, size_t count);

/* What the method returns for the arguments; RuntimeError without a method. `called` is for messages. */
PyObject *answers_call(PyObject *method, const char *called, PyObject *const *given, size_t count);

/* RuntimeError: nothing answers. */
void answers_missing(const char *called);

/* The end of arguments. NULL is none. */
void answers_drop(PyObject **given, size_t count);

/* If the exception that is set is the module's, with which a method answers by an error of the contract: its value, and the
 * exception is cleared. Else NULL, and it stays. */
PyObject *answers_problem(PyTypeObject *error);

/* The end of a call in the middle of which something may have called back. True if it failed, or an answer did: an exception
 * is set, and what the call returned is freed and not used. */
bool answers_failed(struct callback_scope *scope);

#endif
