/* Functions, methods and constructors of loaded modules: see loaded_python.h. */
#include "loaded_python.h"

#include <string.h>

#include "answers_python.h"

enum kind { FREE, CONSTRUCTOR, METHOD, STATIC };

struct function {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    struct loaded_link *link;
    enum kind kind;
    struct loaded_type *own;   /* of a method's self */
    PyObject *module;          /* str, as all these */
    PyObject *name;
    PyObject *called;          /* with its class: `Thing.rename` */
    PyObject *doc;
    PyObject *text_signature;
    PyObject *method;          /* of the provider */
    const char *method_text;
    Py_ssize_t method_length;
    PyObject *types;           /* of the parameters, a tuple */
    PyObject *names;           /* theirs, a tuple of str */
    const char **texts;
    struct signature signature;
    struct loaded_type *result; /* NULL: there is none */
    PyTypeObject *error;        /* raised for the second case of the result; NULL: that is a value as any other */
    PyObject *questions;        /* what the provider may ask in a call, a dict; NULL: nothing */
};

static struct function *
function_of(PyObject *self)
{
    return (struct function *)self;
}

/* ---- Arguments ---- */

static bool
is_handle(const struct loaded_type *type)
{
    return type->kind == LOADED_OWN || type->kind == LOADED_BORROW;
}

static bool
only_argument(const struct function *self, Py_ssize_t count, PyObject *keywords)
{
    if (keywords != NULL && PyTuple_GET_SIZE(keywords) > 0)
        PyErr_Format(PyExc_TypeError, "%U() takes no keyword arguments", self->called);
    else if (count != 1)
        PyErr_Format(PyExc_TypeError, "%U() takes exactly one argument (%zd given)", self->called, count);
    return PyErr_Occurred() == NULL;
}

/* The arguments in the order of the parameters; `room` has a place for each. NULL with TypeError. */
static PyObject *const *
sort_out(const struct function *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords, PyObject **room)
{
    const struct signature *signature = &self->signature;

    if (signature->count == 0)
        return signature_empty(signature->function, count, keywords) ? room : NULL;
    if (signature->count == 1 && signature->required == 1 && self->kind != CONSTRUCTOR)
        return only_argument(self, count, keywords) ? given : NULL;
    return signature_sort(signature, given, count, keywords, room);
}

static bool
read_place(struct loaded_arguments *arguments, struct loaded_place *place)
{
    PyObject *object = place->object;

    if (place->own)
        return held_own(&arguments->held, object, place->name, place->class, &place->handle);
    return resource_borrow(object, place->name, place->class, &place->handle);
}

/* Handles of parameters, when all else was read: those to be given away, then those that are lent, and self. */
static bool
read_handles(struct loaded_arguments *arguments, size_t own)
{
    struct loaded_place *places = arguments->places;

    for (size_t i = arguments->count; i-- > own;)
        if (places[i].object != NULL && places[i].own && !read_place(arguments, &places[i]))
            return false;
    for (size_t i = own; i < arguments->count; i++)
        if (places[i].object != NULL && !places[i].own && !read_place(arguments, &places[i]))
            return false;
    return own == 0 || resource_self(places[0].object, &places[0].handle);
}

static bool
read_arguments(const struct function *self, PyObject *own, PyObject *const *values, struct loaded_arguments *arguments)
{
    bool read = own == NULL || loaded_write_later(arguments, self->own, own, "self");

    for (Py_ssize_t i = 0; read && i < self->signature.count; i++) {
        const struct loaded_type *type = (struct loaded_type *)PyTuple_GET_ITEM(self->types, i);
        PyObject *object = argument_or_none(values[i]);
        const char *name = self->texts[i];
        read = is_handle(type) ? loaded_write_later(arguments, type, object, name)
                               : loaded_write(arguments, type, object, name);
    }
    return read && read_handles(arguments, own != NULL);
}

/* ---- Calls ---- */

/* Puts what was read into the call, and the handles in their places. */
static void
fill(struct link_call *call, struct loaded_arguments *arguments)
{
    const struct cbor_writer *writer = &arguments->writer;
    size_t at = 0;

    if (writer->failed) {
        call->arguments.failed = writer->failed;
        return;
    }
    held_give(&arguments->held);
    for (size_t i = 0; i < arguments->count; i++) {
        const struct loaded_place *place = &arguments->places[i];
        cbor_write_raw(&call->arguments, writer->data + at, place->at - at);
        at = place->at;
        if (place->own)
            link_write_own(call, place->handle);
        else
            link_write_borrow(call, place->handle);
    }
    cbor_write_raw(&call->arguments, writer->data + at, writer->length - at);
}

