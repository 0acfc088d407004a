/* Values of Python as columns: what is usual, at once. A kind is a letter: those of the module array for numbers, `?` for booleans,
 * `s` for texts, `z` for bytes, `D` for dates, `T` for timestamps without a zone. Whatever is not of its kind is left to
 * Python, which knows what else may become one. */
#include "duckdb_import_module.h"

#include <datetime.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* Days of the proleptic Gregorian calendar before 1970. */
#define DAYS_BEFORE_1970 719468

struct integer_kind {
    char kind;
    uint8_t size;
    bool is_signed;
};

static const struct integer_kind integer_kinds[] = {
    {'b', 1, true}, {'h', 2, true}, {'i', 4, true}, {'q', 8, true}, {'B', 1, false}, {'H', 2, false}, {'I', 4, false}, {'Q', 8, false},
};

static const struct integer_kind *
integer_kind_of(char kind)
{
    for (size_t i = 0; i < sizeof integer_kinds / sizeof integer_kinds[0]; i++) {
        if (integer_kinds[i].kind == kind)
            return &integer_kinds[i];
    }
    return NULL;
}

/* Whether an int lies within a kind; its bits. No exception is left. */
static bool
integer_bits(PyObject *value, const struct integer_kind *kind, uint64_t *bits)
{
    unsigned width = kind->size * 8u;
    int overflow = 0;
    long long number;

    if (!PyLong_Check(value))
        return false;
    number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow > 0 && kind->kind == 'Q') {
        *bits = PyLong_AsUnsignedLongLong(value);
        if (!PyErr_Occurred())
            return true;
        PyErr_Clear();
        return false;
    }
    *bits = (uint64_t)number;
    if (overflow != 0)
        return false;
    if (kind->is_signed)
        return width == 64 || (number >= -(1LL << (width - 1)) && number < 1LL << (width - 1));
    return number >= 0 && (width == 64 || (uint64_t)number >> width == 0);
}

static bool
double_of(PyObject *value, double *number)
{
    if (!PyFloat_Check(value) && !PyLong_Check(value))
        return false;
    *number = PyFloat_AsDouble(value);
    if (*number == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return false;
    }
    return true;
}

static bool
float_of(PyObject *value, float *number)
{
    double wide;

    if (!PyFloat_Check(value))
        return false;
    wide = PyFloat_AS_DOUBLE(value);
    *number = (float)wide;
    return !isfinite(wide) || fabs(wide) <= FLT_MAX;
}

/* The UTF-8 of a text, or the bytes of bytes. They live as long as the value does and is not changed. */
static bool
piece_of(PyObject *value, char kind, const char **data, Py_ssize_t *length)
{
    if (kind == 'z') {
        if (PyBytes_Check(value)) {
            *data = PyBytes_AS_STRING(value);
            *length = PyBytes_GET_SIZE(value);
            return true;
        }
        if (!PyByteArray_Check(value))
            return false;
        *data = PyByteArray_AS_STRING(value);
        *length = PyByteArray_GET_SIZE(value);
        return true;
    }
    if (!PyUnicode_Check(value))
        return false;
    *data = PyUnicode_AsUTF8AndSize(value, length);
    if (*data == NULL)
        PyErr_Clear(); /* surrogates, or no memory: Python finds it out again */
    return *data != NULL;
}

/* Days since 1970, as http://howardhinnant.github.io/date_algorithms.html has it. */
static int32_t
days_of(PyObject *date)
{
    int year = PyDateTime_GET_YEAR(date) - (PyDateTime_GET_MONTH(date) <= 2);
    int month = PyDateTime_GET_MONTH(date), era = year / 400, of_era = year - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + PyDateTime_GET_DAY(date) - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_BEFORE_1970;
}

