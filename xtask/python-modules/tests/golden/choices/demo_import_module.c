// The module `_demo_cap`: what demo_import.h declares, for Python. docs/reference/python-modules.md has the mapping.
#include "arguments_python.h"
#include "link_python.h"
#include "values_python.h"
#include "demo_import.h"

struct state {
    PyTypeObject *error;
    PyTypeObject *choices_status;
    PyObject *choices_status_members[2];
    PyTypeObject *choices_kept;
};

// status
static bool
from_choices_status(PyObject *object, const char *name, demo_choices_choices_status_t *value)
{
    uint32_t number;

    if (!argument_case(object, name, "Status", 2, &number))
        return false;
    *value = (demo_choices_choices_status_t)number;
    return true;
}

// tuple<u8, u8>
static bool
from_tuple2_u8_u8(PyObject *object, const char *name, demo_import_tuple2_u8_u8_t *value)
{
    return argument_tuple(object, name, "", 2) &&
           argument_u8(PyTuple_GET_ITEM(object, 0), name, &value->f0) &&
           argument_u8(PyTuple_GET_ITEM(object, 1), name, &value->f1);
}

// shape
static bool
from_choices_shape(struct held *held, PyObject *object, const char *name, demo_choices_choices_shape_t *value)
{
    static const char *const tags[] = {"none", "dot", "label", "path", "status"};
    PyObject *payload;
    uint8_t tag;

    if (!argument_variant(object, name, tags, 5, &tag, &payload))
        return false;
    value->tag = tag;
    switch (tag) {
    case 1:
        return from_tuple2_u8_u8(payload, tags[tag], &value->val.dot);
    case 2:
        return argument_text(payload, tags[tag], &value->val.label.ptr, &value->val.label.len);
    case 3:
        return held_bytes(held, payload, &value->val.path.ptr, &value->val.path.len);
    case 4:
        return from_choices_status(payload, tags[tag], &value->val.status);
    default:
        return argument_nothing(payload, tags[tag]);
    }
}

// tuple<u8, u8>
static PyObject *
to_tuple2_u8_u8(demo_import_tuple2_u8_u8_t *value)
{
    PyObject *items = PyTuple_New(2);

    if (items != NULL &&
        value_set(items, 0, PyLong_FromLong(value->f0)) &&
        value_set(items, 1, PyLong_FromLong(value->f1)))
        return items;
    Py_XDECREF(items);
    return NULL;
}

// shape
static PyObject *
to_choices_shape(struct state *state, demo_choices_choices_shape_t *value)
{
    switch (value->tag) {
    case 0:
        return value_variant("none", Py_NewRef(Py_None));
    case 1:
        return value_variant("dot", to_tuple2_u8_u8(&value->val.dot));
    case 2:
        return value_variant("label", value_text(value->val.label.ptr, value->val.label.len));
    case 3:
        return value_variant("path", value_bytes(value->val.path.ptr, value->val.path.len));
    case 4:
        return value_variant("status", enumeration_member(state->choices_status_members, 2, value->val.status));
    default:
        return value_unknown();
    }
}

// problem
static PyObject *
to_choices_problem(demo_choices_choices_problem_t *value)
{
    switch (value->tag) {
    case 0:
        return value_variant("busy", Py_NewRef(Py_None));
    case 1:
        return value_variant("failed", value_text(value->val.failed.ptr, value->val.failed.len));
    default:
        return value_unknown();
    }
}

// outcome
static bool
from_choices_outcome(struct held *held, PyObject *object, const char *name, demo_choices_choices_outcome_t *value)
{
    static const char *const tags[] = {"ok", "err"};
    PyObject *payload;
    uint8_t tag;

    if (!argument_variant(object, name, tags, 2, &tag, &payload))
        return false;
    value->is_err = tag == 1;
    switch (tag) {
    case 0:
        return held_bytes(held, payload, &value->val.ok.ptr, &value->val.ok.len);
    case 1:
        return from_choices_status(payload, tags[tag], &value->val.err);
    default:
        return argument_nothing(payload, tags[tag]);
    }
}

// option<list<u8>>
static bool
from_option_list_u8(struct held *held, PyObject *object, const char *name, demo_import_option_list_u8_t *value)
{
    (void)name;
    value->is_some = object != Py_None;
    return !value->is_some || held_bytes(held, object, &value->val.ptr, &value->val.len);
}

