// The module `_demo_cap`: what demo_import.h declares, for Python. docs/reference/python-modules.md has the mapping.
#include "arguments_python.h"
#include "link_python.h"
#include "values_python.h"
#include "demo_import.h"

struct state {
    PyTypeObject *types_point;
    PyTypeObject *values_mode;
    PyTypeObject *values_shape;
    PyTypeObject *values_names;
};

// names
static bool
from_values_names(PyObject *object, const char *name, demo_values_values_names_t *value)
{
    return argument_tuple(object, name, "Names", 4) &&
           argument_u8(PyTuple_GET_ITEM(object, 0), "Names.count", &value->count) &&
           argument_text(PyTuple_GET_ITEM(object, 1), "Names.index", &value->index.ptr, &value->index.len) &&
           argument_u8(PyTuple_GET_ITEM(object, 2), "Names.n_fields_", &value->n_fields) &&
           argument_bool(PyTuple_GET_ITEM(object, 3), "Names.class_", &value->class_);
}

// names
static PyObject *
to_values_names(struct state *state, demo_values_values_names_t *value)
{
    PyObject *items = PyStructSequence_New(state->values_names);

    if (items != NULL &&
        value_set(items, 0, PyLong_FromLong(value->count)) &&
        value_set(items, 1, value_text(value->index.ptr, value->index.len)) &&
        value_set(items, 2, PyLong_FromLong(value->n_fields)) &&
        value_set(items, 3, PyBool_FromLong(value->class_)))
        return items;
    Py_XDECREF(items);
    return NULL;
}

// point
static bool
from_types_point(PyObject *object, const char *name, demo_values_types_point_t *value)
{
    return argument_tuple(object, name, "Point", 2) &&
           argument_s32(PyTuple_GET_ITEM(object, 0), "Point.x", &value->x) &&
           argument_s32(PyTuple_GET_ITEM(object, 1), "Point.y", &value->y);
}

// tuple<s32, s32>
static bool
from_tuple2_s32_s32(PyObject *object, const char *name, demo_import_tuple2_s32_s32_t *value)
{
    return argument_tuple(object, name, "", 2) &&
           argument_s32(PyTuple_GET_ITEM(object, 0), name, &value->f0) &&
           argument_s32(PyTuple_GET_ITEM(object, 1), name, &value->f1);
}

// point
static PyObject *
to_types_point(struct state *state, demo_values_types_point_t *value)
{
    PyObject *items = PyStructSequence_New(state->types_point);

    if (items != NULL &&
        value_set(items, 0, PyLong_FromLong(value->x)) &&
        value_set(items, 1, PyLong_FromLong(value->y)))
        return items;
    Py_XDECREF(items);
    return NULL;
}

// list<place>
static bool
from_values_list_place(struct held *held, PyObject *object, const char *name, demo_values_values_list_place_t *value)
{
    PyObject *items = held_items(held, object, name);

    if (items == NULL)
        return false;
    value->len = (size_t)PyTuple_GET_SIZE(items);
    value->ptr = held_memory(held, value->len, sizeof *value->ptr);
    bool read = value->ptr != NULL;
    for (size_t i = 0; read && i < value->len; i++)
        read = from_types_point(PyTuple_GET_ITEM(items, (Py_ssize_t)i), name, &value->ptr[i]);
    return read;
}

// option<string>
static bool
from_option_string(PyObject *object, const char *name, demo_import_option_string_t *value)
{
    value->is_some = object != Py_None;
    return !value->is_some || argument_text(object, name, &value->val.ptr, &value->val.len);
}

// tuple<u8, string>
static bool
from_tuple2_u8_string(PyObject *object, const char *name, demo_import_tuple2_u8_string_t *value)
{
    return argument_tuple(object, name, "", 2) &&
           argument_u8(PyTuple_GET_ITEM(object, 0), name, &value->f0) &&
           argument_text(PyTuple_GET_ITEM(object, 1), name, &value->f1.ptr, &value->f1.len);
}

// mode
static bool
from_values_mode(PyObject *object, const char *name, demo_values_values_mode_t *value)
{
    uint32_t bits;

    if (!argument_flags(object, name, "Mode", 0x3u, &bits))
        return false;
    *value = (demo_values_values_mode_t)bits;
    return true;
}

// shape
static bool
from_values_shape(struct held *held, PyObject *object, const char *name, demo_values_values_shape_t *value)
{
    return argument_tuple(object, name, "Shape", 5) &&
           from_values_list_place(held, PyTuple_GET_ITEM(object, 0), "Shape.points", &value->points) &&
           from_option_string(PyTuple_GET_ITEM(object, 1), "Shape.label", &value->label) &&
           held_bytes(held, PyTuple_GET_ITEM(object, 2), &value->data.ptr, &value->data.len) &&
           from_tuple2_u8_string(PyTuple_GET_ITEM(object, 3), "Shape.pair", &value->pair) &&
           from_values_mode(PyTuple_GET_ITEM(object, 4), "Shape.mode", &value->mode);
}

