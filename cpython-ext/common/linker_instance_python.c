/* pylon.Instance: a provider that is called by the bytes. */
#include "loaded_python.h"

/* An instance of a provider. Nothing is asked of it in the middle of a call, so that none ends while it is called. */
struct instance {
    PyObject_HEAD
    struct link_instance link; /* none: it is closed */
    PyObject *name;
};

static struct instance *
instance_of(PyObject *self)
{
    return (struct instance *)self;
}

PyDoc_STRVAR(invoke_doc,
"invoke($self, /, method, payload=b'')\n--\n\n"
"Call a method of the provider with bytes, and return the bytes that it replies.\n\n"
"Raises LinkError, and ValueError if the instance is closed. After 'exec-trap', 'exec-timeout' and\n"
"'exec-resource-exhausted' the instance has ended, and a fresh one must be resolved.");

static PyObject *
instance_invoke(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"method", "payload", NULL};
    struct link_error error;
    Py_buffer payload = {0};
    Py_ssize_t method_length;
    size_t length;
    const char *method;
    uint8_t *reply;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "s#|y*:invoke", names, &method, &method_length, &payload))
        return NULL;
    PyObject *result = NULL;
    if (instance_of(self)->link.handle == 0) {
        PyErr_Format(PyExc_ValueError, "the instance of %R is closed", instance_of(self)->name);
    } else if (link_invoke(instance_of(self)->link, method, (size_t)method_length, payload.buf, (size_t)payload.len,
                           &reply, &length, &error)) {
        result = PyBytes_FromStringAndSize((const char *)reply, (Py_ssize_t)length);
        link_reply_free(reply, length);
    } else {
        link_raise_error(&error);
    }
    if (payload.obj != NULL)
        PyBuffer_Release(&payload);
    return result;
}

PyDoc_STRVAR(close_doc,
"close($self, /)\n--\n\n"
"End the instance, and with it all that it holds. A second time nothing happens.");

static PyObject *
instance_close(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    link_instance_drop(&instance_of(self)->link);
    Py_RETURN_NONE;
}

static PyObject *
instance_enter(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    return Py_NewRef(self);
}

static PyObject *
instance_exit(PyObject *self, PyObject *Py_UNUSED(exception))
{
    return instance_close(self, NULL);
}

static PyObject *
instance_name(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(instance_of(self)->name);
}

static PyObject *
instance_closed(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(instance_of(self)->link.handle == 0);
}

static PyObject *
instance_repr(PyObject *self)
{
    const char *closed = instance_of(self)->link.handle == 0 ? ", closed" : "";
    return PyUnicode_FromFormat("<pylon.Instance of %R%s>", instance_of(self)->name, closed);
}

static void
instance_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    link_instance_drop(&instance_of(self)->link);
    Py_XDECREF(instance_of(self)->name);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"invoke", (PyCFunction)(void (*)(void))instance_invoke, METH_VARARGS | METH_KEYWORDS, invoke_doc},
    {"close", instance_close, METH_NOARGS, close_doc},
    {"__enter__", instance_enter, METH_NOARGS, NULL},
    {"__exit__", instance_exit, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"name", instance_name, NULL, PyDoc_STR("What the plan calls the provider."), NULL},
    {"closed", instance_closed, NULL, PyDoc_STR("Whether close() was called."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(instance_doc,
"An instance of a provider, with a memory of its own; resolve() makes one.\n\n"
"It ends with close(), with a `with` block, or with the last reference.");

static PyType_Slot slots[] = {
    {Py_tp_dealloc, instance_dealloc},
    {Py_tp_repr, instance_repr},
    {Py_tp_methods, methods},
    {Py_tp_getset, attributes},
    {Py_tp_doc, (char *)instance_doc},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "pylon.Instance",
    .basicsize = sizeof(struct instance),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

PyObject *
linker_resolve(PyObject *module, PyObject *name)
{
    struct linker_state *state = PyModule_GetState(module);
    struct link_error error;
    Py_ssize_t length;

    const char *text = linker_provider_name(name, &length);
    if (text == NULL)
        return NULL;
    PyObject *self = state->instance->tp_alloc(state->instance, 0);
    if (self == NULL)
        return NULL;
    instance_of(self)->name = Py_NewRef(name);
    if (link_resolve(text, (size_t)length, &instance_of(self)->link, &error))
        return self;
    Py_DECREF(self);
    return link_raise_error(&error);
}

bool
linker_add_instance(PyObject *module, struct linker_state *state)
{
    state->instance = (PyTypeObject *)PyType_FromModuleAndSpec(module, &spec, NULL);
    return state->instance != NULL && PyModule_AddType(module, state->instance) == 0;
}
