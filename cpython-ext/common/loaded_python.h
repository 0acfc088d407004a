/* Modules that are made at run time of what a provider says of its contract: `pylon.load`. lib/_pylon_load.py reads the
 * description and puts the module together, of what is here; what it checks is not checked again unless memory depends on it.
 * Python's values are those of generated modules (values_python.h, arguments_python.h). Needs the GIL. */
#ifndef PYLON_LOADED_PYTHON_H
#define PYLON_LOADED_PYTHON_H

#include <stddef.h>

#include "arguments_python.h"
#include "link_python.h"
#include "values_python.h"

/* The state of `_pylon_linker`. */
struct linker_state {
    PyTypeObject *instance;
    PyTypeObject *link;
    PyTypeObject *type;
    PyTypeObject *function;
};

/* The classes, for that state: false with an exception. */
bool linker_add_instance(PyObject *module, struct linker_state *state);
bool linker_add_link(PyObject *module, struct linker_state *state);
bool linker_add_type(PyObject *module, struct linker_state *state);
bool linker_add_function(PyObject *module, struct linker_state *state);

/* The UTF-8 of a provider's name, which is the str's: NULL with an exception. */
const char *linker_provider_name(PyObject *name, Py_ssize_t *length);

/* Functions of `_pylon_linker`, for its table. */
PyObject *linker_resolve(PyObject *module, PyObject *name);
PyObject *linker_link(PyObject *module, PyObject *name);
PyObject *linker_type(PyObject *module, PyObject *args);
PyObject *linker_function(PyObject *module, PyObject *args);
PyObject *linker_record(PyObject *module, PyObject *args);
PyObject *linker_enumeration(PyObject *module, PyObject *args);
PyObject *linker_flags(PyObject *module, PyObject *args);
PyObject *linker_problem(PyObject *module, PyObject *args);
PyObject *linker_resource(PyObject *module, PyObject *args);
PyObject *linker_seal(PyObject *module, PyObject *args);

/* An attribute of a class; NULL with an exception. The cache of attributes keeps each name that it is asked for: so it is
 * an interned one. */
static inline PyObject *
class_attribute(PyObject *class, const char *name)
{
    PyObject *interned = PyUnicode_InternFromString(name);
    PyObject *attribute = interned == NULL ? NULL : PyObject_GetAttr(class, interned);

    Py_XDECREF(interned);
    return attribute;
}

/* ---- A provider, as all that was loaded from it refers to it (loaded_link_python.c) ---- */

struct loaded_link {
    PyObject_HEAD
    struct link_provider provider;
    PyObject *questions;       /* of the function that is being called, which has it: see loaded_answers_python.c. NULL: none is */
    PyObject *name;            /* a str, whose UTF-8 is the provider's id */
    PyObject *ids;             /* a tuple of str, whose UTF-8 are the interfaces; NULL before they are known */
    const char **interfaces;
};

static inline struct loaded_link *
loaded_link_of(struct link_provider *provider)
{
    return (struct loaded_link *)((char *)provider - offsetof(struct loaded_link, provider));
}

/* An object of a loaded resource. */
struct loaded_resource {
    struct resource resource;
    struct loaded_link *link;
};

/* ---- Types of values (loaded_type_python.c) ---- */

enum loaded_kind {
    LOADED_BOOL,
    LOADED_U8,
    LOADED_U16,
    LOADED_U32,
    LOADED_U64,
    LOADED_S8,
    LOADED_S16,
    LOADED_S32,
    LOADED_S64,
    LOADED_F32,
    LOADED_F64,
    LOADED_CHAR,
    LOADED_STRING,
    LOADED_LIST,
    LOADED_OPTION,
    LOADED_TUPLE,
    LOADED_RECORD,
    LOADED_VARIANT,
    LOADED_RESULT,
    LOADED_ENUM,
    LOADED_FLAGS,
    LOADED_OWN,
    LOADED_BORROW
};

enum { LOADED_MAX_DEPTH = 64, LOADED_MAX_CASES = 255 };

/* Immutable, and without cycles among themselves. */
struct loaded_type {
    PyObject_HEAD
    enum loaded_kind kind;
    unsigned depth;        /* of types in it, itself included: at most LOADED_MAX_DEPTH */
    PyTypeObject *class;   /* of a record, an enum, flags and handles */
    const char *called;    /* the class's name for messages, UTF-8 of `name` */
    PyObject *name;
    PyObject *items;       /* a tuple of types; of a variant None where a case has no payload; of an enum its objects */
    PyObject *names;       /* a tuple of str: a variant's tags, a record's fields as messages call them */
    PyObject *paths;       /* a tuple of str: what the contract calls them */
    const char **texts;    /* UTF-8 of names, then of paths */
    bool *payloads;        /* of a variant: which cases have one */
};

static inline struct loaded_type *
loaded_item(const struct loaded_type *type, Py_ssize_t index)
{
    return (struct loaded_type *)PyTuple_GET_ITEM(type->items, index);
}

/* ---- Values (loaded_write_python.c, loaded_read_python.c) ---- */

/* A place in the arguments for a handle. */
struct loaded_place {
    size_t at;            /* bytes of the arguments before it */
    PyObject *object;     /* borrowed: a parameter that is yet to be read; NULL: `handle` was read */
    const char *name;
    PyTypeObject *class;
    int32_t handle;
    bool own;
};

/* Arguments on their way. Handles are looked up, and go into the call, when all else was read: reading runs Python code. */
struct loaded_arguments {
    struct cbor_writer writer; /* without handles */
    struct held held;
    struct loaded_place *places;
    size_t count, capacity;
};

/* Writes an object as a value of a type. `name` is for messages. False with an exception. */
bool loaded_write(struct loaded_arguments *arguments, const struct loaded_type *type, PyObject *object, const char *name);

/* A place for a parameter that is a handle, at the present end. False with an exception. */
bool loaded_write_later(struct loaded_arguments *arguments, const struct loaded_type *type, PyObject *object,
                        const char *name);

/* Reads a value of a reply: a new reference. NULL with an exception if memory is full, else with a problem in the reader. */
PyObject *loaded_read(struct link_call *call, struct loaded_link *link, const struct loaded_type *type);

/* The empty list of such items. */
void loaded_write_empty(struct cbor_writer *writer, const struct loaded_type *item);

/* Answers what a provider asks; `context` is the `provider` of a link. */
link_answerer loaded_answer;

/* Any one item: None, bool, int, str, bytes, list, dict with keys of str. The same. */
PyObject *loaded_read_any(struct cbor_reader *reader);

#endif
