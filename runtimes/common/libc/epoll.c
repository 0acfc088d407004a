// epoll over poll: a descriptor that remembers which ones are watched. Programs for Linux look for it; it is no faster than poll.
//
// An edge (EPOLLET) is told once, and again when it may have been passed since: to read, when the descriptor was used; to write,
// when it did not take all. What has become ready meanwhile is not missed, and who does nothing is not told twice.
#include "epoll.h"

#include "descriptors.h"
#include "status.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

typedef struct {
    int fd;
    uint32_t events;
    uint64_t data;
    descriptor_history told;  // when it was last told of
    uint32_t told_events;     // what, of edges
    bool silent;              // EPOLLONESHOT has fired
} watched;

typedef struct {
    watched *all;
    size_t count, capacity, next;
} epoll_t;

static void epoll_free(void *data)
{
    epoll_t *epoll = data;
    free(epoll->all);
    free(epoll);
}

static int epoll_fstat(void *data, struct stat *status)
{
    (void)data;
    *status = (struct stat){.st_mode = 0600, .st_nlink = 1, .st_uid = USER, .st_gid = USER};
    return 0;
}

static int epoll_getfl(void *data)
{
    (void)data;
    return 0;
}

static const descriptor_vtable_t epoll_vtable = {
    .free = epoll_free,
    .fstat = epoll_fstat,
    .fcntl_getfl = epoll_getfl,
};

static int failed(int error)
{
    errno = error;
    return -1;
}

static epoll_t *epoll_of(int fd)
{
    const descriptor_table_entry_t *entry = descriptor_look(fd, NULL);
    if (entry && entry->vtable != &epoll_vtable) {
        errno = EINVAL;
        return NULL;
    }
    return entry ? entry->data : NULL;
}

int epoll_create1(int flags)
{
    if (flags & ~EPOLL_CLOEXEC) {
        return failed(EINVAL);
    }
    epoll_t *epoll = calloc(1, sizeof *epoll);
    if (!epoll) {
        return failed(ENOMEM);
    }
    return descriptor_table_insert((descriptor_table_entry_t){epoll, &epoll_vtable});
}

// Forgets what has been closed, as Linux does when it is.
static void forget_closed(epoll_t *epoll)
{
    size_t kept = 0;
    for (size_t i = 0; i < epoll->count; i++) {
        descriptor_history history;
        if (descriptor_look(epoll->all[i].fd, &history) && history.number == epoll->all[i].told.number) {
            epoll->all[kept++] = epoll->all[i];
        }
    }
    epoll->count = kept;
}

static watched *find(epoll_t *epoll, int fd)
{
    for (size_t i = 0; i < epoll->count; i++) {
        if (epoll->all[i].fd == fd) {
            return &epoll->all[i];
        }
    }
    return NULL;
}

static watched *add(epoll_t *epoll)
{
    if (epoll->count == epoll->capacity) {
        size_t capacity = epoll->capacity ? 2 * epoll->capacity : 8;
        watched *larger = realloc(epoll->all, capacity * sizeof *larger);
        if (!larger) {
            return NULL;
        }
        epoll->all = larger;
        epoll->capacity = capacity;
    }
    return &epoll->all[epoll->count++];
}

int epoll_ctl(int epfd, int operation, int fd, struct epoll_event *event)
{
    epoll_t *epoll = epoll_of(epfd);
    descriptor_history history;
    const descriptor_table_entry_t *entry = epoll ? descriptor_look(fd, &history) : NULL;
    if (!entry) {
        return -1;
    }
    if (entry->data == epoll) {
        return failed(EINVAL);
    }
    if (entry->vtable->get_file || entry->vtable == &epoll_vtable) {
        return failed(EPERM);
    }
    forget_closed(epoll);
    watched *at = find(epoll, fd);
    switch (operation) {
    case EPOLL_CTL_ADD:
        if (at) {
            return failed(EEXIST);
        }
        at = add(epoll);
        if (!at) {
            return failed(ENOMEM);
        }
        break;
    case EPOLL_CTL_MOD:
        if (!at) {
            return failed(ENOENT);
        }
        break;
    case EPOLL_CTL_DEL:
        if (!at) {
            return failed(ENOENT);
        }
        *at = epoll->all[--epoll->count];
        return 0;
    default:
        return failed(EINVAL);
    }
    *at = (watched){.fd = fd, .events = event->events, .data = event->data.u64, .told = history};
    return 0;
}

