/* Rows of an Arrow array as columns of the contract. Everything is copied, from any row on. What Arrow says by run ends, by a dictionary of
 * other than texts, or by views of lists has which row of the values each row has as numbers of 32 bits, and how many values there are, in
 * place of data and heap: the facade spells it out. */
#include "duckdb_arrow.h"
#include "duckdb_import_module.h"

#include <stdlib.h>
#include <string.h>

/* Rows `first` to `first + count` of an array, from its own offset on. */
struct rows {
    const struct ArrowArray *array;
    PyObject *tree;
    const char *format;
    int64_t first;
    Py_ssize_t count;
};

static bool
bit_at(const uint8_t *bits, int64_t at)
{
    return bits[at / 8] >> (at % 8) & 1;
}

static PyObject *
bytes_of_bits(const uint8_t *bits, int64_t first, Py_ssize_t count)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, count);

    for (Py_ssize_t i = 0; bytes != NULL && i < count; i++)
        PyBytes_AS_STRING(bytes)[i] = (char)bit_at(bits, first + i);
    return bytes;
}

/* A byte a row, or nothing where all are valid. */
static PyObject *
validity_of(const struct rows *rows)
{
    const uint8_t *bits = rows->array->n_buffers > 0 ? rows->array->buffers[0] : NULL;
    PyObject *bytes = NULL;

    if (rows->format[0] == 'n') {
        bytes = PyBytes_FromStringAndSize(NULL, rows->count);
        if (bytes != NULL)
            memset(PyBytes_AS_STRING(bytes), 0, (size_t)rows->count);
        return bytes;
    }
    /* A union has no validity: its first buffer is another. */
    if (bits != NULL && rows->array->null_count != 0 && strncmp(rows->format, "+u", 2) != 0)
        bytes = bytes_of_bits(bits, rows->first, rows->count);
    else
        return PyBytes_FromStringAndSize(NULL, 0);
    if (bytes != NULL && memchr(PyBytes_AS_STRING(bytes), 0, (size_t)rows->count) == NULL)
        Py_SETREF(bytes, PyBytes_FromStringAndSize(NULL, 0));
    return bytes;
}

/* How many bytes a value has; 0: it is none of fixed size. */
static Py_ssize_t
width_of(const char *format)
{
    static const struct {
        const char *format;
        Py_ssize_t width;
    } widths[] = {
        {"c", 1}, {"C", 1}, {"s", 2}, {"S", 2}, {"e", 2}, {"i", 4}, {"I", 4}, {"f", 4}, {"l", 8}, {"L", 8}, {"g", 8}, {"n", 4},
        {"tdD", 4}, {"tdm", 8}, {"tts", 4}, {"ttm", 4}, {"ttu", 8}, {"ttn", 8}, {"tiM", 4}, {"tiD", 8}, {"tin", 16},
    };

    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        if (strcmp(format, widths[i].format) == 0)
            return widths[i].width;
    }
    if (format[0] == 'w' && format[1] == ':')
        return (Py_ssize_t)strtol(format + 2, NULL, 10);
    if (strncmp(format, "ts", 2) == 0 || strncmp(format, "tD", 2) == 0)
        return 8;
    if (format[0] == 'd' && format[1] == ':') {
        const char *second = strchr(format, ','), *third = second == NULL ? NULL : strchr(second + 1, ',');
        return third == NULL ? 16 : (Py_ssize_t)strtol(third + 1, NULL, 10) / 8;
    }
    return 0;
}

static int64_t
offset_at(const void *offsets, bool is_large, int64_t at)
{
    return is_large ? ((const int64_t *)offsets)[at] : ((const int32_t *)offsets)[at];
}