static bool
timestamp_of(PyObject *value, int64_t *micros)
{
    if (!PyDateTime_Check(value) || PyDateTime_DATE_GET_TZINFO(value) != Py_None)
        return false;
    *micros = ((((int64_t)days_of(value) * 24 + PyDateTime_DATE_GET_HOUR(value)) * 60 + PyDateTime_DATE_GET_MINUTE(value)) * 60 +
               PyDateTime_DATE_GET_SECOND(value)) *
                  1000000 +
              PyDateTime_DATE_GET_MICROSECOND(value);
    return true;
}

/* How many bytes an item of a kind has; 0: its length varies, or there is no such kind. */
static uint8_t
size_of(char kind)
{
    const struct integer_kind *integer = integer_kind_of(kind);

    if (integer != NULL)
        return integer->size;
    return kind == '?' ? 1 : kind == 'f' || kind == 'D' ? 4 : kind == 'd' || kind == 'T' ? 8 : 0;
}

/* Writes an item of a kind of fixed size. False: it is not of the kind. */
static bool
write_item(PyObject *value, char kind, const struct integer_kind *integer, uint8_t *place)
{
    if (integer != NULL) {
        uint64_t bits;
        if (!integer_bits(value, integer, &bits))
            return false;
        memcpy(place, &bits, integer->size); /* little-endian, as the contract is */
        return true;
    }
    switch (kind) {
    case '?':
        *place = value == Py_True;
        return PyBool_Check(value);
    case 'd': {
        double number;
        if (!double_of(value, &number))
            return false;
        memcpy(place, &number, sizeof number);
        return true;
    }
    case 'f': {
        float number;
        if (!float_of(value, &number))
            return false;
        memcpy(place, &number, sizeof number);
        return true;
    }
    case 'D': {
        int32_t days;
        if (!PyDate_Check(value) || PyDateTime_Check(value))
            return false;
        days = days_of(value);
        memcpy(place, &days, sizeof days);
        return true;
    }
    case 'T': {
        int64_t micros;
        if (!timestamp_of(value, &micros))
            return false;
        memcpy(place, &micros, sizeof micros);
        return true;
    }
    default:
        return false;
    }
}

static bool
is_of_kind(PyObject *value, char kind)
{
    uint8_t room[8];
    const char *data;
    Py_ssize_t length;

    if (value == Py_None)
        return true;
    if (kind == 's' || kind == 'z')
        return piece_of(value, kind, &data, &length);
    return write_item(value, kind, integer_kind_of(kind), room);
}

static bool
import_datetime(void)
{
    if (PyDateTimeAPI == NULL)
        PyDateTime_IMPORT;
    return PyDateTimeAPI != NULL;
}

/* The items of a column of fixed size. NULL without an exception: one is not of the kind. */
static PyObject *
pack_fixed(PyObject *values, char kind, uint8_t *validity)
{
    Py_ssize_t count = PyList_GET_SIZE(values), size = size_of(kind);
    const struct integer_kind *integer = integer_kind_of(kind);
    PyObject *data = count > PY_SSIZE_T_MAX / 8 ? PyErr_NoMemory() : PyBytes_FromStringAndSize(NULL, count * size);

    for (Py_ssize_t i = 0; data != NULL && i < count; i++) {
        PyObject *value = PyList_GET_ITEM(values, i);
        uint8_t *place = (uint8_t *)PyBytes_AS_STRING(data) + i * size;
        validity[i] = value != Py_None;
        if (value == Py_None)
            memset(place, 0, (size_t)size);
        else if (!write_item(value, kind, integer, place))
            Py_CLEAR(data);
    }
    return data;
}

