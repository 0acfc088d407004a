/* What a call holds until it is over: see arguments_python.h. */
#include "arguments_python.h"

#include "values_python.h"

/* One thing that is held. */
struct held_piece {
    struct held_piece *next;
    enum { MEMORY, KEPT, ITEMS, BUFFER, LOAN, GIFT } kind;
    PyObject *object;
    Py_buffer buffer;
    int32_t handle;
    void *kept;
    max_align_t memory[];
};

/* Begins with what was added last. */
static struct held_piece *
add(struct held *held, int kind, size_t bytes)
{
    struct held_piece *piece = PyMem_Malloc(sizeof *piece + bytes);

    if (piece == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    piece->next = held->pieces;
    piece->kind = kind;
    held->pieces = piece;
    return piece;
}

void *
held_memory(struct held *held, size_t count, size_t size)
{
    if (count > (size_t)PY_SSIZE_T_MAX / 2 / size) {
        PyErr_NoMemory();
        return NULL;
    }
    if (!held->keeps) {
        struct held_piece *piece = add(held, MEMORY, count * size);
        return piece == NULL ? NULL : piece->memory;
    }
    if (count == 0) {
        /* Nobody frees what has no items. */
        static max_align_t nothing;
        return &nothing;
    }
    struct held_piece *piece = add(held, KEPT, 0);
    if (piece == NULL)
        return NULL;
    piece->kept = malloc(count * size);
    if (piece->kept == NULL)
        PyErr_NoMemory();
    return piece->kept;
}

/* Makes `data` a piece of its own, where it is to outlive the object. */
static bool
keep(struct held *held, uint8_t **data, size_t length)
{
    if (!held->keeps)
        return true;
    uint8_t *copy = held_memory(held, length, 1);
    if (copy == NULL)
        return false;
    if (length > 0)
        memcpy(copy, *data, length);
    *data = copy;
    return true;
}

bool
held_text(struct held *held, PyObject *object, const char *name, uint8_t **data, size_t *length)
{
    return argument_text(object, name, data, length) && keep(held, data, *length);
}

PyObject *
held_items(struct held *held, PyObject *object, const char *name)
{
    if (PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s must be an iterable of items, not str", name);
        return NULL;
    }
    PyObject *items = PySequence_Tuple(object);
    if (items == NULL)
        return NULL;
    struct held_piece *piece = add(held, ITEMS, 0);
    if (piece == NULL) {
        Py_DECREF(items);
        return NULL;
    }
    return piece->object = items;
}

bool
held_bytes(struct held *held, PyObject *object, uint8_t **data, size_t *length)
{
    struct held_piece *piece = add(held, BUFFER, 0);

    if (piece == NULL)
        return false;
    piece->buffer = (Py_buffer){0};
    return argument_bytes(object, &piece->buffer, data, length) && keep(held, data, *length);
}

bool
held_borrow(struct held *held, PyObject *object, const char *name, PyTypeObject *type, int32_t *handle)
{
    if (!resource_borrow(object, name, type, handle))
        return false;
    struct held_piece *piece = add(held, LOAN, 0);
    if (piece == NULL)
        return false;
    piece->object = Py_NewRef(object);
    ((struct resource *)object)->lent++;
    return true;
}

bool
held_own(struct held *held, PyObject *object, const char *name, PyTypeObject *type, int32_t *handle)
{
    if (!resource_borrow(object, name, type, handle))
        return false;
    struct resource *resource = (struct resource *)object;
    if (resource->lent > 0) {
        PyErr_Format(PyExc_ValueError, "%s is in use by a call and cannot be given away", name);
        return false;
    }
    struct held_piece *piece = add(held, GIFT, 0);
    if (piece == NULL)
        return false;
    piece->object = Py_NewRef(object);
    piece->handle = resource->handle;
    resource->handle = 0;
    return true;
}

static void
end(struct held_piece *piece, bool given)
{
    struct resource *resource = (struct resource *)piece->object;

    switch (piece->kind) {
    case MEMORY:
        break;
    case KEPT:
        if (!given)
            free(piece->kept);
        break;
    case ITEMS:
        Py_DECREF(piece->object);
        break;
    case BUFFER:
        PyBuffer_Release(&piece->buffer);
        break;
    case LOAN:
        resource->lent--;
        Py_DECREF(resource);
        break;
    case GIFT:
        if (!given)
            resource->handle = piece->handle;
        Py_DECREF(resource);
        break;
    }
}

void
held_end(struct held *held)
{
    while (held->pieces != NULL) {
        struct held_piece *piece = held->pieces;
        held->pieces = piece->next;
        end(piece, held->given);
        PyMem_Free(piece);
    }
}
