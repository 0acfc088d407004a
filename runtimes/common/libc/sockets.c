// Receiving and sending, in place of libc's recv.c and send.c.
//
// A socket is asked for bytes in order to know whether it has any (poll.c says why). What comes of that is kept beside
// the descriptor, read ahead, and the next receive takes it from there.
#include "sockets.h"

#include "pairs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// AHEAD: what is asked of a stream. DATAGRAM: the longest there is.
enum { AHEAD = 4096, DATAGRAM = 65536 };

struct read_ahead {
    size_t at, length;
    bool ended;    // a stream: nothing comes behind these bytes
    int error;     // what the next receive fails with, or 0
    bool whole;    // one datagram, of `from`, which may be empty
    socklen_t from_length;
    struct sockaddr_storage from;
    char bytes[];
};

void read_ahead_free(struct read_ahead *ahead)
{
    free(ahead);
}

bool is_stream_socket(const descriptor_table_entry_t *entry)
{
    return entry->vtable->accept4 && entry->vtable->get_read_stream;
}

static bool is_datagram_socket(const descriptor_table_entry_t *entry)
{
    return entry->vtable->recvfrom && entry->vtable->bind && !is_stream_socket(entry) && !is_of_pair(entry);
}

// Whether something is kept that a receive would get.
static bool is_ahead(const struct read_ahead *ahead)
{
    return ahead && (ahead->at < ahead->length || ahead->ended || ahead->error || ahead->whole);
}

// Reads from the stream. An error of a connection has one meaning; libc says EIO for all.
static ssize_t stream_read(wasi_read_t *read, void *buffer, size_t length)
{
    ssize_t done = __wasilibc_read(read, buffer, length);
    if (done < 0 && errno == EIO) {
        errno = ECONNRESET;
    }
    return done;
}

// Asks the host, without waiting unless `blocking`, and keeps what comes. Returns 1 if something is kept now, 0 if
// there is nothing, -1 with errno if it cannot be asked.
static int read_ahead(int fd, const descriptor_table_entry_t *entry, bool blocking)
{
    struct read_ahead **kept = descriptor_read_ahead(fd);
    bool stream = is_stream_socket(entry);
    wasi_read_t read;
    if (stream && entry->vtable->get_read_stream(entry->data, &read) < 0) {
        return -1;
    }
    if (!*kept && !(*kept = calloc(1, sizeof **kept + (stream ? AHEAD : DATAGRAM)))) {
        errno = ENOMEM;
        return -1;
    }
    struct read_ahead *ahead = *kept;
    ssize_t got;
    if (stream) {
        read.blocking = read.blocking && blocking;
        got = stream_read(&read, ahead->bytes, AHEAD);
    } else {
        ahead->from_length = sizeof ahead->from;
        got = entry->vtable->recvfrom(entry->data, ahead->bytes, DATAGRAM, blocking ? 0 : MSG_DONTWAIT,
                                      (struct sockaddr *)&ahead->from, &ahead->from_length);
    }
    if (got < 0 && errno == EWOULDBLOCK) {
        return 0;
    }
    ahead->at = 0;
    ahead->length = got > 0 ? (size_t)got : 0;
    ahead->error = got < 0 ? errno : 0;
    ahead->ended = stream && got == 0;
    ahead->whole = !stream && got >= 0;
    return 1;
}

bool socket_readable(int fd, const descriptor_table_entry_t *entry)
{
    if (!is_stream_socket(entry) && !is_datagram_socket(entry)) {
        return false;
    }
    if (is_ahead(*descriptor_read_ahead(fd))) {
        return true;
    }
    int saved = errno;
    bool readable = read_ahead(fd, entry, false) == 1;
    errno = saved;
    return readable;
}

// Takes what is kept: bytes, the end, or the error, once. With MSG_PEEK it stays.
static ssize_t take(struct read_ahead *ahead, void *buffer, size_t length, int flags, struct sockaddr *from,
                    socklen_t *from_length)
{
    if (ahead->error) {
        errno = ahead->error;
        ahead->error = 0;
        return -1;
    }
    size_t have = ahead->length - ahead->at;
    size_t taken = length < have ? length : have;
    memcpy(buffer, ahead->bytes + ahead->at, taken);
    if (from_length) {
        size_t room = from ? *from_length : 0;
        *from_length = ahead->whole ? ahead->from_length : 0;
        memcpy(from, &ahead->from, *from_length < room ? *from_length : room);
    }
    if (!(flags & MSG_PEEK)) {
        ahead->at = ahead->whole ? ahead->length : ahead->at + taken;  // the rest of a datagram is dropped
        ahead->whole = false;
    }
    return (ssize_t)taken;
}

