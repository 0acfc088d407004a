// Which granted folder a path leads into.
#ifndef PYLON_LIBC_PLACES_H
#define PYLON_LIBC_PLACES_H

#include <stdbool.h>
#include <stddef.h>

// In place of a descriptor of a granted folder: the path is not in one. It is then below "/" and without a slash at
// its beginning; above.c knows what is there.
enum { NO_GRANT = -1000 };

// The name of a granted folder, without a slash at either end, or NULL behind the last.
const char *grant_name(size_t index);

// Whether the descriptor is of a granted folder itself.
bool is_grant(int fd);

#endif
