// Pipes within the program: bytes in memory between two descriptors.
#include "poll_state.h"
#include "rings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

// What is open: one of both ends, however many descriptors it has.
typedef struct {
    ring *ring;
    bool writes, waits;
    ino_t number;
} pipe_end;

static void end_free(void *data)
{
    pipe_end *end = data;
    (end->writes ? ring_leave_writer : ring_leave_reader)(end->ring);
    free(end);
}

static ssize_t end_read(void *data, void *to, size_t length, int flags, struct sockaddr *from, socklen_t *from_length)
{
    (void)from, (void)from_length;
    pipe_end *end = data;
    if (end->writes) {
        errno = EBADF;
        return -1;
    }
    return ring_read(end->ring, to, length, flags, end->waits);
}

static ssize_t end_write(void *data, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t to_length)
{
    (void)flags, (void)to, (void)to_length;
    pipe_end *end = data;
    if (!end->writes) {
        errno = EBADF;
        return -1;
    }
    return ring_write(end->ring, bytes, length, ATOMIC, end->waits);
}

static int end_poll(void *data, poll_state_t *state, short events)
{
    const pipe_end *end = data;
    const ring *ring = end->ring;
    short ready = 0;
    if (end->writes) {
        ready = (ring->has_reader ? 0 : POLLERR) | (ROOM - ring->length >= ATOMIC ? events & POLLWRNORM : 0);
    } else {
        ready = (ring->has_writer ? 0 : POLLHUP) | (ring->length > 0 ? events & POLLRDNORM : 0);
    }
    __wasilibc_poll_ready(state, ready);
    return 0;
}

static int end_fstat(void *data, struct stat *status)
{
    *status = ring_status(((pipe_end *)data)->number, S_IFIFO | 0600);
    return 0;
}

static int end_set_blocking(void *data, bool blocking)
{
    ((pipe_end *)data)->waits = blocking;
    return 0;
}

static int end_getfl(void *data)
{
    const pipe_end *end = data;
    return (end->writes ? O_WRONLY : O_RDONLY) | (end->waits ? 0 : O_NONBLOCK);
}

static int end_setfl(void *data, int flags)
{
    return end_set_blocking(data, !(flags & O_NONBLOCK));
}

static const descriptor_vtable_t end_vtable = {
    .free = end_free,
    .set_blocking = end_set_blocking,
    .fstat = end_fstat,
    .seek = ring_seek,
    .fcntl_getfl = end_getfl,
    .fcntl_setfl = end_setfl,
    .recvfrom = end_read,
    .sendto = end_write,
    .poll_register = end_poll,
};

// Of a ring that goes when it has no end.
static pipe_end *new_end(ring *ring, bool writes, int flags, ino_t number)
{
    pipe_end *end = malloc(sizeof *end);
    if (end) {
        *end = (pipe_end){.ring = ring, .writes = writes, .waits = !(flags & O_NONBLOCK), .number = number};
    } else {
        (writes ? ring_leave_writer : ring_leave_reader)(ring);
    }
    return end;
}

int pipe2(int ends[2], int flags)
{
    static ino_t made;
    if (flags & ~(O_NONBLOCK | O_CLOEXEC)) {
        errno = EINVAL;
        return -1;
    }
    ring *ring = ring_new();
    if (!ring) {
        return -1;
    }
    made++;
    pipe_end *reader = new_end(ring, false, flags, made), *writer = new_end(ring, true, flags, made);
    return insert_both(reader, writer, &end_vtable, ends);
}

int pipe(int ends[2])
{
    return pipe2(ends, 0);
}
