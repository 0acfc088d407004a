/* The Arrow C data and stream interfaces, as their specification has them (apache.org: format/CDataInterface, CStreamInterface), and the
 * names of the capsules that hold them (format/CDataInterface/PyCapsuleInterface). */
#ifndef PYLON_DUCKDB_ARROW_H
#define PYLON_DUCKDB_ARROW_H

#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#define ARROW_SCHEMA_CAPSULE "arrow_schema"
#define ARROW_ARRAY_CAPSULE "arrow_array"
#define ARROW_STREAM_CAPSULE "arrow_array_stream"

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

/* Adds rows of an array, from its own offset on, to a list: (validity, data, heap), of it and of all that is nested in it, one behind the
 * other. The tree is that of its schema. False: there is an exception. */
bool arrow_take_rows(const struct ArrowArray *array, PyObject *tree, int64_t first, int64_t count, PyObject *list);

#endif