/* Offsets of 32 bits that begin with 0; where those of the array begin and end. */
static PyObject *
offsets_of(const struct rows *rows, bool is_large, int64_t *begin, int64_t *end)
{
    const void *offsets = rows->array->buffers[1];
    PyObject *data = PyBytes_FromStringAndSize(NULL, (rows->count + 1) * 4);
    bool is_empty = offsets == NULL || rows->array->length == 0; /* then there need be none */

    *begin = is_empty ? 0 : offset_at(offsets, is_large, rows->first);
    *end = is_empty ? 0 : offset_at(offsets, is_large, rows->first + rows->count);
    if (data != NULL && *end - *begin > UINT32_MAX) {
        PyErr_SetString(PyExc_MemoryError, "a column has more than 4 GiB");
        Py_CLEAR(data);
    }
    for (Py_ssize_t i = 0; data != NULL && i <= rows->count; i++) {
        uint32_t offset = is_empty ? 0 : (uint32_t)(offset_at(offsets, is_large, rows->first + i) - *begin);
        memcpy(PyBytes_AS_STRING(data) + i * 4, &offset, sizeof offset);
    }
    return data;
}

/* Texts and bytes that stand in the view itself, up to 12 of them, or in a buffer that it names. */
static PyObject *
heap_of_views(const struct rows *rows, PyObject **data)
{
    const uint8_t *views = (const uint8_t *)rows->array->buffers[1] + rows->first * 16;
    PyObject *heap = NULL;
    uint64_t total = 0;

    *data = PyBytes_FromStringAndSize(NULL, (rows->count + 1) * 4);
    for (int pass = 0; *data != NULL && pass < 2; pass++) {
        uint32_t at = 0;
        for (Py_ssize_t i = 0; i <= rows->count; i++) {
            uint32_t view[4], length = 0;
            bool is_there = i < rows->count &&
                            (rows->array->buffers[0] == NULL || bit_at(rows->array->buffers[0], rows->first + i));
            if (is_there) {
                memcpy(view, views + i * 16, sizeof view);
                length = view[0];
            }
            if (pass == 0) {
                total += length;
                continue;
            }
            memcpy(PyBytes_AS_STRING(*data) + i * 4, &at, sizeof at);
            if (length > 0) {
                const uint8_t *from = length <= 12 ? views + i * 16 + 4
                                                   : (const uint8_t *)rows->array->buffers[2 + view[2]] + view[3];
                memcpy(PyBytes_AS_STRING(heap) + at, from, length);
            }
            at += length;
        }
        if (pass == 0) {
            heap = total > INT32_MAX ? PyErr_NoMemory() : PyBytes_FromStringAndSize(NULL, (Py_ssize_t)total);
            if (heap == NULL)
                break;
        }
    }
    return heap;
}

/* Members of a sparse union by their places: `+us:5,7` says which number each has. */
static PyObject *
members_of(const struct rows *rows)
{
    const uint8_t *ids = (const uint8_t *)rows->array->buffers[rows->array->n_buffers - 1] + rows->first;
    PyObject *data = PyBytes_FromStringAndSize(NULL, rows->count);
    uint8_t places[256] = {0};
    const char *text = rows->format + 4;

    for (uint8_t place = 0; *text != '\0'; place++) {
        places[strtol(text, (char **)&text, 10) & 0xFF] = place;
        text += *text == ',';
    }
    for (Py_ssize_t i = 0; data != NULL && i < rows->count; i++)
        PyBytes_AS_STRING(data)[i] = (char)places[ids[i]];
    return data;
}

static bool
take_children(const struct rows *rows, int64_t first, int64_t count, PyObject *list)
{
    PyObject *children = PyTuple_GetItem(rows->tree, 4);

    for (Py_ssize_t i = 0; children != NULL && i < PyTuple_GET_SIZE(children); i++) {
        if (!arrow_take_rows(rows->array->children[i], PyTuple_GET_ITEM(children, i), first, count, list))
            return false;
    }
    return children != NULL;
}

/* Adds a column, whose three parts are given away. False, with an exception: there is one that is none. */
static bool
add(PyObject *list, PyObject *validity, PyObject *data, PyObject *heap)
{
    PyObject *column = validity == NULL || data == NULL || heap == NULL ? NULL : PyTuple_Pack(3, validity, data, heap);
    bool added = column != NULL && PyList_Append(list, column) == 0;

    Py_XDECREF(column);
    Py_XDECREF(validity);
    Py_XDECREF(data);
    Py_XDECREF(heap);
    return added;
}

static PyObject *
bytes_of_count(int64_t count)
{
    uint32_t number = (uint32_t)count;

    return PyBytes_FromStringAndSize((const char *)&number, sizeof number);
}

