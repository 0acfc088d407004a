/* What all that was loaded from a provider refers to: see loaded_python.h. */
#include "loaded_python.h"

#include <string.h>

/* The longest description that is read, in bytes. */
enum { LONGEST = 1 << 20 };

static struct loaded_link *
link_of(PyObject *self)
{
    return (struct loaded_link *)self;
}

/* link(name): begins a session. LinkError if there is no provider of that name for this run. */
PyObject *
linker_link(PyObject *module, PyObject *name)
{
    struct linker_state *state = PyModule_GetState(module);
    struct link_error error;
    Py_ssize_t length;

    const char *id = linker_provider_name(name, &length);
    if (id == NULL)
        return NULL;
    if (strlen(id) != (size_t)length) {
        link_error_set(&error, "emit-link-error", "the name of no provider has a NUL", NULL);
        return link_raise_error(&error);
    }
    struct loaded_link *self = (struct loaded_link *)state->link->tp_alloc(state->link, 0);
    if (self == NULL)
        return NULL;
    self->name = Py_NewRef(name);
    self->provider.id = id;
    if (link_open(&self->provider, &error))
        return (PyObject *)self;
    Py_DECREF(self);
    return link_raise_error(&error);
}

static PyObject *
malformed(const char *how)
{
    struct link_error error;

    link_error_set(&error, "internal-error", how, "describe");
    return link_raise_error(&error);
}

/* What was replied to `describe`, as objects. */
static PyObject *
read_description(const uint8_t *reply, size_t length)
{
    static const char prefix[] = "the description is no CBOR that it may have: ";
    char message[sizeof prefix + CBOR_EXPLANATION];
    struct cbor_reader reader;

    if (length > LONGEST)
        return malformed("the description is longer than 1 MiB");
    cbor_reader_open(&reader, reply, length);
    PyObject *description = loaded_read_any(&reader);
    if (PyErr_Occurred() || (description != NULL && cbor_read_end(&reader)))
        return description;
    Py_XDECREF(description);
    memcpy(message, prefix, sizeof prefix);
    cbor_explain(&reader, message + sizeof prefix - 1);
    return malformed(message);
}

static PyObject *
link_describe(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    struct link_provider *provider = &link_of(self)->provider;
    struct link_error error;
    size_t length;
    uint8_t *reply;

    if (!link_invoke(provider->instance, LINK_METHOD("describe"), "", 0, &reply, &length, &error)) {
        link_close(provider);
        return link_raise_error(&error);
    }
    PyObject *description = read_description(reply, length);
    link_reply_free(reply, length);
    return description;
}

/* serves(ids): what is asked of the provider whenever it is resolved again. Once. */
static PyObject *
link_serves(PyObject *self, PyObject *ids)
{
    struct loaded_link *link = link_of(self);

    if (!PyTuple_Check(ids) || link->ids != NULL) {
        PyErr_SetString(PyExc_TypeError, "ids must be a tuple, once");
        return NULL;
    }
    size_t count = (size_t)PyTuple_GET_SIZE(ids);
    link->interfaces = PyMem_New(const char *, count + 1);
    if (link->interfaces == NULL)
        return PyErr_NoMemory();
    link->ids = Py_NewRef(ids);
    for (size_t i = 0; i < count; i++)
        if ((link->interfaces[i] = PyUnicode_AsUTF8(PyTuple_GET_ITEM(ids, (Py_ssize_t)i))) == NULL)
            return NULL;
    link->interfaces[count] = NULL;
    link->provider.interfaces = link->interfaces;
    Py_RETURN_NONE;
}

/* asks(): the provider has questions, which functions are made with. Once, before the first call. */
static PyObject *
link_asks(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    link_of(self)->provider.answerer = loaded_answer;
    Py_RETURN_NONE;
}

static void
link_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    link_close(&link_of(self)->provider);
    PyMem_Free(link_of(self)->interfaces);
    Py_XDECREF(link_of(self)->ids);
    Py_XDECREF(link_of(self)->name);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"describe", link_describe, METH_NOARGS, NULL},
    {"serves", link_serves, METH_O, NULL},
    {"asks", link_asks, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, link_dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "_pylon_linker.Link",
    .basicsize = sizeof(struct loaded_link),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

bool
linker_add_link(PyObject *module, struct linker_state *state)
{
    state->link = (PyTypeObject *)PyType_FromModuleAndSpec(module, &spec, NULL);
    return state->link != NULL;
}
