// The module `_demo_cap`: what demo_import.h declares, for Python. docs/reference/python-modules.md has the mapping.
#include "arguments_python.h"
#include "link_python.h"
#include "values_python.h"
#include "demo_import.h"

struct state {
    PyTypeObject *error;
    PyTypeObject *things_thing;
    PyTypeObject *things_plain;
    PyTypeObject *shelves_shelf;
    PyTypeObject *things_parcel;
};

// Drops what did not become an object.
static void
drop_things_thing(demo_resources_things_own_thing_t *value)
{
    if (value->__handle != 0)
        demo_resources_things_thing_drop_own(*value);
}

// Drops what did not become an object.
static void
drop_things_plain(demo_resources_things_own_plain_t *value)
{
    if (value->__handle != 0)
        demo_resources_things_plain_drop_own(*value);
}

// list<thing>
static bool
from_shelves_list_own_thing(struct held *held, struct state *state, PyObject *object, const char *name,
                            demo_resources_shelves_list_own_thing_t *value)
{
    PyObject *items = held_items(held, object, name);

    if (items == NULL)
        return false;
    value->len = (size_t)PyTuple_GET_SIZE(items);
    value->ptr = held_memory(held, value->len, sizeof *value->ptr);
    bool read = value->ptr != NULL;
    for (size_t i = 0; read && i < value->len; i++)
        read = held_own(held, PyTuple_GET_ITEM(items, (Py_ssize_t)i), name, state->things_thing,
                        &value->ptr[i].__handle);
    return read;
}

// Drops what did not become an object.
static void
drop_shelves_shelf(demo_resources_shelves_own_shelf_t *value)
{
    if (value->__handle != 0)
        demo_resources_shelves_shelf_drop_own(*value);
}

// list<borrow<thing>>
static bool
from_things_list_borrow_thing(struct held *held, struct state *state, PyObject *object, const char *name,
                              demo_resources_things_list_borrow_thing_t *value)
{
    PyObject *items = held_items(held, object, name);

    if (items == NULL)
        return false;
    value->len = (size_t)PyTuple_GET_SIZE(items);
    value->ptr = held_memory(held, value->len, sizeof *value->ptr);
    bool read = value->ptr != NULL;
    for (size_t i = 0; read && i < value->len; i++)
        read = held_borrow(held, PyTuple_GET_ITEM(items, (Py_ssize_t)i), name, state->things_thing,
                           &value->ptr[i].__handle);
    return read;
}

// list<thing>
static bool
from_things_list_own_thing(struct held *held, struct state *state, PyObject *object, const char *name,
                           demo_resources_things_list_own_thing_t *value)
{
    PyObject *items = held_items(held, object, name);

    if (items == NULL)
        return false;
    value->len = (size_t)PyTuple_GET_SIZE(items);
    value->ptr = held_memory(held, value->len, sizeof *value->ptr);
    bool read = value->ptr != NULL;
    for (size_t i = 0; read && i < value->len; i++)
        read = held_own(held, PyTuple_GET_ITEM(items, (Py_ssize_t)i), name, state->things_thing,
                        &value->ptr[i].__handle);
    return read;
}

// option<thing>
static bool
from_things_option_own_thing(struct held *held, struct state *state, PyObject *object, const char *name,
                             demo_resources_things_option_own_thing_t *value)
{
    value->is_some = object != Py_None;
    return !value->is_some || held_own(held, object, name, state->things_thing, &value->val.__handle);
}

// parcel
static bool
from_things_parcel(struct held *held, struct state *state, PyObject *object, const char *name,
                   demo_resources_things_parcel_t *value)
{
    return argument_tuple(object, name, "Parcel", 3) &&
           argument_text(PyTuple_GET_ITEM(object, 0), "Parcel.label", &value->label.ptr, &value->label.len) &&
           from_things_list_own_thing(held, state, PyTuple_GET_ITEM(object, 1), "Parcel.items", &value->items) &&
           from_things_option_own_thing(held, state, PyTuple_GET_ITEM(object, 2), "Parcel.first", &value->first);
}

