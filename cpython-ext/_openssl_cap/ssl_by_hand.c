/* What _ssl needs that only C can do. */
#include "openssl_import_module.h"

const char openssl_import_module_write_unraisable_doc[] =
"write_unraisable($module, error, where)\n--\n\n"
"Gives an exception that nobody can catch to sys.unraisablehook, as where's.";

PyObject *
openssl_import_module_write_unraisable(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count,
                                       PyObject *keywords)
{
    static const char *const names[] = {"error", "where"};
    static const struct signature signature = {"write_unraisable", names, 2, 2};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);

    if (values == NULL)
        return NULL;
    if (!PyExceptionInstance_Check(values[0]))
        return PyErr_Format(PyExc_TypeError, "error must be an exception, not %T", values[0]);
    PyErr_SetRaisedException(Py_NewRef(values[0]));
    PyErr_WriteUnraisable(values[1]);
    Py_RETURN_NONE;
}
