/* See answers_python.h. */
#include "answers_python.h"

#include "values_python.h"

PyObject *
answers_set(PyObject **answerer, PyObject *object, const char *const *names, PyObject **methods, size_t count)
{
    PyObject *found = PyTuple_New((Py_ssize_t)count);
    if (found == NULL)
        return NULL;
    for (size_t i = 0; i < count && object != Py_None; i++) {
        PyObject *method = PyObject_GetAttrString(object, names[i]);
        if (method == NULL) {
            Py_DECREF(found);
            return NULL;
        }
        PyTuple_SET_ITEM(found, (Py_ssize_t)i, method);
    }
    PyObject *before = *answerer == NULL ? Py_NewRef(Py_None) : *answerer;
    *answerer = Py_NewRef(object);
    for (size_t i = 0; i < count; i++) {
        /* What goes may run code of its own: it goes when all is set. */
        PyObject *old = methods[i];
        methods[i] = PyTuple_GET_ITEM(found, (Py_ssize_t)i);
        PyTuple_SET_ITEM(found, (Py_ssize_t)i, old);
    }
    Py_DECREF(found);
    return before;
}

void
answers_missing(const char *called)
{
    PyErr_Format(PyExc_RuntimeError, "nothing answers %s()", called);
}

PyObject *
answers_call(PyObject *method, const char *called, PyObject *const *given, size_t count)
{
    if (method == NULL) {
        answers_missing(called);
        return NULL;
    }
    /* It may set another answerer. */
    Py_INCREF(method);
    PyObject *answer = PyObject_Vectorcall(method, given, count, NULL);
    Py_DECREF(method);
    return answer;
}

void
answers_drop(PyObject **given, size_t count)
{
    for (size_t i = 0; i < count; i++)
        Py_CLEAR(given[i]);
}

PyObject *
answers_problem(PyTypeObject *error)
{
    if (!PyErr_ExceptionMatches((PyObject *)error))
        return NULL;
    PyObject *exception = PyErr_GetRaisedException();
    PyObject *value = problem_value(exception, NULL);
    Py_DECREF(exception);
    return value;
}

bool
answers_failed(struct callback_scope *scope)
{
    if (!callback_end(scope)) {
        link_forget_error();
        return true;
    }
    if (!link_failed())
        return false;
    link_raise();
    return true;
}