// list<thing>
static PyObject *
to_things_list_own_thing(struct state *state, demo_resources_things_list_own_thing_t *value)
{
    PyObject *list = PyList_New((Py_ssize_t)value->len);

    for (size_t i = 0; list != NULL && i < value->len; i++) {
        PyObject *item = resource_new(state->things_thing, &value->ptr[i].__handle);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

// option<thing>
static PyObject *
to_things_option_own_thing(struct state *state, demo_resources_things_option_own_thing_t *value)
{
    if (!value->is_some)
        Py_RETURN_NONE;
    return resource_new(state->things_thing, &value->val.__handle);
}

// parcel
static PyObject *
to_things_parcel(struct state *state, demo_resources_things_parcel_t *value)
{
    PyObject *items = PyStructSequence_New(state->things_parcel);

    if (items != NULL &&
        value_set(items, 0, value_text(value->label.ptr, value->label.len)) &&
        value_set(items, 1, to_things_list_own_thing(state, &value->items)) &&
        value_set(items, 2, to_things_option_own_thing(state, &value->first)))
        return items;
    Py_XDECREF(items);
    return NULL;
}

// Drops what did not become an object.
static void
drop_things_list_own_thing(demo_resources_things_list_own_thing_t *value)
{
    for (size_t i = 0; i < value->len; i++)
        drop_things_thing(&value->ptr[i]);
}

// Drops what did not become an object.
static void
drop_things_option_own_thing(demo_resources_things_option_own_thing_t *value)
{
    if (value->is_some)
        drop_things_thing(&value->val);
}

// Drops what did not become an object.
static void
drop_things_parcel(demo_resources_things_parcel_t *value)
{
    drop_things_list_own_thing(&value->items);
    drop_things_option_own_thing(&value->first);
}

static void
dealloc_things_thing(PyObject *self)
{
    int32_t handle = resource_end(self);

    if (handle != 0)
        demo_resources_things_thing_drop_own((demo_resources_things_own_thing_t){handle});
    resource_free(self);
}

static void
dealloc_things_plain(PyObject *self)
{
    int32_t handle = resource_end(self);

    if (handle != 0)
        demo_resources_things_plain_drop_own((demo_resources_things_own_plain_t){handle});
    resource_free(self);
}

static void
dealloc_shelves_shelf(PyObject *self)
{
    int32_t handle = resource_end(self);

    if (handle != 0)
        demo_resources_shelves_shelf_drop_own((demo_resources_shelves_own_shelf_t){handle});
    resource_free(self);
}

static PyObject *
call_things_constructor_thing(PyObject *self, PyObject *const *given, size_t flagged, PyObject *keywords)
{
    static const char *const names[] = {"name", "size"};
    static const struct signature signature = {"Thing", names, 2, 1};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, PyVectorcall_NARGS(flagged), keywords, room);
    struct state *state = PyType_GetModuleState((PyTypeObject *)self);
    demo_import_string_t arg_name;
    uint32_t arg_size;
    uint32_t *maybe_arg_size = NULL;
    PyObject *result = NULL;

    if (values != NULL &&
        argument_text(values[0], names[0], &arg_name.ptr, &arg_name.len) &&
        (argument_or_none(values[1]) == Py_None ||
         (argument_u32(argument_or_none(values[1]), names[1], &arg_size) && (maybe_arg_size = &arg_size)))) {
        demo_resources_things_own_thing_t returned = demo_resources_things_constructor_thing(&arg_name, maybe_arg_size);
        result = link_failed() ? link_raise() : resource_new(state->things_thing, &returned.__handle);
        drop_things_thing(&returned);
    }
    return result;
}

static const char doc_things_method_thing_name[] =
    "name($self, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_things_method_thing_name(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    demo_resources_things_borrow_thing_t own;
    PyObject *result = NULL;

    if (resource_self(self, &own.__handle)) {
        demo_import_string_t returned;
        demo_resources_things_method_thing_name(own, &returned);
        result = link_failed() ? link_raise() : value_text(returned.ptr, returned.len);
        demo_import_string_free(&returned);
    }
    return result;
}

static const char doc_things_method_thing_rename[] =
    "rename($self, name, /)\n"
    "--\n"
    "\n"
    "Changes its name.\n"
    "\n"
    "Raises DemoError.";

