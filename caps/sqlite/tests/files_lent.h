/* pylon:lend/files over libc, for native tests. */
#ifndef PYLON_FILES_LENT_H
#define PYLON_FILES_LENT_H

#include <stdbool.h>

/* Whether the host has locks, as composectl has; or none, as every other engine. */
extern bool host_has_locks;

#endif
