/* Capsules of the Arrow C data interface that others have made: what a schema says, as tuples like those of duckdb_arrow_out.c, the arrays
 * of a stream, and their rows. Producers are code of this process, which must keep to the specification: their pointers and lengths
 * cannot be checked. */
#include "duckdb_arrow.h"
#include "duckdb_import_module.h"

#include <stdlib.h>
#include <string.h>

/* ---- Schemas ---- */

static PyObject *
tree_of(const struct ArrowSchema *schema)
{
    PyObject *children = PyTuple_New((Py_ssize_t)schema->n_children);
    PyObject *dictionary = schema->dictionary == NULL ? Py_NewRef(Py_None) : tree_of(schema->dictionary);

    for (Py_ssize_t i = 0; children != NULL && i < (Py_ssize_t)schema->n_children; i++) {
        PyObject *child = tree_of(schema->children[i]);
        if (child == NULL)
            Py_CLEAR(children);
        else
            PyTuple_SET_ITEM(children, i, child);
    }
    if (children == NULL || dictionary == NULL) {
        Py_XDECREF(children);
        Py_XDECREF(dictionary);
        return NULL;
    }
    /* Metadata is a list of pairs of a form of its own, which nobody here reads. */
    return Py_BuildValue("szLONN", schema->format, schema->name == NULL ? "" : schema->name, (long long)schema->flags, Py_None, children,
                         dictionary);
}

static PyObject *
stream_error(struct ArrowArrayStream *stream, int code)
{
    const char *text = stream->get_last_error(stream);

    PyErr_Format(PyExc_OSError, "%s", text == NULL ? strerror(code) : text);
    return NULL;
}

static struct ArrowArrayStream *
stream_in(PyObject *capsule)
{
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, ARROW_STREAM_CAPSULE);

    if (stream != NULL && stream->release == NULL)
        PyErr_SetString(PyExc_ValueError, "The ArrowArrayStream was already released");
    return stream == NULL || stream->release == NULL ? NULL : stream;
}

const char duckdb_import_module_arrow_tree_doc[] =
"arrow_tree($module, capsule)\n--\n\n"
"What a capsule with a schema, or with a stream, has in it, as nested tuples.";

PyObject *
duckdb_import_module_arrow_tree(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"capsule"};
    struct signature signature = {"arrow_tree", names, 1, 1};
    PyObject *room[1], *tree = NULL;
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);

    if (values == NULL)
        return NULL;
    if (PyCapsule_IsValid(values[0], ARROW_STREAM_CAPSULE)) {
        struct ArrowArrayStream *stream = stream_in(values[0]);
        struct ArrowSchema schema = {0};
        int code;
        if (stream == NULL)
            return NULL;
        code = stream->get_schema(stream, &schema);
        if (code != 0)
            return stream_error(stream, code);
        tree = tree_of(&schema);
        schema.release(&schema);
        return tree;
    }
    struct ArrowSchema *schema = PyCapsule_GetPointer(values[0], ARROW_SCHEMA_CAPSULE);
    if (schema == NULL)
        return NULL;
    if (schema->release == NULL)
        return PyErr_Format(PyExc_ValueError, "The ArrowSchema was already released");
    return tree_of(schema);
}

/* ---- Arrays ---- */

static void
end_next(PyObject *capsule)
{
    struct ArrowArray *array = PyCapsule_GetPointer(capsule, ARROW_ARRAY_CAPSULE);

    if (array->release != NULL)
        array->release(array);
    free(array);
}

const char duckdb_import_module_arrow_next_doc[] =
"arrow_next($module, capsule)\n--\n\n"
"The next array of a capsule with a stream, in a capsule. None: there are no more, and the stream is released.";

PyObject *
duckdb_import_module_arrow_next(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"capsule"};
    struct signature signature = {"arrow_next", names, 1, 1};
    PyObject *room[1], *capsule;
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    struct ArrowArrayStream *stream = values == NULL ? NULL : stream_in(values[0]);
    struct ArrowArray *array;
    int code;

    if (stream == NULL)
        return NULL;
    array = calloc(1, sizeof *array);
    if (array == NULL)
        return PyErr_NoMemory();
    code = stream->get_next(stream, array);
    if (code != 0 || array->release == NULL) {
        free(array);
        if (code != 0)
            return stream_error(stream, code);
        stream->release(stream);
        Py_RETURN_NONE;
    }
    capsule = PyCapsule_New(array, ARROW_ARRAY_CAPSULE, end_next);
    if (capsule == NULL) {
        array->release(array);
        free(array);
    }
    return capsule;
}

static struct ArrowArray *
array_in(PyObject *capsule)
{
    struct ArrowArray *array = PyCapsule_GetPointer(capsule, ARROW_ARRAY_CAPSULE);

    if (array != NULL && array->release == NULL)
        PyErr_SetString(PyExc_ValueError, "The ArrowArray was already released");
    return array == NULL || array->release == NULL ? NULL : array;
}

const char duckdb_import_module_arrow_rows_doc[] =
"arrow_rows($module, capsule)\n--\n\n"
"How many rows an array in a capsule has.";

PyObject *
duckdb_import_module_arrow_rows(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"capsule"};
    struct signature signature = {"arrow_rows", names, 1, 1};
    PyObject *room[1];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    struct ArrowArray *array = values == NULL ? NULL : array_in(values[0]);

    return array == NULL ? NULL : PyLong_FromLongLong(array->length);
}

const char duckdb_import_module_arrow_take_doc[] =
"arrow_take($module, capsule, child, tree, first, count)\n--\n\n"
"Rows of a child of an array in a capsule, as columns of the contract. The tree is that of the child.";

PyObject *
duckdb_import_module_arrow_take(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"capsule", "child", "tree", "first", "count"};
    struct signature signature = {"arrow_take", names, 5, 5};
    PyObject *room[5], *list;
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    struct ArrowArray *array = values == NULL ? NULL : array_in(values[0]);
    long long child, first, rows;

    if (array == NULL)
        return NULL;
    child = PyLong_AsLongLong(values[1]);
    first = PyLong_AsLongLong(values[3]);
    rows = PyLong_AsLongLong(values[4]);
    if (PyErr_Occurred())
        return NULL;
    if (child < 0 || child >= array->n_children || first < 0 || rows < 0 || first > array->length || rows > array->length - first)
        return PyErr_Format(PyExc_IndexError, "the array has no such rows");
    list = PyList_New(0);
    if (list != NULL && !arrow_take_rows(array->children[child], values[2], array->offset + first, rows, list))
        Py_CLEAR(list);
    return list;
}