static PyObject *
call_things_method_thing_rename(PyObject *self, PyObject *argument)
{
    struct state *state = PyType_GetModuleState(Py_TYPE(self));
    demo_import_string_t arg_name;
    demo_resources_things_borrow_thing_t own;
    PyObject *result = NULL;

    if (argument_text(argument, "name", &arg_name.ptr, &arg_name.len) && resource_self(self, &own.__handle)) {
        demo_import_string_t returned;
        uint8_t problem;
        bool good = demo_resources_things_method_thing_rename(own, &arg_name, &returned, &problem);
        if (link_failed()) {
            link_raise();
        } else if (good) {
            result = value_text(returned.ptr, returned.len);
            demo_import_string_free(&returned);
        } else {
            raise_problem(state->error, PyLong_FromLong(problem));
        }
    }
    return result;
}

static const char doc_things_method_thing_compare[] =
    "compare($self, other, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_things_method_thing_compare(PyObject *self, PyObject *argument)
{
    struct state *state = PyType_GetModuleState(Py_TYPE(self));
    demo_resources_things_borrow_thing_t arg_other;
    demo_resources_things_borrow_thing_t own;
    PyObject *result = NULL;

    if (resource_borrow(argument, "other", state->things_thing, &arg_other.__handle) &&
        resource_self(self, &own.__handle)) {
        int32_t returned = demo_resources_things_method_thing_compare(own, arg_other);
        result = link_failed() ? link_raise() : PyLong_FromLong(returned);
    }
    return result;
}

static const char doc_things_method_thing_copy[] =
    "copy($self, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_things_method_thing_copy(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    struct state *state = PyType_GetModuleState(Py_TYPE(self));
    demo_resources_things_borrow_thing_t own;
    PyObject *result = NULL;

    if (resource_self(self, &own.__handle)) {
        demo_resources_things_own_thing_t returned = demo_resources_things_method_thing_copy(own);
        result = link_failed() ? link_raise() : resource_new(state->things_thing, &returned.__handle);
        drop_things_thing(&returned);
    }
    return result;
}

static const char doc_things_static_thing_join[] =
    "join($type, a, b)\n"
    "--\n"
    "\n"
    "Raises DemoError.";

static PyObject *
call_things_static_thing_join(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"a", "b"};
    static const struct signature signature = {"Thing.join", names, 2, 2};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    struct state *state = PyType_GetModuleState((PyTypeObject *)self);
    struct held held = {0};
    demo_resources_things_own_thing_t arg_a;
    demo_resources_things_own_thing_t arg_b;
    PyObject *result = NULL;

    if (values != NULL &&
        held_own(&held, values[1], names[1], state->things_thing, &arg_b.__handle) &&
        held_own(&held, values[0], names[0], state->things_thing, &arg_a.__handle)) {
        held_give(&held);
        demo_resources_things_own_thing_t returned;
        demo_resources_things_own_thing_t problem;
        bool good = demo_resources_things_static_thing_join(arg_a, arg_b, &returned, &problem);
        if (link_failed()) {
            link_raise();
        } else if (good) {
            result = resource_new(state->things_thing, &returned.__handle);
            drop_things_thing(&returned);
        } else {
            raise_problem(state->error, resource_new(state->things_thing, &problem.__handle));
            drop_things_thing(&problem);
        }
    }
    held_end(&held);
    return result;
}

static const char doc_things_static_thing_live[] =
    "live($type, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_things_static_thing_live(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    (void)self;
    PyObject *result = NULL;

    uint32_t returned = demo_resources_things_static_thing_live();
    result = link_failed() ? link_raise() : PyLong_FromUnsignedLong(returned);
    return result;
}

static PyObject *
call_things_constructor_plain(PyObject *self, PyObject *const *given, size_t flagged, PyObject *keywords)
{
    (void)given;
    struct state *state = PyType_GetModuleState((PyTypeObject *)self);
    PyObject *result = NULL;

    if (signature_empty("Plain", PyVectorcall_NARGS(flagged), keywords)) {
        demo_resources_things_own_plain_t returned = demo_resources_things_constructor_plain();
        result = link_failed() ? link_raise() : resource_new(state->things_plain, &returned.__handle);
        drop_things_plain(&returned);
    }
    return result;
}