static ssize_t receive_stream(int fd, const descriptor_table_entry_t *entry, void *buffer, size_t length, int flags)
{
    wasi_read_t read;
    struct read_ahead *ahead = *descriptor_read_ahead(fd);
    if (is_ahead(ahead)) {
        return take(ahead, buffer, length, flags, NULL, NULL);
    }
    if (entry->vtable->get_read_stream(entry->data, &read) < 0) {
        return -1;
    }
    read.blocking = read.blocking && !(flags & MSG_DONTWAIT);
    return length ? stream_read(&read, buffer, length) : 0;
}

ssize_t recvfrom(int fd, void *restrict buffer, size_t length, int flags, struct sockaddr *restrict from,
                 socklen_t *restrict from_length)
{
    descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    if (!entry) {
        return -1;
    }
    if (!entry->vtable->bind || !entry->vtable->recvfrom) {
        errno = ENOTSOCK;
        return -1;
    }
    if (is_of_pair(entry)) {
        return entry->vtable->recvfrom(entry->data, buffer, length, flags, from, from_length);
    }
    bool stream = is_stream_socket(entry);
    if (stream && (flags & ~(MSG_DONTWAIT | MSG_PEEK | MSG_WAITALL))) {
        errno = EOPNOTSUPP;
        return -1;
    }
    // To look at what comes is to keep it.
    if ((flags & MSG_PEEK) && !is_ahead(*descriptor_read_ahead(fd))) {
        int got = read_ahead(fd, entry, !(flags & MSG_DONTWAIT));
        if (got != 1) {
            errno = got == 0 ? EWOULDBLOCK : errno;
            return -1;
        }
    }
    if (!stream) {
        struct read_ahead *ahead = *descriptor_read_ahead(fd);
        return is_ahead(ahead) ? take(ahead, buffer, length, flags, from, from_length)
                               : entry->vtable->recvfrom(entry->data, buffer, length, flags, from, from_length);
    }
    if (from_length) {
        *from_length = 0;  // as on Linux: whom a connection is with is known
    }
    size_t done = 0;
    do {
        ssize_t got = receive_stream(fd, entry, (char *)buffer + done, length - done, flags);
        if (got < 0) {
            return done ? (ssize_t)done : -1;
        }
        done += (size_t)got;
        if (got == 0) {
            break;
        }
    } while ((flags & MSG_WAITALL) && !(flags & MSG_PEEK) && done < length);
    return (ssize_t)done;
}

ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
    return recvfrom(fd, buffer, length, flags, NULL, NULL);
}

// Whether a send waits until all is sent.
static bool waits(const descriptor_table_entry_t *entry, int flags)
{
    wasi_write_t write;
    return !(flags & MSG_DONTWAIT) && is_stream_socket(entry)
        && entry->vtable->get_write_stream(entry->data, &write) == 0 && write.blocking;
}

ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to, socklen_t to_length)
{
    descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    if (!entry) {
        return -1;
    }
    if (!entry->vtable->bind || !entry->vtable->sendto) {
        errno = ENOTSOCK;
        return -1;
    }
    // The host takes some at a time. POSIX: a send that may wait sends all.
    bool all = waits(entry, flags);
    size_t done = 0;
    do {
        ssize_t sent = entry->vtable->sendto(entry->data, (const char *)data + done, length - done, flags, to, to_length);
        if (sent < 0) {
            if (errno == EIO) {
                errno = ECONNRESET;
            }
            return descriptor_written(fd, done ? (ssize_t)done : -1, length);
        }
        done += (size_t)sent;
        if (sent == 0) {
            break;
        }
    } while (all && done < length);
    return descriptor_written(fd, (ssize_t)done, length);
}

ssize_t send(int fd, const void *data, size_t length, int flags)
{
    return sendto(fd, data, length, flags, NULL, 0);
}
