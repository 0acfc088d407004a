/* Arguments of generated modules: see arguments_python.h. */
#include "arguments_python.h"

#include <math.h>

/* The parameter that the str `keyword` names; -1 if there is none. */
static Py_ssize_t
parameter(const struct signature *signature, PyObject *keyword)
{
    for (Py_ssize_t i = 0; i < signature->count; i++)
        if (PyUnicode_EqualToUTF8(keyword, signature->names[i]))
            return i;
    return -1;
}

static PyObject *const *
wrong_count(const struct signature *signature, Py_ssize_t given)
{
    const char *bound = signature->required == signature->count ? "" : "at most ";

    PyErr_Format(PyExc_TypeError, "%s() takes %s%zd argument%s (%zd given)", signature->function, bound,
                 signature->count, signature->count == 1 ? "" : "s", given);
    return NULL;
}

PyObject *const *
signature_sort_out(const struct signature *signature, PyObject *const *given, Py_ssize_t count, PyObject *keywords,
                   PyObject **room)
{
    Py_ssize_t named = keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords);

    if (count + named > signature->count)
        return wrong_count(signature, count + named);
    for (Py_ssize_t i = 0; i < signature->count; i++)
        room[i] = i < count ? given[i] : NULL;
    for (Py_ssize_t i = 0; i < named; i++) {
        PyObject *keyword = PyTuple_GET_ITEM(keywords, i);
        Py_ssize_t at = parameter(signature, keyword);
        if (at < 0 || room[at] != NULL) {
            const char *what = at < 0 ? "an unexpected keyword argument" : "multiple values for argument";
            PyErr_Format(PyExc_TypeError, "%s() got %s '%U'", signature->function, what, keyword);
            return NULL;
        }
        room[at] = given[count + i];
    }
    for (Py_ssize_t i = 0; i < signature->required; i++)
        if (room[i] == NULL) {
            PyErr_Format(PyExc_TypeError, "%s() missing required argument '%s' (pos %zd)", signature->function,
                         signature->names[i], i + 1);
            return NULL;
        }
    return room;
}

bool
signature_empty(const char *function, Py_ssize_t count, PyObject *keywords)
{
    Py_ssize_t given = count + (keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords));

    if (given > 0)
        PyErr_Format(PyExc_TypeError, "%s() takes no arguments (%zd given)", function, given);
    return given == 0;
}

/* TypeError: `name` must be `what`, and the object is something else. */
static bool
wrong_type(PyObject *object, const char *name, const char *what)
{
    PyErr_Format(PyExc_TypeError, "%s must be %s, not %.200s", name, what, Py_TYPE(object)->tp_name);
    return false;
}

/* The bits of an int within the bounds; false without an exception beyond them. */
static bool
bits_of(PyObject *number, int64_t least, uint64_t most, uint64_t *bits)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);

    if (overflow == 0) {
        *bits = (uint64_t)value;
        return value >= least && (value < 0 || (uint64_t)value <= most);
    }
    if (overflow < 0 || most <= INT64_MAX)
        return false;
    *bits = PyLong_AsUnsignedLongLong(number);
    if (*bits != (uint64_t)-1 || !PyErr_Occurred())
        return true;
    PyErr_Clear();
    return false;
}

bool
argument_integer(PyObject *object, const char *name, int64_t least, uint64_t most, uint64_t *bits)
{
    if (!PyIndex_Check(object))
        return wrong_type(object, name, "an integer");
    PyObject *number = PyNumber_Index(object);
    if (number == NULL)
        return false;
    bool within = bits_of(number, least, most, bits);
    Py_DECREF(number);
    if (!within)
        PyErr_Format(PyExc_OverflowError, "%s must be between %lld and %llu", name, (long long)least,
                     (unsigned long long)most);
    return within;
}

bool
argument_f64(PyObject *object, const char *name, double *value)
{
    PyNumberMethods *methods = Py_TYPE(object)->tp_as_number;

    if (methods == NULL || (methods->nb_float == NULL && methods->nb_index == NULL))
        return wrong_type(object, name, "a number");
    *value = PyFloat_AsDouble(object);
    return *value != -1.0 || !PyErr_Occurred();
}