static const char doc_shelves_static_shelf_create[] =
    "create($type, things, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_shelves_static_shelf_create(PyObject *self, PyObject *argument)
{
    struct state *state = PyType_GetModuleState((PyTypeObject *)self);
    struct held held = {0};
    demo_resources_shelves_list_own_thing_t arg_things;
    PyObject *result = NULL;

    if (from_shelves_list_own_thing(&held, state, argument, "things", &arg_things)) {
        held_give(&held);
        demo_resources_shelves_own_shelf_t returned = demo_resources_shelves_static_shelf_create(&arg_things);
        result = link_failed() ? link_raise() : resource_new(state->shelves_shelf, &returned.__handle);
        drop_shelves_shelf(&returned);
    }
    held_end(&held);
    return result;
}

static const char doc_shelves_method_shelf_take[] =
    "take($self, index, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_shelves_method_shelf_take(PyObject *self, PyObject *argument)
{
    struct state *state = PyType_GetModuleState(Py_TYPE(self));
    uint32_t arg_index;
    demo_resources_shelves_borrow_shelf_t own;
    PyObject *result = NULL;

    if (argument_u32(argument, "index", &arg_index) && resource_self(self, &own.__handle)) {
        demo_resources_shelves_own_thing_t returned;
        bool some = demo_resources_shelves_method_shelf_take(own, arg_index, &returned);
        if (some) {
            result = link_failed() ? link_raise() : resource_new(state->things_thing, &returned.__handle);
            drop_things_thing(&returned);
        } else {
            result = link_failed() ? link_raise() : Py_NewRef(Py_None);
        }
    }
    return result;
}

static const char doc_things_longest[] =
    "longest($module, things, or_else=None)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_things_longest(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"things", "or_else"};
    static const struct signature signature = {"longest", names, 2, 1};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    struct state *state = PyModule_GetState(self);
    struct held held = {0};
    demo_resources_things_list_borrow_thing_t arg_things;
    demo_resources_things_borrow_thing_t arg_or_else;
    demo_resources_things_borrow_thing_t *maybe_arg_or_else = NULL;
    PyObject *result = NULL;

    if (values != NULL &&
        from_things_list_borrow_thing(&held, state, values[0], names[0], &arg_things) &&
        (argument_or_none(values[1]) == Py_None ||
         (held_borrow(&held, argument_or_none(values[1]), names[1], state->things_thing, &arg_or_else.__handle) && (maybe_arg_or_else = &arg_or_else)))) {
        held_give(&held);
        demo_resources_things_own_thing_t returned;
        bool some = demo_resources_things_longest(&arg_things, maybe_arg_or_else, &returned);
        if (some) {
            result = link_failed() ? link_raise() : resource_new(state->things_thing, &returned.__handle);
            drop_things_thing(&returned);
        } else {
            result = link_failed() ? link_raise() : Py_NewRef(Py_None);
        }
    }
    held_end(&held);
    return result;
}

static const char doc_things_unpack[] =
    "unpack($module, parcel, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_things_unpack(PyObject *self, PyObject *argument)
{
    struct state *state = PyModule_GetState(self);
    struct held held = {0};
    demo_resources_things_parcel_t arg_parcel;
    PyObject *result = NULL;

    if (from_things_parcel(&held, state, argument, "parcel", &arg_parcel)) {
        held_give(&held);
        demo_resources_things_parcel_t returned;
        demo_resources_things_unpack(&arg_parcel, &returned);
        result = link_failed() ? link_raise() : to_things_parcel(state, &returned);
        drop_things_parcel(&returned);
        demo_resources_things_parcel_free(&returned);
    }
    held_end(&held);
    return result;
}

static const char doc_things_thing[] =
    "Thing(name, size=None)\n"
    "--\n"
    "\n"
    "A thing.\n"
    "\n"
    "A new one.";

