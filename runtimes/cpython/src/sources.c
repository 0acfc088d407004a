// Files of this program. The sources of the frozen library are in the folder that its modules claim to come from: for tracebacks,
// inspect, pydoc and whatever else opens `__file__`. The tz database is where zoneinfo and libc (zone.c) look for it.
#include "builtin.h"
#include "pylon.h"

#include <stdlib.h>
#include <string.h>

static builtin_folder folders[] = {{.path = "lib/python3.13"}, {.path = "usr/share/zoneinfo"}, {.path = NULL}};

static bool unpack(const builtin_file *file, void *to)
{
    return pylon_unpack(file->packed, file->packed_size, to, file->size);
}

static builtin_files sources = {.folders = folders, .unpack = unpack};

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
    const struct _frozen *const tables[] = {pylon_sources_facades, pylon_sources_stdlib, pylon_sources_zones};
    size_t count = 0;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(tables); i++) {
        count += count_of(tables[i]);
    }
    builtin_file *files = PyMem_RawCalloc(count + 1, sizeof *files);
    if (files == NULL) {
        return false;
    }
    count = 0;
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