bool
argument_f32(PyObject *object, const char *name, float *value)
{
    double number;

    if (!argument_f64(object, name, &number))
        return false;
    *value = (float)number;
    if (!isinf(*value) || isinf(number))
        return true;
    PyErr_Format(PyExc_OverflowError, "%s is too large for 32 bits", name);
    return false;
}

bool
argument_char(PyObject *object, const char *name, uint32_t *value)
{
    if (!PyUnicode_Check(object) || PyUnicode_GET_LENGTH(object) != 1)
        return wrong_type(object, name, "a str of one character");
    *value = PyUnicode_READ_CHAR(object, 0);
    if (!Py_UNICODE_IS_SURROGATE(*value))
        return true;
    PyErr_Format(PyExc_ValueError, "%s must not be a surrogate", name);
    return false;
}

bool
argument_text(PyObject *object, const char *name, uint8_t **data, size_t *length)
{
    Py_ssize_t size;

    if (!PyUnicode_Check(object))
        return wrong_type(object, name, "a str");
    const char *text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text == NULL)
        return false;
    *data = (uint8_t *)text;
    *length = (size_t)size;
    return true;
}

bool
argument_tuple(PyObject *object, const char *name, const char *class, Py_ssize_t count)
{
    if (PyTuple_Check(object) && PyTuple_GET_SIZE(object) == count)
        return true;
    const char *colon = *class == 0 ? "" : ": ";
    if (!PyTuple_Check(object))
        PyErr_Format(PyExc_TypeError, "%s must be a tuple of %zd%s%s, not %.200s", name, count, colon, class,
                     Py_TYPE(object)->tp_name);
    else
        PyErr_Format(PyExc_TypeError, "%s must be a tuple of %zd%s%s, not of %zd", name, count, colon, class,
                     PyTuple_GET_SIZE(object));
    return false;
}

/* An int of 32 bits; ValueError beyond. */
static bool
number_of(PyObject *object, const char *name, const char *class, uint32_t *number)
{
    uint64_t bits;

    if (PyLong_Check(object) && PyUnstable_Long_IsCompact((PyLongObject *)object)) {
        Py_ssize_t value = PyUnstable_Long_CompactValue((PyLongObject *)object);
        if (value >= 0) {
            *number = (uint32_t)value;
            return true;
        }
    }
    if (!PyIndex_Check(object))
        return wrong_type(object, name, class);
    if (!argument_integer(object, name, 0, UINT32_MAX, &bits)) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            PyErr_Format(PyExc_ValueError, "%s is no %s: %R", name, class, object);
        return false;
    }
    *number = (uint32_t)bits;
    return true;
}

bool
argument_case(PyObject *object, const char *name, const char *class, uint32_t count, uint32_t *number)
{
    if (!number_of(object, name, class, number))
        return false;
    if (*number < count)
        return true;
    PyErr_Format(PyExc_ValueError, "%s is no %s: %R", name, class, object);
    return false;
}

bool
argument_flags(PyObject *object, const char *name, const char *class, uint32_t mask, uint32_t *bits)
{
    if (!number_of(object, name, class, bits))
        return false;
    if ((*bits & ~mask) == 0)
        return true;
    PyErr_Format(PyExc_ValueError, "%s is no %s: %R", name, class, object);
    return false;
}

bool
argument_variant(PyObject *object, const char *name, const char *const *tags, uint8_t count, uint8_t *tag,
                 PyObject **payload)
{
    if (!argument_tuple(object, name, "a tag and its payload", 2))
        return false;
    PyObject *said = PyTuple_GET_ITEM(object, 0);
    if (!PyUnicode_Check(said))
        return wrong_type(said, name, "a tuple of a str and a payload");
    *payload = PyTuple_GET_ITEM(object, 1);
    for (*tag = 0; *tag < count; ++*tag)
        if (PyUnicode_EqualToUTF8(said, tags[*tag]))
            return true;
    PyErr_Format(PyExc_ValueError, "%s has an unknown tag: %R", name, said);
    return false;
}

bool
argument_nothing(PyObject *payload, const char *tag)
{
    return payload == Py_None || wrong_type(payload, tag, "None");
}
