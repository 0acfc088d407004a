/* `_pylon_linker`: what lib/pylon.py makes `pylon.resolve` of, and lib/_pylon_load.py `pylon.load`. A pylon.wasm has this
 * module if it imports the linker. */
#include "loaded_python.h"

#include <stddef.h>

const char *
linker_provider_name(PyObject *name, Py_ssize_t *length)
{
    if (PyUnicode_Check(name))
        return PyUnicode_AsUTF8AndSize(name, length);
    PyErr_Format(PyExc_TypeError, "name must be a str, not %.200s", Py_TYPE(name)->tp_name);
    return NULL;
}

static int
execute(PyObject *module)
{
    struct linker_state *state = PyModule_GetState(module);
    bool added = linker_add_instance(module, state) && linker_add_link(module, state) &&
                 linker_add_type(module, state) && linker_add_function(module, state);

    return added ? 0 : -1;
}

static int
traverse(PyObject *module, visitproc visit, void *arg)
{
    struct linker_state *state = PyModule_GetState(module);

    Py_VISIT(state->instance);
    Py_VISIT(state->link);
    Py_VISIT(state->type);
    Py_VISIT(state->function);
    return 0;
}

static int
clear(PyObject *module)
{
    struct linker_state *state = PyModule_GetState(module);

    Py_CLEAR(state->instance);
    Py_CLEAR(state->link);
    Py_CLEAR(state->type);
    Py_CLEAR(state->function);
    return 0;
}

static PyMethodDef methods[] = {
    {"resolve", linker_resolve, METH_O, NULL},
    {"link", linker_link, METH_O, NULL},
    {"type", linker_type, METH_VARARGS, NULL},
    {"function", linker_function, METH_VARARGS, NULL},
    {"record", linker_record, METH_VARARGS, NULL},
    {"enumeration", linker_enumeration, METH_VARARGS, NULL},
    {"flags", linker_flags, METH_VARARGS, NULL},
    {"problem", linker_problem, METH_VARARGS, NULL},
    {"resource", linker_resource, METH_VARARGS, NULL},
    {"seal", linker_seal, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_pylon_linker",
    .m_size = sizeof(struct linker_state),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
};

PyMODINIT_FUNC
PyInit__pylon_linker(void)
{
    return PyModuleDef_Init(&definition);
}
