/* Columns out of rows of Python's, and what a column has, in one pass each. */
#include "duckdb_import_module.h"

#include <stdbool.h>

/* ---- Columns of dicts ---- */

/* What was gathered so far: names in the order in which they come, a column of `rows` items for each, and the place of each name.
 * An item that no row has set yet is NULL. */
struct gathered {
    Py_ssize_t rows;
    PyObject *names;
    PyObject *columns;
    PyObject *places;
};

static bool
add_name(struct gathered *gathered, PyObject *name)
{
    PyObject *column = PyList_New(gathered->rows), *place = PyLong_FromSsize_t(PyList_GET_SIZE(gathered->names));
    bool is_added = column != NULL && place != NULL && PyDict_SetItem(gathered->places, name, place) == 0 &&
                    PyList_Append(gathered->columns, column) == 0 && PyList_Append(gathered->names, name) == 0;

    Py_XDECREF(column);
    Py_XDECREF(place);
    return is_added;
}

/* The column of a name, which is a new one if none has it yet; below 0: an exception. Rows usually have the same names in the same
 * order, so that `guess` is right. */
static Py_ssize_t
place_of(struct gathered *gathered, PyObject *name, Py_ssize_t guess)
{
    PyObject *place;

    if (guess < PyList_GET_SIZE(gathered->names) && PyList_GET_ITEM(gathered->names, guess) == name)
        return guess;
    place = PyDict_GetItemWithError(gathered->places, name);
    if (place != NULL)
        return PyLong_AsSsize_t(place);
    if (PyErr_Occurred() || !add_name(gathered, name))
        return -1;
    return PyList_GET_SIZE(gathered->names) - 1;
}

/* False: an exception, or without one a row that is no dict with texts for names. */
static bool
gather_row(struct gathered *gathered, Py_ssize_t row, PyObject *values)
{
    PyObject *name, *value;
    Py_ssize_t at = 0, guess = 0;

    if (!PyDict_CheckExact(values))
        return false;
    while (PyDict_Next(values, &at, &name, &value)) {
        Py_ssize_t place;
        if (!PyUnicode_CheckExact(name))
            return false;
        place = place_of(gathered, name, guess);
        if (place < 0)
            return false;
        PyList_SET_ITEM(PyList_GET_ITEM(gathered->columns, place), row, Py_NewRef(value));
        guess = place + 1;
    }
    return true;
}

/* None for what no row has set. */
static void
fill_gaps(struct gathered *gathered)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(gathered->columns); i++) {
        PyObject *column = PyList_GET_ITEM(gathered->columns, i);
        for (Py_ssize_t row = 0; row < gathered->rows; row++) {
            if (PyList_GET_ITEM(column, row) == NULL)
                PyList_SET_ITEM(column, row, Py_NewRef(Py_None));
        }
    }
}

static PyObject *
gather(PyObject *rows)
{
    struct gathered gathered = {PyList_GET_SIZE(rows), PyList_New(0), PyList_New(0), PyDict_New()};
    bool is_whole = gathered.names != NULL && gathered.columns != NULL && gathered.places != NULL;
    PyObject *result = NULL;

    for (Py_ssize_t row = 0; is_whole && row < gathered.rows; row++)
        is_whole = gather_row(&gathered, row, PyList_GET_ITEM(rows, row));
    if (is_whole) {
        fill_gaps(&gathered);
        result = PyTuple_Pack(2, gathered.names, gathered.columns);
    }
    Py_XDECREF(gathered.names);
    Py_XDECREF(gathered.columns);
    Py_XDECREF(gathered.places);
    if (result == NULL && !PyErr_Occurred())
        Py_RETURN_NONE;
    return result;
}

const char duckdb_import_module_gather_doc[] =
"gather($module, rows)\n--\n\n"
"The columns of a list of dicts: their names, and for each a list with None where a row lacks it. None: a row is no dict of texts.";

PyObject *
duckdb_import_module_gather(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"rows"};
    struct signature signature = {"gather", names, 1, 1};
    PyObject *room[1];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);

    if (values == NULL)
        return NULL;
    if (!PyList_Check(values[0]))
        return PyErr_Format(PyExc_TypeError, "gather() takes a list");
    return gather(values[0]);
}

/* ---- What a column has ---- */

/* The least and the most of the ints; `is_wide` once one is not of 64 bits. */
struct bounds {
    bool is_set;
    bool is_wide;
    long long least;
    long long most;
};

static void
take_int(struct bounds *bounds, PyObject *value)
{
    int overflow = 0;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);

    if (overflow != 0)
        bounds->is_wide = true;
    else if (!bounds->is_set)
        *bounds = (struct bounds){true, bounds->is_wide, number, number};
    else if (number < bounds->least)
        bounds->least = number;
    else if (number > bounds->most)
        bounds->most = number;
}

static PyObject *
survey(PyObject *values)
{
    PyObject *types = PySet_New(NULL);
    PyTypeObject *last = NULL;
    struct bounds bounds = {0};

    for (Py_ssize_t i = 0; types != NULL && i < PyList_GET_SIZE(values); i++) {
        PyObject *value = PyList_GET_ITEM(values, i);
        if (PyLong_CheckExact(value))
            take_int(&bounds, value);
        if (!Py_IS_TYPE(value, last)) {
            last = Py_TYPE(value);
            if (PySet_Add(types, (PyObject *)last) < 0)
                Py_CLEAR(types);
        }
    }
    if (types == NULL)
        return NULL;
    return bounds.is_set && !bounds.is_wide ? Py_BuildValue("(NLL)", types, bounds.least, bounds.most)
                                            : Py_BuildValue("(NOO)", types, Py_None, Py_None);
}

const char duckdb_import_module_survey_doc[] =
"survey($module, values)\n--\n\n"
"The types of a list's values, and the least and the greatest of its ints: None if there are none, or some have more than 64 bits.";

PyObject *
duckdb_import_module_survey(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"values"};
    struct signature signature = {"survey", names, 1, 1};
    PyObject *room[1];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);

    if (values == NULL)
        return NULL;
    if (!PyList_Check(values[0]))
        return PyErr_Format(PyExc_TypeError, "survey() takes a list");
    return survey(values[0]);
}
