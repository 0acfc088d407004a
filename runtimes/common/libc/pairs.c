// socketpair within the program: two sockets that are connected with each other, by a ring in each direction. They need no
// network. WASI has none but internet sockets, so that these say they are of that family.
#include "pairs.h"

#include "poll_state.h"
#include "rings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ring *in, *out;  // NULL when shut down
    bool waits;
    int family;
    ino_t number;
} pair_end;

static int failed(int error)
{
    errno = error;
    return -1;
}

static void stop_reading(pair_end *end)
{
    if (end->in) {
        ring_leave_reader(end->in);
        end->in = NULL;
    }
}

static void stop_writing(pair_end *end)
{
    if (end->out) {
        ring_leave_writer(end->out);
        end->out = NULL;
    }
}

static void end_free(void *data)
{
    stop_reading(data);
    stop_writing(data);
    free(data);
}

static ssize_t end_receive(void *data, void *to, size_t length, int flags, struct sockaddr *from, socklen_t *from_length)
{
    (void)from;
    pair_end *end = data;
    if (from_length) {
        *from_length = 0;
    }
    return end->in ? ring_read(end->in, to, length, flags, end->waits && !(flags & MSG_DONTWAIT)) : 0;
}

static ssize_t end_send(void *data, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t to_length)
{
    (void)to, (void)to_length;
    pair_end *end = data;
    if (!end->out) {
        return failed(EPIPE);
    }
    return ring_write(end->out, bytes, length, 0, end->waits && !(flags & MSG_DONTWAIT));
}

static int end_poll(void *data, poll_state_t *state, short events)
{
    const pair_end *end = data;
    const bool ended = !end->in || !end->in->has_writer, refused = !end->out || !end->out->has_reader;
    short ready = 0;
    ready |= ended || end->in->length > 0 ? POLLRDNORM : 0;
    ready |= refused || ROOM - end->out->length >= ATOMIC ? POLLWRNORM : 0;
    __wasilibc_poll_ready(state, (ready & events) | (ended && refused ? POLLHUP : 0));
    return 0;
}

static int end_fstat(void *data, struct stat *status)
{
    *status = ring_status(((pair_end *)data)->number, S_IFSOCK | 0777);
    return 0;
}

static int end_set_blocking(void *data, bool blocking)
{
    ((pair_end *)data)->waits = blocking;
    return 0;
}

static int end_getfl(void *data)
{
    return O_RDWR | (((pair_end *)data)->waits ? 0 : O_NONBLOCK);
}

static int end_setfl(void *data, int flags)
{
    return end_set_blocking(data, !(flags & O_NONBLOCK));
}

// The address of both ends: nobody else can reach them, and there is no port.
static int end_name(void *data, struct sockaddr *name, socklen_t *length)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in6 address6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const bool six = ((const pair_end *)data)->family == AF_INET6;
    const socklen_t size = six ? sizeof address6 : sizeof address;
    memcpy(name, six ? (const void *)&address6 : &address, *length < size ? *length : size);
    *length = size;
    return 0;
}

static int end_bind(void *data, const struct sockaddr *name, socklen_t length)
{
    (void)data, (void)name, (void)length;
    return failed(EINVAL);
}

static int end_connect(void *data, const struct sockaddr *name, socklen_t length)
{
    (void)data, (void)name, (void)length;
    return failed(EISCONN);
}

static int end_shutdown(void *data, int how)
{
    if (how & ~SHUT_RDWR || how == 0) {
        return failed(EINVAL);
    }
    if (how & SHUT_RD) {
        stop_reading(data);
    }
    if (how & SHUT_WR) {
        stop_writing(data);
    }
    return 0;
}

static int end_getsockopt(void *data, int level, int option, void *value, socklen_t *length)
{
    int is = 0;
    switch (level == SOL_SOCKET ? option : -1) {
    case SO_TYPE:
        is = SOCK_STREAM;
        break;
    case SO_DOMAIN:
        is = ((pair_end *)data)->family;
        break;
    case SO_SNDBUF:
    case SO_RCVBUF:
        is = ROOM;
        break;
    case SO_ACCEPTCONN:
    case SO_ERROR:
    case SO_KEEPALIVE:
    case SO_PROTOCOL:
    case SO_REUSEADDR:
        break;
    default:
        return failed(ENOPROTOOPT);
    }
    memcpy(value, &is, sizeof is);
    *length = sizeof is;
    return 0;
}

// How large a ring is cannot be set, nor need anybody know; the rest is of networks.
static int end_setsockopt(void *data, int level, int option, const void *value, socklen_t length)
{
    (void)data, (void)value, (void)length;
    const bool known = level == SOL_SOCKET
                           ? option == SO_SNDBUF || option == SO_RCVBUF || option == SO_KEEPALIVE || option == SO_REUSEADDR
                           : level == IPPROTO_TCP && option == TCP_NODELAY;
    return known ? 0 : failed(ENOPROTOOPT);
}

static const descriptor_vtable_t end_vtable = {
    .free = end_free,
    .set_blocking = end_set_blocking,
    .fstat = end_fstat,
    .seek = ring_seek,
    .fcntl_getfl = end_getfl,
    .fcntl_setfl = end_setfl,
    .bind = end_bind,
    .connect = end_connect,
    .getsockname = end_name,
    .getpeername = end_name,
    .recvfrom = end_receive,
    .sendto = end_send,
    .shutdown = end_shutdown,
    .getsockopt = end_getsockopt,
    .setsockopt = end_setsockopt,
    .poll_register = end_poll,
};

bool is_of_pair(const descriptor_table_entry_t *entry)
{
    return entry->vtable == &end_vtable;
}

// Reads from one ring and writes to the other, which go when they have no end.
static pair_end *new_end(ring *in, ring *out, int family, bool waits, ino_t number)
{
    pair_end *end = malloc(sizeof *end);
    if (end) {
        *end = (pair_end){.in = in, .out = out, .family = family, .waits = waits, .number = number};
    } else {
        ring_leave_reader(in);
        ring_leave_writer(out);
    }
    return end;
}

int socketpair(int family, int type, int protocol, int ends[2])
{
    static ino_t made;
    if (family != AF_INET && family != AF_INET6) {
        return failed(EAFNOSUPPORT);
    }
    const bool waits = !(type & SOCK_NONBLOCK);
    if ((type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM || (protocol != 0 && protocol != IPPROTO_TCP)) {
        return failed(EPROTONOSUPPORT);
    }
    ring *there = ring_new(), *back = ring_new();
    if (!there || !back) {
        free(there);
        free(back);
        return failed(ENOMEM);
    }
    pair_end *one = new_end(back, there, family, waits, ++made);
    pair_end *other = new_end(there, back, family, waits, ++made);
    return insert_both(one, other, &end_vtable, ends);
}
