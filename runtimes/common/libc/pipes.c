// Pipes within the program: bytes in memory between two descriptors. There is one thread, so nobody reads or writes meanwhile:
// what would have to wait for another end says so.
#include "descriptors.h"
#include "poll_state.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What a pipe of Linux holds. Fewer bytes than ATOMIC are written together or not at all.
enum { ROOM = 64 * 1024, ATOMIC = 4096 };

// A ring of bytes, freed with its last end.
typedef struct {
    size_t at, length;
    bool has_reader, has_writer;
    ino_t number;
    char bytes[ROOM];
} pipe_buffer;

// What is open: one of both ends, however many descriptors it has.
typedef struct {
    pipe_buffer *buffer;
    bool writes, waits;
} pipe_end;

static void end_free(void *data)
{
    pipe_end *end = data;
    pipe_buffer *buffer = end->buffer;
    *(end->writes ? &buffer->has_writer : &buffer->has_reader) = false;
    if (!buffer->has_reader && !buffer->has_writer) {
        free(buffer);
    }
    free(end);
}

static ssize_t end_read(void *data, void *to, size_t length, int flags, struct sockaddr *from, socklen_t *from_length)
{
    (void)flags, (void)from, (void)from_length;
    pipe_end *end = data;
    pipe_buffer *buffer = end->buffer;
    if (end->writes) {
        errno = EBADF;
        return -1;
    }
    if (length > 0 && buffer->length == 0 && buffer->has_writer) {
        errno = end->waits ? EDEADLK : EAGAIN;
        return -1;
    }
    size_t done = length < buffer->length ? length : buffer->length;
    size_t first = done < ROOM - buffer->at ? done : ROOM - buffer->at;
    memcpy(to, buffer->bytes + buffer->at, first);
    memcpy((char *)to + first, buffer->bytes, done - first);
    buffer->at = (buffer->at + done) % ROOM;
    buffer->length -= done;
    return (ssize_t)done;
}

static ssize_t end_write(void *data, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t to_length)
{
    (void)flags, (void)to, (void)to_length;
    pipe_end *end = data;
    pipe_buffer *buffer = end->buffer;
    if (!end->writes || !buffer->has_reader) {
        errno = end->writes ? EPIPE : EBADF;
        return -1;
    }
    size_t room = ROOM - buffer->length;
    if (length > room && (room == 0 || length <= ATOMIC)) {
        errno = end->waits ? EDEADLK : EAGAIN;
        return -1;
    }
    size_t done = length < room ? length : room;
    size_t behind = (buffer->at + buffer->length) % ROOM;
    size_t first = done < ROOM - behind ? done : ROOM - behind;
    memcpy(buffer->bytes + behind, bytes, first);
    memcpy(buffer->bytes, (const char *)bytes + first, done - first);
    buffer->length += done;
    return (ssize_t)done;
}

static int end_poll(void *data, poll_state_t *state, short events)
{
    const pipe_end *end = data;
    const pipe_buffer *buffer = end->buffer;
    short ready = 0;
    if (end->writes) {
        ready = (buffer->has_reader ? 0 : POLLERR) | (ROOM - buffer->length >= ATOMIC ? events & POLLWRNORM : 0);
    } else {
        ready = (buffer->has_writer ? 0 : POLLHUP) | (buffer->length > 0 ? events & POLLRDNORM : 0);
    }
    __wasilibc_poll_ready(state, ready);
    return 0;
}

static int end_fstat(void *data, struct stat *status)
{
    *status = (struct stat){
        .st_ino = ((pipe_end *)data)->buffer->number,
        .st_nlink = 1,
        .st_mode = S_IFIFO | 0600,
        .st_uid = USER,
        .st_gid = USER,
        .st_blksize = 4096,
    };
    return 0;
}

static off_t end_seek(void *data, off_t offset, int whence)
{
    (void)data, (void)offset, (void)whence;
    errno = ESPIPE;
    return -1;
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
    .seek = end_seek,
    .fcntl_getfl = end_getfl,
    .fcntl_setfl = end_setfl,
    .recvfrom = end_read,
    .sendto = end_write,
    .poll_register = end_poll,
};

int pipe2(int ends[2], int flags)
{
    static ino_t made;
    if (flags & ~(O_NONBLOCK | O_CLOEXEC)) {
        errno = EINVAL;
        return -1;
    }
    pipe_buffer *buffer = calloc(1, sizeof *buffer);
    pipe_end *reader = malloc(sizeof *reader), *writer = malloc(sizeof *writer);
    if (!buffer || !reader || !writer) {
        free(buffer), free(reader), free(writer);
        errno = ENOMEM;
        return -1;
    }
    *buffer = (pipe_buffer){.has_reader = true, .has_writer = true, .number = ++made};
    *reader = (pipe_end){.buffer = buffer, .waits = !(flags & O_NONBLOCK)};
    *writer = (pipe_end){.buffer = buffer, .waits = reader->waits, .writes = true};
    // An end that the table does not take is freed.
    ends[0] = descriptor_table_insert((descriptor_table_entry_t){.data = reader, .vtable = &end_vtable});
    ends[1] = descriptor_table_insert((descriptor_table_entry_t){.data = writer, .vtable = &end_vtable});
    if (ends[0] >= 0 && ends[1] >= 0) {
        return 0;
    }
    int why = errno;
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0) {
            descriptor_table_remove(ends[i]);
        }
    }
    errno = why;
    return -1;
}

int pipe(int ends[2])
{
    return pipe2(ends, 0);
}
