/* What a call holds until it is over: see arguments_python.h. */
#include "arguments_python.h"

#include "values_python.h"

/* One thing that is held. */
struct held_piece {
    struct held_piece *next;
    enum { MEMORY, ITEMS, BUFFER, LOAN, GIFT } kind;
    PyObject *object;
    Py_buffer buffer;
    int32_t handle;
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
    struct held_piece *piece = add(held, MEMORY, count * size);
    return piece == NULL ? NULL : piece->memory;
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
    return argument_bytes(object, &piece->buffer, data, length);
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
