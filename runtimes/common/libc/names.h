// A name in a folder, or a path of above.h, and what is there.
#ifndef PYLON_LIBC_NAMES_H
#define PYLON_LIBC_NAMES_H

#include "descriptors.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

// As the host takes it; `above` is not NULL if it is a path of above.h.
typedef struct {
    filesystem_borrow_descriptor_t folder;
    wasip2_string_t name;
    const char *above;
    char joined[PATH_MAX];
} place;

// Finds it. Returns 0, or -1 with errno.
int place_locate(int fd, const char *path, place *at);

// The same of what has to be there: a name that is no UTF-8, which a host cannot be told, is not.
int place_locate_existing(int fd, const char *path, place *at);

// What is there.
int place_status(const place *at, bool follow, struct stat *status);

// Whether the owner may do `wanted` (of S_IRUSR, S_IWUSR) with what is there, as far as modes were given. What is not there is no
// matter of modes. If not, errno is set, as by the next.
bool place_owner_may(const place *at, bool follow, mode_t wanted);

// Whether names in the folder of this one may come and go.
bool place_may_change_folder(const place *at);

static inline filesystem_path_flags_t following(bool follow)
{
    return follow ? FILESYSTEM_PATH_FLAGS_SYMLINK_FOLLOW : 0;
}

#endif
