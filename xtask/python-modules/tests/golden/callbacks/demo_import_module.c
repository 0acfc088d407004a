// The module `_demo_cap`: what demo_import.h declares, for Python. docs/reference/python-modules.md has the mapping.
#include "answers_python.h"
#include "arguments_python.h"
#include "link_python.h"
#include "values_python.h"
#include "demo_import.h"

struct state {
    PyTypeObject *error;
    PyTypeObject *order_item;
    PyTypeObject *order_trouble;
    PyObject *order_trouble_members[2];
    PyObject *order_answerer;
    PyObject *order_methods[6];
};

// Of the module that was imported last: what calls back finds it here.
static struct state *current;

// list<u32>
static PyObject *
to_list_u32(demo_import_list_u32_t *value)
{
    PyObject *list = PyList_New((Py_ssize_t)value->len);

    for (size_t i = 0; list != NULL && i < value->len; i++) {
        PyObject *item = PyLong_FromUnsignedLong(value->ptr[i]);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

// item
static PyObject *
to_order_item(struct state *state, exports_demo_kit_order_item_t *value)
{
    PyObject *items = PyStructSequence_New(state->order_item);

    if (items != NULL &&
        value_set(items, 0, value_text(value->name.ptr, value->name.len)) &&
        value_set(items, 1, PyLong_FromUnsignedLong(value->weight)))
        return items;
    Py_XDECREF(items);
    return NULL;
}

// trouble
static bool
from_order_trouble(PyObject *object, const char *name, exports_demo_kit_order_trouble_t *value)
{
    uint32_t number;

    if (!argument_case(object, name, "Trouble", 2, &number))
        return false;
    *value = (exports_demo_kit_order_trouble_t)number;
    return true;
}

// list<string>
static bool
from_list_string(struct held *held, PyObject *object, const char *name, demo_import_list_string_t *value)
{
    PyObject *items = held_items(held, object, name);

    if (items == NULL)
        return false;
    value->len = (size_t)PyTuple_GET_SIZE(items);
    value->ptr = held_memory(held, value->len, sizeof *value->ptr);
    bool read = value->ptr != NULL;
    for (size_t i = 0; read && i < value->len; i++)
        read = held_text(held, PyTuple_GET_ITEM(items, (Py_ssize_t)i), name, &value->ptr[i].ptr, &value->ptr[i].len);
    return read;
}

// item
static bool
from_order_item(struct held *held, PyObject *object, const char *name, exports_demo_kit_order_item_t *value)
{
    return argument_tuple(object, name, "Item", 2) &&
           held_text(held, PyTuple_GET_ITEM(object, 0), "Item.name", &value->name.ptr, &value->name.len) &&
           argument_u32(PyTuple_GET_ITEM(object, 1), "Item.weight", &value->weight);
}

static const char doc_sorting_sort[] =
    "sort($module, count, /)\n"
    "--\n"
    "\n"
    "Raises DemoError.";

static PyObject *
call_sorting_sort(PyObject *self, PyObject *argument)
{
    struct state *state = PyModule_GetState(self);
    uint32_t arg_count;
    PyObject *result = NULL;

    if (argument_u32(argument, "count", &arg_count)) {
        struct callback_scope scope;
        callback_begin(&scope);
        demo_import_list_u32_t returned;
        demo_import_string_t problem;
        bool good = demo_kit_sorting_sort(arg_count, &returned, &problem);
        bool failed = answers_failed(&scope);
        if (good) {
            result = failed ? NULL : to_list_u32(&returned);
            demo_import_list_u32_free(&returned);
        } else {
            if (!failed)
                raise_problem(state->error, value_text(problem.ptr, problem.len));
            demo_import_string_free(&problem);
        }
    }
    return result;
}

static const char doc_sorting_first[] =
    "first($module, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_sorting_first(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    (void)self;
    PyObject *result = NULL;

    struct callback_scope scope;
    callback_begin(&scope);
    uint32_t returned;
    bool some = demo_kit_sorting_first(&returned);
    if (some) {
        result = answers_failed(&scope) ? NULL : PyLong_FromUnsignedLong(returned);
    } else {
        result = answers_failed(&scope) ? NULL : Py_NewRef(Py_None);
    }
    return result;
}

static const char doc_sorting_reset[] =
    "reset($module, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_sorting_reset(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    (void)self;
    PyObject *result = NULL;

    struct callback_scope scope;
    callback_begin(&scope);
    demo_kit_sorting_reset();
    result = answers_failed(&scope) ? NULL : Py_NewRef(Py_None);
    return result;
}

