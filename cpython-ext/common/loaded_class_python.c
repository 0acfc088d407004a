/* Classes of loaded modules, which are those of generated ones: see loaded_python.h. Each function takes the module, the
 * class's name with the module's in front, and its docstring. */
#include "loaded_python.h"

/* The UTF-8 of a tuple of str, NULL for each None, and a NULL at the end. The caller frees it. */
static const char **
texts_of(PyObject *names)
{
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    const char **texts = PyMem_New(const char *, (size_t)count + 1);

    if (texts == NULL)
        return (const char **)PyErr_NoMemory();
    texts[count] = NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        texts[i] = name == Py_None ? NULL : PyUnicode_AsUTF8(name);
        if (texts[i] == NULL && name != Py_None) {
            PyMem_Free(texts);
            return NULL;
        }
    }
    return texts;
}

/* Fields point to their names, for as long as there is the class: it has a place for a tuple of names of its own. */
static bool
keep(PyTypeObject *type, PyObject *names)
{
    ((PyHeapTypeObject *)type)->ht_slots = names;
    return names != NULL;
}

/* record(module, name, doc, names, docs) -> a struct sequence */
PyObject *
linker_record(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyStructSequence_Desc description = {0};
    PyObject *module, *names, *docs;
    PyTypeObject *type = NULL;

    if (!PyArg_ParseTuple(args, "OssO!O!", &module, &description.name, &description.doc, &PyTuple_Type, &names,
                          &PyTuple_Type, &docs))
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    const char **texts = texts_of(names), **said = texts == NULL ? NULL : texts_of(docs);
    description.fields = said == NULL ? NULL : PyMem_New(PyStructSequence_Field, (size_t)count + 1);
    description.n_in_sequence = (int)count;
    bool made = false;
    if (description.fields != NULL) {
        for (Py_ssize_t i = 0; i <= count; i++)
            description.fields[i] = (PyStructSequence_Field){texts[i], i < PyTuple_GET_SIZE(docs) ? said[i] : NULL};
        made = record_add(module, &type, &description) && keep(type, PySequence_Concat(names, docs));
    } else if (said != NULL) {
        PyErr_NoMemory();
    }
    PyMem_Free(description.fields);
    PyMem_Free(said);
    PyMem_Free(texts);
    if (!made)
        Py_CLEAR(type);
    return (PyObject *)type;
}

/* enumeration(module, name, doc, names) -> a subclass of int */
PyObject *
linker_enumeration(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyType_Slot slots[] = {
        {Py_tp_new, enumeration_new},
        {Py_tp_repr, enumeration_repr},
        {Py_tp_traverse, enumeration_traverse},
        {Py_tp_doc, NULL},
        {0, NULL},
    };
    PyType_Spec spec = {.flags = ENUMERATION_FLAGS, .slots = slots};
    PyTypeObject *type = NULL;
    PyObject *module, *names;

    if (!PyArg_ParseTuple(args, "OssO!", &module, &spec.name, &slots[3].pfunc, &PyTuple_Type, &names))
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    const char **texts = texts_of(names);
    PyObject **members = texts == NULL ? NULL : PyMem_Calloc((size_t)count + 1, sizeof *members);
    bool made = false;
    if (members != NULL)
        made = enumeration_add(module, &type, &spec, texts, (uint32_t)count, members);
    else if (texts != NULL)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; members != NULL && i < count; i++)
        Py_XDECREF(members[i]);
    PyMem_Free(members);
    PyMem_Free(texts);
    if (!made)
        Py_CLEAR(type);
    return (PyObject *)type;
}

/* flags(module, name, doc, names) -> a class with ints */
PyObject *
linker_flags(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyType_Slot slots[] = {{Py_tp_doc, NULL}, {0, NULL}};
    PyType_Spec spec = {.flags = FLAGS_FLAGS, .slots = slots};
    PyTypeObject *type = NULL;
    PyObject *module, *names;

    if (!PyArg_ParseTuple(args, "OssO!", &module, &spec.name, &slots[0].pfunc, &PyTuple_Type, &names))
        return NULL;
    const char **texts = texts_of(names);
    bool made = texts != NULL && flags_add(module, &type, &spec, texts, (uint32_t)PyTuple_GET_SIZE(names));
    PyMem_Free(texts);
    if (!made)
        Py_CLEAR(type);
    return (PyObject *)type;
}

/* problem(module, name, doc) -> an exception with `value` */
PyObject *
linker_problem(PyObject *Py_UNUSED(self), PyObject *args)
{
    static PyGetSetDef attributes[] = {
        {"value", problem_value, NULL, PyDoc_STR("The error."), NULL},
        {NULL, NULL, NULL, NULL, NULL},
    };
    PyType_Slot slots[] = {{Py_tp_getset, attributes}, {Py_tp_doc, NULL}, {0, NULL}};
    PyType_Spec spec = {.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, .slots = slots};
    PyTypeObject *type = NULL;
    PyObject *module;

    if (!PyArg_ParseTuple(args, "Oss", &module, &spec.name, &slots[1].pfunc))
        return NULL;
    if (!type_add(module, &type, &spec, (PyTypeObject *)PyExc_Exception))
        Py_CLEAR(type);
    return (PyObject *)type;
}

/* ---- Resources ---- */

/* The attribute with the function that makes objects of a class. */
static const char CONSTRUCTOR[] = "__constructor__";

static void
resource_dealloc(PyObject *self)
{
    struct loaded_link *link = ((struct loaded_resource *)self)->link;
    int32_t handle = resource_end(self);

    if (handle != 0)
        link_drop(&link->provider, handle);
    Py_XDECREF(link);
    resource_free(self);
}

/* resource(module, name, doc) -> a class that is to be sealed when it has its methods */
PyObject *
linker_resource(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyType_Slot slots[] = {
        {Py_tp_dealloc, resource_dealloc},
        {Py_tp_traverse, resource_traverse},
        {Py_tp_doc, NULL},
        {0, NULL},
    };
    PyType_Spec spec = {
        .basicsize = sizeof(struct loaded_resource),
        .flags = RESOURCE_FLAGS & ~Py_TPFLAGS_IMMUTABLETYPE,
        .slots = slots,
    };
    PyTypeObject *type = NULL;
    PyObject *module;

    if (!PyArg_ParseTuple(args, "Oss", &module, &spec.name, &slots[2].pfunc))
        return NULL;
    if (!type_add(module, &type, &spec, NULL))
        Py_CLEAR(type);
    return (PyObject *)type;
}

static PyObject *
construct(PyObject *class, PyObject *const *given, size_t flagged, PyObject *keywords)
{
    PyObject *function = class_attribute(class, CONSTRUCTOR);
    if (function == NULL)
        return NULL;
    PyObject *object = PyObject_Vectorcall(function, given, PyVectorcall_NARGS(flagged), keywords);
    Py_DECREF(function);
    return object;
}

/* seal(class, constructor): its methods are all there; whether one of them is the constructor. */
PyObject *
linker_seal(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyTypeObject *type;
    int constructor;

    if (!PyArg_ParseTuple(args, "O!p", &PyType_Type, &type, &constructor))
        return NULL;
    if (type->tp_dealloc != resource_dealloc) {
        PyErr_SetString(PyExc_TypeError, "no class of a resource");
        return NULL;
    }
    if (constructor)
        type->tp_vectorcall = construct;
    type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
    PyType_Modified(type);
    Py_RETURN_NONE;
}