static int64_t
run_end(const struct ArrowArray *ends, const char *format, int64_t run)
{
    const void *values = ends->buffers[1];
    int64_t at = ends->offset + run;

    return format[0] == 's' ? ((const int16_t *)values)[at] : offset_at(values, format[0] == 'l', at);
}

/* Which of the runs that are taken each row is in, and their values. */
static bool
take_runs(const struct rows *rows, PyObject *list)
{
    const struct ArrowArray *ends = rows->array->children[0];
    PyObject *trees = PyTuple_GetItem(rows->tree, 4), *data = PyBytes_FromStringAndSize(NULL, rows->count * 4);
    PyObject *of_ends = trees == NULL ? NULL : PyTuple_GetItem(PyTuple_GetItem(trees, 0), 0);
    const char *format = of_ends == NULL ? NULL : PyUnicode_AsUTF8(of_ends);
    int64_t first = 0, run, behind = ends->length;

    if (format == NULL || data == NULL) {
        Py_XDECREF(data);
        return false;
    }
    while (first < behind) { /* the run that row `rows->first` is in */
        int64_t middle = first + (behind - first) / 2;
        if (run_end(ends, format, middle) > rows->first)
            behind = middle;
        else
            first = middle + 1;
    }
    run = first;
    for (Py_ssize_t i = 0; i < rows->count; i++) {
        uint32_t place;
        while (run + 1 < ends->length && run_end(ends, format, run) <= rows->first + i)
            run++;
        place = (uint32_t)(run - first);
        memcpy(PyBytes_AS_STRING(data) + i * 4, &place, sizeof place);
    }
    behind = rows->count == 0 ? first : run + 1;
    return add(list, PyBytes_FromStringAndSize(NULL, 0), data, bytes_of_count(behind - first)) &&
           arrow_take_rows(rows->array->children[1], PyTuple_GetItem(trees, 1), first, behind - first, list);
}

/* Where among the items that are taken each list begins, and how many it has; and these items. */
static bool
take_list_views(const struct rows *rows, PyObject *list)
{
    const void *offsets = rows->array->buffers[1], *sizes = rows->array->buffers[2];
    bool is_large = rows->format[2] == 'L';
    PyObject *validity = validity_of(rows), *data = PyBytes_FromStringAndSize(NULL, rows->count * 8);
    PyObject *tree = PyTuple_GetItem(PyTuple_GetItem(rows->tree, 4), 0);
    int64_t begin = INT64_MAX, end = 0;

    for (int pass = 0; validity != NULL && data != NULL && pass < 2; pass++) {
        for (Py_ssize_t i = 0; i < rows->count; i++) {
            bool is_there = PyBytes_GET_SIZE(validity) == 0 || PyBytes_AS_STRING(validity)[i];
            int64_t size = is_there ? offset_at(sizes, is_large, rows->first + i) : 0;
            int64_t offset = size == 0 ? begin : offset_at(offsets, is_large, rows->first + i);
            uint32_t pair[2] = {(uint32_t)(offset - begin), (uint32_t)size};
            if (pass == 1)
                memcpy(PyBytes_AS_STRING(data) + i * 8, pair, sizeof pair);
            else if (size > 0) {
                begin = offset < begin ? offset : begin;
                end = offset + size > end ? offset + size : end;
            }
        }
        begin = begin > end ? end : begin;
    }
    return add(list, validity, data, bytes_of_count(end - begin)) &&
           arrow_take_rows(rows->array->children[0], tree, begin, end - begin, list);
}

