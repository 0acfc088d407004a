// Files that are part of the program, in folders each of which is there unless a host grants one of its name. They can be read,
// and nothing else. An interpreter says which there are before the first path is looked at.
#ifndef PYLON_LIBC_BUILTIN_H
#define PYLON_LIBC_BUILTIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "descriptors.h"

typedef struct {
    const char *path;  // as places.h has it behind NO_GRANT
    const void *packed;
    uint32_t packed_size, size;
} builtin_file;

// What files are in. The host is asked once whether it has one of that name, which then hides it.
typedef struct {
    const char *path;
    bool asked, hidden;
} builtin_folder;

typedef struct {
    builtin_folder *folders;    // one without a path behind the last
    const builtin_file *files;  // sorted by path, as strcmp does it
    size_t count;
    bool (*unpack)(const builtin_file *file, void *to);
} builtin_files;

// NULL while there are none.
extern const builtin_files *builtin;

// The file of that path, or NULL.
const builtin_file *builtin_find(const char *path, size_t length);

// The paths below a folder are `*first` and the `count` that is returned.
size_t builtin_below(const char *folder, size_t length, const builtin_file **first);

// Opens a file for reading. Returns -1 and sets errno if it fails.
int builtin_open(const builtin_file *file);

#endif
