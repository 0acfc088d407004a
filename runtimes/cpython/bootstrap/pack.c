// The module _pylon_pack of the bootstrap interpreter: packs byte code for src/unpack.c.
//
// Writes LZ4's block format. Speed hardly matters, size does: every position's longest match within
// 64 KiB is searched along a hash chain, and a match is put off for one byte if the next is longer.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <string.h>

#define WINDOW 65535
#define HASH_BITS 16
#define MIN_MATCH 4
// The format wants the last five bytes as literals and no match to start in the last twelve.
#define LAST_LITERALS 5
#define LAST_MATCH 12
#define MAX_CHAIN 4096

struct finder {
    const uint8_t *data;
    size_t size;
    int32_t *head;  // newest position of a hash, -1 for none
    int32_t *previous;  // position before this one with the same hash
};

struct match {
    size_t length, distance;
};

static uint32_t hash_at(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word * 2654435761u >> (32 - HASH_BITS);
}

static void insert(struct finder *finder, size_t position)
{
    if (position + MIN_MATCH <= finder->size) {
        int32_t *head = &finder->head[hash_at(finder->data + position)];
        finder->previous[position] = *head;
        *head = (int32_t)position;
    }
}

static struct match find(const struct finder *finder, size_t position)
{
    struct match best = {0, 0};
    if (position + LAST_MATCH > finder->size) {
        return best;
    }
    const uint8_t *data = finder->data;
    const size_t limit = finder->size - LAST_LITERALS - position;
    int32_t candidate = finder->head[hash_at(data + position)];
    for (int steps = 0; candidate >= 0 && steps < MAX_CHAIN; steps++) {
        size_t distance = position - (size_t)candidate;
        if (distance > WINDOW) {
            break;
        }
        size_t length = 0;
        while (length < limit && data[(size_t)candidate + length] == data[position + length]) {
            length++;
        }
        if (length >= MIN_MATCH && length > best.length) {
            best = (struct match){length, distance};
        }
        candidate = finder->previous[candidate];
    }
    return best;
}

static uint8_t *write_length(uint8_t *out, size_t rest)
{
    for (; rest >= 255; rest -= 255) {
        *out++ = 255;
    }
    *out++ = (uint8_t)rest;
    return out;
}

// Writes literals and, if its length is not 0, a match.
static uint8_t *write_sequence(uint8_t *out, const uint8_t *literals, size_t count,
                               struct match match)
{
    uint8_t *token = out++;
    *token = (uint8_t)((count < 15 ? count : 15) << 4);
    if (count >= 15) {
        out = write_length(out, count - 15);
    }
    memcpy(out, literals, count);
    out += count;
    if (match.length != 0) {
        size_t length = match.length - MIN_MATCH;
        *out++ = (uint8_t)match.distance;
        *out++ = (uint8_t)(match.distance >> 8);
        *token |= (uint8_t)(length < 15 ? length : 15);
        if (length >= 15) {
            out = write_length(out, length - 15);
        }
    }
    return out;
}

static uint8_t *pack_block(struct finder *finder, uint8_t *out)
{
    size_t position = 0, literals = 0;
    while (position < finder->size) {
        struct match match = find(finder, position);
        insert(finder, position);
        if (match.length == 0) {
            position++;
            continue;
        }
        struct match next = find(finder, position + 1);
        if (next.length > match.length) {
            position++;
            continue;
        }
        out = write_sequence(out, finder->data + literals, position - literals, match);
        for (size_t i = 1; i < match.length; i++) {
            insert(finder, position + i);
        }
        position += match.length;
        literals = position;
    }
    return write_sequence(out, finder->data + literals, finder->size - literals,
                          (struct match){0, 0});
}

// pack(data: bytes) -> bytes: the packed form of `data`, 'Z' first.
static PyObject *pack(PyObject *self, PyObject *argument)
{
    (void)self;
    Py_buffer input;
    if (PyObject_GetBuffer(argument, &input, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    const size_t size = (size_t)input.len;
    PyObject *result = NULL;
    struct finder finder = {.data = input.buf, .size = size};
    finder.head = PyMem_Malloc(sizeof(int32_t) << HASH_BITS);
    finder.previous = PyMem_Malloc(sizeof(int32_t) * (size + 1));
    uint8_t *out = PyMem_Malloc(5 + size + size / 255 + 16);  // the worst case of the format
    if (finder.head == NULL || finder.previous == NULL || out == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    memset(finder.head, 0xff, sizeof(int32_t) << HASH_BITS);
    out[0] = 'Z';
    for (int i = 0; i < 4; i++) {
        out[1 + i] = (uint8_t)(size >> (8 * i));
    }
    uint8_t *end = pack_block(&finder, out + 5);
    result = PyBytes_FromStringAndSize((const char *)out, end - out);
done:
    PyMem_Free(out);
    PyMem_Free(finder.previous);
    PyMem_Free(finder.head);
    PyBuffer_Release(&input);
    return result;
}

static PyMethodDef methods[] = {
    {"pack", pack, METH_O, "pack(data) -> bytes\n\nPacks byte code for python.wasm."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_pylon_pack",
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__pylon_pack(void)
{
    return PyModuleDef_Init(&module);
}
