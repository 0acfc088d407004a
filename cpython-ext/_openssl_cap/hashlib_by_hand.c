/* Makes CPython's own _hashlib, which is linked with this module and has no entry in the interpreter's table. */
#include "openssl_import_module.h"

PyMODINIT_FUNC PyInit__hashlib(void);

const char openssl_import_module_hashlib_module_doc[] =
"hashlib_module($module, spec)\n--\n\n"
"The module _hashlib, of that spec.";

PyObject *
openssl_import_module_hashlib_module(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count,
                                     PyObject *keywords)
{
    static const char *const names[] = {"spec"};
    static const struct signature signature = {"hashlib_module", names, 1, 1};
    PyObject *room[1];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);

    if (values == NULL)
        return NULL;
    /* It has phases: what its function returns is a definition. */
    PyModuleDef *definition = (PyModuleDef *)PyInit__hashlib();
    PyObject *made = definition == NULL ? NULL : PyModule_FromDefAndSpec(definition, values[0]);
    if (made != NULL && PyModule_ExecDef(made, definition) < 0)
        Py_CLEAR(made);
    return made;
}
