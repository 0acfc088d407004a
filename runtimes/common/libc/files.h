#ifndef PYLON_LIBC_FILES_H
#define PYLON_LIBC_FILES_H

#include <stdbool.h>

// Whether the descriptor is of a folder that was granted for reading only, or of what was opened below one.
bool file_is_read_only(int fd);
void file_set_read_only(int fd);

#endif