/* The value, or the error where `*good` becomes false. */
static PyObject *
read_result(const struct function *self, struct link_call *call, bool *good)
{
    struct loaded_type *result = self->result;
    uint32_t index;

    if (result == NULL)
        return cbor_read_null(&call->reply) ? Py_NewRef(Py_None) : NULL;
    if (self->error == NULL)
        return loaded_read(call, self->link, result);
    if (!cbor_read_variant(&call->reply, 2, result->payloads, &index))
        return NULL;
    *good = index == 0;
    if (!result->payloads[index])
        return Py_NewRef(Py_None);
    PyObject *value = loaded_read(call, self->link, loaded_item(result, (Py_ssize_t)index));
    if (value == NULL)
        cbor_in_field(&call->reply, result->texts[index]);
    return value;
}

/* The end of a call, and of the questions in it. True if it failed: an exception is set. */
static bool
is_failed(const struct function *self, struct link_call *call, struct callback_scope *scope)
{
    bool ended = link_end(call);

    if (self->questions != NULL)
        return answers_failed(scope);
    if (!ended)
        link_raise();
    return !ended;
}

static PyObject *
call_provider(const struct function *self, PyObject *own, struct loaded_arguments *arguments)
{
    PyObject *result = NULL, *outer = self->link->questions;
    struct callback_scope scope;
    struct link_call call;
    bool good = true;

    if (self->questions != NULL)
        callback_begin(&scope);
    self->link->questions = self->questions;
    link_begin(&call, &self->link->provider, self->method_text, (size_t)self->method_length,
               (size_t)self->signature.count + (own != NULL));
    fill(&call, arguments);
    if (link_send(&call))
        result = read_result(self, &call, &good);
    if (result == NULL && PyErr_Occurred()) {
        /* It can only be that memory is full. */
        PyErr_Clear();
        cbor_no_memory(&call.reply, 0);
    }
    self->link->questions = outer;
    if (is_failed(self, &call, &scope)) {
        Py_XDECREF(result);
        return NULL;
    }
    if (good)
        return result;
    raise_problem(self->error, result);
    return NULL;
}

static PyObject *
call_with(const struct function *self, PyObject *own, PyObject *const *values)
{
    struct loaded_arguments arguments = {0};
    PyObject *result = NULL;

    cbor_writer_open(&arguments.writer, LINK_MAX_PAYLOAD);
    if (read_arguments(self, own, values, &arguments))
        result = call_provider(self, own, &arguments);
    held_end(&arguments.held);
    PyMem_Free(arguments.places);
    cbor_writer_close(&arguments.writer);
    return result;
}

static PyObject *
function_call(PyObject *callable, PyObject *const *given, size_t flagged, PyObject *keywords)
{
    enum { USUAL = 12 };
    const struct function *self = function_of(callable);
    Py_ssize_t count = PyVectorcall_NARGS(flagged);
    PyObject *usual[USUAL], **room = usual, *own = NULL, *result = NULL;

    if (self->kind == METHOD) {
        if (count == 0 || !Py_IS_TYPE(given[0], self->own->class))
            return PyErr_Format(PyExc_TypeError, "%U() must be called with an object of %s", self->called,
                                self->own->called);
        own = *given++;
        count--;
    }
    if (self->signature.count > USUAL && (room = PyMem_New(PyObject *, (size_t)self->signature.count)) == NULL)
        return PyErr_NoMemory();
    PyObject *const *values = sort_out(self, given, count, keywords, room);
    if (values != NULL)
        result = call_with(self, own, values);
    if (room != usual)
        PyMem_Free(room);
    return result;
}

/* ---- Objects ---- */

static PyObject *
function_get(PyObject *self, PyObject *object, PyObject *Py_UNUSED(class))
{
    if (function_of(self)->kind != METHOD || object == NULL || object == Py_None)
        return Py_NewRef(self);
    return PyMethod_New(self, object);
}

static PyObject *
function_repr(PyObject *self)
{
    const char *what = function_of(self)->kind == METHOD ? "method" : "function";
    return PyUnicode_FromFormat("<loaded %s %U>", what, function_of(self)->called);
}