static bool
take_rows(const struct rows *rows, PyObject *list)
{
    const struct ArrowArray *array = rows->array;
    const char *format = rows->format;
    PyObject *validity = validity_of(rows), *data = NULL, *heap = NULL;
    Py_ssize_t width = width_of(format);
    int64_t begin = 0, end = 0;

    if (strcmp(format, "+r") == 0 || strncmp(format, "+v", 2) == 0) {
        Py_XDECREF(validity);
        return validity != NULL && (format[1] == 'r' ? take_runs(rows, list) : take_list_views(rows, list));
    }
    if (validity == NULL)
        return false;
    if (strchr("uUzZ", format[0]) != NULL) {
        data = offsets_of(rows, format[0] == 'U' || format[0] == 'Z', &begin, &end);
        if (data != NULL)
            heap = PyBytes_FromStringAndSize(end > begin ? (const char *)array->buffers[2] + begin : "", (Py_ssize_t)(end - begin));
        return add(list, validity, data, heap);
    }
    if (format[0] == 'v') {
        heap = heap_of_views(rows, &data);
        return add(list, validity, data, heap);
    }
    heap = PyBytes_FromStringAndSize(NULL, 0);
    if (strcmp(format, "+l") == 0 || strcmp(format, "+L") == 0 || strcmp(format, "+m") == 0) {
        data = offsets_of(rows, format[1] == 'L', &begin, &end);
        if (!add(list, validity, data, heap))
            return false;
        if (format[1] != 'm')
            return take_children(rows, begin, end - begin, list);
        /* Keys and values stand in a struct, which the contract does not have. */
        struct rows entries = {array->children[0], PyTuple_GetItem(PyTuple_GetItem(rows->tree, 4), 0), "+s", 0, 0};
        return take_children(&entries, entries.array->offset + begin, end - begin, list);
    }
    if (strncmp(format, "+us:", 4) == 0)
        return add(list, validity, members_of(rows), heap) && take_children(rows, rows->first, rows->count, list);
    if (strcmp(format, "+s") == 0 || strncmp(format, "+w:", 3) == 0) {
        int64_t each = format[1] == 's' ? 1 : strtol(format + 3, NULL, 10);
        return add(list, validity, PyBytes_FromStringAndSize(NULL, 0), heap) &&
               take_children(rows, rows->first * each, rows->count * each, list);
    }
    if (strcmp(format, "b") == 0)
        return add(list, validity, bytes_of_bits(array->buffers[1], rows->first, rows->count), heap);
    if (width == 0)
        PyErr_Format(PyExc_ValueError, "columns of Arrow's format '%s' are not read", format);
    else {
        data = PyBytes_FromStringAndSize(NULL, rows->count * width);
        if (data != NULL && format[0] == 'n')
            memset(PyBytes_AS_STRING(data), 0, (size_t)(rows->count * width));
        else if (data != NULL && rows->count > 0)
            memcpy(PyBytes_AS_STRING(data), (const char *)array->buffers[1] + rows->first * width, (size_t)(rows->count * width));
    }
    return add(list, validity, data, heap);
}

/* The value of an index of a dictionary, of any width. */
static int64_t
index_at(const void *indices, const char *format, int64_t at)
{
    switch (format[0]) {
    case 'c':
        return ((const int8_t *)indices)[at];
    case 'C':
        return ((const uint8_t *)indices)[at];
    case 's':
        return ((const int16_t *)indices)[at];
    case 'S':
        return ((const uint16_t *)indices)[at];
    case 'i':
        return ((const int32_t *)indices)[at];
    case 'I':
        return ((const uint32_t *)indices)[at];
    default:
        return ((const int64_t *)indices)[at];
    }
}

/* Whether a dictionary has texts, which are taken at once. */
static bool
is_of_texts(PyObject *tree)
{
    PyObject *format = PyTuple_GetItem(tree, 0);
    const char *text = format == NULL ? NULL : PyUnicode_AsUTF8(format);

    return text != NULL && (strcmp(text, "u") == 0 || strcmp(text, "U") == 0 || strcmp(text, "vu") == 0);
}

/* Which of the dictionary's values each row has, and all of these. */
static bool
take_with_dictionary(const struct rows *rows, PyObject *list)
{
    const struct ArrowArray *dictionary = rows->array->dictionary;
    PyObject *validity = validity_of(rows), *data = PyBytes_FromStringAndSize(NULL, rows->count * 4);

    for (Py_ssize_t i = 0; validity != NULL && data != NULL && i < rows->count; i++) {
        bool is_there = PyBytes_GET_SIZE(validity) == 0 || PyBytes_AS_STRING(validity)[i];
        uint32_t place = is_there ? (uint32_t)index_at(rows->array->buffers[1], rows->format, rows->first + i) : 0;
        memcpy(PyBytes_AS_STRING(data) + i * 4, &place, sizeof place);
    }
    return add(list, validity, data, bytes_of_count(dictionary->length)) &&
           arrow_take_rows(dictionary, PyTuple_GetItem(rows->tree, 5), 0, dictionary->length, list);
}

