// What is not in a granted folder: the folders above them, `/` first, devices such as `/dev/null`, and files that are part of the program
// (builtin.h). They are there for every program, can be looked at, and cannot be changed.
#ifndef PYLON_LIBC_ABOVE_H
#define PYLON_LIBC_ABOVE_H

#include <stdbool.h>

#include "descriptors.h"

// Each takes a path as places.h has it behind NO_GRANT, and sets errno when it returns -1.

int above_status(const char *path, struct stat *status);

bool above_is_device(const char *path);

int above_open(const char *path, int flags);

// Whether something could be made there if the folder were writable: its folder exists and it does not.
// Otherwise errno says why not.
bool above_is_free(const char *path);

// The path of a folder that above_open opened, or NULL for any other descriptor.
const char *above_folder(const descriptor_table_entry_t *entry);

// How far a listing of such a folder is. At the beginning it is zero.
typedef struct {
    size_t known, file;
} above_place;

// The next name in such a folder, each once, with `length` bytes and a type as `d_type` has it; or NULL behind the last.
const char *above_next(const char *path, above_place *place, size_t *length, unsigned char *type);

// What a descriptor of such a thing answers, for its table: it is only read, never blocks, and no flag changes that.
int above_getfl(void *data);
int above_set_blocking(void *data, bool blocking);
int above_setfl(void *data, int flags);
int above_poll_register(void *data, poll_state_t *state, short events);

#endif
