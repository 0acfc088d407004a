// The module `_demo_cap`: what demo_import.h declares, for Python. docs/reference/python-modules.md has the mapping.
#include "arguments_python.h"
#include "link_python.h"
#include "values_python.h"
#include "demo_import.h"
#include "demo_import_module.h"

struct state {
    PyTypeObject *sums_adder;
};

// Drops what did not become an object.
static void
drop_sums_adder(demo_by_hand_sums_own_adder_t *value)
{
    if (value->__handle != 0)
        demo_by_hand_sums_adder_drop_own(*value);
}

static void
dealloc_sums_adder(PyObject *self)
{
    int32_t handle = resource_end(self);

    if (handle != 0)
        demo_by_hand_sums_adder_drop_own((demo_by_hand_sums_own_adder_t){handle});
    resource_free(self);
}

static PyObject *
call_sums_constructor_adder(PyObject *self, PyObject *const *given, size_t flagged, PyObject *keywords)
{
    (void)given;
    struct state *state = PyType_GetModuleState((PyTypeObject *)self);
    PyObject *result = NULL;

    if (signature_empty("Adder", PyVectorcall_NARGS(flagged), keywords)) {
        demo_by_hand_sums_own_adder_t returned = demo_by_hand_sums_constructor_adder();
        result = link_failed() ? link_raise() : resource_new(state->sums_adder, &returned.__handle);
        drop_sums_adder(&returned);
    }
    return result;
}

static const char doc_sums_method_adder_add[] =
    "add($self, value, times)\n"
    "--\n"
    "\n"
    "Adds.";

static const char doc_sums_method_adder_total[] =
    "total($self, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_sums_method_adder_total(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    demo_by_hand_sums_borrow_adder_t own;
    PyObject *result = NULL;

    if (resource_self(self, &own.__handle)) {
        uint64_t returned = demo_by_hand_sums_method_adder_total(own);
        result = link_failed() ? link_raise() : PyLong_FromUnsignedLongLong(returned);
    }
    return result;
}

static const char doc_sums_total[] =
    "total($module, data, /)\n"
    "--\n"
    "\n"
    "The sum of the bytes.";

static const char doc_sums_other[] =
    "other($module, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_sums_other(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    (void)self;
    PyObject *result = NULL;

    demo_by_hand_sums_other();
    result = link_failed() ? link_raise() : Py_NewRef(Py_None);
    return result;
}

static const char doc_sums_adder[] =
    "Adder()\n"
    "--\n"
    "\n"
    "";

static PyMethodDef methods_sums_adder[] = {
    {"add", (PyCFunction)(void (*)(void))demo_import_module_Adder_add, METH_FASTCALL | METH_KEYWORDS,
     doc_sums_method_adder_add},
    {"total", call_sums_method_adder_total, METH_NOARGS, doc_sums_method_adder_total},
    {"halve", (PyCFunction)(void (*)(void))demo_import_module_Adder_halve, METH_FASTCALL | METH_KEYWORDS,
     demo_import_module_Adder_halve_doc},
    {"shown", (PyCFunction)(void (*)(void))demo_import_module_Adder_shown, METH_FASTCALL | METH_KEYWORDS,
     demo_import_module_Adder_shown_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots_sums_adder[] = {
    {Py_tp_dealloc, dealloc_sums_adder},
    {Py_tp_traverse, resource_traverse},
    {Py_tp_methods, methods_sums_adder},
    {Py_tp_doc, (char *)doc_sums_adder},
    {0, NULL},
};

static PyType_Spec spec_sums_adder = {
    .name = "_demo_cap.Adder",
    .basicsize = sizeof(struct resource),
    .flags = RESOURCE_FLAGS,
    .slots = slots_sums_adder,
};

static PyMethodDef methods[] = {
    {"total", demo_import_module_total, METH_O, doc_sums_total},
    {"other", call_sums_other, METH_NOARGS, doc_sums_other},
    {"fast", (PyCFunction)(void (*)(void))demo_import_module_fast, METH_FASTCALL | METH_KEYWORDS,
     demo_import_module_fast_doc},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    bool added = type_add(module, &state->sums_adder, &spec_sums_adder, NULL);

    if (!added)
        return -1;
    state->sums_adder->tp_vectorcall = call_sums_constructor_adder;
    return 0;
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct state *state = PyModule_GetState(module);

    Py_VISIT(state->sums_adder);
    return 0;
}

static int
module_clear(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    Py_CLEAR(state->sums_adder);
    return 0;
}

static void
module_free(void *module)
{
    module_clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static const char doc_of_module[] =
    "A demonstration.";

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_demo_cap",
    .m_doc = doc_of_module,
    .m_methods = methods,
    .m_slots = slots,
    .m_size = sizeof(struct state),
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC
PyInit__demo_cap(void)
{
    return PyModuleDef_Init(&definition);
}
