/* What Python describes by tuples, as structs of the Arrow C data interface, in capsules. A schema is (format, name, flags, metadata,
 * children, dictionary), an array (length, null count, buffers, children, dictionary): children are tuples of such tuples, a buffer is an
 * object with the buffer protocol or None, a dictionary is one such tuple or None.
 *
 * Who releases: the consumer, by the struct's `release`, or else the capsule when it is collected. Buffers stay those of the objects,
 * which an array holds until then. A consumer may move a child out of its parent and release it later: each has its own memory. */
#include "duckdb_arrow.h"
#include "duckdb_import_module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Schemas ---- */

/* One block: the struct's children, and its texts behind them. */
struct schema_block {
    struct ArrowSchema *pointers; /* children, and the dictionary behind them */
    char *texts;
    struct ArrowSchema **children;
};

static void
release_schema(struct ArrowSchema *schema)
{
    struct schema_block *block = schema->private_data;

    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release != NULL)
            schema->children[i]->release(schema->children[i]);
    }
    if (schema->dictionary != NULL && schema->dictionary->release != NULL)
        schema->dictionary->release(schema->dictionary);
    free(block->pointers);
    free(block->children);
    free(block->texts);
    free(block);
    schema->release = NULL;
}

/* The texts of a schema, one behind the other; false without memory. */
static bool
keep_texts(struct ArrowSchema *schema, struct schema_block *block, const char *format, const char *name, const char *metadata,
           Py_ssize_t metadata_length)
{
    size_t format_size = strlen(format) + 1, name_size = name == NULL ? 0 : strlen(name) + 1;

    block->texts = malloc(format_size + name_size + (size_t)metadata_length);
    if (block->texts == NULL)
        return false;
    memcpy(block->texts, format, format_size);
    schema->format = block->texts;
    if (name != NULL)
        schema->name = memcpy(block->texts + format_size, name, name_size);
    if (metadata != NULL)
        schema->metadata = memcpy(block->texts + format_size + name_size, metadata, (size_t)metadata_length);
    return true;
}

/* Makes a schema of a tuple. False, with an exception and nothing to release: it could not. */
static bool
make_schema(PyObject *tree, struct ArrowSchema *schema)
{
    const char *format, *name, *metadata;
    Py_ssize_t metadata_length;
    long long flags;
    PyObject *children, *dictionary;
    struct schema_block *block;
    size_t count;

    memset(schema, 0, sizeof *schema);
    if (!PyArg_ParseTuple(tree, "szLz#O!O:schema", &format, &name, &flags, &metadata, &metadata_length, &PyTuple_Type, &children,
                          &dictionary))
        return false;
    count = (size_t)PyTuple_GET_SIZE(children);
    block = calloc(1, sizeof *block);
    if (block != NULL) {
        block->pointers = calloc(count + 1, sizeof *block->pointers);
        block->children = calloc(count + 1, sizeof *block->children);
        schema->private_data = block;
        schema->children = block->children;
        schema->flags = flags;
        schema->release = release_schema;
    }
    if (block == NULL || block->pointers == NULL || block->children == NULL ||
        !keep_texts(schema, block, format, name, metadata, metadata_length)) {
        PyErr_NoMemory();
        goto fail;
    }
    for (size_t i = 0; i < count; i++) {
        block->children[i] = &block->pointers[i];
        if (!make_schema(PyTuple_GET_ITEM(children, (Py_ssize_t)i), block->children[i]))
            goto fail;
        schema->n_children = (int64_t)i + 1;
    }
    if (dictionary != Py_None) {
        if (!make_schema(dictionary, &block->pointers[count]))
            goto fail;
        schema->dictionary = &block->pointers[count];
    }
    return true;
fail:
    if (block != NULL)
        release_schema(schema);
    return false;
}

/* ---- Arrays ---- */

struct array_block {
    struct ArrowArray *arrays; /* children, and the dictionary behind them */
    struct ArrowArray **children;
    Py_buffer *views;
    const void **buffers;
};

