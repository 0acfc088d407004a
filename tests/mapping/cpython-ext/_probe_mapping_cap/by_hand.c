/* probe_mapping: a method of the contract, and a method and a function of its own. */
#include "probe_mapping_import_module.h"
#include "values_python.h"

PyObject *
probe_mapping_import_module_Thing_size(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    probe_mapping_things_borrow_thing_t thing;

    if (!resource_self(self, &thing.__handle))
        return NULL;
    uint32_t size = probe_mapping_things_method_thing_size(thing);
    return link_failed() ? link_raise() : PyLong_FromUnsignedLong(size);
}

const char probe_mapping_import_module_Thing_grown_doc[] =
    "grown($self, by)\n--\n\nThe size, and some more.";

PyObject *
probe_mapping_import_module_Thing_grown(PyObject *self, PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"by"};
    static const struct signature signature = {"Thing.grown", names, 1, 1};
    PyObject *room[1];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    probe_mapping_things_borrow_thing_t thing;
    uint16_t by;

    if (values == NULL || !argument_u16(values[0], names[0], &by) || !resource_self(self, &thing.__handle))
        return NULL;
    uint32_t size = probe_mapping_things_method_thing_size(thing);
    return link_failed() ? link_raise() : PyLong_FromUnsignedLong(size + by);
}

const char probe_mapping_import_module_twice_doc[] = "twice($module, value)\n--\n\nTwo times the value.";

PyObject *
probe_mapping_import_module_twice(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count,
                                  PyObject *keywords)
{
    static const char *const names[] = {"value"};
    static const struct signature signature = {"twice", names, 1, 1};
    PyObject *room[1];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    uint16_t value;

    if (values == NULL || !argument_u16(values[0], names[0], &value))
        return NULL;
    return PyLong_FromLong(2 * value);
}
