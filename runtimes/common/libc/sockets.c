// Receiving and sending, in place of libc's recv.c and send.c.
//
// A socket is asked for bytes in order to know whether it has any (poll.c says why). What comes of that is kept beside
// the descriptor, read ahead, and the next receive takes it from there.
#include "sockets.h"

#include "pairs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

// AHEAD: what is asked of a stream. DATAGRAM: the longest there is. PIECE: what of a message is copied at a time to or
// from a stream.
enum { AHEAD = 4096, DATAGRAM = 65536, PIECE = 65536 };

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

// Waits for what comes next, unless with MSG_DONTWAIT, and keeps it. -1 with errno if there is nothing.
static int await_ahead(int fd, const descriptor_table_entry_t *entry, int flags)
{
    int got = is_ahead(*descriptor_read_ahead(fd)) ? 1 : read_ahead(fd, entry, !(flags & MSG_DONTWAIT));
    if (got == 0) {
        errno = EWOULDBLOCK;
    }
    return got == 1 ? 0 : -1;
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

// Waits, if the socket waits, until a connection that was asked for is there. libc takes no step of it but in poll, and
// says till then that there is none. -1 with EWOULDBLOCK if it is still to come.
static int await_connection(int fd, const descriptor_table_entry_t *entry, int flags)
{
    wasi_read_t read;
    int listening = 0;
    if (entry->vtable->get_read_stream(entry->data, &read) == 0 || errno != ENOTCONN
        || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &(socklen_t){sizeof listening}) < 0 || listening) {
        return 0;
    }
    bool waits = !(flags & MSG_DONTWAIT) && !(entry->vtable->fcntl_getfl(entry->data) & O_NONBLOCK);
    int ready = poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, waits ? -1 : 0);
    if (ready == 0) {
        errno = EWOULDBLOCK;
    }
    return ready > 0 ? 0 : -1;
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
    if (stream && await_connection(fd, entry, flags) < 0) {
        return -1;
    }
    // To look at what comes is to keep it.
    if ((flags & MSG_PEEK) && await_ahead(fd, entry, flags) < 0) {
        return -1;
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
    // A connection has its address, whatever is said.
    if (is_stream_socket(entry)) {
        if (await_connection(fd, entry, flags) < 0) {
            return -1;
        }
        to = NULL;
        to_length = 0;
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

// --- Messages: bytes in several places. Nothing can go with them.

// How many bytes the parts are, or -1 with errno.
static ssize_t length_of(const struct msghdr *message)
{
    ssize_t length = 0;
    if (message->msg_iovlen < 0 || message->msg_iovlen > IOV_MAX) {
        errno = EMSGSIZE;
        return -1;
    }
    for (int i = 0; i < message->msg_iovlen; i++) {
        if (__builtin_add_overflow(length, message->msg_iov[i].iov_len, &length)) {
            errno = EINVAL;
            return -1;
        }
    }
    return length;
}

// Copies `length` bytes between one place and the parts, from their `offset` on.
static void copy_parts(char *bytes, const struct msghdr *message, size_t offset, size_t length, bool to_parts)
{
    for (const struct iovec *part = message->msg_iov; length > 0; part++) {
        if (offset >= part->iov_len) {
            offset -= part->iov_len;
            continue;
        }
        char *there = (char *)part->iov_base + offset;
        size_t piece = part->iov_len - offset < length ? part->iov_len - offset : length;
        memcpy(to_parts ? there : bytes, to_parts ? bytes : there, piece);
        bytes += piece;
        length -= piece;
        offset = 0;
    }
}

// Of a stream no more than a piece, unless MSG_WAITALL asks for all.
ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    const descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    ssize_t length = entry ? length_of(message) : -1;
    if (length < 0) {
        return -1;
    }
    // What is cut off of a datagram is known only when there is room for all of it.
    bool datagram = is_datagram_socket(entry);
    if (datagram && await_ahead(fd, entry, flags) < 0) {
        return -1;
    }
    bool truncated = datagram && (*descriptor_read_ahead(fd))->length > (size_t)length;
    if (!datagram && !(flags & MSG_WAITALL) && length > PIECE) {
        length = PIECE;
    }
    char *bytes = malloc(length > 0 ? length : 1);
    if (!bytes) {
        errno = ENOMEM;
        return -1;
    }
    socklen_t *name_length = message->msg_name ? &message->msg_namelen : NULL;
    ssize_t got = recvfrom(fd, bytes, length, flags, message->msg_name, name_length);
    if (got >= 0) {
        copy_parts(bytes, message, 0, got, true);
        message->msg_flags = truncated ? MSG_TRUNC : 0;
        message->msg_controllen = 0;
    }
    free(bytes);
    return got;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    const descriptor_table_entry_t *entry = descriptor_table_get_ref(fd);
    ssize_t length = entry ? length_of(message) : -1;
    if (length < 0) {
        return -1;
    }
    if (message->msg_controllen > 0) {
        errno = EOPNOTSUPP;
        return -1;
    }
    const struct sockaddr *to = message->msg_name;
    socklen_t to_length = to ? message->msg_namelen : 0;
    if (message->msg_iovlen == 1) {
        return sendto(fd, message->msg_iov->iov_base, length, flags, to, to_length);
    }
    // A datagram is sent as a whole, a stream by pieces for as long as they are taken.
    size_t largest = !is_datagram_socket(entry) && length > PIECE ? PIECE : length;
    char *bytes = malloc(largest ? largest : 1);
    if (!bytes) {
        errno = ENOMEM;
        return -1;
    }
    ssize_t done = 0, sent;
    size_t piece;
    do {
        piece = (size_t)(length - done) < largest ? length - done : largest;
        copy_parts(bytes, message, done, piece, false);
        sent = sendto(fd, bytes, piece, flags, to, to_length);
        done += sent > 0 ? sent : 0;
    } while (sent == (ssize_t)piece && done < length);
    free(bytes);
    return sent < 0 && done == 0 ? -1 : done;
}