static void
release_array(struct ArrowArray *array)
{
    struct array_block *block = array->private_data;

    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release != NULL)
            array->children[i]->release(array->children[i]);
    }
    if (array->dictionary != NULL && array->dictionary->release != NULL)
        array->dictionary->release(array->dictionary);
    for (int64_t i = 0; i < array->n_buffers; i++)
        PyBuffer_Release(&block->views[i]);
    free(block->arrays);
    free(block->children);
    free(block->views);
    free(block->buffers);
    free(block);
    array->release = NULL;
}

static bool
make_array(PyObject *tree, struct ArrowArray *array)
{
    long long length, nulls;
    PyObject *buffers, *children, *dictionary;
    struct array_block *block;
    size_t count, buffer_count;

    memset(array, 0, sizeof *array);
    if (!PyArg_ParseTuple(tree, "LLO!O!O:array", &length, &nulls, &PyTuple_Type, &buffers, &PyTuple_Type, &children, &dictionary))
        return false;
    count = (size_t)PyTuple_GET_SIZE(children);
    buffer_count = (size_t)PyTuple_GET_SIZE(buffers);
    block = calloc(1, sizeof *block);
    if (block == NULL) {
        PyErr_NoMemory();
        return false;
    }
    block->arrays = calloc(count + 1, sizeof *block->arrays);
    block->children = calloc(count + 1, sizeof *block->children);
    block->views = calloc(buffer_count + 1, sizeof *block->views);
    block->buffers = calloc(buffer_count + 1, sizeof *block->buffers);
    array->length = length;
    array->null_count = nulls;
    array->children = block->children;
    array->buffers = block->buffers;
    array->private_data = block;
    array->release = release_array;
    if (block->arrays == NULL || block->children == NULL || block->views == NULL || block->buffers == NULL) {
        PyErr_NoMemory();
        goto fail;
    }
    for (size_t i = 0; i < buffer_count; i++) {
        PyObject *buffer = PyTuple_GET_ITEM(buffers, (Py_ssize_t)i);
        if (buffer != Py_None && PyObject_GetBuffer(buffer, &block->views[i], PyBUF_SIMPLE) < 0)
            goto fail;
        block->buffers[i] = block->views[i].buf;
        array->n_buffers = (int64_t)i + 1;
    }
    for (size_t i = 0; i < count; i++) {
        block->children[i] = &block->arrays[i];
        if (!make_array(PyTuple_GET_ITEM(children, (Py_ssize_t)i), block->children[i]))
            goto fail;
        array->n_children = (int64_t)i + 1;
    }
    if (dictionary != Py_None) {
        if (!make_array(dictionary, &block->arrays[count]))
            goto fail;
        array->dictionary = &block->arrays[count];
    }
    return true;
fail:
    release_array(array);
    return false;
}

/* ---- Streams ---- */

struct stream_block {
    PyObject *schema; /* a tuple */
    PyObject *next;   /* returns an array's tuple, or None at the end */
    PyObject *error;  /* what failed last, as bytes */
};

/* Keeps the text of the exception, which is cleared. */
static int
stream_failed(struct stream_block *block)
{
    PyObject *error = PyErr_GetRaisedException();
    PyObject *text = error == NULL ? NULL : PyObject_Str(error);

    Py_XSETREF(block->error, text == NULL ? NULL : PyUnicode_AsUTF8String(text));
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(error);
    return EIO;
}

static int
stream_get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    struct stream_block *block = stream->private_data;

    return make_schema(block->schema, out) ? 0 : stream_failed(block);
}

static int
stream_get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct stream_block *block = stream->private_data;
    PyObject *tree = PyObject_CallNoArgs(block->next);
    bool made = tree != NULL;

    if (tree == Py_None)
        memset(out, 0, sizeof *out); /* the end: an array that is released */
    else if (tree != NULL)
        made = make_array(tree, out);
    Py_XDECREF(tree);
    return made ? 0 : stream_failed(block);
}

static const char *
stream_get_last_error(struct ArrowArrayStream *stream)
{
    struct stream_block *block = stream->private_data;

    return block->error == NULL ? NULL : PyBytes_AS_STRING(block->error);
}

