// Options of sockets and the length of a queue, in place of libc's sockopt.c and listen.c.
#include "descriptors.h"
#include "sockets.h"

#include <errno.h>
#include <netinet/in.h>
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

// Options that WASI does not know since they are one way only: there are no broadcasts, and IPv6 is without IPv4. The value that
// such a one has and keeps, or -1.
static int fixed_option(int level, int option)
{
    bool broadcast = level == SOL_SOCKET && option == SO_BROADCAST, six_only = level == IPPROTO_IPV6 && option == IPV6_V6ONLY;
    return broadcast ? 0 : six_only ? 1 : -1;
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
    const int fixed = fixed_option(level, option);
    if (fixed >= 0) {
        *length = sizeof fixed;
        memcpy(value, &fixed, sizeof fixed);
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
    const int fixed = fixed_option(level, option);
    if (fixed >= 0 && fixed == !!wanted) {
        return 0;
    }
    if (fixed >= 0 || !entry->vtable->setsockopt) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return entry->vtable->setsockopt(entry->data, level, option, value, length);
}
