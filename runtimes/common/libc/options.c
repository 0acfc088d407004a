// Options of sockets and the length of a queue, in place of libc's sockopt.c and listen.c.
#include "descriptors.h"
#include "sockets.h"

#include <errno.h>
#include <string.h>

// The entry, if it is a socket's.
static const descriptor_table_entry_t *socket_of(int fd)
{
    const descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    if (entry && !entry->vtable->bind) {
        errno = ENOTSOCK;
        return NULL;
    }
    return entry;
}

// Zero, as on Linux, is a queue for one, and less than zero the longest.
int listen(int fd, int backlog)
{
    const descriptor_table_entry_t *entry = socket_of(fd);
    if (!entry) {
        return -1;
    }
    if (!entry->vtable->listen) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return entry->vtable->listen(entry->data, backlog > 0 ? backlog : backlog == 0 ? 1 : SOMAXCONN);
}

// WASI has no broadcasts: that is off and stays so.
static bool is_broadcast(int level, int option)
{
    return level == SOL_SOCKET && option == SO_BROADCAST;
}

int getsockopt(int fd, int level, int option, void *restrict value, socklen_t *restrict length)
{
    const descriptor_table_entry_t *entry = socket_of(fd);
    if (!entry) {
        return -1;
    }
    if (!value || !length || *length < sizeof(int)) {
        errno = EINVAL;
        return -1;
    }
    if (is_broadcast(level, option)) {
        *length = sizeof(int);
        memset(value, 0, *length);
        return 0;
    }
    if (!entry->vtable->getsockopt) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return entry->vtable->getsockopt(entry->data, level, option, value, length);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    const descriptor_table_entry_t *entry = socket_of(fd);
    if (!entry) {
        return -1;
    }
    if (!value || length < sizeof(int)) {
        errno = EINVAL;
        return -1;
    }
    int wanted;
    memcpy(&wanted, value, sizeof wanted);
    if (is_broadcast(level, option) && wanted == 0) {
        return 0;
    }
    if (is_broadcast(level, option) || !entry->vtable->setsockopt) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return entry->vtable->setsockopt(entry->data, level, option, value, length);
}