static void
release_stream(struct ArrowArrayStream *stream)
{
    struct stream_block *block = stream->private_data;

    Py_XDECREF(block->schema);
    Py_XDECREF(block->next);
    Py_XDECREF(block->error);
    free(block);
    stream->release = NULL;
}

/* ---- Capsules ---- */

#define DEFINE_END(kind, type, capsule)                                                                                                  \
    static void end_##kind(PyObject *held)                                                                                               \
    {                                                                                                                                    \
        struct type *content = PyCapsule_GetPointer(held, capsule);                                                                      \
                                                                                                                                         \
        if (content->release != NULL)                                                                                                    \
            content->release(content);                                                                                                   \
        free(content);                                                                                                                   \
    }

DEFINE_END(schema, ArrowSchema, ARROW_SCHEMA_CAPSULE)
DEFINE_END(array, ArrowArray, ARROW_ARRAY_CAPSULE)
DEFINE_END(stream, ArrowArrayStream, ARROW_STREAM_CAPSULE)

/* A capsule of a struct that was made; without one, or memory, it is freed. */
static PyObject *
capsule_of(void *content, bool made, const char *name, PyCapsule_Destructor end)
{
    PyObject *capsule = made ? PyCapsule_New(content, name, end) : NULL;

    if (capsule == NULL)
        free(content);
    return capsule;
}

const char duckdb_import_module_arrow_schema_doc[] =
"arrow_schema($module, tree)\n--\n\n"
"A capsule with an ArrowSchema that a tuple describes.";

PyObject *
duckdb_import_module_arrow_schema(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"tree"};
    struct signature signature = {"arrow_schema", names, 1, 1};
    PyObject *room[1];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    struct ArrowSchema *schema;

    if (values == NULL)
        return NULL;
    schema = calloc(1, sizeof *schema);
    if (schema == NULL)
        return PyErr_NoMemory();
    return capsule_of(schema, make_schema(values[0], schema), ARROW_SCHEMA_CAPSULE, end_schema);
}

const char duckdb_import_module_arrow_array_doc[] =
"arrow_array($module, tree)\n--\n\n"
"A capsule with an ArrowArray that a tuple describes.";

PyObject *
duckdb_import_module_arrow_array(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"tree"};
    struct signature signature = {"arrow_array", names, 1, 1};
    PyObject *room[1];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    struct ArrowArray *array;

    if (values == NULL)
        return NULL;
    array = calloc(1, sizeof *array);
    if (array == NULL)
        return PyErr_NoMemory();
    return capsule_of(array, make_array(values[0], array), ARROW_ARRAY_CAPSULE, end_array);
}

const char duckdb_import_module_arrow_stream_doc[] =
"arrow_stream($module, tree, next)\n--\n\n"
"A capsule with an ArrowArrayStream: the tuple describes its schema, and next() each of its arrays, until it returns None.";

PyObject *
duckdb_import_module_arrow_stream(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count, PyObject *keywords)
{
    static const char *const names[] = {"tree", "next"};
    struct signature signature = {"arrow_stream", names, 2, 2};
    PyObject *room[2];
    PyObject *const *values = signature_sort(&signature, given, count, keywords, room);
    struct ArrowArrayStream *stream;
    struct stream_block *block;

    if (values == NULL)
        return NULL;
    stream = calloc(1, sizeof *stream);
    block = calloc(1, sizeof *block);
    if (stream == NULL || block == NULL) {
        free(stream);
        free(block);
        return PyErr_NoMemory();
    }
    *block = (struct stream_block){Py_NewRef(values[0]), Py_NewRef(values[1]), NULL};
    *stream = (struct ArrowArrayStream){stream_get_schema, stream_get_next, stream_get_last_error, release_stream, block};
    PyObject *capsule = PyCapsule_New(stream, ARROW_STREAM_CAPSULE, end_stream);
    if (capsule == NULL) {
        release_stream(stream);
        free(stream);
    }
    return capsule;
}