/* Validity of rows, in which those are not valid, either, whose value in the dictionary is NULL. */
static PyObject *
with_nulls_of(PyObject *dictionary, const struct rows *rows, PyObject *validity)
{
    const char *of_rows = PyBytes_GET_SIZE(validity) == 0 ? NULL : PyBytes_AS_STRING(validity);
    PyObject *merged = PyBytes_FromStringAndSize(NULL, rows->count);

    for (Py_ssize_t i = 0; merged != NULL && i < rows->count; i++) {
        bool is_there = of_rows == NULL || of_rows[i];
        int64_t index = is_there ? index_at(rows->array->buffers[1], rows->format, rows->first + i) : 0;
        PyBytes_AS_STRING(merged)[i] = is_there ? PyBytes_AS_STRING(dictionary)[index] : 0;
    }
    Py_DECREF(validity);
    return merged;
}

/* Adds the texts of a dictionary themselves, a row at a time where its own column may have been longer or shorter. */
static bool
take_from_dictionary(const struct rows *rows, PyObject *list)
{
    const struct ArrowArray *dictionary = rows->array->dictionary;
    PyObject *tree = PyTuple_GetItem(rows->tree, 5), *texts = PyList_New(0), *validity = validity_of(rows), *data = NULL, *heap = NULL;
    const char *offsets, *from;
    uint32_t at = 0;
    int64_t total = 0;

    if (tree == NULL || texts == NULL || validity == NULL || !arrow_take_rows(dictionary, tree, 0, dictionary->length, texts))
        goto done;
    if (PyBytes_GET_SIZE(PyTuple_GET_ITEM(PyList_GET_ITEM(texts, 0), 0)) > 0) {
        validity = with_nulls_of(PyTuple_GET_ITEM(PyList_GET_ITEM(texts, 0), 0), rows, validity);
        if (validity == NULL)
            goto done;
    }
    offsets = PyBytes_AS_STRING(PyTuple_GET_ITEM(PyList_GET_ITEM(texts, 0), 1));
    from = PyBytes_AS_STRING(PyTuple_GET_ITEM(PyList_GET_ITEM(texts, 0), 2));
    data = PyBytes_FromStringAndSize(NULL, (rows->count + 1) * 4);
    for (int pass = 0; data != NULL && pass < 2; pass++) {
        for (Py_ssize_t i = 0; i < rows->count; i++) {
            uint32_t ends[2] = {0, 0};
            bool is_there = PyBytes_GET_SIZE(validity) == 0 || PyBytes_AS_STRING(validity)[i];
            if (is_there)
                memcpy(ends, offsets + index_at(rows->array->buffers[1], rows->format, rows->first + i) * 4, sizeof ends);
            if (pass == 1) {
                memcpy(PyBytes_AS_STRING(data) + i * 4, &at, sizeof at);
                memcpy(PyBytes_AS_STRING(heap) + at, from + ends[0], ends[1] - ends[0]);
                at += ends[1] - ends[0];
            }
            total += ends[1] - ends[0];
        }
        if (pass == 0)
            heap = total > INT32_MAX ? PyErr_NoMemory() : PyBytes_FromStringAndSize(NULL, (Py_ssize_t)total);
        if (heap == NULL)
            break;
    }
    if (data != NULL)
        memcpy(PyBytes_AS_STRING(data) + rows->count * 4, &at, sizeof at);
done:
    Py_XDECREF(texts);
    return add(list, validity, data, heap);
}

bool
arrow_take_rows(const struct ArrowArray *array, PyObject *tree, int64_t first, int64_t count, PyObject *list)
{
    PyObject *format = PyTuple_GetItem(tree, 0);
    struct rows rows = {array, tree, format == NULL ? NULL : PyUnicode_AsUTF8(format), array->offset + first, (Py_ssize_t)count};

    if (rows.format == NULL)
        return false;
    if (array->dictionary == NULL)
        return take_rows(&rows, list);
    return is_of_texts(PyTuple_GetItem(tree, 5)) ? take_from_dictionary(&rows, list) : take_with_dictionary(&rows, list);
}
