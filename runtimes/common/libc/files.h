#ifndef PYLON_LIBC_FILES_H
#define PYLON_LIBC_FILES_H

#include <stdbool.h>

// Whether the descriptor is of a folder that was granted for reading only, or of what was opened below one.
bool file_is_read_only(int fd);
void file_set_read_only(int fd);

// The path by which a folder was opened, or what was opened to be read and may be one; NULL of any other descriptor. Nobody else
// knows it: a host tells a descriptor's identity, not its name.
const char *file_path(int fd);

// Takes over the text, which may be NULL.
void file_set_path(int fd, char *path);

#endif