// option<u32>
static bool
from_option_u32(PyObject *object, const char *name, demo_import_option_u32_t *value)
{
    value->is_some = object != Py_None;
    return !value->is_some || argument_u32(object, name, &value->val);
}

// kept
static bool
from_choices_kept(struct held *held, PyObject *object, const char *name, demo_choices_choices_kept_t *value)
{
    return argument_tuple(object, name, "Kept", 2) &&
           from_option_list_u8(held, PyTuple_GET_ITEM(object, 0), "Kept.data", &value->data) &&
           from_option_u32(PyTuple_GET_ITEM(object, 1), "Kept.age", &value->age);
}

// result<u8, shape>
static PyObject *
to_choices_result_u8_shape(struct state *state, demo_choices_choices_result_u8_shape_t *value)
{
    switch ((int)value->is_err) {
    case 0:
        return value_variant("ok", PyLong_FromLong(value->val.ok));
    case 1:
        return value_variant("err", to_choices_shape(state, &value->val.err));
    default:
        return value_unknown();
    }
}

// list<result<u8, shape>>
static PyObject *
to_choices_list_result_u8_shape(struct state *state, demo_choices_choices_list_result_u8_shape_t *value)
{
    PyObject *list = PyList_New((Py_ssize_t)value->len);

    for (size_t i = 0; list != NULL && i < value->len; i++) {
        PyObject *item = to_choices_result_u8_shape(state, &value->ptr[i]);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

static const char doc_choices_next[] =
    "next($module, status, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_choices_next(PyObject *self, PyObject *argument)
{
    struct state *state = PyModule_GetState(self);
    demo_choices_choices_status_t arg_status;
    PyObject *result = NULL;

    if (from_choices_status(argument, "status", &arg_status)) {
        demo_choices_choices_status_t returned = demo_choices_choices_next(arg_status);
        result = link_failed() ? link_raise() : enumeration_member(state->choices_status_members, 2, returned);
    }
    return result;
}

static const char doc_choices_grow[] =
    "grow($module, shape, by)\n"
    "--\n"
    "\n"
    "Raises DemoError.";

static PyObject *
call_choices_grow(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"shape", "by"};
    static const struct signature signature = {"grow", names, 2, 2};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    struct state *state = PyModule_GetState(self);
    struct held held = {0};
    demo_choices_choices_shape_t arg_shape;
    uint8_t arg_by;
    PyObject *result = NULL;

    if (values != NULL &&
        from_choices_shape(&held, values[0], names[0], &arg_shape) &&
        argument_u8(values[1], names[1], &arg_by)) {
        held_give(&held);
        demo_choices_choices_shape_t returned;
        demo_choices_choices_problem_t problem;
        bool good = demo_choices_choices_grow(&arg_shape, arg_by, &returned, &problem);
        if (link_failed()) {
            link_raise();
        } else if (good) {
            result = to_choices_shape(state, &returned);
            demo_choices_choices_shape_free(&returned);
        } else {
            raise_problem(state->error, to_choices_problem(&problem));
            demo_choices_choices_problem_free(&problem);
        }
    }
    held_end(&held);
    return result;
}

static const char doc_choices_check[] =
    "check($module, /)\n"
    "--\n"
    "\n"
    "Raises DemoError.";

static PyObject *
call_choices_check(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    struct state *state = PyModule_GetState(self);
    PyObject *result = NULL;

    bool good = demo_choices_choices_check();
    if (link_failed()) {
        link_raise();
    } else if (good) {
        result = Py_NewRef(Py_None);
    } else {
        raise_problem(state->error, Py_NewRef(Py_None));
    }
    return result;
}

static const char doc_choices_store[] =
    "store($module, data, /)\n"
    "--\n"
    "\n"
    "Raises DemoError.";

static PyObject *
call_choices_store(PyObject *self, PyObject *argument)
{
    struct state *state = PyModule_GetState(self);
    struct held held = {0};
    demo_choices_choices_outcome_t arg_data;
    PyObject *result = NULL;

    if (from_choices_outcome(&held, argument, "data", &arg_data)) {
        held_give(&held);
        demo_choices_choices_status_t problem;
        bool good = demo_choices_choices_store(&arg_data, &problem);
        if (link_failed()) {
            link_raise();
        } else if (good) {
            result = Py_NewRef(Py_None);
        } else {
            raise_problem(state->error, enumeration_member(state->choices_status_members, 2, problem));
        }
    }
    held_end(&held);
    return result;
}

static const char doc_choices_load[] =
    "load($module, name, /)\n"
    "--\n"
    "\n"
    "Raises DemoError.";

static PyObject *
call_choices_load(PyObject *self, PyObject *argument)
{
    struct state *state = PyModule_GetState(self);
    demo_import_string_t arg_name;
    PyObject *result = NULL;

    if (argument_text(argument, "name", &arg_name.ptr, &arg_name.len)) {
        demo_import_string_t returned;
        bool good = demo_choices_choices_load(&arg_name, &returned);
        if (link_failed()) {
            link_raise();
        } else if (good) {
            result = value_text(returned.ptr, returned.len);
            demo_import_string_free(&returned);
        } else {
            raise_problem(state->error, Py_NewRef(Py_None));
        }
    }
    return result;
}

static const char doc_choices_keep[] =
    "keep($module, what, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_choices_keep(PyObject *self, PyObject *argument)
{
    (void)self;
    struct held held = {0};
    demo_choices_choices_kept_t arg_what;
    PyObject *result = NULL;

    if (from_choices_kept(&held, argument, "what", &arg_what)) {
        held_give(&held);
        bool returned = demo_choices_choices_keep(&arg_what);
        result = link_failed() ? link_raise() : PyBool_FromLong(returned);
    }
    held_end(&held);
    return result;
}

static const char doc_choices_all[] =
    "all($module, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_choices_all(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    struct state *state = PyModule_GetState(self);
    PyObject *result = NULL;

    demo_choices_choices_list_result_u8_shape_t returned;
    demo_choices_choices_all(&returned);
    result = link_failed() ? link_raise() : to_choices_list_result_u8_shape(state, &returned);
    demo_choices_choices_list_result_u8_shape_free(&returned);
    return result;
}

