/* Values of generated modules: see values_python.h. */
#include "values_python.h"

PyObject *
value_variant(const char *tag, PyObject *payload)
{
    if (payload == NULL)
        return NULL;
    PyObject *said = PyUnicode_InternFromString(tag);
    PyObject *variant = said == NULL ? NULL : PyTuple_New(2);
    if (variant == NULL) {
        Py_XDECREF(said);
        Py_DECREF(payload);
        return NULL;
    }
    PyTuple_SET_ITEM(variant, 0, said);
    PyTuple_SET_ITEM(variant, 1, payload);
    return variant;
}

PyObject *
value_unknown(void)
{
    PyErr_SetString(PyExc_SystemError, "a cap has returned a case that its contract does not have");
    return NULL;
}

void
raise_problem(PyTypeObject *type, PyObject *value)
{
    if (value == NULL)
        return;
    PyObject *exception = value == Py_None ? PyObject_CallNoArgs((PyObject *)type)
                                           : PyObject_CallOneArg((PyObject *)type, value);
    Py_DECREF(value);
    if (exception != NULL) {
        PyErr_SetObject((PyObject *)type, exception);
        Py_DECREF(exception);
    }
}

PyObject *
problem_value(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *args = PyException_GetArgs(self);
    PyObject *value = args != NULL && PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : Py_None;

    Py_INCREF(value);
    Py_XDECREF(args);
    return value;
}

bool
type_add(PyObject *module, PyTypeObject **type, PyType_Spec *spec, PyTypeObject *base)
{
    *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, (PyObject *)base);
    return *type != NULL && PyModule_AddType(module, *type) == 0;
}

bool
record_add(PyObject *module, PyTypeObject **type, PyStructSequence_Desc *description)
{
    *type = PyStructSequence_NewType(description);
    return *type != NULL && PyModule_AddType(module, *type) == 0;
}

PyObject *
resource_new(PyTypeObject *type, int32_t *handle)
{
    if (*handle == 0)
        return PyErr_NoMemory();
    struct resource *self = (struct resource *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->handle = *handle;
        *handle = 0;
    }
    return (PyObject *)self;
}

bool
resource_given_away(PyObject *self)
{
    PyErr_Format(PyExc_ValueError, "the %.200s was given away", Py_TYPE(self)->tp_name);
    return false;
}

bool
resource_borrow(PyObject *object, const char *name, PyTypeObject *type, int32_t *handle)
{
    if (Py_IS_TYPE(object, type))
        return resource_self(object, handle);
    PyErr_Format(PyExc_TypeError, "%s must be %.200s, not %.200s", name, type->tp_name, Py_TYPE(object)->tp_name);
    return false;
}

int32_t
resource_end(PyObject *self)
{
    struct resource *resource = (struct resource *)self;
    int32_t handle = resource->handle;

    PyObject_GC_UnTrack(self);
    resource->handle = 0;
    return handle;
}

void
resource_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    type->tp_free(self);
    Py_DECREF(type);
}

int
resource_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

/* `type.name`, from now on. */
static bool
set_number(PyTypeObject *type, const char *name, PyObject *number)
{
    return number != NULL && PyObject_SetAttrString((PyObject *)type, name, number) == 0;
}

/* The dict of an enum's objects by their names; borrowed from the class. */
static PyObject *
members_of(PyTypeObject *type)
{
    /* Interned: the cache of attributes keeps each name that it is asked for. */
    PyObject *name = PyUnicode_InternFromString("__members__");
    PyObject *members = name == NULL ? NULL : PyObject_GetAttr((PyObject *)type, name);

    Py_XDECREF(name);
    Py_XDECREF(members);
    return members;
}

/* A new object of an enum. */
static PyObject *
new_member(PyTypeObject *type, uint32_t number)
{
    PyObject *args = Py_BuildValue("(k)", (unsigned long)number);
    PyObject *member = args == NULL ? NULL : PyLong_Type.tp_new(type, args, NULL);

    Py_XDECREF(args);
    return member;
}

bool
enumeration_add(PyObject *module, PyTypeObject **type, PyType_Spec *spec, const char *const *names, uint32_t count,
                PyObject **members)
{
    if (!type_add(module, type, spec, &PyLong_Type))
        return false;
    PyObject *by_name = PyDict_New();
    bool added = set_number(*type, "__members__", by_name);
    for (uint32_t i = 0; added && i < count; i++) {
        members[i] = new_member(*type, i);
        added = set_number(*type, names[i], members[i]) && PyDict_SetItemString(by_name, names[i], members[i]) == 0;
    }
    Py_XDECREF(by_name);
    return added;
}

/* The name and the object of a case, borrowed. False without an exception if there is none. */
static bool
find(PyTypeObject *type, unsigned long number, PyObject **name, PyObject **member)
{
    PyObject *members = members_of(type);
    Py_ssize_t position = 0;

    if (members == NULL)
        return false;
    while (PyDict_Next(members, &position, name, member))
        if (PyLong_AsUnsignedLong(*member) == number)
            return true;
    return false;
}

PyObject *
enumeration_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *number, *name, *member;

    if ((kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0) || !PyArg_ParseTuple(args, "O!", &PyLong_Type, &number)) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "%.200s() takes no keyword arguments", type->tp_name);
        return NULL;
    }
    unsigned long value = PyLong_AsUnsignedLong(number);
    bool fits = value != (unsigned long)-1 || !PyErr_Occurred();
    PyErr_Clear();
    if (fits && find(type, value, &name, &member))
        return Py_NewRef(member);
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "%S is not a %.200s", number, type->tp_name);
    return NULL;
}

PyObject *
enumeration_repr(PyObject *self)
{
    PyObject *name, *member;

    if (find(Py_TYPE(self), PyLong_AsUnsignedLong(self), &name, &member)) {
        PyObject *class = PyType_GetName(Py_TYPE(self));
        PyObject *text = class == NULL ? NULL : PyUnicode_FromFormat("%U.%U", class, name);
        Py_XDECREF(class);
        return text;
    }
    return PyErr_Occurred() ? NULL : PyLong_Type.tp_repr(self);
}

int
enumeration_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

bool
flags_add(PyObject *module, PyTypeObject **type, PyType_Spec *spec, const char *const *names, uint32_t count)
{
    bool added = type_add(module, type, spec, NULL);

    for (uint32_t i = 0; added && i < count; i++) {
        PyObject *bit = PyLong_FromUnsignedLong(1ul << i);
        added = set_number(*type, names[i], bit);
        Py_XDECREF(bit);
    }
    return added;
}
