/* Columns of texts and of bytes: a heap, and offsets of 32 bits into it, one more than there are items. */
#include "duckdb_import_module.h"

#include <string.h>

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