static const char doc_sorting_count[] =
    "count($module, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_sorting_count(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    (void)self;
    PyObject *result = NULL;

    struct callback_scope scope;
    callback_begin(&scope);
    uint32_t returned = demo_kit_sorting_count();
    result = answers_failed(&scope) ? NULL : PyLong_FromUnsignedLong(returned);
    return result;
}

static const char doc_answer_order[] =
    "answer_order($module, answers, /)\n"
    "--\n"
    "\n"
    "Has what calls back answered by methods of an object, precedes(a, b), labels(of, prefix), best(), told(text), weight(data), give_up(); by nobody if it is None. Returns what answered before.\n"
    "\n"
    "What the program knows.\n"
    "\n"
    "precedes(a, b): Whether `a` comes before `b`.";

static PyObject *
answer_order(PyObject *self, PyObject *argument)
{
    static const char *const names[] = {"precedes", "labels", "best", "told", "weight", "give_up"};
    struct state *state = PyModule_GetState(self);

    return answers_set(&state->order_answerer, argument, names, state->order_methods, 6);
}

// order.precedes(a: item, b: item) -> result<bool, trouble>
bool
exports_demo_kit_order_precedes(exports_demo_kit_order_item_t *arg_a, exports_demo_kit_order_item_t *arg_b, bool *ret,
                                exports_demo_kit_order_trouble_t *err)
{
    struct state *state = current;
    PyObject *given[2] = {NULL};
    bool good = false;
    bool told = false; // that, or an error of the contract

    if (callback_enter()) {
        PyObject *answer = NULL;
        if (state == NULL)
            answers_missing("order.precedes");
        else if ((given[0] = to_order_item(state, arg_a)) != NULL && (given[1] = to_order_item(state, arg_b)) != NULL)
            answer = answers_call(state->order_methods[0], "order.precedes", given, 2);
        answers_drop(given, 2);
        good = answer != NULL && argument_bool(answer, "the answer of Order.precedes", ret);
        Py_XDECREF(answer);
        told = good;
        if (!good && state != NULL) {
            PyObject *problem = answers_problem(state->error);
            told = problem != NULL && from_order_trouble(problem, "the answer of Order.precedes", err);
            Py_XDECREF(problem);
        }
        if (!told)
            callback_raise();
        callback_leave();
    }
    exports_demo_kit_order_item_free(arg_a);
    exports_demo_kit_order_item_free(arg_b);
    if (!told)
        memset(err, 0, sizeof *err);
    return good;
}

// order.labels(of: list<u32>, prefix: option<string>) -> list<string>
void
exports_demo_kit_order_labels(demo_import_list_u32_t *arg_of, demo_import_string_t *arg_prefix,
                              demo_import_list_string_t *ret)
{
    struct state *state = current;
    PyObject *given[2] = {NULL};
    bool good = false;

    if (callback_enter()) {
        PyObject *answer = NULL;
        if (state == NULL)
            answers_missing("order.labels");
        else if ((given[0] = to_list_u32(arg_of)) != NULL &&
                 (given[1] = arg_prefix == NULL ? Py_NewRef(Py_None) : value_text(arg_prefix->ptr, arg_prefix->len)) != NULL)
            answer = answers_call(state->order_methods[1], "order.labels", given, 2);
        answers_drop(given, 2);
        struct held held = {.keeps = true};
        good = answer != NULL && from_list_string(&held, answer, "the answer of Order.labels", ret);
        if (good)
            held_give(&held);
        held_end(&held);
        Py_XDECREF(answer);
        if (!good)
            callback_raise();
        callback_leave();
    }
    demo_import_list_u32_free(arg_of);
    if (arg_prefix != NULL)
        demo_import_string_free(arg_prefix);
    if (!good)
        memset(ret, 0, sizeof *ret);
}

// order.best() -> option<item>
bool
exports_demo_kit_order_best(exports_demo_kit_order_item_t *ret)
{
    struct state *state = current;
    bool good = false;

    if (callback_enter()) {
        PyObject *answer = NULL;
        if (state == NULL)
            answers_missing("order.best");
        else
            answer = answers_call(state->order_methods[2], "order.best", NULL, 0);
        if (answer == NULL) {
            callback_raise();
        } else if (answer != Py_None) {
            struct held held = {.keeps = true};
            good = answer != NULL && from_order_item(&held, answer, "the answer of Order.best", ret);
            if (good)
                held_give(&held);
            held_end(&held);
            if (!good)
                callback_raise();
        }
        Py_XDECREF(answer);
        callback_leave();
    }
    return good;
}

