/* Values of generated modules (xtask/python-modules): results, and the classes of resources, records, enums and flags. Needs
 * the GIL. */
#ifndef PYLON_VALUES_PYTHON_H
#define PYLON_VALUES_PYTHON_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Results: new references, or NULL with an exception ---- */

static inline PyObject *
value_text(const uint8_t *data, size_t length)
{
    return PyUnicode_DecodeUTF8((const char *)data, (Py_ssize_t)length, NULL);
}

static inline PyObject *
value_bytes(const uint8_t *data, size_t length)
{
    return PyBytes_FromStringAndSize((const char *)data, (Py_ssize_t)length);
}

/* Makes `item`, which it takes, an item of a new tuple or record. False if it is NULL. */
static inline bool
value_set(PyObject *items, Py_ssize_t index, PyObject *item)
{
    PyTuple_SET_ITEM(items, index, item);
    return item != NULL;
}

/* The tuple of a tag and a payload, which it takes. */
PyObject *value_variant(const char *tag, PyObject *payload);

/* SystemError for a case that the contract does not have. Returns NULL. */
PyObject *value_unknown(void);

/* ---- Errors ---- */

/* Raises an exception of a module's class with a value, which it takes. Where that is NULL, an exception is set already. */
void raise_problem(PyTypeObject *type, PyObject *value);

/* The attribute `value` of such an exception. */
PyObject *problem_value(PyObject *self, void *closure);

/* ---- Classes ---- */

/* Makes a class and adds it to the module. False with an exception. */
bool type_add(PyObject *module, PyTypeObject **type, PyType_Spec *spec, PyTypeObject *base);

/* The same for a record. */
bool record_add(PyObject *module, PyTypeObject **type, PyStructSequence_Desc *description);

/* ---- Resources ---- */

enum { RESOURCE_FLAGS = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_GC };

/* An object that has a handle. */
struct resource {
    PyObject_HEAD
    int32_t handle; /* 0: it was given away */
    uint32_t lent;  /* calls that use it as an argument */
};

/* A new object with `*handle`, which is set to 0. NULL without memory: the handle stays, or is 0 already where there was no
 * room for it. */
PyObject *resource_new(PyTypeObject *type, int32_t *handle);

/* The handle of a method's `self`. ValueError if it was given away. */
bool resource_given_away(PyObject *self);
static inline bool
resource_self(PyObject *self, int32_t *handle)
{
    *handle = ((struct resource *)self)->handle;
    return *handle != 0 || resource_given_away(self);
}

/* The handle of an argument that must be of `type`. */
bool resource_borrow(PyObject *object, const char *name, PyTypeObject *type, int32_t *handle);

/* The end of an object: its handle, which is to be dropped unless it is 0, then resource_free(). */
int32_t resource_end(PyObject *self);
void resource_free(PyObject *self);

int resource_traverse(PyObject *self, visitproc visit, void *arg);

/* ---- Enums: subclasses of int, of which there is one object for each case ---- */

enum { ENUMERATION_FLAGS = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC };

/* Makes the class, its objects, which become attributes of it, and adds it to the module. */
bool enumeration_add(PyObject *module, PyTypeObject **type, PyType_Spec *spec, const char *const *names, uint32_t count,
                     PyObject **members);

/* The object of a case. */
static inline PyObject *
enumeration_member(PyObject *const *members, uint32_t count, uint32_t number)
{
    return number < count ? Py_NewRef(members[number]) : value_unknown();
}

PyObject *enumeration_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
PyObject *enumeration_repr(PyObject *self);
int enumeration_traverse(PyObject *self, visitproc visit, void *arg);

/* ---- Flags: a class that is never instantiated, with an int for each flag ---- */

enum { FLAGS_FLAGS = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION };

bool flags_add(PyObject *module, PyTypeObject **type, PyType_Spec *spec, const char *const *names, uint32_t count);

#endif
