/* Columns as lists. Numbers lie behind each other. Texts and bytes are a heap, and offsets of 32 bits into it, one more than there are
 * items. */
#include "duckdb_import_module.h"

#include <string.h>

/* ---- Numbers ---- */

#define MAKES(kind, type, make)                                                                                                    \
    static PyObject *make_##kind(const uint8_t *place)                                                                              \
    {                                                                                                                               \
        type number;                                                                                                                \
        memcpy(&number, place, sizeof number);                                                                                      \
        return make(number);                                                                                                        \
    }

MAKES(int8, int8_t, PyLong_FromLong)
MAKES(int16, int16_t, PyLong_FromLong)
MAKES(int32, int32_t, PyLong_FromLong)
MAKES(int64, int64_t, PyLong_FromLongLong)
MAKES(uint8, uint8_t, PyLong_FromLong)
MAKES(uint16, uint16_t, PyLong_FromLong)
MAKES(uint32, uint32_t, PyLong_FromUnsignedLong)
MAKES(uint64, uint64_t, PyLong_FromUnsignedLongLong)
MAKES(float, float, PyFloat_FromDouble)
MAKES(double, double, PyFloat_FromDouble)
MAKES(bool, uint8_t, PyBool_FromLong)

/* Inlined with each kind's function, so that a loop has no calls but that which makes the object. */
static inline __attribute__((always_inline)) PyObject *
list_of(const uint8_t *data, size_t length, size_t size, PyObject *make(const uint8_t *place))
{
    Py_ssize_t count = (Py_ssize_t)(length / size);
    PyObject *items = length % size == 0 ? PyList_New(count) : PyErr_Format(PyExc_ValueError, "part of a number");

    for (Py_ssize_t i = 0; items != NULL && i < count; i++) {
        PyObject *item = make(data + (size_t)i * size);
        if (item == NULL)
            Py_CLEAR(items);
        else
            PyList_SET_ITEM(items, i, item);
    }
    return items;
}

static PyObject *
list_of_kind(const uint8_t *data, size_t length, char kind)
{
    switch (kind) {
    case 'b':
        return list_of(data, length, 1, make_int8);
    case 'h':
        return list_of(data, length, 2, make_int16);
    case 'i':
        return list_of(data, length, 4, make_int32);
    case 'q':
        return list_of(data, length, 8, make_int64);
    case 'B':
        return list_of(data, length, 1, make_uint8);
    case 'H':
        return list_of(data, length, 2, make_uint16);
    case 'I':
        return list_of(data, length, 4, make_uint32);
    case 'Q':
        return list_of(data, length, 8, make_uint64);
    case 'f':
        return list_of(data, length, 4, make_float);
    case 'd':
        return list_of(data, length, 8, make_double);
    case '?':
        return list_of(data, length, 1, make_bool);
    default:
        return PyErr_Format(PyExc_ValueError, "there is no such kind of numbers");
    }
}

const char duckdb_import_module_numbers_doc[] =
"numbers($module, data, kind)\n--\n\n"
"The numbers of a kind, a letter as in the module array, or ? for booleans, as a list.";

PyObject *
duckdb_import_module_numbers(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"data", "kind"};
    struct signature signature = {"numbers", names, 2, 2};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    Py_buffer data = {0};
    uint8_t *numbers, *kind;
    size_t length, letters;
    PyObject *result = NULL;

    if (values == NULL || !argument_text(values[1], "kind", &kind, &letters) ||
        !argument_bytes(values[0], &data, &numbers, &length))
        return NULL;
    result = list_of_kind(numbers, length, letters == 1 ? (char)kind[0] : '\0');
    PyBuffer_Release(&data);
    return result;
}

/* ---- Texts and bytes ---- */

typedef PyObject *make_item(const char *data, Py_ssize_t length);

static PyObject *
make_text(const char *data, Py_ssize_t length)
{
    return PyUnicode_DecodeUTF8(data, length, NULL);
}

static uint32_t
offset_at(const uint8_t *offsets, Py_ssize_t index)
{
    uint32_t offset;

    memcpy(&offset, offsets + index * (Py_ssize_t)sizeof offset, sizeof offset);
    return offset;
}

/* The items as a list. ValueError for offsets that do not lie in order in the heap. */
static PyObject *
split(const uint8_t *heap, size_t heap_length, const uint8_t *offsets, size_t offsets_length, make_item *make)
{
    Py_ssize_t count = (Py_ssize_t)(offsets_length / sizeof(uint32_t)) - 1;
    PyObject *items = PyList_New(count > 0 ? count : 0);
    uint32_t begin = count >= 0 ? offset_at(offsets, 0) : 0;

    for (Py_ssize_t i = 0; items != NULL && i < count; i++) {
        uint32_t end = offset_at(offsets, i + 1);
        PyObject *item = NULL;
        if (begin <= end && end <= heap_length)
            item = make((const char *)heap + begin, (Py_ssize_t)(end - begin));
        else
            PyErr_SetString(PyExc_ValueError, "offsets lead out of the heap");
        if (item == NULL)
            Py_CLEAR(items);
        else
            PyList_SET_ITEM(items, i, item);
        begin = end;
    }
    return items;
}

static PyObject *
split_arguments(const char *function, PyObject *const *given, Py_ssize_t count, PyObject *keywords, make_item *make)
{
    static const char *const names[] = {"heap", "offsets"};
    struct signature signature = {function, names, 2, 2};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    Py_buffer heap = {0}, offsets = {0};
    uint8_t *heap_data, *offsets_data;
    size_t heap_length, offsets_length;
    PyObject *result = NULL;

    if (values != NULL && argument_bytes(values[0], &heap, &heap_data, &heap_length) &&
        argument_bytes(values[1], &offsets, &offsets_data, &offsets_length))
        result = split(heap_data, heap_length, offsets_data, offsets_length, make);
    PyBuffer_Release(&heap);
    PyBuffer_Release(&offsets);
    return result;
}

const char duckdb_import_module_texts_doc[] =
"texts($module, heap, offsets)\n--\n\n"
"The texts whose UTF-8 is in heap, from each of the offsets to the next.";

PyObject *
duckdb_import_module_texts(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    return split_arguments("texts", given, count, keywords, make_text);
}

const char duckdb_import_module_blobs_doc[] =
"blobs($module, heap, offsets)\n--\n\n"
"The pieces of heap from each of the offsets to the next.";

PyObject *
duckdb_import_module_blobs(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    return split_arguments("blobs", given, count, keywords, PyBytes_FromStringAndSize);
}