// order.told(text: string)
void
exports_demo_kit_order_told(demo_import_string_t *arg_text)
{
    struct state *state = current;
    PyObject *given[1] = {NULL};
    bool good = false;

    if (callback_enter()) {
        PyObject *answer = NULL;
        if (state == NULL)
            answers_missing("order.told");
        else if ((given[0] = value_text(arg_text->ptr, arg_text->len)) != NULL)
            answer = answers_call(state->order_methods[3], "order.told", given, 1);
        answers_drop(given, 1);
        good = answer != NULL;
        Py_XDECREF(answer);
        if (!good)
            callback_raise();
        callback_leave();
    }
    demo_import_string_free(arg_text);
    (void)good;
}

// order.weight(data: list<u8>) -> u32
uint32_t
exports_demo_kit_order_weight(demo_import_list_u8_t *arg_data)
{
    struct state *state = current;
    PyObject *given[1] = {NULL};
    uint32_t returned = 0;
    bool good = false;

    if (callback_enter()) {
        PyObject *answer = NULL;
        if (state == NULL)
            answers_missing("order.weight");
        else if ((given[0] = value_bytes(arg_data->ptr, arg_data->len)) != NULL)
            answer = answers_call(state->order_methods[4], "order.weight", given, 1);
        answers_drop(given, 1);
        good = answer != NULL && argument_u32(answer, "the answer of Order.weight", &returned);
        Py_XDECREF(answer);
        if (!good)
            callback_raise();
        callback_leave();
    }
    demo_import_list_u8_free(arg_data);
    return returned;
}

// order.give-up() -> result
bool
exports_demo_kit_order_give_up(void)
{
    struct state *state = current;
    bool good = false;
    bool told = false; // that, or an error of the contract

    if (callback_enter()) {
        PyObject *answer = NULL;
        if (state == NULL)
            answers_missing("order.give_up");
        else
            answer = answers_call(state->order_methods[5], "order.give_up", NULL, 0);
        good = answer != NULL;
        Py_XDECREF(answer);
        told = good;
        if (!good && state != NULL) {
            PyObject *problem = answers_problem(state->error);
            told = problem != NULL;
            Py_XDECREF(problem);
        }
        if (!told)
            callback_raise();
        callback_leave();
    }
    return good;
}

static const char doc_order_item[] =
    "";

static PyStructSequence_Field fields_order_item[] = {
    {"name", NULL},
    {"weight", NULL},
    {NULL, NULL},
};

static PyStructSequence_Desc desc_order_item = {
    .name = "_demo_cap.Item",
    .doc = doc_order_item,
    .fields = fields_order_item,
    .n_in_sequence = 2,
};

static const char doc_order_trouble[] =
    "* UNKNOWN\n"
    "* TIRED";

static const char *const names_order_trouble[] = {"UNKNOWN", "TIRED"};

static PyType_Slot slots_order_trouble[] = {
    {Py_tp_new, enumeration_new},
    {Py_tp_repr, enumeration_repr},
    {Py_tp_traverse, enumeration_traverse},
    {Py_tp_doc, (char *)doc_order_trouble},
    {0, NULL},
};

static PyType_Spec spec_order_trouble = {
    .name = "_demo_cap.Trouble",
    .flags = ENUMERATION_FLAGS,
    .slots = slots_order_trouble,
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
    {"sort", call_sorting_sort, METH_O, doc_sorting_sort},
    {"first", call_sorting_first, METH_NOARGS, doc_sorting_first},
    {"reset", call_sorting_reset, METH_NOARGS, doc_sorting_reset},
    {"count", call_sorting_count, METH_NOARGS, doc_sorting_count},
    {"answer_order", answer_order, METH_O, doc_answer_order},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    bool added = type_add(module, &state->error, &spec_of_error, (PyTypeObject *)PyExc_Exception) &&
                 record_add(module, &state->order_item, &desc_order_item) &&
                 enumeration_add(module, &state->order_trouble, &spec_order_trouble, names_order_trouble, 2, state->order_trouble_members);

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
    Py_VISIT(state->order_item);
    Py_VISIT(state->order_trouble);
    for (size_t i = 0; i < 2; i++)
        Py_VISIT(state->order_trouble_members[i]);
    Py_VISIT(state->order_answerer);
    for (size_t i = 0; i < 6; i++)
        Py_VISIT(state->order_methods[i]);
    return 0;
}

static int
module_clear(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    Py_CLEAR(state->error);
    Py_CLEAR(state->order_item);
    Py_CLEAR(state->order_trouble);
    for (size_t i = 0; i < 2; i++)
        Py_CLEAR(state->order_trouble_members[i]);
    Py_CLEAR(state->order_answerer);
    for (size_t i = 0; i < 6; i++)
        Py_CLEAR(state->order_methods[i]);
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
