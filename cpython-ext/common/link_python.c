/* Errors of links as Python exceptions: see link_python.h. */
#include "link_python.h"

/* A new str; None where there is no text. What is not UTF-8 is replaced. */
static PyObject *
string_of(struct link_text text)
{
    if (text.text == NULL)
        Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(text.text, (Py_ssize_t)text.length, "replace");
}

/* MemoryError, if that is what the error says. It then frees the error. */
static bool
raise_no_memory(struct link_error *error)
{
    if (!link_error_is(error, LINK_NO_MEMORY))
        return false;
    link_error_free(error);
    PyErr_NoMemory();
    return true;
}

PyObject *
link_raise_error(struct link_error *error)
{
    if (raise_no_memory(error))
        return NULL;
    PyObject *code = string_of(error->code), *message = string_of(error->message), *context = string_of(error->context);
    PyObject *pylon = NULL, *name = NULL, *exception = NULL;

    if (code == NULL || message == NULL || context == NULL)
        goto done;
    /* Interned: the cache of attributes keeps each name that it is asked for. */
    if ((name = PyUnicode_InternFromString("LinkError")) == NULL || (pylon = PyImport_ImportModule("pylon")) == NULL)
        goto done;
    exception = PyObject_CallMethodObjArgs(pylon, name, code, message, context, NULL);
    if (exception != NULL)
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
done:
    Py_XDECREF(exception);
    Py_XDECREF(pylon);
    Py_XDECREF(name);
    Py_XDECREF(context);
    Py_XDECREF(message);
    Py_XDECREF(code);
    link_error_free(error);
    return NULL;
}

PyObject *
link_raise(void)
{
    struct link_error error;

    if (!link_take_error(&error)) {
        PyErr_SetString(PyExc_SystemError, "link_raise() without a pending error");
        return NULL;
    }
    return link_raise_error(&error);
}

PyObject *
link_raise_import_error(const char *module, struct link_error *error)
{
    if (raise_no_memory(error))
        return NULL;
    PyObject *code = string_of(error->code), *message = string_of(error->message), *context = string_of(error->context);
    PyObject *text = NULL, *name = NULL, *exception = NULL;

    if (code == NULL || message == NULL || context == NULL)
        goto done;
    text = PyUnicode_FromFormat("cannot link %s: %S", module, message);
    name = PyUnicode_FromString(module);
    if (text == NULL || name == NULL)
        goto done;
    exception = PyObject_CallOneArg(PyExc_ImportError, text);
    if (exception == NULL || PyObject_SetAttrString(exception, "name", name) < 0 ||
        PyObject_SetAttrString(exception, "code", code) < 0 ||
        PyObject_SetAttrString(exception, "message", message) < 0 ||
        PyObject_SetAttrString(exception, "context", context) < 0)
        goto done;
    PyErr_SetObject(PyExc_ImportError, exception);
done:
    Py_XDECREF(exception);
    Py_XDECREF(name);
    Py_XDECREF(text);
    Py_XDECREF(context);
    Py_XDECREF(message);
    Py_XDECREF(code);
    link_error_free(error);
    return NULL;
}

/* A pending call: raises the pending error, if it was not taken meanwhile. */
static int
raise_pending(void *Py_UNUSED(nothing))
{
    if (!link_failed())
        return 0;
    link_raise();
    return -1;
}

void
link_raise_later(void)
{
    Py_AddPendingCall(raise_pending, NULL);
}