static bool
take_names(struct function *self)
{
    Py_ssize_t count = PyTuple_GET_SIZE(self->names);
    const char *called = PyUnicode_AsUTF8(self->called);

    self->texts = PyMem_New(const char *, (size_t)count + 1);
    if (called == NULL || self->texts == NULL) {
        PyErr_NoMemory();
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        if ((self->texts[i] = PyUnicode_AsUTF8(PyTuple_GET_ITEM(self->names, i))) == NULL)
            return false;
    self->method_text = PyUnicode_AsUTF8AndSize(self->method, &self->method_length);
    self->signature.function = called;
    self->signature.names = self->texts;
    self->signature.count = count;
    return self->method_text != NULL;
}

/* function(link, kind, own, module, name, called, doc, text_signature, method, names, types, required, result, error,
 * questions): own, result, error and questions may be None. */
PyObject *
linker_function(PyObject *module, PyObject *args)
{
    struct linker_state *state = PyModule_GetState(module);
    PyObject *link, *own, *of, *name, *called, *doc, *text_signature, *method, *names, *types, *result, *error,
        *questions;
    Py_ssize_t required;
    int kind;

    if (!PyArg_ParseTuple(args, "O!iOUUUUUUO!O!nOOO", state->link, &link, &kind, &own, &of, &name, &called, &doc,
                          &text_signature, &method, &PyTuple_Type, &names, &PyTuple_Type, &types, &required, &result,
                          &error, &questions))
        return NULL;
    struct function *self = (struct function *)state->function->tp_alloc(state->function, 0);
    if (self == NULL)
        return NULL;
    self->vectorcall = function_call;
    self->kind = (enum kind)kind;
    self->link = (struct loaded_link *)Py_NewRef(link);
    self->own = own == Py_None ? NULL : (struct loaded_type *)Py_NewRef(own);
    self->module = Py_NewRef(of);
    self->name = Py_NewRef(name);
    self->called = Py_NewRef(called);
    self->doc = Py_NewRef(doc);
    self->text_signature = Py_NewRef(text_signature);
    self->method = Py_NewRef(method);
    self->names = Py_NewRef(names);
    self->types = Py_NewRef(types);
    self->signature.required = required;
    self->result = result == Py_None ? NULL : (struct loaded_type *)Py_NewRef(result);
    self->error = error == Py_None ? NULL : (PyTypeObject *)Py_NewRef(error);
    self->questions = questions == Py_None ? NULL : Py_NewRef(questions);
    if (take_names(self))
        return (PyObject *)self;
    Py_DECREF(self);
    return NULL;
}

/* There is no tp_clear, as tuples have none: cycles go through classes and modules, which can be cleared. */
static int
function_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(function_of(self)->own);
    Py_VISIT(function_of(self)->types);
    Py_VISIT(function_of(self)->result);
    Py_VISIT(function_of(self)->error);
    Py_VISIT(function_of(self)->questions);
    return 0;
}

static void
function_dealloc(PyObject *object)
{
    struct function *self = function_of(object);
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    PyMem_Free(self->texts);
    Py_XDECREF(self->own);
    Py_XDECREF(self->module);
    Py_XDECREF(self->name);
    Py_XDECREF(self->called);
    Py_XDECREF(self->doc);
    Py_XDECREF(self->text_signature);
    Py_XDECREF(self->method);
    Py_XDECREF(self->names);
    Py_XDECREF(self->types);
    Py_XDECREF(self->result);
    Py_XDECREF(self->error);
    Py_XDECREF(self->questions);
    Py_XDECREF(self->link);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMemberDef members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(struct function, vectorcall), Py_READONLY, NULL},
    {"__module__", _Py_T_OBJECT, offsetof(struct function, module), Py_READONLY, NULL},
    {"__name__", _Py_T_OBJECT, offsetof(struct function, name), Py_READONLY, NULL},
    {"__qualname__", _Py_T_OBJECT, offsetof(struct function, called), Py_READONLY, NULL},
    {"__doc__", _Py_T_OBJECT, offsetof(struct function, doc), Py_READONLY, NULL},
    {"__text_signature__", _Py_T_OBJECT, offsetof(struct function, text_signature), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, function_dealloc},
    {Py_tp_traverse, function_traverse},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_descr_get, function_get},
    {Py_tp_repr, function_repr},
    {Py_tp_members, members},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "_pylon_linker.Function",
    .basicsize = sizeof(struct function),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = slots,
};

bool
linker_add_function(PyObject *module, struct linker_state *state)
{
    state->function = (PyTypeObject *)PyType_FromModuleAndSpec(module, &spec, NULL);
    return state->function != NULL;
}