static const char doc_choices_status[] =
    "How it went.\n"
    "\n"
    "* OK: Well.\n"
    "* DATA_ERROR";

static const char *const names_choices_status[] = {"OK", "DATA_ERROR"};

static PyType_Slot slots_choices_status[] = {
    {Py_tp_new, enumeration_new},
    {Py_tp_repr, enumeration_repr},
    {Py_tp_traverse, enumeration_traverse},
    {Py_tp_doc, (char *)doc_choices_status},
    {0, NULL},
};

static PyType_Spec spec_choices_status = {
    .name = "_demo_cap.Status",
    .flags = ENUMERATION_FLAGS,
    .slots = slots_choices_status,
};

static const char doc_choices_kept[] =
    "";

static PyStructSequence_Field fields_choices_kept[] = {
    {"data", NULL},
    {"age", NULL},
    {NULL, NULL},
};

static PyStructSequence_Desc desc_choices_kept = {
    .name = "_demo_cap.Kept",
    .doc = doc_choices_kept,
    .fields = fields_choices_kept,
    .n_in_sequence = 2,
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
    {"next", call_choices_next, METH_O, doc_choices_next},
    {"grow", (PyCFunction)(void (*)(void))call_choices_grow, METH_FASTCALL | METH_KEYWORDS, doc_choices_grow},
    {"check", call_choices_check, METH_NOARGS, doc_choices_check},
    {"store", call_choices_store, METH_O, doc_choices_store},
    {"load", call_choices_load, METH_O, doc_choices_load},
    {"keep", call_choices_keep, METH_O, doc_choices_keep},
    {"all", call_choices_all, METH_NOARGS, doc_choices_all},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    bool added = type_add(module, &state->error, &spec_of_error, (PyTypeObject *)PyExc_Exception) &&
                 enumeration_add(module, &state->choices_status, &spec_choices_status, names_choices_status, 2, state->choices_status_members) &&
                 record_add(module, &state->choices_kept, &desc_choices_kept);
    return added ? 0 : -1;
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct state *state = PyModule_GetState(module);

    Py_VISIT(state->error);
    Py_VISIT(state->choices_status);
    for (size_t i = 0; i < 2; i++)
        Py_VISIT(state->choices_status_members[i]);
    Py_VISIT(state->choices_kept);
    return 0;
}

static int
module_clear(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    Py_CLEAR(state->error);
    Py_CLEAR(state->choices_status);
    for (size_t i = 0; i < 2; i++)
        Py_CLEAR(state->choices_status_members[i]);
    Py_CLEAR(state->choices_kept);
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