static PyMethodDef methods_things_thing[] = {
    {"name", call_things_method_thing_name, METH_NOARGS, doc_things_method_thing_name},
    {"rename", call_things_method_thing_rename, METH_O, doc_things_method_thing_rename},
    {"compare", call_things_method_thing_compare, METH_O, doc_things_method_thing_compare},
    {"copy", call_things_method_thing_copy, METH_NOARGS, doc_things_method_thing_copy},
    {"join", (PyCFunction)(void (*)(void))call_things_static_thing_join, METH_FASTCALL | METH_KEYWORDS | METH_CLASS,
     doc_things_static_thing_join},
    {"live", call_things_static_thing_live, METH_NOARGS | METH_CLASS, doc_things_static_thing_live},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots_things_thing[] = {
    {Py_tp_dealloc, dealloc_things_thing},
    {Py_tp_traverse, resource_traverse},
    {Py_tp_methods, methods_things_thing},
    {Py_tp_doc, (char *)doc_things_thing},
    {0, NULL},
};

static PyType_Spec spec_things_thing = {
    .name = "_demo_cap.Thing",
    .basicsize = sizeof(struct resource),
    .flags = RESOURCE_FLAGS,
    .slots = slots_things_thing,
};

static const char doc_things_plain[] =
    "Plain()\n"
    "--\n"
    "\n"
    "";

static PyMethodDef methods_things_plain[] = {
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots_things_plain[] = {
    {Py_tp_dealloc, dealloc_things_plain},
    {Py_tp_traverse, resource_traverse},
    {Py_tp_methods, methods_things_plain},
    {Py_tp_doc, (char *)doc_things_plain},
    {0, NULL},
};

static PyType_Spec spec_things_plain = {
    .name = "_demo_cap.Plain",
    .basicsize = sizeof(struct resource),
    .flags = RESOURCE_FLAGS,
    .slots = slots_things_plain,
};

static const char doc_shelves_shelf[] =
    "";

static PyMethodDef methods_shelves_shelf[] = {
    {"create", call_shelves_static_shelf_create, METH_O | METH_CLASS, doc_shelves_static_shelf_create},
    {"take", call_shelves_method_shelf_take, METH_O, doc_shelves_method_shelf_take},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots_shelves_shelf[] = {
    {Py_tp_dealloc, dealloc_shelves_shelf},
    {Py_tp_traverse, resource_traverse},
    {Py_tp_methods, methods_shelves_shelf},
    {Py_tp_doc, (char *)doc_shelves_shelf},
    {0, NULL},
};

static PyType_Spec spec_shelves_shelf = {
    .name = "_demo_cap.Shelf",
    .basicsize = sizeof(struct resource),
    .flags = RESOURCE_FLAGS,
    .slots = slots_shelves_shelf,
};

static const char doc_things_parcel[] =
    "";

static PyStructSequence_Field fields_things_parcel[] = {
    {"label", NULL},
    {"items", NULL},
    {"first", NULL},
    {NULL, NULL},
};

static PyStructSequence_Desc desc_things_parcel = {
    .name = "_demo_cap.Parcel",
    .doc = doc_things_parcel,
    .fields = fields_things_parcel,
    .n_in_sequence = 3,
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
    {"longest", (PyCFunction)(void (*)(void))call_things_longest, METH_FASTCALL | METH_KEYWORDS, doc_things_longest},
    {"unpack", call_things_unpack, METH_O, doc_things_unpack},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    bool added = type_add(module, &state->error, &spec_of_error, (PyTypeObject *)PyExc_Exception) &&
                 type_add(module, &state->things_thing, &spec_things_thing, NULL) &&
                 type_add(module, &state->things_plain, &spec_things_plain, NULL) &&
                 type_add(module, &state->shelves_shelf, &spec_shelves_shelf, NULL) &&
                 record_add(module, &state->things_parcel, &desc_things_parcel);

    if (!added)
        return -1;
    state->things_thing->tp_vectorcall = call_things_constructor_thing;
    state->things_plain->tp_vectorcall = call_things_constructor_plain;
    return 0;
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct state *state = PyModule_GetState(module);

    Py_VISIT(state->error);
    Py_VISIT(state->things_thing);
    Py_VISIT(state->things_plain);
    Py_VISIT(state->shelves_shelf);
    Py_VISIT(state->things_parcel);
    return 0;
}

static int
module_clear(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    Py_CLEAR(state->error);
    Py_CLEAR(state->things_thing);
    Py_CLEAR(state->things_plain);
    Py_CLEAR(state->shelves_shelf);
    Py_CLEAR(state->things_parcel);
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
