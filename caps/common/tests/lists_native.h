/* What lists for native tests to pass are made of. For one file a program. */
#ifndef PYLON_LISTS_NATIVE_H
#define PYLON_LISTS_NATIVE_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A copy. An empty list's pointer is not to be read, and not to be freed either. */
static void *
new_copy(const void *bytes, size_t size)
{
    if (size == 0)
        return (void *)8;
    void *copy = malloc(size);
    if (copy == NULL)
        abort();
    return memcpy(copy, bytes, size);
}

#endif
