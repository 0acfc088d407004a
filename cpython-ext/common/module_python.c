/* Pending errors of links become exceptions: module_python.h. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "module_python.h"

/* Sets the attribute `name` of `exception` to the text, None if there is none. False with an exception set. */
static bool
set_text(PyObject *exception, const char *name, struct link_text text)
{
    PyObject *value = Py_None;
    if (text.text != NULL)
        value = PyUnicode_DecodeUTF8(text.text, (Py_ssize_t)text.length, "replace");
    bool set = value != NULL && PyObject_SetAttrString(exception, name, value) == 0;
    Py_XDECREF(value);
    return set;
}

PyObject *
module_raised(void)
{
    struct link_error error;
    if (!link_take_error(&error))
        return NULL;
    PyObject *exception = PyErr_GetRaisedException();
    if (exception != NULL && PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_MemoryError) &&
        link_error_is(&error, LINK_NO_MEMORY)) {
        /* The module knew, and has a better text. */
        PyErr_SetRaisedException(exception);
        link_error_free(&error);
        return NULL;
    }
    if (exception == NULL || PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_ValueError) ||
        PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_MemoryError) || link_error_is(&error, LINK_NO_MEMORY)) {
        Py_XDECREF(exception);
        return link_raise_error(&error);
    }
    if (set_text(exception, "code", error.code) && set_text(exception, "message", error.message) &&
        set_text(exception, "context", error.context))
        PyErr_SetRaisedException(exception);
    else
        Py_DECREF(exception);
    link_error_free(&error);
    return NULL;
}
