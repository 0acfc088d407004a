/* Types of values of loaded modules: see loaded_python.h. */
#include "loaded_python.h"

#include <string.h>

static const char *const kinds[] = {
    [LOADED_BOOL] = "bool",     [LOADED_U8] = "u8",         [LOADED_U16] = "u16",         [LOADED_U32] = "u32",
    [LOADED_U64] = "u64",       [LOADED_S8] = "s8",         [LOADED_S16] = "s16",         [LOADED_S32] = "s32",
    [LOADED_S64] = "s64",       [LOADED_F32] = "f32",       [LOADED_F64] = "f64",         [LOADED_CHAR] = "char",
    [LOADED_STRING] = "string", [LOADED_LIST] = "list",     [LOADED_OPTION] = "option",   [LOADED_TUPLE] = "tuple",
    [LOADED_RECORD] = "record", [LOADED_VARIANT] = "variant", [LOADED_RESULT] = "result", [LOADED_ENUM] = "enum",
    [LOADED_FLAGS] = "flags",   [LOADED_OWN] = "own",       [LOADED_BORROW] = "borrow",
};

static struct loaded_type *
type_of(PyObject *self)
{
    return (struct loaded_type *)self;
}

static bool
wrong(const char *what)
{
    PyErr_Format(PyExc_ValueError, "a type has %s", what);
    return false;
}

/* The kind that has this name; LOADED_BORROW + 1 if none has. */
static enum loaded_kind
kind_named(const char *name)
{
    enum loaded_kind kind = LOADED_BOOL;

    while (kind <= LOADED_BORROW && strcmp(kinds[kind], name) != 0)
        kind++;
    return kind;
}

static bool
has_cases(const struct loaded_type *self)
{
    return self->kind == LOADED_VARIANT || self->kind == LOADED_RESULT;
}

/* Whether the items are types, and how deep they are. */
static bool
check_items(struct loaded_type *self, PyTypeObject *type)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(self->items); i++) {
        PyObject *item = PyTuple_GET_ITEM(self->items, i);
        if (item == Py_None && has_cases(self))
            continue;
        if (!Py_IS_TYPE(item, type))
            return wrong("an item that is none");
        if (type_of(item)->depth >= self->depth)
            self->depth = type_of(item)->depth + 1;
    }
    return self->depth <= LOADED_MAX_DEPTH || wrong("too many levels");
}

/* Whether an enum's objects are as many as there are cases: ints from 0 on. */
static bool
take_members(struct loaded_type *self)
{
    PyObject *members = class_attribute((PyObject *)self->class, "__members__");
    PyObject *values = members == NULL ? NULL : PyMapping_Values(members);
    PyObject *items = values == NULL ? NULL : PySequence_Tuple(values);

    Py_XDECREF(values);
    Py_XDECREF(members);
    Py_XSETREF(self->items, items);
    return items != NULL;
}

/* How many items, names and what class a kind needs. */
static bool
check_shape(struct loaded_type *self)
{
    Py_ssize_t items = PyTuple_GET_SIZE(self->items), names = PyTuple_GET_SIZE(self->names);

    switch (self->kind) {
    case LOADED_LIST:
    case LOADED_OPTION:
        return items == 1 || wrong("another number of items");
    case LOADED_TUPLE:
        return true;
    case LOADED_RESULT:
    case LOADED_VARIANT:
        return (names == items && items > 0 && items <= LOADED_MAX_CASES) || wrong("another number of cases");
    case LOADED_RECORD:
        return (self->class != NULL && PyType_IsSubtype(self->class, &PyTuple_Type) && names == items) ||
               wrong("another class");
    case LOADED_FLAGS:
        return (names > 0 && names <= 32) || wrong("another number of flags");
    case LOADED_ENUM:
        return self->class != NULL ? take_members(self) : wrong("no class");
    case LOADED_OWN:
    case LOADED_BORROW:
        return (self->class != NULL && self->class->tp_basicsize == sizeof(struct loaded_resource)) ||
               wrong("another class");
    default:
        return items == 0 || wrong("items");
    }
}

/* The UTF-8 of a tuple of str, which keeps it. */
static bool
take_texts(PyObject *names, const char **texts)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        texts[i] = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
        if (texts[i] == NULL)
            return PyErr_Occurred() == NULL && wrong("a name that is no str");
    }
    return true;
}

static bool
take_names(struct loaded_type *self)
{
    Py_ssize_t count = PyTuple_GET_SIZE(self->names);

    if (PyTuple_GET_SIZE(self->paths) != count)
        return wrong("another number of names");
    self->texts = PyMem_New(const char *, 2 * (size_t)count + 1);
    self->payloads = PyMem_New(bool, (size_t)count + 1);
    if (self->texts == NULL || self->payloads == NULL) {
        PyErr_NoMemory();
        return false;
    }
    for (Py_ssize_t i = 0; has_cases(self) && i < count; i++)
        self->payloads[i] = PyTuple_GET_ITEM(self->items, i) != Py_None;
    return take_texts(self->names, self->texts) && take_texts(self->paths, self->texts + count);
}

PyObject *
linker_type(PyObject *module, PyObject *args)
{
    struct linker_state *state = PyModule_GetState(module);
    PyObject *items, *names, *paths, *class;
    const char *kind;

    if (!PyArg_ParseTuple(args, "sO!O!O!O", &kind, &PyTuple_Type, &items, &PyTuple_Type, &names, &PyTuple_Type, &paths,
                          &class))
        return NULL;
    struct loaded_type *self = (struct loaded_type *)state->type->tp_alloc(state->type, 0);
    if (self == NULL)
        return NULL;
    self->kind = kind_named(kind);
    self->depth = 1;
    self->items = Py_NewRef(items);
    self->names = Py_NewRef(names);
    self->paths = Py_NewRef(paths);
    bool made = self->kind <= LOADED_BORROW || wrong("another kind");
    if (made && PyType_Check(class)) {
        self->class = (PyTypeObject *)Py_NewRef(class);
        self->name = PyType_GetName(self->class);
        self->called = self->name == NULL ? NULL : PyUnicode_AsUTF8(self->name);
        made = self->called != NULL;
    }
    /* An enum's items are its objects from check_shape() on. */
    if (made && check_items(self, state->type) && check_shape(self) && take_names(self))
        return (PyObject *)self;
    Py_DECREF(self);
    return NULL;
}

/* There is no tp_clear, as tuples have none: cycles go through classes, which can be cleared. */
static int
type_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(type_of(self)->class);
    Py_VISIT(type_of(self)->items);
    return 0;
}

static void
type_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_XDECREF(type_of(self)->class);
    Py_XDECREF(type_of(self)->name);
    Py_XDECREF(type_of(self)->items);
    Py_XDECREF(type_of(self)->names);
    Py_XDECREF(type_of(self)->paths);
    PyMem_Free(type_of(self)->texts);
    PyMem_Free(type_of(self)->payloads);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot slots[] = {
    {Py_tp_dealloc, type_dealloc},
    {Py_tp_traverse, type_traverse},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "_pylon_linker.Type",
    .basicsize = sizeof(struct loaded_type),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};

bool
linker_add_type(PyObject *module, struct linker_state *state)
{
    state->type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &spec, NULL);
    return state->type != NULL;
}