// What poll is asked for, and what its answer means.
static const struct {
    uint32_t epoll;
    short poll;
} EVENTS[] = {
    {EPOLLIN, POLLIN}, {EPOLLRDNORM, POLLIN}, {EPOLLOUT, POLLOUT}, {EPOLLWRNORM, POLLOUT}, {EPOLLHUP, POLLHUP}, {EPOLLERR, POLLERR},
};
enum { KINDS = sizeof EVENTS / sizeof *EVENTS };

static short polled(uint32_t events)
{
    short result = 0;
    for (size_t i = 0; i < KINDS; i++) {
        result |= events & EVENTS[i].epoll ? EVENTS[i].poll : 0;
    }
    return result;
}

static const uint32_t TO_WRITE = EPOLLOUT | EPOLLWRNORM;

// The edges that were told already.
static uint32_t known_edges(const watched *at)
{
    descriptor_history now;
    descriptor_look(at->fd, &now);
    uint32_t known = at->events & EPOLLET ? at->told_events : 0;
    known &= now.uses == at->told.uses ? ~0U : TO_WRITE;
    return now.refusals == at->told.refusals ? known : known & ~TO_WRITE;
}

// What of `found` is to be told of now.
static uint32_t news(watched *at, short found)
{
    uint32_t events = 0, known = known_edges(at);
    struct pollfd all = {.fd = at->fd, .events = polled(at->events)};
    if (known && poll(&all, 1, 0) > 0) {
        found = all.revents;  // with a new edge all that is ready is told
    }
    for (size_t i = 0; i < KINDS; i++) {
        events |= found & EVENTS[i].poll ? EVENTS[i].epoll & (at->events | EPOLLHUP | EPOLLERR) : 0;
    }
    descriptor_look(at->fd, &at->told);
    at->told_events = known | events;
    return events & ~known ? events : 0;
}

// Fills in what is new. `fds` are those of `epoll`, which poll has found `ready`.
static int tell(epoll_t *epoll, struct pollfd *fds, struct epoll_event *events, int most)
{
    int told = 0;
    // Whoever did not fit last time is first now.
    for (size_t i = 0, first = epoll->next; i < epoll->count && told < most; i++) {
        size_t index = (first + i) % epoll->count;
        watched *at = &epoll->all[index];
        uint32_t found = fds[index].revents ? news(at, fds[index].revents) : 0;
        if (found) {
            events[told++] = (struct epoll_event){.events = found, .data.u64 = at->data};
            at->silent = at->events & EPOLLONESHOT;
            epoll->next = index + 1;
        } else if (fds[index].revents) {
            fds[index].fd = -1;
        }
    }
    return told;
}

int epoll_wait(int epfd, struct epoll_event *events, int most, int timeout)
{
    epoll_t *epoll = epoll_of(epfd);
    if (!epoll) {
        return -1;
    }
    if (most <= 0) {
        return failed(EINVAL);
    }
    forget_closed(epoll);
    struct pollfd *fds = calloc(epoll->count + 1, sizeof *fds);
    if (!fds) {
        return failed(ENOMEM);
    }
    for (size_t i = 0; i < epoll->count; i++) {
        const watched *at = &epoll->all[i];
        uint32_t known = known_edges(at);
        short wanted = polled(at->events & ~known);
        fds[i] = (struct pollfd){.fd = at->silent || (known && !wanted) ? -1 : at->fd, .events = wanted};
    }
    int told;
    do {
        told = poll(fds, (nfds_t)epoll->count, timeout);
    } while (told > 0 && (told = tell(epoll, fds, events, most)) == 0);
    free(fds);
    return told;
}
