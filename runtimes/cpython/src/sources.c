// The sources of the frozen library, as files in the folder that its modules claim to come from: for tracebacks, inspect,
// pydoc and whatever else opens `__file__`.
#include "builtin.h"
#include "pylon.h"

#include <stdlib.h>
#include <string.h>

#define FOLDER "lib/python3.13"

static bool unpack(const builtin_file *file, void *to)
{
    return pylon_unpack(file->packed, file->packed_size, to, file->size);
}

static builtin_files sources = {.folder = FOLDER, .unpack = unpack};

static int by_path(const void *one, const void *other)
{
    return strcmp(((const builtin_file *)one)->path, ((const builtin_file *)other)->path);
}

static size_t count_of(const struct _frozen *table)
{
    size_t count = 0;
    while (table[count].name != NULL) {
        count++;
    }
    return count;
}

bool pylon_register_sources(void)
{
    // What a cap provides comes first, and is in place of a file of the standard library.
    const struct _frozen *const tables[] = {pylon_sources_facades, pylon_sources_stdlib};
    builtin_file *files = PyMem_RawCalloc(count_of(tables[0]) + count_of(tables[1]) + 1, sizeof *files);
    if (files == NULL) {
        return false;
    }
    size_t count = 0;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(tables); i++) {
        size_t before = count;
        for (const struct _frozen *at = tables[i]; at->name != NULL; at++) {
            const builtin_file file = {
                .path = at->name,
                .packed = at->code,
                .packed_size = (uint32_t)at->size,
                .size = (uint32_t)pylon_unpacked_size(at->code, (size_t)at->size),
            };
            if (bsearch(&file, files, before, sizeof file, by_path) == NULL) {
                files[count++] = file;
            }
        }
        qsort(files, count, sizeof *files, by_path);
    }
    sources.files = files;
    sources.count = count;
    builtin = count > 0 ? &sources : NULL;
    return true;
}