/* Offsets and heap of a column of texts or bytes. False without an exception: one is not of the kind. */
static bool
pack_pieces(PyObject *values, char kind, uint8_t *validity, PyObject **offsets, PyObject **heap)
{
    Py_ssize_t count = PyList_GET_SIZE(values), total = 0, length = 0;
    const char *data = NULL;
    uint32_t *ends;

    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *value = PyList_GET_ITEM(values, i);
        validity[i] = value != Py_None;
        if (value == Py_None)
            continue;
        if (!piece_of(value, kind, &data, &length))
            return false;
        if (length > PY_SSIZE_T_MAX - total) {
            PyErr_NoMemory();
            return false;
        }
        total += length;
    }
    *offsets = count > PY_SSIZE_T_MAX / 8 ? PyErr_NoMemory() : PyBytes_FromStringAndSize(NULL, (count + 1) * 4);
    *heap = *offsets == NULL ? NULL : PyBytes_FromStringAndSize(NULL, total);
    if (*heap == NULL)
        return false;
    ends = (uint32_t *)PyBytes_AS_STRING(*offsets);
    ends[0] = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *value = PyList_GET_ITEM(values, i);
        length = 0;
        if (value != Py_None && piece_of(value, kind, &data, &length))
            memcpy(PyBytes_AS_STRING(*heap) + ends[i], data, (size_t)length);
        ends[i + 1] = ends[i] + (uint32_t)length;
    }
    return true;
}

static PyObject *
pack(PyObject *values, char kind)
{
    Py_ssize_t count = PyList_GET_SIZE(values);
    PyObject *validity = PyBytes_FromStringAndSize(NULL, count), *data = NULL, *heap = NULL, *result = NULL;
    uint8_t *valid;

    if (validity == NULL)
        return NULL;
    valid = (uint8_t *)PyBytes_AS_STRING(validity);
    if (kind == 's' || kind == 'z')
        pack_pieces(values, kind, valid, &data, &heap);
    else
        data = pack_fixed(values, kind, valid);
    if (data != NULL && heap == NULL && !PyErr_Occurred())
        heap = PyBytes_FromStringAndSize(NULL, 0);
    if (data != NULL && heap != NULL) {
        bool all = memchr(valid, 0, (size_t)count) == NULL;
        result = all ? Py_BuildValue("(y#OO)", "", (Py_ssize_t)0, data, heap) : PyTuple_Pack(3, validity, data, heap);
    }
    Py_DECREF(validity);
    Py_XDECREF(data);
    Py_XDECREF(heap);
    if (result == NULL && !PyErr_Occurred())
        Py_RETURN_NONE;
    return result;
}

const char duckdb_import_module_pack_doc[] =
"pack($module, values, kind)\n--\n\n"
"A list of values of a kind as a column: validity, data, heap. None: one of them is not of the kind.";

PyObject *
duckdb_import_module_pack(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"values", "kind"};
    struct signature signature = {"pack", names, 2, 2};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    uint8_t *kind;
    size_t length;

    if (values == NULL || !argument_text(values[1], "kind", &kind, &length) || !import_datetime())
        return NULL;
    if (!PyList_Check(values[0]) || length != 1)
        return PyErr_Format(PyExc_TypeError, "pack() takes a list and a letter");
    return pack(values[0], (char)kind[0]);
}

const char duckdb_import_module_fits_doc[] =
"fits($module, row, kinds)\n--\n\n"
"Whether each value of a tuple is of its kind, or None.";

PyObject *
duckdb_import_module_fits(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"row", "kinds"};
    struct signature signature = {"fits", names, 2, 2};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    uint8_t *kinds;
    size_t length;

    if (values == NULL || !argument_text(values[1], "kinds", &kinds, &length) || !import_datetime())
        return NULL;
    if (!PyTuple_Check(values[0]) || PyTuple_GET_SIZE(values[0]) != (Py_ssize_t)length)
        return PyErr_Format(PyExc_TypeError, "fits() takes a tuple and a letter for each of its items");
    for (size_t i = 0; i < length; i++) {
        if (!is_of_kind(PyTuple_GET_ITEM(values[0], (Py_ssize_t)i), (char)kinds[i]))
            Py_RETURN_FALSE;
    }
    Py_RETURN_TRUE;
}
