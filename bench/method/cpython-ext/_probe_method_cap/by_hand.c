/* Counter.add as somebody writes it who wants it fast: no keywords, and nothing that two ints do not need. */
#include "probe_method_import_module.h"
#include "values_python.h"

static bool
read_u32(PyObject *object, uint32_t *value)
{
    unsigned long number = PyLong_AsUnsignedLong(object);

    if (number == (unsigned long)-1 && PyErr_Occurred())
        return false;
    *value = (uint32_t)number;
    return true;
}

PyObject *
probe_method_import_module_Counter_add_by_hand(PyObject *self, PyObject *const *given, Py_ssize_t count,
                                               PyObject *keywords)
{
    probe_method_counters_borrow_counter_t own;
    uint32_t by, times;

    if (count != 2 || keywords != NULL) {
        PyErr_SetString(PyExc_TypeError, "add_by_hand() takes two positional arguments");
        return NULL;
    }
    if (!read_u32(given[0], &by) || !read_u32(given[1], &times) || !resource_self(self, &own.__handle))
        return NULL;
    uint64_t value = probe_method_counters_method_counter_add_by_hand(own, by, times);
    return link_failed() ? link_raise() : PyLong_FromUnsignedLongLong(value);
}