// list<shape>
static bool
from_values_list_shape(struct held *held, PyObject *object, const char *name, demo_values_values_list_shape_t *value)
{
    PyObject *items = held_items(held, object, name);

    if (items == NULL)
        return false;
    value->len = (size_t)PyTuple_GET_SIZE(items);
    value->ptr = held_memory(held, value->len, sizeof *value->ptr);
    bool read = value->ptr != NULL;
    for (size_t i = 0; read && i < value->len; i++)
        read = from_values_shape(held, PyTuple_GET_ITEM(items, (Py_ssize_t)i), name, &value->ptr[i]);
    return read;
}

// list<place>
static PyObject *
to_values_list_place(struct state *state, demo_values_values_list_place_t *value)
{
    PyObject *list = PyList_New((Py_ssize_t)value->len);

    for (size_t i = 0; list != NULL && i < value->len; i++) {
        PyObject *item = to_types_point(state, &value->ptr[i]);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

// option<string>
static PyObject *
to_option_string(demo_import_option_string_t *value)
{
    if (!value->is_some)
        Py_RETURN_NONE;
    return value_text(value->val.ptr, value->val.len);
}

// tuple<u8, string>
static PyObject *
to_tuple2_u8_string(demo_import_tuple2_u8_string_t *value)
{
    PyObject *items = PyTuple_New(2);

    if (items != NULL &&
        value_set(items, 0, PyLong_FromLong(value->f0)) &&
        value_set(items, 1, value_text(value->f1.ptr, value->f1.len)))
        return items;
    Py_XDECREF(items);
    return NULL;
}

// shape
static PyObject *
to_values_shape(struct state *state, demo_values_values_shape_t *value)
{
    PyObject *items = PyStructSequence_New(state->values_shape);

    if (items != NULL &&
        value_set(items, 0, to_values_list_place(state, &value->points)) &&
        value_set(items, 1, to_option_string(&value->label)) &&
        value_set(items, 2, value_bytes(value->data.ptr, value->data.len)) &&
        value_set(items, 3, to_tuple2_u8_string(&value->pair)) &&
        value_set(items, 4, PyLong_FromUnsignedLong(value->mode)))
        return items;
    Py_XDECREF(items);
    return NULL;
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
        read = argument_text(PyTuple_GET_ITEM(items, (Py_ssize_t)i), name, &value->ptr[i].ptr, &value->ptr[i].len);
    return read;
}

// list<u64>
static bool
from_list_u64(struct held *held, PyObject *object, const char *name, demo_import_list_u64_t *value)
{
    PyObject *items = held_items(held, object, name);

    if (items == NULL)
        return false;
    value->len = (size_t)PyTuple_GET_SIZE(items);
    value->ptr = held_memory(held, value->len, sizeof *value->ptr);
    bool read = value->ptr != NULL;
    for (size_t i = 0; read && i < value->len; i++)
        read = argument_u64(PyTuple_GET_ITEM(items, (Py_ssize_t)i), name, &value->ptr[i]);
    return read;
}

// list<f32>
static PyObject *
to_list_f32(demo_import_list_f32_t *value)
{
    PyObject *list = PyList_New((Py_ssize_t)value->len);

    for (size_t i = 0; list != NULL && i < value->len; i++) {
        PyObject *item = PyFloat_FromDouble(value->ptr[i]);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

// tuple<u32, list<f32>>
static PyObject *
to_tuple2_u32_list_f32(demo_import_tuple2_u32_list_f32_t *value)
{
    PyObject *items = PyTuple_New(2);

    if (items != NULL &&
        value_set(items, 0, PyLong_FromUnsignedLong(value->f0)) &&
        value_set(items, 1, to_list_f32(&value->f1)))
        return items;
    Py_XDECREF(items);
    return NULL;
}

static const char doc_values_rename[] =
    "rename($module, names, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_values_rename(PyObject *self, PyObject *argument)
{
    struct state *state = PyModule_GetState(self);
    demo_values_values_names_t arg_names;
    PyObject *result = NULL;

    if (from_values_names(argument, "names", &arg_names)) {
        demo_values_values_names_t returned;
        demo_values_values_rename(&arg_names, &returned);
        result = link_failed() ? link_raise() : to_values_names(state, &returned);
        demo_values_values_names_free(&returned);
    }
    return result;
}

static const char doc_values_move[] =
    "move($module, point, by)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_values_move(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"point", "by"};
    static const struct signature signature = {"move", names, 2, 2};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    struct state *state = PyModule_GetState(self);
    demo_values_values_place_t arg_point;
    demo_import_tuple2_s32_s32_t arg_by;
    PyObject *result = NULL;

    if (values != NULL &&
        from_types_point(values[0], names[0], &arg_point) &&
        from_tuple2_s32_s32(values[1], names[1], &arg_by)) {
        demo_values_values_place_t returned;
        demo_values_values_move(&arg_point, &arg_by, &returned);
        result = link_failed() ? link_raise() : to_types_point(state, &returned);
    }
    return result;
}

static const char doc_values_largest[] =
    "largest($module, shapes, /)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_values_largest(PyObject *self, PyObject *argument)
{
    struct state *state = PyModule_GetState(self);
    struct held held = {0};
    demo_values_values_list_shape_t arg_shapes;
    PyObject *result = NULL;

    if (from_values_list_shape(&held, argument, "shapes", &arg_shapes)) {
        held_give(&held);
        demo_values_values_shape_t returned;
        bool some = demo_values_values_largest(&arg_shapes, &returned);
        if (some) {
            result = link_failed() ? link_raise() : to_values_shape(state, &returned);
            demo_values_values_shape_free(&returned);
        } else {
            result = link_failed() ? link_raise() : Py_NewRef(Py_None);
        }
    }
    held_end(&held);
    return result;
}

static const char doc_values_count[] =
    "count($module, words, numbers, mode)\n"
    "--\n"
    "\n"
    "";

static PyObject *
call_values_count(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"words", "numbers", "mode"};
    static const struct signature signature = {"count", names, 3, 3};
    PyObject *room[3];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    (void)self;
    struct held held = {0};
    demo_import_list_string_t arg_words;
    demo_import_list_u64_t arg_numbers;
    demo_values_values_mode_t arg_mode;
    PyObject *result = NULL;

    if (values != NULL &&
        from_list_string(&held, values[0], names[0], &arg_words) &&
        from_list_u64(&held, values[1], names[1], &arg_numbers) &&
        from_values_mode(values[2], names[2], &arg_mode)) {
        held_give(&held);
        demo_import_tuple2_u32_list_f32_t returned;
        demo_values_values_count(&arg_words, &arg_numbers, arg_mode, &returned);
        result = link_failed() ? link_raise() : to_tuple2_u32_list_f32(&returned);
        demo_import_tuple2_u32_list_f32_free(&returned);
    }
    held_end(&held);
    return result;
}

static const char doc_types_point[] =
    "A point.";

static PyStructSequence_Field fields_types_point[] = {
    {"x", PyDoc_STR("To the right.")},
    {"y", NULL},
    {NULL, NULL},
};

static PyStructSequence_Desc desc_types_point = {
    .name = "_demo_cap.Point",
    .doc = doc_types_point,
    .fields = fields_types_point,
    .n_in_sequence = 2,
};

static const char doc_values_mode[] =
    "What one can do.\n"
    "\n"
    "* READ\n"
    "* WRITE_BACK";

static const char *const names_values_mode[] = {"READ", "WRITE_BACK"};

static PyType_Slot slots_values_mode[] = {
    {Py_tp_doc, (char *)doc_values_mode},
    {0, NULL},
};

static PyType_Spec spec_values_mode = {
    .name = "_demo_cap.Mode",
    .flags = FLAGS_FLAGS,
    .slots = slots_values_mode,
};

static const char doc_values_shape[] =
    "";

static PyStructSequence_Field fields_values_shape[] = {
    {"points", NULL},
    {"label", NULL},
    {"data", NULL},
    {"pair", NULL},
    {"mode", NULL},
    {NULL, NULL},
};

static PyStructSequence_Desc desc_values_shape = {
    .name = "_demo_cap.Shape",
    .doc = doc_values_shape,
    .fields = fields_values_shape,
    .n_in_sequence = 5,
};

static const char doc_values_names[] =
    "Names that struct sequences have, too.";

static PyStructSequence_Field fields_values_names[] = {
    {"count", NULL},
    {"index", NULL},
    {"n_fields_", NULL},
    {"class_", NULL},
    {NULL, NULL},
};

static PyStructSequence_Desc desc_values_names = {
    .name = "_demo_cap.Names",
    .doc = doc_values_names,
    .fields = fields_values_names,
    .n_in_sequence = 4,
};

static PyMethodDef methods[] = {
    {"rename", call_values_rename, METH_O, doc_values_rename},
    {"move", (PyCFunction)(void (*)(void))call_values_move, METH_FASTCALL | METH_KEYWORDS, doc_values_move},
    {"largest", call_values_largest, METH_O, doc_values_largest},
    {"count", (PyCFunction)(void (*)(void))call_values_count, METH_FASTCALL | METH_KEYWORDS, doc_values_count},
    {NULL, NULL, 0, NULL},
};

static int
module_exec(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    bool added = record_add(module, &state->types_point, &desc_types_point) &&
                 flags_add(module, &state->values_mode, &spec_values_mode, names_values_mode, 2) &&
                 record_add(module, &state->values_shape, &desc_values_shape) &&
                 record_add(module, &state->values_names, &desc_values_names);
    return added ? 0 : -1;
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct state *state = PyModule_GetState(module);

    Py_VISIT(state->types_point);
    Py_VISIT(state->values_mode);
    Py_VISIT(state->values_shape);
    Py_VISIT(state->values_names);
    return 0;
}

static int
module_clear(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    Py_CLEAR(state->types_point);
    Py_CLEAR(state->values_mode);
    Py_CLEAR(state->values_shape);
    Py_CLEAR(state->values_names);
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
