// The module `_demo_cap`: what demo_import.h declares, for Python. docs/reference/python-modules.md has the mapping.
#include "answers_python.h"
#include "arguments_python.h"
#include "link_python.h"
#include "values_python.h"
#include "demo_import.h"

struct state {
    PyTypeObject *error;
    PyTypeObject *files_fault;
    PyObject *files_fault_members[2];
    PyObject *folders_answerer;
    PyObject *folders_methods[1];
};

// Of the module that was imported last: what calls back finds it here.
static struct state *current;

// fault
static bool
from_files_fault(PyObject *object, const char *name, exports_demo_kit_files_fault_t *value)
{
    uint32_t number;

    if (!argument_case(object, name, "Fault", 2, &number))
        return false;
    *value = (exports_demo_kit_files_fault_t)number;
    return true;
}

static const char doc_engine_run[] =
    "run($module, text, /)\n"
    "--\n"
    "\n"
    "Raises DemoError.";

static PyObject *
call_engine_run(PyObject *self, PyObject *argument)
{
    struct state *state = PyModule_GetState(self);
    struct held held = {0};
    demo_import_string_t arg_text;
    PyObject *result = NULL;

    if (held_text(&held, argument, "text", &arg_text.ptr, &arg_text.len)) {
        held_give(&held);
        struct callback_scope scope;
        callback_begin(&scope);
        uint32_t returned;
        demo_import_string_t problem;
        bool good = demo_kit_engine_run(&arg_text, &returned, &problem);
        bool failed = answers_failed(&scope);
        if (good) {
            result = failed ? NULL : PyLong_FromUnsignedLong(returned);
        } else {
            if (!failed)
                raise_problem(state->error, value_text(problem.ptr, problem.len));
            demo_import_string_free(&problem);
        }
    }
    held_end(&held);
    return result;
}

static const char doc_answer_folders[] =
    "answer_folders($module, answers, /)\n"
    "--\n"
    "\n"
    "Has what calls back answered by methods of an object, make(path); by nobody if it is None. Returns what answered before.\n"
    "\n"
    "What the program answers.";

static PyObject *
answer_folders(PyObject *self, PyObject *argument)
{
    static const char *const names[] = {"make"};
    struct state *state = PyModule_GetState(self);

    return answers_set(&state->folders_answerer, argument, names, state->folders_methods, 1);
}

// folders.make(path: string) -> result<_, fault>
bool
exports_demo_kit_folders_make(demo_import_string_t *arg_path, exports_demo_kit_folders_fault_t *err)
{
    struct state *state = current;
    PyObject *given[1] = {NULL};
    bool good = false;
    bool told = false; // that, or an error of the contract

    if (callback_enter()) {
        PyObject *answer = NULL;
        if (state == NULL)
            answers_missing("folders.make");
        else if ((given[0] = value_text(arg_path->ptr, arg_path->len)) != NULL)
            answer = answers_call(state->folders_methods[0], "folders.make", given, 1);
        answers_drop(given, 1);
        good = answer != NULL;
        Py_XDECREF(answer);
        told = good;
        if (!good && state != NULL) {
            PyObject *problem = answers_problem(state->error);
            told = problem != NULL && from_files_fault(problem, "the answer of Folders.make", err);
            Py_XDECREF(problem);
        }
        if (!told)
            callback_raise();
        callback_leave();
    }
    demo_import_string_free(arg_path);
    if (!told)
        memset(err, 0, sizeof *err);
    return good;
}

static const char doc_files_fault[] =
    "* NO_ENTRY\n"
    "* IO";

static const char *const names_files_fault[] = {"NO_ENTRY", "IO"};

static PyType_Slot slots_files_fault[] = {
    {Py_tp_new, enumeration_new},
    {Py_tp_repr, enumeration_repr},
    {Py_tp_traverse, enumeration_traverse},
    {Py_tp_doc, (char *)doc_files_fault},
    {0, NULL},
};

static PyType_Spec spec_files_fault = {
    .name = "_demo_cap.Fault",
    .flags = ENUMERATION_FLAGS,
    .slots = slots_files_fault,
};

static const char doc_of_error[] =
    "A function of the contract returned an error, which is `value`.";

static PyGetSetDef attributes_of_error[] = {
    {"value", problem_value, NULL, PyDoc_STR("The error."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots_of_error[] = {
    {Py_tp_getset, attributes_of_error},
    {Py_tp_doc, (char *)doc_of_error},
    {0, NULL},
};

static PyType_Spec spec_of_error = {
    .name = "_demo_cap.DemoError",
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = slots_of_error,
};

static PyMethodDef methods[] = {
    {"run", call_engine_run, METH_O, doc_engine_run},
    {"answer_folders", answer_folders, METH_O, doc_answer_folders},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    bool added = type_add(module, &state->error, &spec_of_error, (PyTypeObject *)PyExc_Exception) &&
                 enumeration_add(module, &state->files_fault, &spec_files_fault, names_files_fault, 2, state->files_fault_members);

    if (!added)
        return -1;
    current = state;
    return 0;
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct state *state = PyModule_GetState(module);

    Py_VISIT(state->error);
    Py_VISIT(state->files_fault);
    for (size_t i = 0; i < 2; i++)
        Py_VISIT(state->files_fault_members[i]);
    Py_VISIT(state->folders_answerer);
    for (size_t i = 0; i < 1; i++)
        Py_VISIT(state->folders_methods[i]);
    return 0;
}

static int
module_clear(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    Py_CLEAR(state->error);
    Py_CLEAR(state->files_fault);
    for (size_t i = 0; i < 2; i++)
        Py_CLEAR(state->files_fault_members[i]);
    Py_CLEAR(state->folders_answerer);
    for (size_t i = 0; i < 1; i++)
        Py_CLEAR(state->folders_methods[i]);
    return 0;
}

static void
module_free(void *module)
{
    if (current == PyModule_GetState(module))
        current = NULL;
    module_clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
    {Py_mod_gil, Py_MOD_GIL_USED},
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
